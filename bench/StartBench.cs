using System.Diagnostics;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>From the start of the process to its first Discovery on the wire, and of a follower to being synchronised to a running leader.</summary>
internal static class StartBench
{
    private const int Runs = 20;

    public static async Task Run()
    {
        List<double> beacons = [], synchronised = [];
        for (int run = 0; run < Runs; run++)
        {
            Endpoint group = BenchGroup.Next();
            using MulticastLink listener = new(new LinkSettings(InterfaceChoice.Resolve("lo"), group), new LocalClock());
            TaskCompletionSource<long> first = new();
            listener.Start(
                (in Datagram datagram) =>
                {
                    long now = Stopwatch.GetTimestamp();
                    if (PacketCodec.TryDecode(datagram.Payload, out Message? message) != DropReason.None || message is not Discovery { NodeId: "measured" })
                        return;
                    first.TrySetResult(now);
                },
                (_, _) => { }
            );
            using BenchNode leader = new("--role", "leader", "--node-id", "lead", "--interface", "lo", "--group", group.ToString(), "--camera", "none");
            await leader.WaitFor("group ");
            long start = Stopwatch.GetTimestamp();
            using BenchNode node = new("--role", "follower", "--node-id", "measured", "--interface", "lo", "--group", group.ToString(), "--camera", "none");
            beacons.Add(Stopwatch.GetElapsedTime(start, await first.Task).TotalMilliseconds);
            await node.WaitFor("synchronised to");
            synchronised.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        Console.WriteLine($"start to first Discovery on the wire: median {BenchGroup.Median(beacons):0.0} ms, worst of {Runs} {beacons.Max():0.0} ms (limit 50)");
        Console.WriteLine($"start to synchronised (process start included): median {BenchGroup.Median(synchronised):0.0} ms, worst of {Runs} {synchronised.Max():0.0} ms (limit 1000)");
    }
}

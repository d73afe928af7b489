using System.Diagnostics;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>From the start of the process to its first Discovery on the wire, and of a follower to being synchronised to a running leader.</summary>
internal static class StartBench
{
    private const int Runs = 20;

    public static async Task Run()
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-start").FullName;
        try
        {
            string keyFile = Path.Combine(folder, "group.key");
            _ = KeygenCommand.Run(keyFile, Console.Out, Console.Error);
            await Run(null);
            await Run(keyFile);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Run(string? keyFile)
    {
        string[] key = keyFile is null ? [] : ["--key-file", keyFile];
        GroupKeys? keys = keyFile is not null && KeyFile.TryOpen(keyFile, out GroupKeys? read, out _) ? read : null;
        string with = keys is null ? "" : ", with a group key";
        double resident = 0;
        List<double> beacons = [], synchronised = [];
        for (int run = 0; run < Runs; run++)
        {
            Endpoint group = BenchGroup.Next();
            using MulticastLink listener = new(new LinkSettings(InterfaceChoice.Resolve("lo"), group) { Keys = keys }, new LocalClock());
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
            using BenchNode leader = new(["--role", "leader", "--node-id", "lead", "--interface", "lo", "--group", group.ToString(), "--camera", "none", .. key]);
            // it listens for another one first
            await leader.WaitFor("this node leads");
            long start = Stopwatch.GetTimestamp();
            using BenchNode node = new(["--role", "follower", "--node-id", "measured", "--interface", "lo", "--group", group.ToString(), "--camera", "none", .. key]);
            beacons.Add(Stopwatch.GetElapsedTime(start, await first.Task).TotalMilliseconds);
            await node.WaitFor("synchronised to");
            synchronised.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            resident = node.ResidentMegabytes;
        }
        Console.WriteLine($"start to first Discovery {(keys is null ? "on the wire" : "opened by another")}{with}: median {BenchGroup.Median(beacons):0.0} ms, worst of {Runs} {beacons.Max():0.0} ms (limit 50)");
        Console.WriteLine($"start to synchronised (process start included){with}: median {BenchGroup.Median(synchronised):0.0} ms, worst of {Runs} {synchronised.Max():0.0} ms (limit 1000); {resident:0.0} MB resident");
    }
}

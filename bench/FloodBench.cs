using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>A node with a key records and keeps time while somebody floods it: with garbage, with invented senders, and with the head of a datagram that was genuine.</summary>
internal static class FloodBench
{
    private const int PerSecond = 50_000;
    private const int Seconds = 10;
    private const int SettleSeconds = 8;
    private const int DatagramSize = 300;

    private static readonly SimulatedClock Wrong = new(1.7m, 20);

    private sealed record Phase(string Name, long Sent, TakeManifest Take, ErrorFigures Clock, double Cpu, double LeaderCpu);

    public static async Task Run()
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-flood").FullName;
        try
        {
            string keyFile = Path.Combine(folder, "group.key");
            _ = KeygenCommand.Run(keyFile, Console.Out, Console.Error);
            if (!KeyFile.TryOpen(keyFile, out GroupKeys? keys, out string? fault))
                throw new InvalidOperationException(fault);
            Endpoint group = BenchGroup.Next();
            SyncLog leaderLog = new(Path.Combine(folder, "leader.csv"), new SimulatedClock(0, 0)), followerLog = new(Path.Combine(folder, "follower.csv"), Wrong);
            using Listener listener = new(group, keys);
            string[] common = ["--interface", "lo", "--group", group.ToString(), "--key-file", keyFile, "--http", "off"];
            using BenchNode leader = new(["--role", "leader", "--node-id", "leader", "--camera", "none", "--sync-log", leaderLog.Path, "--output", Path.Combine(folder, "leader", "none.mp4"), .. common]);
            using BenchNode follower = new(
                ["--role", "follower", "--node-id", "follower", "--camera", "test", "--size", "640x480", "--bitrate", "1500", "--sync-log", followerLog.Path, "--simulated-clock", Wrong.ToString(), "--output", Path.Combine(folder, "{take}.mp4"), .. common]
            );
            await follower.WaitFor("camera ready");
            await follower.WaitFor("synchronised to");
            (Endpoint target, byte[] genuine) = await listener.HeardFollower;
            BenchCommand.Progress($"the follower settles for {SettleSeconds} s");
            await Task.Delay(TimeSpan.FromSeconds(SettleSeconds));

            List<Phase> phases = [];
            foreach ((string name, Func<Flood?> start) in Floods(target, genuine))
            {
                BenchCommand.Progress($"{name}: {Seconds} s");
                phases.Add(await Measure(name, start, leader, follower, folder, leaderLog, followerLog));
            }
            BenchCommand.Progress("");
            Tell(phases);
            follower.Type("status");
            Console.WriteLine($"the follower's {await follower.WaitFor("packets dropped")}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<(string Name, Func<Flood?> Start)> Floods(Endpoint target, byte[] genuine)
    {
        yield return ("no flood", () => null);
        yield return ("garbage", () => new Flood(target, RandomNumberGenerator.GetBytes, (_, _) => { }));
        // a true beginning with the name of the key, and a sender that nobody is
        yield return ("invented senders", () => new Flood(target, size => [.. genuine[..48], (byte)SealedKind.ToNode, .. RandomNumberGenerator.GetBytes(size - 49)], (datagram, number) => BitConverter.TryWriteBytes(datagram[8..], number)));
        // a sender that is known, counters that have not been, and the kind of a message to one node
        yield return ("forged words of the leader", () => new Flood(target, size => [.. genuine[..48], (byte)SealedKind.ToNode, .. RandomNumberGenerator.GetBytes(size - 49)], (datagram, number) => System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(datagram[32..], 1L << 40 | number)));
        yield return ("no flood, afterwards", () => null);
    }

    private static async Task<Phase> Measure(string name, Func<Flood?> start, BenchNode leader, BenchNode follower, string folder, SyncLog leaderLog, SyncLog followerLog)
    {
        string[] before = Directory.GetFiles(folder, "take-*.json");
        using Flood? flood = start();
        leader.Type("start 500");
        // the first second of a flood is not the whole flood yet
        await Task.Delay(TimeSpan.FromSeconds(1));
        (long from, double cpu, double leaderCpu, long sent) = (RealTime.MonotonicNs(), follower.CpuSeconds, leader.CpuSeconds, flood?.Sent ?? 0);
        await Task.Delay(TimeSpan.FromSeconds(Seconds));
        (long to, double cpuAfter, double leaderCpuAfter, long sentAfter) = (RealTime.MonotonicNs(), follower.CpuSeconds, leader.CpuSeconds, flood?.Sent ?? 0);
        leader.Type("stop 500");
        string manifest = await NewTake(folder, before);
        TakeManifest take = ManifestFile.Read(manifest, out string? fault) ?? throw new InvalidOperationException(fault);
        ErrorFigures clock = ErrorFigures.Of(followerLog.Errors(leaderLog).Where(error => error.MonotonicNs >= from && error.MonotonicNs <= to)) ?? throw new InvalidOperationException("the follower logged nothing");
        double seconds = (to - from) / 1e9;
        return new Phase(name, (long)((sentAfter - sent) / seconds), take, clock, (cpuAfter - cpu) / seconds, (leaderCpuAfter - leaderCpu) / seconds);
    }

    private static async Task<string> NewTake(string folder, string[] before)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (true)
        {
            foreach (string path in Directory.GetFiles(folder, "take-*.json").Except(before))
            {
                if (ManifestFile.Read(path, out _) is { Verdict: not null })
                    return path;
            }
            await Task.Delay(100, patience.Token);
        }
    }

    private static void Tell(List<Phase> phases)
    {
        Report report = new("./dev bench flood");
        report.Say(string.Create(CultureInfo.InvariantCulture, $"A follower with a key records 640x480 at 30 with x265 while datagrams of {DatagramSize} bytes come to its own port, {Seconds} s each; the flood itself is made on the same machine."));
        report.Table(
            ["flood", "sent a second", "frames", "lost", "|clock error| p50 / p99 / max, µs", "bound p50, µs", "within bound", "follower, of a core", "leader"],
            phases.Select(phase => new[]
            {
                phase.Name,
                $"{phase.Sent}",
                $"{phase.Take.Frames}",
                $"{phase.Take.Repeated + phase.Take.Dropped}",
                $"{phase.Clock.P50:0.00} / {phase.Clock.P99:0.00} / {phase.Clock.Max:0.00}",
                $"{phase.Clock.Bound:0.0}",
                $"{phase.Clock.Covered:0.00 %}",
                $"{phase.Cpu:0.0 %}",
                $"{phase.LeaderCpu:0.0 %}",
            })
        );
    }

    /// <summary>Where the follower is, and a datagram of the leader as it was on the wire.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly MulticastLink understanding, spying;
        private readonly Dictionary<Endpoint, byte[]> raw = [];
        private readonly Lock gate = new();
        private readonly TaskCompletionSource<(Endpoint, byte[])> heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Endpoint? follower, leader;

        public Listener(Endpoint group, GroupKeys keys)
        {
            InterfaceChoice loopback = InterfaceChoice.Resolve("lo");
            spying = new MulticastLink(new LinkSettings(loopback, group) { FirstPort = 0 }, new LocalClock());
            understanding = new MulticastLink(new LinkSettings(loopback, group) { FirstPort = 0, Keys = keys }, new LocalClock());
            spying.Start((in Datagram datagram) => Look(datagram.Source, datagram.Payload.ToArray(), null), (_, _) => { });
            understanding.Start(
                (in Datagram datagram) =>
                {
                    if (PacketCodec.TryDecode(datagram.Payload, out Message? message) == DropReason.None && message is Discovery beacon)
                        Look(datagram.Source, null, beacon.NodeId);
                },
                (_, _) => { }
            );
        }

        public Task<(Endpoint Target, byte[] Genuine)> HeardFollower => heard.Task;

        public void Dispose()
        {
            spying.Dispose();
            understanding.Dispose();
        }

        private void Look(Endpoint source, byte[]? datagram, string? node)
        {
            lock (gate)
            {
                if (datagram is not null)
                    raw[source] = datagram;
                follower = node == "follower" ? source : follower;
                leader = node == "leader" ? source : leader;
                if (follower is { } target && leader is { } leading && raw.TryGetValue(leading, out byte[]? genuine))
                    heard.TrySetResult((target, genuine));
            }
        }
    }

    private delegate void Change(Span<byte> datagram, long number);

    /// <summary>So many datagrams a second to one port, spread over its milliseconds.</summary>
    private sealed class Flood : IDisposable
    {
        private const long Millisecond = 1_000_000;

        private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly byte[] datagram;
        private readonly Change change;
        private readonly Thread thread;
        private volatile bool stopping;
        private long sent;

        public Flood(Endpoint target, Func<int, byte[]> make, Change change)
        {
            (datagram, this.change) = (make(DatagramSize), change);
            socket.Connect(IPAddress.Parse(Endpoint.FormatAddress(target.Address)), target.Port);
            thread = new Thread(Run) { IsBackground = true, Name = "flood" };
            thread.Start();
        }

        public long Sent => Volatile.Read(ref sent);

        public void Dispose()
        {
            stopping = true;
            thread.Join();
            socket.Dispose();
        }

        private void Run()
        {
            long due = RealTime.MonotonicNs();
            while (!stopping)
            {
                for (int i = 0; i < PerSecond / 1000; i++)
                {
                    change(datagram, sent);
                    socket.Send(datagram);
                    sent++;
                }
                due += Millisecond;
                RealTime.SleepUntil(due);
            }
        }
    }
}

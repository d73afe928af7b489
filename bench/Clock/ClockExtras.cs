using System.Text;

namespace RecordSync.Bench;

/// <param name="Milliseconds">From the leader's first beacon at the follower's interface to the first row of the sync log that has a network time; rows are 100 ms apart.</param>
internal sealed record FirstEstimate(double Milliseconds, double ErrorUs, double BoundUs);

/// <param name="Packets">A second, in and out, of the follower's interface.</param>
internal sealed record RestCost(double Packets, double FollowerCorePercent, double LeaderCorePercent);

/// <summary>What is measured beside the conditions, on the clean link and without peers.</summary>
internal static class ClockExtras
{
    private const int Starts = 10;
    private const int RestSeconds = 40;

    public static async Task<List<FirstEstimate>> Start(ClockOptions options, Action<string> say, CancellationToken stop)
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-clock").FullName;
        try
        {
            using NetworkNamespaces machines = NetworkNamespaces.Open(2);
            using NodePair nodes = new(machines, folder, options.Ppm, options.Wander);
            await nodes.LeaderLog.WaitForNetworkTime(stop);
            List<FirstEstimate> found = [];
            while (found.Count < Starts)
            {
                say($"start {found.Count + 1} of {Starts}");
                using BeaconWatch watch = machines.Inside(ClockBed.Follower, () => new BeaconWatch());
                (LabProcess follower, SyncLog log) = nodes.Follow();
                await follower.WaitFor("synchronised to", stop);
                await log.WaitForNetworkTime(stop);
                follower.Dispose();
                List<ClockError> errors = log.Errors(nodes.LeaderLog);
                found.Add(new FirstEstimate((errors[0].MonotonicNs - watch.FirstNs) / 1e6, Math.Abs(errors[0].ErrorNs) / 1e3, (errors[0].BoundNs ?? double.NaN) / 1e3));
            }
            return found;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static async Task<RestCost> Cost(ClockOptions options, Action<string> say, CancellationToken stop)
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-clock").FullName;
        try
        {
            using NetworkNamespaces machines = NetworkNamespaces.Open(2);
            using NodePair nodes = new(machines, folder, options.Ppm, options.Wander, logging: false);
            await nodes.Leader.WaitFor("group ", stop);
            (LabProcess follower, _) = nodes.Follow();
            await follower.WaitFor("synchronised to", stop);
            say($"at rest for {RestSeconds} s");
            await Task.Delay(TimeSpan.FromSeconds(10), stop);
            (long packets, double own, double leader, long began) = (InterfaceCounters.Packets(machines, ClockBed.Follower), follower.CpuSeconds, nodes.Leader.CpuSeconds, RealTime.MonotonicNs());
            await Task.Delay(TimeSpan.FromSeconds(RestSeconds), stop);
            double seconds = (RealTime.MonotonicNs() - began) / 1e9;
            return new RestCost(
                (InterfaceCounters.Packets(machines, ClockBed.Follower) - packets) / seconds,
                (follower.CpuSeconds - own) / seconds * 100,
                (nodes.Leader.CpuSeconds - leader) / seconds * 100
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Sees the leader's first beacon come in, by the kernel's stamp.</summary>
    private sealed class BeaconWatch : IDisposable
    {
        private readonly PacketSocket socket = new(NetworkNamespaces.InterfaceName);
        private readonly Thread thread;
        private long first;
        private volatile bool stopping;

        public BeaconWatch()
        {
            thread = new Thread(Watch) { IsBackground = true, Name = "beacon" };
            thread.Start();
        }

        public long FirstNs => Volatile.Read(ref first) is var at and not 0 ? at : throw new InvalidOperationException("No beacon of the leader was seen.");

        public void Dispose()
        {
            stopping = true;
            thread.Join();
            socket.Dispose();
        }

        private void Watch()
        {
            byte[] frame = new byte[PacketSocket.LargestFrame];
            System.Runtime.InteropServices.GCHandle pin = System.Runtime.InteropServices.GCHandle.Alloc(frame, System.Runtime.InteropServices.GCHandleType.Pinned);
            while (!stopping && first == 0)
            {
                RealTime.Poll(socket.Descriptor, socket.Descriptor, 50_000_000);
                for (int length; first == 0 && (length = socket.Receive(pin.AddrOfPinnedObject(), out long wall)) > 0;)
                {
                    string text = Encoding.Latin1.GetString(frame, 0, length);
                    if (text.Contains("{\"Discovery\"", StringComparison.Ordinal) && text.Contains("\"role\":\"Leader\"", StringComparison.Ordinal))
                        Volatile.Write(ref first, RealTime.MonotonicNs() - (RealTime.WallNs() - wall));
                }
            }
            pin.Free();
        }
    }
}

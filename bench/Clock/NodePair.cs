using System.Globalization;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>A leader and a follower of ours on the laboratory's first two machines, with their sync logs.</summary>
internal sealed class NodePair : IDisposable
{
    private readonly NetworkNamespaces machines;
    private readonly string folder;
    private readonly List<LabProcess> followers = [];

    /// <param name="logging">False where the node is measured at rest.</param>
    /// <param name="folder">For sync logs and recordings.</param>
    public NodePair(NetworkNamespaces machines, string folder, decimal ppm, decimal wander, bool logging = true)
    {
        (this.machines, this.folder) = (machines, folder);
        FollowerClock = new SimulatedClock(1.7m, ppm, wander);
        Logging = logging;
        LeaderLog = new SyncLog(Path.Combine(folder, "leader.csv"), new SimulatedClock(0, 0));
        Leader = Start(ClockBed.Leader, "leader", LeaderLog, "--camera", "none");
    }

    public Endpoint Group { get; } = BenchGroup.Next();

    public LabProcess Leader { get; }

    /// <summary>Where the leader answers: it has its machine for itself.</summary>
    public static ushort LeaderPort => LinkSockets.FirstPort;

    public SyncLog LeaderLog { get; }

    public SimulatedClock FollowerClock { get; }

    private bool Logging { get; }

    /// <summary>Starts a follower; more than one after the other may be.</summary>
    public (LabProcess Node, SyncLog Log) Follow(params string[] more)
    {
        SyncLog log = new(Path.Combine(folder, $"follower{followers.Count}.csv"), FollowerClock);
        LabProcess node = Start(ClockBed.Follower, "follower", log, ["--simulated-clock", FollowerClock.ToString(), .. more.Length > 0 ? more : ["--camera", "none"]]);
        followers.Add(node);
        return (node, log);
    }

    public static string[] Encoding(string folder) =>
        ["--camera", "test", "--size", "640x480", "--fps", "30", "--encoder", "x265enc", "--output", Path.Combine(folder, "encoding.mp4")];

    public void Dispose()
    {
        followers.ForEach(follower => follower.Dispose());
        Leader.Dispose();
    }

    private LabProcess Start(int machine, string role, SyncLog log, params string[] more)
    {
        string binary = Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY") ?? throw new InvalidOperationException("run me by ./dev bench");
        string[] logging = Logging ? ["--sync-log", log.Path] : [];
        string[] arguments = ["--role", role, "--node-id", role, "--interface", NetworkNamespaces.InterfaceName, "--group", Group.ToString(), .. logging, .. more];
        return new LabProcess(machines.Name(machine), binary, arguments);
    }
}

/// <summary>What the kernel counts at a machine's network interface.</summary>
internal static class InterfaceCounters
{
    /// <summary>In and out, of all protocols.</summary>
    public static long Packets(NetworkNamespaces machines, int node) =>
        machines
            .Inside(node, () => File.ReadAllLines("/proc/thread-self/net/dev"))
            .Select(line => line.Split((char[])[' ', ':'], StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns[0] == NetworkNamespaces.InterfaceName)
            .Select(columns => long.Parse(columns[2], CultureInfo.InvariantCulture) + long.Parse(columns[10], CultureInfo.InvariantCulture))
            .Single();
}

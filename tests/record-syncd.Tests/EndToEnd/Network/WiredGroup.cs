using System.Runtime.InteropServices;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>
/// Nodes of one group, a process each, and the folder that they record to: all of them on the loopback interface, or each on a machine of its
/// own (a network namespace). Processes, namespaces and folder go with it, also after a failure.
/// </summary>
internal sealed class WiredGroup : IDisposable
{
    public const int Fps = 20;

    private const int SignalContinue = 18;
    private const int SignalStop = 19;

    private readonly List<IDisposable> owned = [];
    private readonly ScratchFolder folder = new();

    /// <param name="machines">Disposed by this.</param>
    public WiredGroup(NetworkNamespaces? machines = null)
    {
        Machines = machines;
        Group = machines is null ? TestGroup.Next() : LinkSettings.DefaultGroup;
    }

    public NetworkNamespaces? Machines { get; }

    public Endpoint Group { get; }

    public string Folder => folder.Path;

    /// <summary>What every recording node is given: small pictures, so that several encoders run in real time on two cores.</summary>
    public static string[] SmallPictures => ["--camera", "test", "--size", "320x240", "--fps", $"{Fps}", "--bitrate", "400"];

    public static string[] NoCamera => ["--camera", "none"];

    /// <summary>On the loopback interface.</summary>
    public RunningNode Start(string role, string nodeId, params string[] more) => Own(RunningNode.Start(Arguments(role, nodeId, ["-i", "lo", "--group", $"{Group}", .. more])));

    /// <summary>On a machine of its own, in the usual group; which interface it uses is up to the arguments.</summary>
    public RunningNode StartOn(int machine, string role, string nodeId, params string[] more) => RunOn(machine, Arguments(role, nodeId, more));

    public RunningNode RunOn(int machine, params string[] arguments) =>
        Own(RunningNode.StartProgram(Folder, null, "ip", ["netns", "exec", Machines!.Name(machine), .. RunningNode.Command, .. arguments]));

    public VersionOnePeer VersionOne(string nodeId, string role, long clockAhead = 0) => Own(new VersionOnePeer(nodeId, role, "127.0.0.1", $"{Group}", clockAhead));

    public VersionOnePeer VersionOneOn(int machine, string nodeId, string role) =>
        Own(Machines!.Inside(machine, () => new VersionOnePeer(nodeId, role, NetworkNamespaces.Address(machine), $"{Group}")));

    public T Own<T>(T thing)
        where T : IDisposable
    {
        owned.Add(thing);
        return thing;
    }

    public TakeManifest Manifest(string nodeId)
    {
        TakeManifest? manifest = ManifestFile.Read(folder[$"{nodeId}.json"], out string? fault);
        Assert.True(manifest is not null, fault);
        return manifest;
    }

    public IReadOnlyList<(long CaptureNs, long ResidualNs, bool Repeated)> Sidecar(string nodeId) =>
        [
            .. File.ReadLines(folder[$"{nodeId}.frames.csv"])
                .Skip(1)
                .Select(row => row.Split(','))
                .Select(row => (long.Parse(row[2]), long.Parse(row[3]), row[4].Contains("repeated", StringComparison.Ordinal))),
        ];

    /// <summary>Looks into the recorded files of the only take, which must be good, though frames may have been repeated on a busy machine.</summary>
    public TakeReport Verify()
    {
        TakeReport take = Examine();
        Assert.True(take.Verdict is "pass" or "warn", $"{take.Verdict}: {string.Join("; ", take.Reasons)}");
        return take;
    }

    public TakeReport Examine()
    {
        VerifyReport report = VerifyReport.Examine([Folder]);
        Assert.True(report.Unreadable.Count == 0 && report.Takes.Count == 1, report.ToJson());
        return report.Takes[0];
    }

    /// <summary>The node no longer runs, but does not know it: SIGSTOP. A <see cref="Wake"/> must follow, or it takes the end of the test.</summary>
    public static void Freeze(RunningNode node) => Assert.Equal(0, Kill(node.Id, SignalStop));

    public static void Wake(RunningNode node) => Assert.Equal(0, Kill(node.Id, SignalContinue));

    /// <summary>Types peers until the table is as awaited.</summary>
    /// <param name="fits">Given the table's lines.</param>
    /// <returns>The table.</returns>
    public static string[] WaitForPeers(RunningNode node, Func<string[], bool> fits)
    {
        long deadline = Environment.TickCount64 + (long)RunningNode.Patience.TotalMilliseconds;
        while (true)
        {
            string[] table = Peers(node);
            if (fits(table))
                return table;
            if (Environment.TickCount64 > deadline)
                node.Fail("the table of peers never was as awaited");
            Thread.Sleep(100);
        }
    }

    public static string[] Peers(RunningNode node)
    {
        List<string> table = [];
        node.Type("peers");
        node.WaitForLine(line => line.StartsWith('╭'));
        node.WaitForLine(line =>
        {
            table.Add(line);
            return line.StartsWith('╰');
        });
        return [.. table];
    }

    /// <summary>The row of a node in the table of peers; empty when it is not there.</summary>
    public static string RowOf(string nodeId, string[] table) => table.FirstOrDefault(line => line.StartsWith($"│ {nodeId} ", StringComparison.Ordinal)) ?? "";

    public void Dispose()
    {
        // what was made last may use what was made before; all of it goes, whatever one of them throws
        Stack<IDisposable> rest = new([folder, .. Machines is null ? (IDisposable[])[] : [Machines], .. owned]);
        List<Exception> failures = [];
        while (rest.TryPop(out IDisposable? thing))
        {
            try
            {
                thing.Dispose();
            }
            catch (Exception failure)
            {
                failures.Add(failure);
            }
        }
        if (failures.Count > 0)
            throw new AggregateException(failures);
    }

    private string[] Arguments(string role, string nodeId, string[] more) => ["--role", role, "--node-id", nodeId, "--output", folder[$"{nodeId}.mp4"], .. more];

    private RunningNode Own(RunningNode node)
    {
        owned.Add(node);
        return node;
    }

    // the tests' project has no unsafe code, which LibraryImport would need
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Kill(int process, int signal);
}

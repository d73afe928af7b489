using System.Diagnostics;
using Spectre.Console;

namespace RecordSync.Daemon;

/// <summary><c>record-syncd doctor</c>: all checks of docs/doctor.md, one after the other, so that none disturbs the measurements of another.</summary>
internal static class DoctorCommand
{
    /// <returns>0 all is well, 1 warnings, 2 problems.</returns>
    public static async Task<int> Run(NodeOptions options, bool json, TextWriter output)
    {
        if (!Console.IsErrorRedirected)
            Console.Error.WriteLine($"record-syncd doctor: listening to {options.Group}, then trying encoder and disk; about ten seconds …");
        DoctorReport report = await Examine(options);
        if (json)
            output.WriteLine(report.ToJson());
        else if (Console.IsOutputRedirected)
            report.WriteLines(output);
        else
            report.WriteList(AnsiConsole.Console);
        return report.ExitCode;
    }

    /// <param name="visit">The running node that asks, which settles what may be tried. Null from a shell.</param>
    public static async Task<DoctorReport> Examine(NodeOptions options, DoctorVisit? visit = null)
    {
        Kernel kernel = new();
        Action<DoctorStep> reached = visit?.Reached ?? (_ => { });
        long start = Stopwatch.GetTimestamp();
        long wallBefore = WallClockWatch.Read();
        reached(DoctorStep.Listen);
        (IReadOnlyList<Finding> network, IReadOnlyList<LinkFigures> links) = await Network(options, kernel, visit?.Node, reached);
        List<FindingGroup> groups = [new("network", network)];
        RunningNodes nodes = visit?.NodesHere() ?? RunningNodes.Find();
        Func<string?> obstacle = () => visit?.Obstacle() ?? nodes.Obstacle;
        groups.Insert(0, new("here", visit is null ? [OfNodes(nodes), OfPage(options)] : [OfNodes(nodes)]));
        reached(DoctorStep.Camera);
        string? cameraTaken = visit is not null || nodes.All.Count > 0 ? "a node runs on this machine and may have the camera" : null;
        groups.Add(new("camera", [.. CameraChecks.Run(options, kernel, cameraTaken)]));
        reached(DoctorStep.Encoder);
        groups.Add(new("encoder", [.. EncoderChecks.Run(options, obstacle)]));
        reached(DoctorStep.Disk);
        groups.Add(new("disk", [.. DiskChecks.Run(options, options.NodeId ?? NodeOptions.AutomaticNodeId(Environment.MachineName, LinkSockets.FirstPort), obstacle)]));
        groups.Add(new("machine", [.. MachineChecks.Run(kernel)]));
        WallClockWatch watch = new(wallBefore, WallClockWatch.Read(), Stopwatch.GetElapsedTime(start));
        groups.Insert(2, new("clock", [.. ClockChecks.Judge(ClockChecks.Programs(), WallClock.Read(new LocalClock()), watch, options.Clock)]));
        return new DoctorReport(groups, links);
    }

    private static Finding OfNodes(RunningNodes nodes) =>
        nodes.All.Count == 0
            ? Finding.Ok("nodes", "none runs on this machine")
            : Finding.Ok("nodes", $"{string.Join(", ", nodes.All.Select(node => $"process {node.Process}"))}: {(nodes.Obstacle is { } obstacle ? $"{obstacle}; what costs time is left out" : "none of them records now")}");

    private static Finding OfPage(NodeOptions options)
    {
        const string Check = "page";
        if (options.Page.Address is null)
            return Finding.Ok(Check, "none is wanted (--http off)");
        // a key that is no good has a finding of its own
        GroupKeys? keys = options.KeyFile is { } keyFile && KeyFile.TryRead(keyFile, out _) is { } ring ? new GroupKeys(ring) : null;
        if (!NodePage.TryPrepare(options, keys, out NodePage? page, out string? fault, out _))
            return Finding.FromSentence(Check, FindingVerdict.Problem, fault);
        try
        {
            return page is { Fault: { } lack } ? Finding.FromSentence(Check, FindingVerdict.Warning, lack) : Finding.Ok(Check, $"{page?.Url} is free for it");
        }
        finally
        {
            page?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <param name="inside">The node that asks is no peer of its own.</param>
    private static async Task<(IReadOnlyList<Finding> Findings, IReadOnlyList<LinkFigures> Links)> Network(NodeOptions options, Kernel kernel, string? inside, Action<DoctorStep> reached)
    {
        InterfaceChoice chosen;
        IReadOnlyList<NetworkInterface> all;
        try
        {
            chosen = InterfaceChoice.Resolve(options.Interface);
            all = Libc.Interfaces();
        }
        catch (NetworkException refused)
        {
            return ([Finding.FromSentence("interface", FindingVerdict.Problem, refused.Message)], []);
        }
        bool loopback = all.Any(row => row.Name == chosen.Name && row.IsLoopback);
        List<Finding> findings = [NetworkChecks.Interface(chosen, all)];
        if (!loopback)
            findings.Add(NetworkChecks.Cable(chosen.Name, kernel));
        findings.Add(NetworkChecks.Mtu(chosen.Name, kernel.Number($"/sys/class/net/{chosen.Name}/mtu"), loopback));
        findings.Add(NetworkChecks.Route(chosen, options.Group, kernel.Text("/proc/thread-self/net/route") ?? ""));
        if (NetworkChecks.Bridge(chosen.Name, kernel) is { } bridge)
            findings.Add(bridge);
        findings.Add(FirewallCheck.Run(chosen, options.Group));
        GroupKeys? keys = null;
        IReadOnlyList<LinkFigures> links = [];
        if (options.KeyFile is { } keyFile && !KeyFile.TryOpen(keyFile, out keys, out string? fault))
            findings.Add(Finding.FromSentence(KeyChecks.Name, FindingVerdict.Problem, fault));
        try
        {
            using GroupProbe probe = new(chosen, options.Group, loopback ? [] : Others(chosen, all), keys);
            using ForeignGroups foreign = new(chosen, options.Group);
            findings.Add(Finding.Ok("port", $"UDP {options.Group.Port} can be shared{Sharing(options.Group.Port)}"));
            findings.Add(NetworkChecks.Membership(chosen, options.Group, kernel.Text("/proc/thread-self/net/igmp") ?? ""));
            findings.Add(NetworkChecks.Timestamps(chosen.Name, probe.Timestamps, NetworkChecks.LackOfHardwareStamps(chosen.Name), options.HardwareTimestamps));
            await probe.Listen();
            if (inside is not null)
                probe.Forget(inside);
            reached(DoctorStep.Measure);
            links = await probe.Measure();
            if (options.KeyFile is null || keys is not null)
                findings.Add(KeyChecks.Judge(keys?.ToString(), probe.Heard.Sealing, probe.KeyStrangers));
            findings.AddRange(GroupJudgement.Judge(probe.Heard, new GroupSurroundings(chosen.Name, options.Group, options.NodeId, probe.SendFault, NetworkChecks.ReversePathIsStrict(chosen.Name, kernel), probe.HeardElsewhere)));
            findings.Add(foreign.Judge(probe.Heard.Nodes.Count == 0));
            findings.AddRange(links.SelectMany(link => link.Judge()));
        }
        catch (NetworkException refused)
        {
            findings.Add(Finding.FromSentence("port", FindingVerdict.Problem, refused.Message));
        }
        return (findings, links);
    }

    private static IEnumerable<InterfaceChoice> Others(InterfaceChoice chosen, IReadOnlyList<NetworkInterface> all) =>
        all.Where(row => row.Name != chosen.Name && row is { IsUp: true, IsRunning: true, IsLoopback: false, CanMulticast: true, Addresses.Count: > 0 })
            .Take(8)
            .Select(row => new InterfaceChoice(row.Name, row.Index, row.Addresses[0], ByAddress: false, "the doctor looks for the group there"));

    /// <summary>The doctor itself holds the port by now, and is not meant.</summary>
    private static string Sharing(ushort port) => PortOwner.Holders(port).Where(holder => holder.Process != Environment.ProcessId).ToList() is { Count: > 0 } holders ? $", and is by {string.Join(", ", holders.Select(holder => $"{holder.Name} (process {holder.Process})"))}" : "";
}

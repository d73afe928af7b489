using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>
/// The whole job in one command, with nothing faked but the cameras and the clocks: real node processes on the loopback interface, started and
/// stopped through the wire protocol, real files, and a verdict from their pixels. The demo listens to the group like any node and types at the leader's prompt.
/// </summary>
internal sealed class Demo(int nodes, TimeSpan length, string output, string size, bool align, bool stay, bool json, bool key)
{
    private const int StartDelayMs = 1500;
    private const int StopDelayMs = 500;
    private const int Fps = 30;

    /// <summary>Clocks that are wrong by seconds and tens of ppm, each in its own way.</summary>
    private static readonly (double OffsetSeconds, double Ppm)[] WrongClocks = [(1.732, 18), (-2.5, -31), (3.217, 44), (-0.875, -12), (5.01, 27), (-4.4, -50)];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TextWriter people = json ? Console.Error : Console.Out;

    /// <returns>0 when the take is good, 2 when it is not, 3 when there was no take.</returns>
    public async Task<int> Run()
    {
        string folder = NewFolder(output);
        if (key && KeygenCommand.Run(KeyPath(folder), people, Console.Error) != 0)
            return 3;
        // the nodes are gone when the demo ends, whatever ended it
        int? verdict = null;
        using (StopSignals signals = new())
        {
            if (!await TryRecord(folder, () => verdict = Verify(folder), signals.Token))
                return 3;
        }
        return verdict ?? Verify(folder);
    }

    /// <summary>A repeated frame is worth a warning in the table; the demo asks whether synchronised recording works here.</summary>
    private int Verify(string folder) => VerifyCommand.Run([folder], json, Console.Out, Console.Error) is var verdict && verdict == 1 ? 0 : verdict;

    /// <param name="verify">Called before the nodes leave, where they stay for a while.</param>
    private async Task<bool> TryRecord(string folder, Action verify, CancellationToken stop)
    {
        Endpoint group = new(0xEFFF0000u | (uint)Random.Shared.Next(1, 65_000), (ushort)Random.Shared.Next(20_000, 32_000));
        GroupKeys? keys = key && KeyFile.TryOpen(KeyPath(folder), out GroupKeys? made, out _) ? made : null;
        using GroupWatcher watcher = new(group, keys);
        List<DemoNode> running = [];
        try
        {
            people.WriteLine($"{nodes} nodes on this machine, a process each, in {folder}{(keys is null ? "" : $", sealed with {keys}")}:");
            for (int index = 0; index < nodes; index++)
            {
                running.Add(DemoNode.Start(ArgumentsOf(index, folder, group), Path.Combine(folder, $"cam{index + 1}.log")));
                people.WriteLine(Describe(index));
            }
            await Record(watcher, running, stop);
            if (stay)
                await Stay(running, verify, stop);
            return true;
        }
        catch (Exception fault) when (fault is TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            Progress("");
            Console.Error.WriteLine($"demo: {(stop.IsCancellationRequested ? "interrupted; the nodes finish their files and leave" : fault.Message)}");
            return false;
        }
        finally
        {
            foreach (DemoNode node in running)
                node.Leave();
            foreach (DemoNode node in running)
                await node.Gone();
        }
    }

    private async Task Record(GroupWatcher watcher, List<DemoNode> running, CancellationToken stop)
    {
        await Until(watcher, running, seen => seen.Values.Count(node => node.IsReady) == nodes, seen => $"getting ready: {InWords(seen)}", stop);
        Line($"  the page of the group, while they run{(stay ? "" : " (--stay keeps them)")}: {PageOf(running)}");
        foreach (WatchedNode node in watcher.Nodes.Values.Where(node => node.Clock?.State == "synchronised"))
            Line($"  {node.NodeId} synchronised: clock off by {node.Clock?.OffsetNs / 1e9:+0.000;-0.000} s, now known to ± {node.Clock?.ErrorNs / 1e3:0} µs");
        if (align)
        {
            await Until(watcher, running, seen => seen.Values.Count(node => node.Phase == PhaseAligner.Aligned) == nodes, seen => $"aligning: {PhasesInWords(seen)}", stop);
            Line("  all cameras are aligned: they expose at the same instants");
        }
        running[0].Type($"start {StartDelayMs}");
        DateTime end = DateTime.UtcNow + length + TimeSpan.FromMilliseconds(StartDelayMs - StopDelayMs);
        await Until(watcher, running, seen => seen.Values.Count(node => node.State == NodeState.Recording) == nodes, _ => "starting …", stop);
        while (DateTime.UtcNow < end)
        {
            Progress($"recording: {(length - (end - DateTime.UtcNow) - TimeSpan.FromMilliseconds(StopDelayMs)).TotalSeconds:0.0} s of {length.TotalSeconds:0.0} s");
            // the last wait is as short as what is left, so that the take is as long as was asked for
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Clamp((end - DateTime.UtcNow).TotalMilliseconds, 1, 100)), stop);
        }
        running[0].Type($"stop {StopDelayMs}");
        await Until(watcher, running, seen => seen.Values.All(node => node.State != NodeState.Recording), _ => "finishing the files …", stop);
        Progress("");
    }

    /// <summary>Until Ctrl-C: the page can be looked at, and used.</summary>
    private async Task Stay(List<DemoNode> running, Action verify, CancellationToken stop)
    {
        verify();
        people.WriteLine($"The nodes stay, and so does their page, {PageOf(running)}; Ctrl-C ends them.");
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private static string PageOf(List<DemoNode> running) => running.Select(node => node.Page).FirstOrDefault(page => page is not null) ?? "which is not there (see the nodes' logs)";

    private static async Task Until(
        GroupWatcher watcher,
        List<DemoNode> running,
        Func<IReadOnlyDictionary<string, WatchedNode>, bool> reached,
        Func<IReadOnlyDictionary<string, WatchedNode>, string> words,
        CancellationToken stop
    )
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        while (!reached(watcher.Nodes))
        {
            Progress(words(watcher.Nodes));
            if (running.Find(node => node.HasExited) is { } dead)
                throw new InvalidOperationException($"a node ended by itself; its last words: {dead.LastWords}");
            if (watcher.Nodes.Values.FirstOrDefault(node => node.State == NodeState.Error) is { } broken)
                throw new InvalidOperationException($"{broken.NodeId}: {broken.Error}");
            try
            {
                await watcher.Changed(patience.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                throw new TimeoutException($"gave up after {Patience.TotalSeconds:0} s while {words(watcher.Nodes)}; the nodes' logs are beside the videos");
            }
        }
    }

    private string[] ArgumentsOf(int index, string folder, Endpoint group)
    {
        (double offset, double ppm) = WrongClocks[index % WrongClocks.Length];
        // phases spread over one frame period: what free-running cameras look like at their worst
        double phase = 1000.0 / Fps * index / nodes;
        FormattableString camera = $"test:phase={phase:0.###},ppm={(index % 2 == 0 ? 20 : -20)},jitter={(align ? 15 : 100)}{(align ? ",steer" : "")},label=cam{index + 1}";
        FormattableString clock = $"offset={offset + (index / WrongClocks.Length)},ppm={ppm}";
        return
        [
            "--role",
            index == 0 ? "leader" : "follower",
            "--node-id",
            $"cam{index + 1}",
            "--interface",
            "lo",
            "--group",
            group.ToString(),
            "--output",
            Path.Combine(folder, $"cam{index + 1}.mp4"),
            "--camera",
            camera.ToString(CultureInfo.InvariantCulture),
            "--simulated-clock",
            clock.ToString(CultureInfo.InvariantCulture),
            "--size",
            size,
            "--fps",
            Fps.ToString(CultureInfo.InvariantCulture),
            "--bitrate",
            "1500",
            .. align ? (string[])["--align"] : [],
            .. key ? (string[])["--key-file", KeyPath(folder)] : [],
        ];
    }

    private static string KeyPath(string folder) => Path.Combine(folder, "group.key");

    private static string Describe(int index)
    {
        (double offset, double ppm) = WrongClocks[index % WrongClocks.Length];
        return $"  cam{index + 1} ({(index == 0 ? "leader" : "follower")}), its clock wrong by {offset:+0.000;-0.000} s and {ppm:+0;-0} ppm";
    }

    private static string InWords(IReadOnlyDictionary<string, WatchedNode> seen) =>
        seen.Count == 0
            ? "nobody heard yet"
            : string.Join(", ", seen.Values.OrderBy(node => node.NodeId, StringComparer.Ordinal).Select(node => $"{node.NodeId} {node.State}, {node.Clock?.State ?? "no clock"}"));

    private static string PhasesInWords(IReadOnlyDictionary<string, WatchedNode> seen) =>
        string.Join(", ", seen.Values.OrderBy(node => node.NodeId, StringComparer.Ordinal).Select(node => $"{node.NodeId} {node.Phase ?? "silent"}"));

    private static string NewFolder(string wanted)
    {
        string folder = wanted;
        for (int number = 2; Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(); number++)
            folder = $"{wanted}-{number}";
        return Directory.CreateDirectory(folder).FullName;
    }

    /// <summary>One line that is written over; nothing where the output is no terminal.</summary>
    private static void Progress(string text)
    {
        if (!Console.IsErrorRedirected)
            Console.Error.Write($"\r\e[K{text}");
    }

    private void Line(string text)
    {
        Progress("");
        people.WriteLine(text);
    }
}

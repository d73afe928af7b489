using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>
/// What takes become when leaders die and networks fail: real processes with cameras, a machine each. Leaders are killed in mid-take, a node's cable is
/// pulled around START, and takes are made over a link that loses, doubles and reorders.
/// </summary>
internal static partial class FailoverBench
{
    private const string BadLink = "delay=1,jitter=uniform:2,loss=0.3,duplicate=0.1,reorder=0.1";

    public static Task<int> Run(string[] arguments)
    {
        Option<int> kills = new("--kills") { Description = "leaders killed in mid-take", DefaultValueFactory = _ => 5 };
        Option<int> cuts = new("--cuts") { Description = "cables pulled around START", DefaultValueFactory = _ => 5 };
        Option<int> takes = new("--takes") { Description = "takes over a link with 30 % loss", DefaultValueFactory = _ => 20 };
        RootCommand command = new("Failover and agreement, with processes and cameras") { kills, cuts, takes };
        command.SetAction(
            async (parsed, stop) =>
            {
                if (NetworkNamespaces.Obstacle() is { } obstacle)
                {
                    Console.Error.WriteLine($"{obstacle}: nothing was measured");
                    return 1;
                }
                await KillLeaders(parsed.GetValue(kills), stop);
                await PullCables(parsed.GetValue(cuts), stop);
                await RecordOverABadLink(parsed.GetValue(takes), stop);
                return 0;
            }
        );
        return BenchCommand.Invoke(command, arguments);
    }

    private static async Task KillLeaders(int count, CancellationToken stop)
    {
        List<double> replaced = [], steps = [];
        Outcomes outcomes = new();
        for (int i = 0; i < count; i++)
        {
            using Crew crew = new("leader", "auto", "auto", "follower", "follower");
            await crew.Ready(stop);
            crew[0].Type("start 1000");
            await crew.WaitForAll("recording take", stop);
            await Task.Delay(2_000 + 97 * i, stop);
            long killed = RealTime.MonotonicNs();
            crew[0].Kill();
            await crew[1].WaitFor("this node leads now", stop);
            replaced.Add((crew[1].Lines.First(line => line.Text.Contains("this node leads now", StringComparison.Ordinal)).MonotonicNs - killed) / 1e6);
            await Task.Delay(6_000, stop);
            crew[4].Type("stop 500");
            outcomes.Add(await crew.Frames(1, stop));
            steps.AddRange(Enumerable.Range(1, 4).Select(node => crew.StepAfter(node, killed) / 1e3));
        }
        if (count == 0)
            return;
        Console.WriteLine($"{count} leaders of 5 nodes killed in mid-take: {outcomes}");
        Console.WriteLine($"  from the kill to a new leader: {Spread(replaced)} ms (limit 2000)");
        Console.WriteLine($"  network time of the other four against what it was before, 6 s later at most: {Spread(steps)} µs");
    }

    private static async Task PullCables(int count, CancellationToken stop)
    {
        Outcomes outcomes = new();
        for (int i = 0; i < count; i++)
        {
            using Crew crew = new("leader", "auto", "follower");
            await crew.Ready(stop);
            crew.Machines.SetCable(2, pluggedIn: false);
            // before the START, between question and START, and after it
            await Task.Delay(400 * (i % 3), stop);
            int[] said = crew.Mark();
            crew[0].Type("start 2000");
            await Task.Delay(3_000, stop);
            crew.Machines.SetCable(2, pluggedIn: true);
            outcomes.Add(await crew.RecordedOrWithdrawn(said, stop));
        }
        if (count > 0)
            Console.WriteLine($"{count} times one of 3 nodes without its cable for 3 s around START: {outcomes}");
    }

    private static async Task RecordOverABadLink(int count, CancellationToken stop)
    {
        if (count == 0)
            return;
        Outcomes outcomes = new();
        using Crew crew = new("leader", "auto", "follower");
        await crew.Ready(stop);
        using RelayProcess relay = await RelayProcess.Start(crew.Machines, 0, BadLink, BadLink, stop);
        for (int i = 0; i < count; i++)
        {
            int[] said = crew.Mark();
            crew.Leader.Type("start 1500");
            outcomes.Add(await crew.RecordedOrWithdrawn(said, stop));
            // as long as it takes until the next beacon tells what got lost of the last words
            await Task.Delay(2_500, stop);
        }
        Console.WriteLine($"{count} takes of 3 nodes, the first one's link with {BadLink} each way: {outcomes}");
        Console.WriteLine($"  changes of leader: {crew.Count("this node leads now")}");
    }

    private static string Spread(List<double> values)
    {
        values.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"median {values[values.Count / 2]:0.0}, worst {values[^1]:0.0}");
    }

    /// <summary>How takes went.</summary>
    private sealed class Outcomes
    {
        private int equal;
        private int withdrawn;
        private readonly List<string> others = [];

        public void Add(string outcome)
        {
            if (outcome.StartsWith("equal", StringComparison.Ordinal))
                equal++;
            else if (outcome == "withdrawn")
                withdrawn++;
            else
                others.Add(outcome);
        }

        public override string ToString() =>
            $"{equal} with equal frame counts, {withdrawn} withdrawn or refused before anybody recorded, {others.Count} others{(others.Count == 0 ? "" : ": " + string.Join(" | ", others))}";
    }

    /// <summary>Nodes of one group, a machine each, with small cameras and clocks that are wrong by seconds.</summary>
    private sealed partial class Crew : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("record-syncd-failover").FullName;
        private readonly LabProcess[] nodes;
        private readonly SyncLog[] logs;

        public Crew(params string[] roles)
        {
            Machines = NetworkNamespaces.Open(roles.Length);
            string binary = Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY") ?? throw new InvalidOperationException("run me by ./dev bench");
            SimulatedClock[] clocks = [.. roles.Select((_, index) => index == 0 ? new SimulatedClock(-2, 0) : new SimulatedClock(index * 1.3m - 2, 20 * index - 50, 0.1m))];
            logs = [.. roles.Select((_, index) => new SyncLog(Path.Combine(folder, $"clock{index}.csv"), clocks[index]))];
            nodes =
            [
                .. roles.Select(
                    (role, index) =>
                        new LabProcess(
                            Machines.Name(index),
                            binary,
                            [
                                "--role", role, "--node-id", $"cam{index + 1}", "--interface", NetworkNamespaces.InterfaceName, "--camera", "test", "--size", "320x240", "--fps", "10", "--bitrate", "200",
                                "--output", Path.Combine(folder, "{take}-{node}.mp4"), "--simulated-clock", clocks[index].ToString(), "--sync-log", logs[index].Path, "--max-clock-error", "20ms",
                            ]
                        )
                ),
            ];
        }

        public NetworkNamespaces Machines { get; }

        public LabProcess this[int node] => nodes[node];

        /// <summary>Any node will do: it forwards.</summary>
        public LabProcess Leader => nodes[0];

        public async Task Ready(CancellationToken stop)
        {
            await WaitForAll("camera ready", stop);
            foreach (LabProcess node in nodes.Skip(1))
                await node.WaitFor("synchronised to", stop);
            await Task.Delay(3_000, stop);
        }

        public async Task WaitForAll(string words, CancellationToken stop)
        {
            foreach (LabProcess node in nodes)
                await node.WaitFor(words, stop);
        }

        /// <summary>How much each has said so far.</summary>
        public int[] Mark() => [.. nodes.Select(node => node.Lines.Length)];

        public int Count(string words) => nodes.Sum(node => node.Lines.Count(line => line.Text.Contains(words, StringComparison.Ordinal)));

        /// <summary>What the living nodes say that they have recorded.</summary>
        public async Task<string> Frames(int from, CancellationToken stop)
        {
            List<string> counts = [];
            foreach (LabProcess node in nodes.Skip(from))
                counts.Add(Finished().Match(await node.WaitFor("finished ", stop)).Groups[1].Value);
            return counts.Distinct().Count() == 1 ? "equal" : $"frames {string.Join('/', counts)}";
        }

        /// <summary>After a START was typed: a take that is stopped again, or none.</summary>
        public async Task<string> RecordedOrWithdrawn(int[] said, CancellationToken stop)
        {
            long until = RealTime.MonotonicNs() + 12_000_000_000;
            while (RealTime.MonotonicNs() < until && !Said(said, "START in", "START withdrawn", "not started", "has not answered"))
                await Task.Delay(50, stop);
            if (!Said(said, "START in"))
                return Said(said, "recording take") ? "recorded without a START" : "withdrawn";
            await Task.Delay(3_000, stop);
            Leader.Type("stop 700");
            until = RealTime.MonotonicNs() + 75_000_000_000;
            int recording() => nodes.Where((_, node) => Since(said, node).Any(text => text.StartsWith("recording take", StringComparison.Ordinal))).Count();
            int finished() => nodes.Where((_, node) => Since(said, node).Any(Finished().IsMatch)).Count();
            while (RealTime.MonotonicNs() < until && (finished() < recording() || recording() == 0))
                await Task.Delay(50, stop);
            string[] counts = [.. nodes.Select((_, node) => Since(said, node).Select(text => Finished().Match(text)).FirstOrDefault(match => match.Success)?.Groups[1].Value ?? "-")];
            if (counts.Distinct().Count() == 1)
                return "equal";
            string[] told = [.. Since(said, 0).Where(text => text.StartsWith("error: ", StringComparison.Ordinal) || text.Contains("late", StringComparison.Ordinal))];
            return $"frames {string.Join('/', counts)} ({(told.Length == 0 ? "NOT TOLD" : string.Join(", ", told.Take(2)))})";
        }

        /// <summary>By how much the node's network time has moved, ns, against its course before that instant.</summary>
        public double StepAfter(int node, long instant)
        {
            SyncRow[] rows = [.. logs[node].Read().Where(row => row.NetworkNs is not null)];
            SyncRow[] before = [.. rows.Where(row => row.MonotonicNs < instant && row.MonotonicNs > instant - 1_500_000_000)];
            double error(SyncRow row) => row.NetworkNs!.Value - row.MonotonicNs;
            double course = before.Average(error);
            return rows.Where(row => row.MonotonicNs > instant && row.MonotonicNs < instant + 6_000_000_000).Max(row => Math.Abs(error(row) - course));
        }

        public void Dispose()
        {
            foreach (LabProcess node in nodes)
                node.Dispose();
            Machines.Dispose();
            Directory.Delete(folder, recursive: true);
        }

        private IEnumerable<string> Since(int[] said, int node) => nodes[node].Lines.Skip(said[node]).Select(line => line.Text);

        private bool Said(int[] said, params string[] words) =>
            nodes.Where((_, node) => Since(said, node).Any(text => words.Any(word => text.Contains(word, StringComparison.Ordinal)))).Any();

        [GeneratedRegex(@"^finished \S+: (\d+) frames")]
        private static partial Regex Finished();
    }
}

using System.CommandLine;
using System.Net;

namespace RecordSync.Bench;

/// <summary>What a thousand followers cost their leader, and what they do to the clock of a real one. The generator's own cost does not count.</summary>
internal static class LeaderLoadBench
{
    private const int Generator = 2;
    private const int SettleSeconds = 20;

    /// <param name="CorePercent">The leader's share of one core.</param>
    private sealed record Phase(string Name, double CorePercent, ErrorFigures? Follower, string Load);

    public static Task<int> Run(string[] arguments)
    {
        Option<int> followers = new("--followers") { Description = "how many", HelpName = "N", DefaultValueFactory = _ => 1000 };
        Option<int> seconds = new("--seconds") { Description = "of each phase", HelpName = "S", DefaultValueFactory = _ => 40 };
        Option<string?> markdown = new("--out") { Description = "the table as Markdown", HelpName = "FILE" };
        RootCommand command = new("A leader with synthetic followers: its processor time, and the error of a real follower beside them. Needs root.") { followers, seconds, markdown };
        command.SetAction((parsed, stop) => Run(parsed.GetValue(followers), parsed.GetValue(seconds), parsed.GetValue(markdown), $"./dev bench leader-load {string.Join(' ', arguments)}".TrimEnd(), stop));
        return BenchCommand.Invoke(command, arguments);
    }

    private static async Task<int> Run(int followers, int seconds, string? markdown, string title, CancellationToken stop)
    {
        if (NetworkNamespaces.Obstacle() is { } obstacle)
            throw new InvalidOperationException($"The laboratory cannot run: {obstacle}.");
        string folder = Directory.CreateTempSubdirectory("record-syncd-load").FullName;
        try
        {
            using NetworkNamespaces machines = NetworkNamespaces.Open(3);
            using NodePair nodes = new(machines, folder, 50, 0.1m);
            await nodes.Leader.WaitFor("group ", stop);
            (LabProcess follower, SyncLog log) = nodes.Follow();
            await follower.WaitFor("synchronised to", stop);
            BenchCommand.Progress($"the real follower settles for {SettleSeconds} s");
            await Task.Delay(TimeSpan.FromSeconds(SettleSeconds), stop);
            List<Phase> phases = [await Measure("one real follower", null)];
            phases.Add(await Measure($"and {followers} synthetic ones", () => Load(machines, nodes, followers, beacons: false)));
            phases.Add(await Measure($"and {followers} with beacons", () => Load(machines, nodes, followers, beacons: true)));
            BenchCommand.Progress("");
            Tell(phases, title, seconds, markdown);
            return 0;

            async Task<Phase> Measure(string name, Func<SyntheticFollowers>? start)
            {
                using SyntheticFollowers? load = start?.Invoke();
                BenchCommand.Progress($"{name}: {seconds} s");
                // the first second of it is not the whole load yet
                await Task.Delay(TimeSpan.FromSeconds(2), stop);
                (double before, long began, long requests, long answers) = (nodes.Leader.CpuSeconds, RealTime.MonotonicNs(), load?.Requests ?? 0, load?.Answers ?? 0);
                await Task.Delay(TimeSpan.FromSeconds(seconds), stop);
                (double after, long ended) = (nodes.Leader.CpuSeconds, RealTime.MonotonicNs());
                double span = (ended - began) / 1e9;
                string words = load is null
                    ? ""
                    : $"{(load.Requests - requests) / span:0} requests/s, {(load.Answers - answers) / span:0} answers/s seen" + (load.LateTicks > 0 ? $", {load.LateTicks} ms late" : "");
                return new Phase(name, (after - before) / span * 100, ErrorFigures.Of(log.Errors(nodes.LeaderLog).Where(error => error.MonotonicNs >= began && error.MonotonicNs < ended)), words);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static SyntheticFollowers Load(NetworkNamespaces machines, NodePair nodes, int followers, bool beacons) =>
        machines.Inside(
            Generator,
            () =>
                new SyntheticFollowers(
                    followers,
                    IPAddress.Parse(NetworkNamespaces.Address(Generator)),
                    new IPEndPoint(IPAddress.Parse(NetworkNamespaces.Address(ClockBed.Leader)), NodePair.LeaderPort),
                    nodes.Group,
                    beacons
                )
        );

    private static void Tell(List<Phase> phases, string title, int seconds, string? markdown)
    {
        Report report = new(title);
        double? quiet = phases[0].Follower?.P99;
        report.Say($"Each phase {seconds} s; errors of the real follower in µs.");
        report.Table(
            ["phase", "leader, of a core", "follower's p50 / p99 / max", "p99 added", "within bound", "load"],
            phases.Select(
                (phase, number) =>
                    new[]
                    {
                        phase.Name,
                        Report.Against(phase.CorePercent, number == 0 ? null : 25, "0.0", " %"),
                        phase.Follower is { } figures ? $"{figures.P50:0.00} / {figures.P99:0.00} / {figures.Max:0.00}" : "no network time",
                        number == 0 || phase.Follower is null || quiet is null ? "" : Report.Against(phase.Follower.P99 - quiet.Value, 5, "0.00"),
                        phase.Follower is { } bounded ? $"{bounded.Covered * 100:0.00} %" : "",
                        phase.Load,
                    }
            )
        );
        report.Write(markdown);
    }
}

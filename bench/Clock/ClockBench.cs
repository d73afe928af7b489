namespace RecordSync.Bench;

/// <summary>
/// The clock in the laboratory (docs/clock.md, "How it is measured"): our nodes, chrony, ptp4l and GStreamer's network clock side by side, each condition for itself, errors
/// against the one clock that all processes of a machine share.
/// </summary>
internal sealed class ClockBench(ClockOptions options, string[] arguments)
{
    private readonly Report report = new($"./dev bench clock {string.Join(' ', arguments)}".TrimEnd());
    private readonly List<string> faults = [];
    private HoldoverResult? holdover;

    public static Task<int> Run(string[] arguments) =>
        BenchCommand.Invoke(new ClockCommandLine((options, stop) => new ClockBench(options, arguments).Run(stop)).Command, arguments);

    private async Task<int> Run(CancellationToken stop)
    {
        if (NetworkNamespaces.Obstacle() is { } obstacle)
            throw new InvalidOperationException($"The laboratory cannot run: {obstacle}.");
        using NativeTools? tools = options.Peers ? new() : null;
        List<(ClockCondition Condition, List<ClockRunResult> Runs)> all = [];
        foreach (ClockCondition condition in options.Conditions)
        {
            List<ClockRunResult> runs = [];
            for (int number = 0; number < options.Repeat; number++)
            {
                string run = options.Repeat == 1 ? condition.Name : $"{condition.Name}, run {number + 1} of {options.Repeat}";
                try
                {
                    runs.Add(await new ClockRun(options, condition, number, tools).Run(words => BenchCommand.Progress($"{run}: {words}"), stop));
                    holdover = runs[^1].Holdover ?? holdover;
                }
                catch (InvalidOperationException fault)
                {
                    // the other conditions are worth knowing
                    faults.Add($"{run} FAILED: {fault.Message}");
                }
            }
            if (runs.Count > 0)
                all.Add((condition, runs));
        }
        BenchCommand.Progress("");
        if (all.Count > 0)
            TellConditions(all);
        faults.ForEach(report.Say);
        List<FirstEstimate>? starts = options.Extras.Contains("start") ? await ClockExtras.Start(options, words => BenchCommand.Progress(words), stop) : null;
        RestCost? cost = options.Extras.Contains("cost") ? await ClockExtras.Cost(options, words => BenchCommand.Progress(words), stop) : null;
        BenchCommand.Progress("");
        TellExtras(starts, cost);
        report.Write(options.Out);
        return faults.Count == 0 ? 0 : 1;
    }

    private void TellConditions(List<(ClockCondition Condition, List<ClockRunResult> Runs)> all)
    {
        string[] peers = [.. all.SelectMany(row => row.Runs).SelectMany(run => run.Systems.Keys).Where(name => name != ClockRunResult.Ours).Distinct()];
        report.Say(
            $"|error| in µs, p50 / p99 / max, {options.Seconds} s from {options.SettleSeconds} s after the start; {options.Ppm} ppm and a wander of {options.Wander} ppm on every system"
                + (options.Repeat > 1 ? $"; the middle one of {options.Repeat} runs, the worst maximum" : "")
        );
        report.Table(
            ["condition", ClockRunResult.Ours, "p99", "within bound", "bound, p50", .. peers, "p99 to the best peer's"],
            all.Select(row => ConditionRow(row.Condition, row.Runs, peers))
        );
        foreach ((ClockCondition condition, List<ClockRunResult> runs) in all)
        {
            report.Say($"{condition.Name}: {condition.Words}.");
            if (runs[^1].Relay is { } relay)
                report.Say($"  Relay: {relay}.");
            if (runs.Max(run => run.WithoutEstimate) is > 0 and var without)
                report.Say($"  Up to {without:0.0 %} of the rows had no network time.");
        }
    }

    private static string[] ConditionRow(ClockCondition condition, List<ClockRunResult> runs, string[] peers)
    {
        if (Middle(runs, ClockRunResult.Ours) is not { } ours)
            return [condition.Name, "no network time", "", "", "", .. peers.Select(peer => Text(Middle(runs, peer))), ""];
        double[] ratios =
        [
            .. runs
                .Select(run => (Ours: run.Systems.GetValueOrDefault(ClockRunResult.Ours)?.P99, Best: run.Systems.Where(system => system.Key != ClockRunResult.Ours).Min(system => (double?)system.Value.P99)))
                .Where(run => run.Ours is not null && run.Best is not null)
                .Select(run => run.Ours!.Value / run.Best!.Value)
                .Order(),
        ];
        string best = peers.Where(peer => Middle(runs, peer) is not null).MinBy(peer => Middle(runs, peer)!.P99) ?? "";
        return
        [
            condition.Name,
            Text(ours),
            Report.Against(ours.P99, condition.TargetP99, "0.00"),
            Report.Against(ours.Covered * 100, 99.9, "0.00", " %", atLeast: true),
            ours.Bound.ToString("0.0"),
            .. peers.Select(peer => Text(Middle(runs, peer))),
            ratios.Length == 0 ? "" : $"{Report.Against(ErrorFigures.Quantile(ratios, 0.5), condition.TargetRatio, "0.000")} {best}",
        ];
    }

    private void TellExtras(List<FirstEstimate>? starts, RestCost? cost)
    {
        List<string[]> rows = [];
        if (holdover is { } held)
        {
            rows.Add(["leader killed: error at the end", Report.Against(held.ErrorUs, 20, "0.00", " µs"), $"after {held.Seconds:0.0} s, state {held.State}; the largest before was {held.WorstUs:0.00} µs"]);
            rows.Add(["leader killed: bound at the end", $"{held.BoundUs:0.0} µs", ""]);
            rows.Add(["leader killed: rows within the bound", Report.Against(held.Covered * 100, 99.9, "0.00", " %", atLeast: true), ""]);
        }
        if (starts is not null)
        {
            string among = $"worst of {starts.Count} starts";
            rows.Add(["first beacon to first estimate", Report.Against(starts.Max(start => start.Milliseconds), 300, "0", " ms"), $"{among}, median {Median(starts.Select(start => start.Milliseconds)):0} ms; the log has a row each 100 ms"]);
            rows.Add(["error of the first estimate", Report.Against(starts.Max(start => start.ErrorUs), 100, "0.0", " µs"), $"{among}, median {Median(starts.Select(start => start.ErrorUs)):0.0} µs, stated bound {Median(starts.Select(start => start.BoundUs)):0.0} µs"]);
        }
        if (cost is not null)
        {
            rows.Add(["packets of a follower at rest", Report.Against(cost.Packets, 20, "0.0", " /s"), "in and out, its own and the leader's beacons included"]);
            rows.Add(["processor of a follower at rest", Report.Against(cost.FollowerCorePercent, 0.3, "0.00", " %"), $"of a core; its leader {cost.LeaderCorePercent:0.00} %"]);
        }
        if (rows.Count > 0)
            report.Table(["beside it", "measured", ""], rows);
    }

    private static ErrorFigures? Middle(List<ClockRunResult> runs, string system) =>
        ErrorFigures.Of([.. runs.Select(run => run.Systems.GetValueOrDefault(system)).OfType<ErrorFigures>()]);

    private static double Median(IEnumerable<double> values) => ErrorFigures.Quantile([.. values.Order()], 0.5);

    private static string Text(ErrorFigures? figures) =>
        figures is null ? "–"
        : figures.P99 < 10 ? $"{figures.P50:0.00} / {figures.P99:0.00} / {figures.Max:0.00}"
        : $"{figures.P50:0.0} / {figures.P99:0.0} / {figures.Max:0.0}";
}

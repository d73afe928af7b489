using System.CommandLine;

namespace RecordSync.Bench;

/// <summary>soak MINUTES: five nodes, takes without end, and misfortunes of all kinds (docs/testing.md).</summary>
internal static class SoakCommand
{
    public static Task<int> Run(string[] arguments)
    {
        Argument<double> minutes = new("minutes") { Description = "how long; the take that runs then is still looked at" };
        Option<int?> seed = new("--seed") { Description = "of lengths and misfortunes; another one each time if not given" };
        Option<string> keep = new("--keep") { Description = "where the files and words of a take with an anomaly go", DefaultValueFactory = _ => Path.Combine("artifacts", "soak") };
        RootCommand command = new("Takes without end, with kills, cuts, loss, full disks, changes of leader and lost cameras; files, verdicts, memory, handles and threads are checked") { minutes, seed, keep };
        command.SetAction(async (parsed, stop) =>
        {
            if (NetworkNamespaces.Obstacle() is { } obstacle)
            {
                Console.Error.WriteLine($"{obstacle}: nothing was tried");
                return 1;
            }
            int drawn = parsed.GetValue(seed) ?? Random.Shared.Next(1_000_000);
            Console.WriteLine($"seed {drawn}");
            using SoakGroup group = new(new Random(drawn));
            await group.Begin(stop);
            SoakRun run = new(group, drawn, parsed.GetValue(keep)!);
            try
            {
                await run.Run(TimeSpan.FromMinutes(parsed.GetValue(minutes)), stop);
            }
            catch (OperationCanceledException)
            {
                // told as far as it came
            }
            BenchCommand.Progress("");
            Tell(run, group);
            string[] anomalies = [.. run.Anomalies];
            foreach (string anomaly in anomalies)
                Console.WriteLine($"ANOMALY {anomaly}");
            if (anomalies.Length > 0)
                Console.WriteLine($"Kept in {Path.GetFullPath(parsed.GetValue(keep)!)}; again: ./dev soak {parsed.GetValue(minutes)} --seed {drawn}");
            return anomalies.Length == 0 ? 0 : 1;
        });
        return BenchCommand.Invoke(command, arguments);
    }

    private static void Tell(SoakRun run, SoakGroup group)
    {
        SoakTake[] recorded = [.. run.Takes.Where(take => take.Name is not null)];
        int of(TakeGrade grade) => recorded.Count(take => take.Grade == grade);
        Report report = new("./dev soak");
        report.Table(
            ["", "count"],
            [
                ["takes", $"{recorded.Length} ({recorded.Sum(take => take.Seconds) / 60:0.0} min)"],
                ["recordings", $"{recorded.Sum(take => take.Recorders.Count)}"],
                ["verdicts", $"{of(TakeGrade.Pass)} PASS, {of(TakeGrade.Warn)} WARN, {of(TakeGrade.Fail)} FAIL"],
                ["starts refused or withdrawn, and asked for again", $"{run.Refused}"],
                ["stops typed again", $"{run.RepeatedStops}"],
                ["nodes killed", $"{Count(run, Misfortune.Kill)}"],
                ["leaders killed", $"{Count(run, Misfortune.KillLeader)}"],
                ["leaders told to leave", $"{Count(run, Misfortune.LeaderQuits)}"],
                ["leaders that came into office", $"{group.LeaderChanges}"],
                ["cables pulled", $"{Count(run, Misfortune.Cut)}"],
                ["disks filled", $"{Count(run, Misfortune.FullDisk)}"],
                ["cameras lost", $"{Count(run, Misfortune.LostCamera)}"],
                ["anomalies", $"{run.Anomalies.Count()}"],
            ]
        );
        report.Table(
            ["node", "takes", "minutes", "memory, first third", "last third", "slope", "handles", "threads"],
            run.Trends.Select(trend => (string[])[trend.Node, $"{trend.Count}", $"{trend.Minutes:0.0}", $"{trend.Megabytes.First:0.0} MB", $"{trend.Megabytes.Last:0.0} MB", $"{trend.MegabytesPerHour:+0.0;-0.0;0.0} MB/h", $"{trend.Handles.First:0} → {trend.Handles.Last:0}", $"{trend.Threads.First:0} → {trend.Threads.Last:0}"])
        );
        if (!run.Trends.Any())
            report.Say($"Memory, handles and threads: no process lived through {ResourceWatch.LeastSamples} takes, so nothing is said.");
    }

    private static int Count(SoakRun run, Misfortune kind) => run.Happened.GetValueOrDefault(kind);
}

using System.CommandLine;
using System.Diagnostics;
using RecordSync.Tests;

namespace RecordSync.Bench;

/// <summary>Clusters drawn from seeds, on all cores, each held to the laws of docs/testing.md; or one of them, with its whole transcript.</summary>
internal static class SimulateCommand
{
    public static int Run(string[] args)
    {
        Option<int> seeds = new("--seeds") { Description = "how many clusters", DefaultValueFactory = _ => 10_000 };
        Option<int> from = new("--from") { Description = "the first seed" };
        Option<int?> seed = new("--seed") { Description = "only this one, with its transcript" };
        Option<bool> all = new("--all") { Description = "go on after the first broken law, and count them" };
        RootCommand command = new("Simulates clusters of nodes with faults drawn from seeds and checks what must hold at every event.") { seeds, from, seed, all };
        command.SetAction(parsed => parsed.GetValue(seed) is { } one ? One(one) : Many(parsed.GetValue(from), parsed.GetValue(seeds), parsed.GetValue(all)));
        return command.Parse(args).Invoke();
    }

    private static int One(int seed)
    {
        ClusterTranscript transcript = new();
        ClusterOutcome outcome = ClusterRun.Of(seed, transcript);
        Console.Write(transcript);
        Console.WriteLine(outcome.Broken is null ? $"seed {seed}: all laws held, {outcome.Steps} steps" : $"seed {seed}: {outcome.Broken}");
        return outcome.Broken is null ? 0 : 1;
    }

    private static int Many(int from, int count, bool goesOn)
    {
        Stopwatch watch = Stopwatch.StartNew();
        List<ClusterOutcome> broken = [];
        long steps = 0, takes = 0, runs = 0;
        Parallel.For(
            from,
            from + count,
            (seed, state) =>
            {
                ClusterOutcome outcome = ClusterRun.Of(seed);
                Interlocked.Add(ref steps, outcome.Steps);
                Interlocked.Add(ref takes, outcome.Takes);
                Interlocked.Increment(ref runs);
                if (outcome.Broken is null)
                    return;
                lock (broken)
                    broken.Add(outcome);
                if (!goesOn)
                    state.Stop();
            }
        );
        double seconds = watch.Elapsed.TotalSeconds;
        Console.WriteLine($"{runs} clusters, {steps} steps, {takes} recordings in {seconds:0.0} s on {Environment.ProcessorCount} cores: {runs / seconds * 60:0} clusters a minute");
        foreach (IGrouping<string?, ClusterOutcome> law in broken.GroupBy(outcome => outcome.Law).OrderByDescending(law => law.Count()))
            Console.WriteLine($"{law.Count(),6} × {law.Key}");
        foreach (ClusterOutcome outcome in broken.OrderBy(outcome => outcome.Seed).Take(20))
            Console.WriteLine($"seed {outcome.Seed}: {outcome.Broken}");
        if (broken.Count > 0)
            Console.WriteLine($"./dev simulate --seed {broken.Min(outcome => outcome.Seed)} prints the transcript");
        return broken.Count == 0 ? 0 : 1;
    }
}

using System.Diagnostics;
using System.Text.Json;

namespace RecordSync.Fuzz;

/// <summary>Fuzzes one target, in the instrumented copy; says on standard output how it went.</summary>
internal static class FuzzWorker
{
    public static int Run(FuzzTarget target, FuzzSettings settings)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using FlightRecorder recorder = new(settings.FlightRecord(target), target.LongestInput);
        FuzzRun run = new(target, settings.Seed, recorder);
        string committed = Path.Combine(Repository.Corpus, target.Name);
        // a number of executions is for the tests: what this machine has found before must not change them
        Finding? finding = run.Replay(Corpus.Of(settings.Seconds is null ? [committed] : [committed, settings.MachineCorpus(target)]));
        long most = run.Executions + settings.Executions;
        finding ??= run.Fuzz(() => settings.Seconds is { } seconds ? watch.Elapsed.TotalSeconds < seconds : run.Executions < most);
        if (settings.Seconds is not null)
        {
            foreach (byte[] news in run.News)
                Corpus.Keep(settings.MachineCorpus(target), news);
        }
        FuzzResult result = new(target.Name)
        {
            Executions = run.Executions,
            Seconds = watch.Elapsed.TotalSeconds,
            Edges = run.Edges,
            Features = run.Features,
            Corpus = run.CorpusSize,
            News = run.News.Count,
            LongestMs = run.LongestSeconds * 1e3,
            LargestAllocation = run.LargestAllocation,
            Law = finding?.Law,
            Path = finding is null ? null : Corpus.Keep(Path.Combine(settings.Work, "findings"), finding.Input, $"{target.Name}-"),
        };
        Console.WriteLine(JsonSerializer.Serialize(result));
        return 0;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace RecordSync.Fuzz;

/// <summary>Runs each target in a process of its own, which may crash, hang or run out of memory: the input that it was at is a finding then.</summary>
internal static class FuzzSupervisor
{
    private const int LookEveryMs = 250;

    /// <summary>Beyond a target's own patience: to start, and to make a finding small.</summary>
    private const int StartSeconds = 60;

    public static int Run(IReadOnlyList<FuzzTarget> targets, FuzzSettings settings)
    {
        Directory.CreateDirectory(settings.Work);
        string program = Instrumented.Copy(settings.Work);
        List<FuzzResult> results = [];
        Console.WriteLine($"seed {settings.Seed}");
        Console.WriteLine(Row("target", "executions", "a second", "edges", "features", "corpus", "new", "longest", "memory", ""));
        foreach (FuzzTarget target in targets)
        {
            FuzzResult result = One(program, target, settings);
            results.Add(result);
            Console.WriteLine(
                Row(
                    target.Name,
                    $"{result.Executions}",
                    $"{result.Executions / Math.Max(result.Seconds, 0.001):0}",
                    $"{result.Edges}",
                    $"{result.Features}",
                    $"{result.Corpus}",
                    $"{result.News}",
                    $"{result.LongestMs:0.0} ms",
                    $"{result.LargestAllocation / 1e3:0} kB",
                    result.Law is null ? "" : "BROKEN"
                )
            );
        }
        foreach (FuzzResult broken in results.Where(result => result.Law is not null))
        {
            Console.WriteLine();
            Console.WriteLine($"{broken.Target}: {broken.Law}");
            Console.WriteLine($"  the input: {broken.Path}");
            Console.WriteLine($"  again:     ./dev fuzz --input {broken.Path} {broken.Target}");
        }
        return results.All(result => result.Law is null) ? 0 : 1;
    }

    private static string Row(params string[] cells) =>
        string.Concat(cells.Select((cell, column) => column == 0 ? cell.PadRight(10) : column == cells.Length - 1 ? $"  {cell}" : cell.PadLeft(11))).TrimEnd();

    private static FuzzResult One(string program, FuzzTarget target, FuzzSettings settings)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using FlightRecorder recorder = new(settings.FlightRecord(target), target.LongestInput);
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // a reader that wants more is a finding, and not this machine's misfortune
            Environment = { ["DOTNET_GCHeapHardLimit"] = "0x30000000", ["RECORD_SYNCD_REPOSITORY"] = Repository.Root, ["DOTNET_DbgEnableMiniDump"] = "0" },
        };
        string[] arguments =
        [
            program, "--worker", "--seed", Text(settings.Seed), "--work", settings.Work, settings.Seconds is null ? "--executions" : "--seconds", settings.Seconds is { } seconds ? Text(seconds) : Text(settings.Executions), target.Name,
        ];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardOutput.ReadToEndAsync(), complained = process.StandardError.ReadToEndAsync();
        bool hung = !Finishes(process, recorder, target);
        FuzzResult? result = hung || said.Result.Split('\n').FirstOrDefault(line => line.StartsWith('{')) is not { } line ? null : JsonSerializer.Deserialize<FuzzResult>(line);
        Scratch.Remove(process.Id);
        if (result is not null && process.ExitCode == 0)
            return result;
        string law = hung ? "it hangs" : $"the process ended with code {process.ExitCode}: {string.Join('\n', complained.Result.Split('\n').Take(20))}";
        return new FuzzResult(target.Name)
        {
            Executions = recorder.Count,
            Seconds = watch.Elapsed.TotalSeconds,
            Law = law,
            Path = Corpus.Keep(Path.Combine(settings.Work, "findings"), recorder.Last(), $"{target.Name}-"),
        };
    }

    private static bool Finishes(Process process, FlightRecorder recorder, FuzzTarget target)
    {
        (long count, long since) = (recorder.Count, Environment.TickCount64);
        while (!process.WaitForExit(LookEveryMs))
        {
            if (recorder.Count != count)
                (count, since) = (recorder.Count, Environment.TickCount64);
            if (Environment.TickCount64 - since < (target.Patience + StartSeconds) * 1_000)
                continue;
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return false;
        }
        process.WaitForExit();
        return true;
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}

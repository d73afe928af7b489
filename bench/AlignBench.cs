using System.Diagnostics;
using System.Text.Json;

namespace RecordSync.Bench;

/// <summary>The demo with steered cameras, several times: how far apart the exposures of three nodes with wrong clocks are, by the pixels of their files.</summary>
internal static class AlignBench
{
    private const int Runs = 5;
    private const double LimitUs = 150;

    public static async Task Run()
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-align").FullName;
        try
        {
            List<double> medians = [], tails = [];
            for (int run = 0; run < Runs; run++)
            {
                using JsonDocument verdict = JsonDocument.Parse(await Demo(Path.Combine(folder, $"{run}")));
                JsonElement spread = verdict.RootElement.GetProperty("takes")[0].GetProperty("spread");
                medians.Add(spread.GetProperty("p50_us").GetDouble());
                tails.Add(spread.GetProperty("p99_us").GetDouble());
                Console.WriteLine($"  run {run + 1}: exposures of one index {medians[^1]:0} µs apart (median), {tails[^1]:0} µs (p99), {spread.GetProperty("max_us").GetDouble():0} µs (worst)");
            }
            Console.WriteLine($"three aligned cameras: median {BenchGroup.Median(medians):0} µs, p99 {BenchGroup.Median(tails):0} µs, worst p99 of {Runs} runs {tails.Max():0} µs (limit {LimitUs:0})");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> Demo(string folder)
    {
        string binary = Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY") ?? throw new InvalidOperationException("run me by ./dev bench");
        using Process demo = Process.Start(new ProcessStartInfo(binary, ["demo", "--align", "--json", "--output", folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> said = demo.StandardError.ReadToEndAsync();
        string json = await demo.StandardOutput.ReadToEndAsync();
        await demo.WaitForExitAsync();
        return demo.ExitCode is 0 or 2 ? json : throw new InvalidOperationException(await said);
    }
}

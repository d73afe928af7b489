using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/testing.md, "Hostile bytes": the corpus, and a number of mutations that is the same each time, for every reader of bytes from outside.</summary>
[Collection(Processes.Name)]
public sealed class FuzzTests(FuzzTests.Work work) : IClassFixture<FuzzTests.Work>
{
    private const int Seed = 7;

    private static readonly string Program = Path.Combine(Repository.Root, "tests", "Fuzz", "bin", "Debug", "net10.0", "RecordSync.Fuzz.dll");

    private static string Corpus => Path.Combine(Repository.Root, "tests", "Fuzz", "corpus");

    // those that read files, or ask GStreamer, are slower
    public static TheoryData<string, int> Targets =>
        new()
        {
            { "wire", 10_000 },
            { "node", 1_000 },
            { "sidecar", 1_500 },
            { "manifest", 400 },
            { "verdict", 400 },
            { "boxes", 2_000 },
            { "salvage", 60 },
            { "words", 10_000 },
            { "access", 5_000 },
            { "seal", 2_000 },
            { "settings", 300 },
        };

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_input_breaks_a_law_of_its_reader(string target, int executions)
    {
        (int code, string said) = Run("--executions", $"{executions}", "--seed", $"{Seed}", "--work", work.Folder, target);

        Assert.True(code == 0, said);
        string[] row = said.Split('\n').Single(line => line.StartsWith(target, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(int.Parse(row[1]), executions, int.MaxValue);
        // it was instrumented, and its inputs went somewhere
        Assert.InRange(int.Parse(row[3]), 100, int.MaxValue);
    }

    [Fact]
    public void Every_target_has_a_corpus_and_is_tested_here()
    {
        (int code, string said) = Run("--list");

        Assert.Equal(0, code);
        string[] targets = [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order()];
        Assert.Equal(targets, Directory.GetDirectories(Corpus).Select(Path.GetFileName).Order());
        Assert.Equal(targets, Targets.Select(row => row.Data.Item1).Order());
    }

    [Fact]
    public void A_broken_law_is_found_made_small_and_told_with_its_input()
    {
        (int code, string said) = Run("--executions", "20000", "--seed", $"{Seed}", "--work", work.Folder, "broken");

        Assert.Equal(1, code);
        Assert.Contains("broken: no input begins with three x", said, StringComparison.Ordinal);
        string input = said.Split('\n').Single(line => line.Contains("the input: ", StringComparison.Ordinal)).Split("the input: ")[1];
        Assert.Equal("xxx", File.ReadAllText(input));
    }

    private static (int Code, string Said) Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> complaints = process.StandardError.ReadToEndAsync();
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said + complaints.GetAwaiter().GetResult());
    }

    /// <summary>The instrumented copy is made once for all of them.</summary>
    public sealed class Work : IDisposable
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("record-syncd-fuzz").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}

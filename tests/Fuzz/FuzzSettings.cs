namespace RecordSync.Fuzz;

/// <param name="Seconds">For each target; null: so many executions instead.</param>
/// <param name="Work">Where the instrumented copy, findings and the corpus of this machine lie.</param>
internal sealed record FuzzSettings(double? Seconds, long Executions, int Seed, string Work)
{
    public string MachineCorpus(FuzzTarget target) => Path.Combine(Work, "corpus", target.Name);

    public string FlightRecord(FuzzTarget target) => Path.Combine(Work, $"{target.Name}.current");
}

/// <summary>How a target fared.</summary>
internal sealed record FuzzResult(string Target)
{
    public long Executions { get; init; }
    public double Seconds { get; init; }
    public int Edges { get; init; }
    public int Features { get; init; }
    public int Corpus { get; init; }
    public int News { get; init; }
    public double LongestMs { get; init; }
    public long LargestAllocation { get; init; }

    /// <summary>The law that was broken, and the file with the input that breaks it.</summary>
    public string? Law { get; init; }
    public string? Path { get; init; }
}

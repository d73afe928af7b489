namespace RecordSync;

/// <summary>Indices in rising order as people write them, "90, 120–124 and 300": neighbours become a run, and beyond the first dozen runs only their number is kept.</summary>
internal sealed class IndexRuns
{
    private const int MostRuns = 12;

    private readonly List<(long First, long Last)> runs = [];
    private long last = long.MinValue;
    private long more;

    public long Count { get; private set; }

    /// <summary>The longest run, and where it begins; 0 when there is none.</summary>
    public (long Length, long? First) Longest { get; private set; }

    private long currentFirst;

    public void Add(long index)
    {
        Count++;
        if (index == last + 1 && Count > 1)
        {
            if (more == 0)
                runs[^1] = (runs[^1].First, index);
        }
        else
        {
            currentFirst = index;
            if (runs.Count < MostRuns)
                runs.Add((index, index));
            else
                more++;
        }
        last = index;
        if (index - currentFirst + 1 > Longest.Length)
            Longest = (index - currentFirst + 1, currentFirst);
    }

    public override string ToString()
    {
        List<string> words = [.. runs.Select(run => run.First == run.Last ? $"{run.First}" : $"{run.First}–{run.Last}")];
        if (more > 0)
            words.Add($"{more} more {(more == 1 ? "place" : "places")}");
        return words.Count <= 1 ? string.Concat(words) : $"{string.Join(", ", words[..^1])} and {words[^1]}";
    }

    public static IndexRuns Of(IEnumerable<long> indices)
    {
        IndexRuns runs = new();
        foreach (long index in indices)
            runs.Add(index);
        return runs;
    }
}

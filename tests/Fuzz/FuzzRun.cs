using System.Diagnostics;

namespace RecordSync.Fuzz;

/// <param name="Law">What the input breaks.</param>
internal sealed record Finding(byte[] Input, string Law);

/// <summary>
/// Fuzzes one target: inputs that take new branches join the corpus, and the next inputs are made of these. Stops at the first input that breaks a law, which is made as
/// small as it gets.
/// </summary>
internal sealed class FuzzRun
{
    private readonly FuzzTarget target;
    private readonly FlightRecorder recorder;
    private readonly Coverage coverage = new();
    private readonly Mutations mutations;
    private readonly Random random;
    private readonly List<byte[]> corpus = [];

    public FuzzRun(FuzzTarget target, int seed, FlightRecorder recorder)
    {
        (this.target, this.recorder) = (target, recorder);
        random = new Random(seed);
        mutations = new Mutations(target, random);
    }

    public long Executions { get; private set; }

    public int Edges => coverage.Edges;

    public int Features => coverage.Features;

    public int CorpusSize => corpus.Count;

    /// <summary>Inputs that were not in the corpus and take new branches.</summary>
    public List<byte[]> News { get; } = [];

    public double LongestSeconds { get; private set; }

    public long LargestAllocation { get; private set; }

    public Finding? Replay(IEnumerable<byte[]> inputs)
    {
        // what a first call costs alone (compilation, static fields) is no input's fault
        bool first = true;
        foreach (byte[] input in inputs)
        {
            if (first)
                _ = Execute(input);
            first = false;
            if (Execute(input) is { } law)
                return Smallest(input, law);
            coverage.Merge();
            corpus.Add(input);
        }
        return null;
    }

    /// <param name="goesOn">Asked before each execution.</param>
    public Finding? Fuzz(Func<bool> goesOn)
    {
        if (corpus.Count == 0)
            corpus.Add([]);
        while (goesOn())
        {
            byte[] input = mutations.Of(Pick(), corpus[random.Next(corpus.Count)]);
            if (Execute(input) is { } law)
                return Smallest(input, law);
            if (!coverage.Merge())
                continue;
            corpus.Add(input);
            News.Add(input);
        }
        return null;
    }

    /// <summary>Half the time one of the newest: what lies behind a new branch has been tried least.</summary>
    private byte[] Pick() => random.Next(2) == 0 ? corpus[random.Next(corpus.Count)] : corpus[^(1 + random.Next(Math.Min(corpus.Count, 16)))];

    /// <returns>The law that it breaks; null: none.</returns>
    private string? Execute(byte[] input)
    {
        recorder.Note(input);
        Coverage.Clear();
        Executions++;
        long started = Stopwatch.GetTimestamp(), allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Examine(input);
        }
        catch (Exception broken)
        {
            return broken is BrokenLawException ? broken.Message : $"{broken.GetType().Name}: {broken.Message}\n{Place(broken)}";
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        LongestSeconds = Math.Max(LongestSeconds, seconds);
        // the first executions also pay for what is made once
        if (Executions > 100)
            LargestAllocation = Math.Max(LargestAllocation, allocated);
        if (allocated > target.MemoryFor(input.Length) && Executions > 1 && Again(input) > target.MemoryFor(input.Length))
            return $"{input.Length} bytes made it allocate {allocated}; the limit is {target.MemoryFor(input.Length)}";
        return seconds > target.Patience ? $"{input.Length} bytes kept it busy for {seconds:0.0} s; the limit is {target.Patience} s" : null;
    }

    /// <summary>Once more: the compiler's own allocations belong to nobody.</summary>
    private long Again(byte[] input)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        target.Examine(input);
        return GC.GetAllocatedBytesForCurrentThread() - allocated;
    }

    private static string Place(Exception broken) => string.Join('\n', (broken.StackTrace ?? "").Split('\n').Take(12));

    /// <summary>Leaves out piece by piece what is not needed to break the law.</summary>
    private Finding Smallest(byte[] input, string law)
    {
        string kind = KindOf(law);
        long until = Stopwatch.GetTimestamp() + 5 * Stopwatch.Frequency;
        for (int piece = input.Length / 2; piece > 0; piece /= 2)
        {
            for (int at = 0; at + piece <= input.Length && Stopwatch.GetTimestamp() < until;)
            {
                byte[] shorter = [.. input[..at], .. input[(at + piece)..]];
                if (Execute(shorter) is { } still && KindOf(still) == kind)
                    (input, law) = (shorter, still);
                else
                    at += piece;
            }
        }
        return new Finding(input, law);
    }

    private static string KindOf(string law)
    {
        string[] lines = law.Split('\n');
        string head = string.Concat(lines[0].TakeWhile(c => c is not (':' or '"'))).Replace("0123456789", "", StringComparison.Ordinal);
        return string.Concat(head.Where(c => !char.IsAsciiDigit(c))) + (lines.Length > 1 ? lines[1] : "");
    }
}

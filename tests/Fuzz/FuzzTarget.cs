namespace RecordSync.Fuzz;

/// <summary>Something that reads bytes from outside, and what must hold whatever they are.</summary>
/// <param name="Name">Also of its folder in corpus/.</param>
/// <param name="LongestInput">Longer ones are cut: what a datagram, or a small file, holds.</param>
/// <param name="Words">Put into inputs: what the reader looks for.</param>
/// <param name="Examine">Reads the input and throws when a law is broken; the reader's documented exceptions are caught in it.</param>
internal sealed record FuzzTarget(string Name, int LongestInput, IReadOnlyList<string> Words, Action<byte[]> Examine)
{
    /// <summary>Bytes that one input may cost, and so many more for each of its own: what a file's reader keeps is proportional to the file.</summary>
    public long Memory { get; init; } = 1_000_000;

    public long MemoryPerByte { get; init; }

    /// <summary>For one input, s: far beyond what a busy machine makes of the usual.</summary>
    public double Patience { get; init; } = 5;

    /// <summary>Inputs to begin with, made by code; written into corpus/ by --write-corpus.</summary>
    public Func<IEnumerable<(string Name, byte[] Bytes)>> Seeds { get; init; } = () => [];

    public long MemoryFor(int length) => Memory + MemoryPerByte * length;
}

/// <summary>A law that an input has broken.</summary>
internal sealed class BrokenLawException(string law) : Exception(law)
{
    public static void Unless(bool holds, string law)
    {
        if (!holds)
            throw new BrokenLawException(law);
    }
}

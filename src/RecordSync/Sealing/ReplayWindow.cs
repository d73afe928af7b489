namespace RecordSync;

/// <summary>Which counters of a sender have been: each is taken once, and what lies far behind the highest counts as seen (RFC 4303 §3.4.3).</summary>
internal sealed class ReplayWindow
{
    /// <summary>How far a datagram may be overtaken.</summary>
    public const int Size = 1024;

    private const int Bits = 64;

    private readonly ulong[] seen = new ulong[Size / Bits];
    private ulong highest;
    private bool any;

    public bool MayAccept(ulong counter) => !any || counter > highest || (highest - counter < Size && (seen[Word(counter)] & Bit(counter)) == 0);

    /// <summary>Only for what has been found genuine: whoever could move the window could shut others out.</summary>
    public void Accept(ulong counter)
    {
        if (!any || (counter > highest && counter - highest >= Size))
            Array.Clear(seen);
        else if (counter > highest)
        {
            for (ulong passed = highest + 1; passed != counter; passed++)
                seen[Word(passed)] &= ~Bit(passed);
        }
        highest = any ? Math.Max(highest, counter) : counter;
        any = true;
        seen[Word(counter)] |= Bit(counter);
    }

    private static int Word(ulong counter) => (int)(counter / Bits % (Size / Bits));

    private static ulong Bit(ulong counter) => 1UL << (int)(counter % Bits);
}

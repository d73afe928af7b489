namespace RecordSync;

/// <summary>A message that waits for its sender's proof.</summary>
/// <param name="Note">The receiver's own, given back with it.</param>
internal sealed record HeldMessage(byte[] Content, Endpoint Source, LocalTime At, long SentMs, int Note);

/// <summary>What a node knows of a process that seals with its key: whether it is alive, which counters it has used, and how its clock lies.</summary>
internal sealed class SealedSender(SenderCipher cipher, LocalTime met) : IDisposable
{
    /// <summary>A beacon, the time requests of the first burst, and what comes in the second of a stalled process.</summary>
    private const int MostHeld = 8;
    private const int LongestHeld = 2_048;

    /// <summary>A datagram that took longer says what was, not what is. A START is obeyed up to 10 s late.</summary>
    public static readonly Nanos OldestMessage = Nanos.FromSeconds(10);

    /// <summary>What was sent before this node knew the sender is a recording; apart from what overtook it.</summary>
    private static readonly Nanos Reordering = Nanos.FromMilliseconds(500);

    /// <summary>A proof that comes later is none.</summary>
    public static readonly Nanos Patience = Nanos.FromSeconds(2);
    private static readonly Nanos BetweenChallenges = Nanos.FromMilliseconds(200);

    /// <summary>As far as the kernel lets NTP speed up or slow down each of two clocks, nanoseconds in a millisecond.</summary>
    private const long LeakPerMs = 1_000;

    private readonly List<HeldMessage> held = [];
    private LocalTime challengeBegan;
    private LocalTime challengedAt;
    private UInt128 nonce;

    // the receiver's clock less the sender's when a datagram was under way for the shortest time
    private long leastNs;
    private LocalTime leastAt;

    public SenderCipher Cipher { get; } = cipher;

    public ReplayWindow Window { get; } = new();

    public LocalTime Met { get; } = met;

    public LocalTime LastHeard { get; private set; } = met;

    public bool Proven { get; private set; }

    public int Held => held.Count;

    /// <summary>The nonce to ask it with; null where it has been asked just now.</summary>
    public UInt128? Challenge(LocalTime at, Func<UInt128> random)
    {
        if (nonce == 0 || at - challengeBegan > Patience)
            (nonce, challengeBegan) = (random(), at);
        else if (at - challengedAt < BetweenChallenges)
            return null;
        challengedAt = at;
        return nonce;
    }

    /// <summary>The sender has answered what nobody could know before it was asked: it lives, and this is its time now.</summary>
    public bool TryProve(UInt128 shown, LocalTime at, long sentMs)
    {
        if (nonce == 0 || shown != nonce || at - challengeBegan > Patience)
            return false;
        (Proven, nonce, LastHeard) = (true, 0, at);
        (leastNs, leastAt) = (DifferenceNs(at, sentMs), at);
        return true;
    }

    /// <returns>False when there is no room for it.</returns>
    public bool TryHold(ReadOnlySpan<byte> message, in Arrival arrival, long sentMs)
    {
        if (held.Count >= MostHeld || message.Length > LongestHeld)
            return false;
        held.Add(new HeldMessage(message.ToArray(), arrival.Source, arrival.At, sentMs, arrival.Note));
        return true;
    }

    public IReadOnlyList<HeldMessage> TakeHeld()
    {
        HeldMessage[] all = [.. held];
        held.Clear();
        return all;
    }

    /// <summary>Whether a genuine message is of now, by the sender's clock and by what it took the quickest one to come here.</summary>
    public bool IsFresh(LocalTime at, long sentMs)
    {
        long difference = DifferenceNs(at, sentMs);
        long allowed = leastNs + Math.Max(0, (at - leastAt).Value / 1_000_000) * LeakPerMs;
        if (difference - allowed > OldestMessage.Value || (sentMs * 1_000_000 + allowed) - Met.Nanoseconds < -Reordering.Value)
            return false;
        if (difference < allowed)
            (leastNs, leastAt) = (difference, at);
        LastHeard = at;
        return true;
    }

    public void Dispose() => Cipher.Dispose();

    private static long DifferenceNs(LocalTime at, long sentMs) => at.Nanoseconds - sentMs * 1_000_000;
}

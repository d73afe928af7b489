namespace RecordSync.Daemon;

/// <summary>
/// What the wall clock is ahead of CLOCK_MONOTONIC, for the kernel's stamps, which are wall-clock times. Between two steps it is one number: the
/// kernel reads both from one counter with one rate, and adds <c>wall_to_monotonic</c>, whole nanoseconds that only a step (settimeofday,
/// ADJ_SETOFFSET, a leap second, a suspend) changes; NTP's slewing moves both alike (docs/clock.md). So each reading of the wall clock between two of
/// the monotonic one confines it, all of them together to some nanoseconds, and one that contradicts them is a step. Thread-safe.
/// </summary>
internal sealed class WallClockDifference
{
    // the counters of two processors may disagree by so much: no step, though it cannot be told from a step as small
    private const long DisagreementNs = 100;

    // how long a datagram that was stamped before a step may wait in queues
    private const long ShadowNs = 20_000_000;
    private const long OldestStampNs = 1_000_000_000;

    // a stamp may seem this much younger than now while little has been read yet
    private const long YoungestStampNs = -2_000;

    private readonly Lock guard = new();
    private long least;
    private long most;
    private bool any;
    private long trustedFromNs = long.MinValue;

    /// <summary>How wrong a conversion can be, ns.</summary>
    public long ErrorNs
    {
        get
        {
            lock (guard)
                return (most - least + 1) / 2;
        }
    }

    /// <summary>Takes a reading of the wall clock between two of CLOCK_MONOTONIC, and converts a stamp by all that is known.</summary>
    /// <returns>
    /// CLOCK_MONOTONIC when the stamp was made; null when that cannot be trusted: it would lie ahead of now or more than a second back, or
    /// the wall clock was stepped lately.
    /// </returns>
    public long? ToMonotonic(long realtimeNs, long beforeNs, long wallNs, long afterNs)
    {
        lock (guard)
        {
            Note(beforeNs, wallNs, afterNs);
            long stamp = realtimeNs - (least + (most - least) / 2);
            long age = afterNs - stamp;
            return stamp < trustedFromNs || age is < YoungestStampNs or > OldestStampNs ? null : stamp;
        }
    }

    /// <summary>Takes a reading of the wall clock between two of CLOCK_MONOTONIC.</summary>
    /// <returns>The wall clock at <paramref name="afterNs"/>, by all that is known.</returns>
    public long WallAt(long beforeNs, long wallNs, long afterNs)
    {
        lock (guard)
        {
            Note(beforeNs, wallNs, afterNs);
            return afterNs + least + (most - least) / 2;
        }
    }

    private void Note(long beforeNs, long wallNs, long afterNs)
    {
        (long low, long high) = (wallNs - afterNs, wallNs - beforeNs);
        if (low > high)
            return;
        long apart = Math.Max(low - most, least - high);
        if (any && apart <= 0)
        {
            (least, most) = (Math.Max(least, low), Math.Min(most, high));
            return;
        }
        if (any && apart > DisagreementNs)
            trustedFromNs = afterNs + ShadowNs;
        (least, most, any) = (low, high, true);
    }
}

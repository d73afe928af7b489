namespace RecordSync.Daemon;

/// <summary>One reading of a network card's clock (PTP hardware clock, PHC) between two of CLOCK_MONOTONIC, ns.</summary>
internal readonly record struct PhcReading(long BeforeNs, long PhcNs, long AfterNs)
{
    /// <summary>What CLOCK_MONOTONIC is ahead of the card's clock, in the middle of what is possible.</summary>
    public long OffsetNs => BeforeNs + HalfWidthNs - PhcNs;

    public long HalfWidthNs => (AfterNs - BeforeNs) / 2;

    /// <summary>The surest of some reads at once; those that failed are all zero. Null when all did.</summary>
    public static PhcReading? Narrowest(ReadOnlySpan<PhcReading> reads)
    {
        PhcReading? best = null;
        foreach (PhcReading read in reads)
        {
            if (read.PhcNs != 0 && read.BeforeNs != 0 && (best is not { } narrowest || read.HalfWidthNs < narrowest.HalfWidthNs))
                best = read;
        }
        return best;
    }
}

/// <summary>
/// Converts the stamps of a network card to CLOCK_MONOTONIC. The two have oscillators of their own, and ptp4l may discipline the card's meanwhile: so
/// the offset is that of the best reading of late (narrow, and young), and the rate, which matters only for the short way from there to the stamp, is
/// that of the last seconds. A reading that no believable rate explains is a step of the card's clock: what was stamped before it is not trusted. One thread.
/// </summary>
internal sealed class PhcMapping
{
    private const int Kept = 16;
    private const long OldestNs = 8_000_000_000;
    private const long ShortestSpanNs = 500_000_000;

    // what the offset of a reading may have wandered since, beside the known rate: 1 ppm
    private const long AgePerNs = 1_000_000;

    // how far a rate may be from the one known: ptp4l turns the card's clock by some ten ppm at a time; unknown, two crystals and ptp4l's own limit
    private const double KnownRateError = 50e-6;
    private const double UnknownRateError = 1_000e-6;
    private const long NoiseNs = 1_000;
    private const long ShadowNs = 20_000_000;
    private const long OldestStampNs = 1_000_000_000;
    private const long YoungestStampNs = -10_000;

    private readonly PhcReading[] readings = new PhcReading[Kept];
    private int count;
    private int next;
    private double? rate;
    private long trustedFromNs = long.MinValue;

    /// <summary>Steps of the card's clock that were noticed.</summary>
    public int Steps { get; private set; }

    /// <summary>How much faster CLOCK_MONOTONIC runs than the card's clock; null while that is not known.</summary>
    public double? Rate => rate;

    public void Note(in PhcReading reading)
    {
        if (reading.AfterNs < reading.BeforeNs)
            return;
        if (count > 0 && IsStep(reading))
        {
            Steps++;
            (count, next, rate) = (0, 0, null);
            trustedFromNs = reading.AfterNs + ShadowNs;
        }
        readings[next] = reading;
        next = (next + 1) % Kept;
        count = Math.Min(count + 1, Kept);
        rate = EstimateRate(reading) ?? rate;
    }

    /// <returns>CLOCK_MONOTONIC when the card stamped; null when that cannot be trusted: ahead of now, more than a second back, or near a step.</returns>
    public long? ToMonotonic(long phcNs, long nowNs)
    {
        if (count == 0 || nowNs - Newest.AfterNs > OldestNs)
            return null;
        PhcReading anchor = Anchor(nowNs);
        long monotonic = phcNs + anchor.OffsetNs + (long)((phcNs - anchor.PhcNs) * (rate ?? 0));
        return monotonic < trustedFromNs || nowNs - monotonic is < YoungestStampNs or > OldestStampNs ? null : monotonic;
    }

    private PhcReading Newest => readings[(next + Kept - 1) % Kept];

    private bool IsStep(in PhcReading reading)
    {
        PhcReading last = Newest;
        long elapsed = reading.PhcNs - last.PhcNs;
        double predicted = last.OffsetNs + elapsed * (rate ?? 0);
        double believable = reading.HalfWidthNs + last.HalfWidthNs + NoiseNs + Math.Abs(reading.AfterNs - last.AfterNs) * (rate is null ? UnknownRateError : KnownRateError);
        return elapsed < 0 || Math.Abs(reading.OffsetNs - predicted) > believable;
    }

    /// <summary>The reading whose offset is surest now.</summary>
    private PhcReading Anchor(long nowNs)
    {
        PhcReading best = Newest;
        for (int i = 0; i < count; i++)
        {
            if (Doubt(readings[i], nowNs) < Doubt(best, nowNs))
                best = readings[i];
        }
        return best;
    }

    private static long Doubt(in PhcReading reading, long nowNs) => reading.HalfWidthNs + (nowNs - reading.AfterNs) / AgePerNs;

    /// <summary>Between the narrowest of the oldest and of the newest third of the readings of late.</summary>
    private double? EstimateRate(in PhcReading newest)
    {
        long oldest = long.MaxValue;
        for (int i = 0; i < count; i++)
        {
            if (newest.AfterNs - readings[i].AfterNs <= OldestNs)
                oldest = Math.Min(oldest, readings[i].AfterNs);
        }
        long third = (newest.AfterNs - oldest) / 3;
        PhcReading? early = null, late = null;
        for (int i = 0; i < count; i++)
        {
            PhcReading reading = readings[i];
            if (reading.AfterNs < oldest)
                continue;
            if (reading.AfterNs <= oldest + third && (early is not { } first || reading.HalfWidthNs < first.HalfWidthNs))
                early = reading;
            if (reading.AfterNs >= newest.AfterNs - third && (late is not { } last || reading.HalfWidthNs < last.HalfWidthNs))
                late = reading;
        }
        return early is { } from && late is { } to && to.PhcNs - from.PhcNs >= ShortestSpanNs
            ? (double)(to.OffsetNs - from.OffsetNs) / (to.PhcNs - from.PhcNs)
            : null;
    }
}

namespace RecordSync.Daemon;

/// <summary>
/// The only place where the daemon reads time. Local time is CLOCK_MONOTONIC, or a wrong oscillator derived from it where
/// <paramref name="simulated"/> is given; everything stamped by the kernel or by GStreamer passes through here. Thread-safe.
/// </summary>
internal sealed class LocalClock(SimulatedClock? simulated = null)
{
    private const int BracketAttempts = 4;
    private const long GoodBracketNs = 400;
    private const long OldestStampNs = 1_000_000_000;

    // a stamp may seem this much younger than now: half a bracket, and the wall clock being slewed between
    private const long PairErrorNs = 2_000;

    private readonly WallClockSteps steps = new();

    public SimulatedClock? Simulated { get; } = simulated;

    public LocalTime Now() => FromMonotonic(Libc.Monotonic());

    /// <summary>From CLOCK_MONOTONIC in ns, e.g. a buffer's base time + running time.</summary>
    public LocalTime FromMonotonic(long monotonicNs) => Simulated?.FromMonotonic(monotonicNs) ?? new LocalTime(monotonicNs);

    /// <summary>To CLOCK_MONOTONIC in ns, e.g. the deadline of a wait.</summary>
    public long ToMonotonic(LocalTime time) => Simulated?.ToMonotonic(time) ?? time.Nanoseconds;

    /// <summary>This node's idea of the time of day: where the leader's time scale starts, and what version 1 exchanges.</summary>
    public NetworkTime WallNow() => new(Libc.Realtime() + (Simulated?.Offset.Value ?? 0));

    /// <summary>
    /// A recent stamp of CLOCK_REALTIME (ns since the epoch) as local time, good to the width of one bracketed pair of clock reads
    /// (below 1 µs). Null when the result cannot be trusted: it would lie ahead of now or more than a second back, or
    /// the wall clock was stepped lately.
    /// </summary>
    public LocalTime? FromRealtime(long realtimeNs)
    {
        (long monotonic, long difference) = ReadPair();
        long stamp = realtimeNs - difference;
        long age = monotonic - stamp;
        return stamp < steps.Note(monotonic, difference) || age < -PairErrorNs || age > OldestStampNs ? null : FromMonotonic(stamp);
    }

    /// <summary>A monotonic instant and what the wall clock was ahead of it then: the narrowest of a few reads that bracket one another.</summary>
    private static (long Monotonic, long Difference) ReadPair()
    {
        long best = long.MaxValue;
        (long, long) pair = default;
        for (int attempt = 0; attempt < BracketAttempts && best > GoodBracketNs; attempt++)
        {
            long before = Libc.Monotonic();
            long wall = Libc.Realtime();
            long after = Libc.Monotonic();
            if (after - before >= best)
                continue;
            best = after - before;
            pair = (after, wall - (before + best / 2));
        }
        return pair;
    }
}

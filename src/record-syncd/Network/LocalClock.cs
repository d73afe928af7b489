namespace RecordSync.Daemon;

/// <summary>
/// The only place where the daemon reads time. Local time is CLOCK_MONOTONIC, or a wrong oscillator derived from it where
/// <paramref name="simulated"/> is given; everything stamped by the kernel or by GStreamer passes through here. Thread-safe.
/// </summary>
internal sealed class LocalClock(SimulatedClock? simulated = null)
{
    private readonly WallClockDifference difference = new();

    public SimulatedClock? Simulated { get; } = simulated;

    /// <summary>How wrong the conversion of a kernel stamp can be, ns.</summary>
    public long RealtimeErrorNs => difference.ErrorNs;

    public LocalTime Now() => FromMonotonic(Libc.Monotonic());

    /// <summary>From CLOCK_MONOTONIC in ns, e.g. a buffer's base time + running time.</summary>
    public LocalTime FromMonotonic(long monotonicNs) => Simulated?.FromMonotonic(monotonicNs) ?? new LocalTime(monotonicNs);

    /// <summary>To CLOCK_MONOTONIC in ns, e.g. the deadline of a wait.</summary>
    public long ToMonotonic(LocalTime time) => Simulated?.ToMonotonic(time) ?? time.Nanoseconds;

    /// <summary>This node's idea of the time of day: where the leader's time scale starts, and what version 1 exchanges.</summary>
    public NetworkTime WallNow() => new(Libc.Realtime() + (Simulated?.Offset.Value ?? 0));

    /// <summary>One instant by both clocks, as near to each other as the conversion of stamps: by all readings of both so far, not by one alone.</summary>
    public (LocalTime At, NetworkTime Wall) Both()
    {
        long before = Libc.Monotonic();
        long wall = Libc.Realtime();
        long after = Libc.Monotonic();
        return (FromMonotonic(after), new NetworkTime(difference.WallAt(before, wall, after) + (Simulated?.Offset.Value ?? 0)));
    }

    /// <summary>
    /// A recent stamp of CLOCK_REALTIME (ns since the epoch) as local time, good to the width of one bracketed read of the clocks at first and to
    /// some nanoseconds soon. Null when the result cannot be trusted: see <see cref="WallClockDifference.ToMonotonic"/>.
    /// </summary>
    public LocalTime? FromRealtime(long realtimeNs) => MonotonicOf(realtimeNs) is { } monotonic ? FromMonotonic(monotonic) : null;

    /// <summary>The same on CLOCK_MONOTONIC itself.</summary>
    public long? MonotonicOf(long realtimeNs)
    {
        long before = Libc.Monotonic();
        long wall = Libc.Realtime();
        return difference.ToMonotonic(realtimeNs, before, wall, Libc.Monotonic());
    }
}

namespace RecordSync.Daemon;

/// <summary>
/// Notices steps of the wall clock from pairs of readings of both clocks, and tells from when on the kernel's stamps, which are
/// wall-clock times, can be converted again. Slewing is no step: 500 ppm of the kernel at any time, chrony's 10 % for a short while.
/// </summary>
internal sealed class WallClockSteps
{
    private const long ReadingErrorNs = 50_000;
    private const long FastSlewNs = 10_000_000;

    // how long a datagram that was stamped before a step may wait in queues
    private const long ShadowNs = 20_000_000;

    private readonly Lock guard = new();
    private long lastMonotonicNs;
    private long lastDifferenceNs;
    private long trustedFromNs = long.MinValue;
    private bool any;

    /// <param name="monotonicNs">When the pair was read.</param>
    /// <param name="differenceNs">Wall clock minus monotonic clock.</param>
    /// <returns>Monotonic ns from which on stamps can be trusted.</returns>
    public long Note(long monotonicNs, long differenceNs)
    {
        lock (guard)
        {
            long elapsed = Math.Max(0, monotonicNs - lastMonotonicNs);
            long slewed = ReadingErrorNs + Math.Min(elapsed, FastSlewNs) / 10 + elapsed / 1_000;
            if (any && Math.Abs(differenceNs - lastDifferenceNs) > slewed)
                trustedFromNs = monotonicNs + ShadowNs;
            (lastMonotonicNs, lastDifferenceNs, any) = (monotonicNs, differenceNs, true);
            return trustedFromNs;
        }
    }
}

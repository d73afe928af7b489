using System.Globalization;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>
/// The wrong oscillator of the peers' server: the function of <see cref="SimulatedClock"/>, right at the instant of its making, put under programs that know nothing of it by
/// preloading Peers/drift.c.
/// </summary>
internal sealed class Oscillator(decimal ppm, decimal wanderPpm, string library)
{
    private readonly SimulatedClock clock = new(0, ppm, wanderPpm);
    private readonly long rightAt = RealTime.MonotonicNs();

    /// <summary>How far the server is ahead of the truth at that instant of CLOCK_MONOTONIC.</summary>
    public long AheadNs(long monotonicNs) => Raw(monotonicNs) - Raw(rightAt);

    public void Preload(IDictionary<string, string?> environment)
    {
        environment["LD_PRELOAD"] = library;
        environment["RECORD_SYNCD_DRIFT"] = string.Create(CultureInfo.InvariantCulture, $"{ppm * 1000} {wanderPpm * 1000} {rightAt}");
    }

    private long Raw(long monotonicNs) => clock.FromMonotonic(monotonicNs).Nanoseconds - monotonicNs;
}

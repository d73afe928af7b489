namespace RecordSync;

/// <summary>What a person needs to know of a clock.</summary>
internal enum SyncState
{
    /// <summary>No answer from a leader yet.</summary>
    Unsynchronised,

    /// <summary>Fewer than <see cref="NetworkClock.EnoughSamples"/> answers.</summary>
    Synchronising,

    Synchronised,

    /// <summary>No answer for <see cref="NetworkClock.HoldoverAfter"/>: the clock goes on by its last rate, and its bound grows.</summary>
    Holdover,
}

/// <summary>
/// Network time as it is handed to the recorder: it follows the filter's estimate but never runs back and, once
/// synchronised, is slewed and not stepped (clock.md, point 5). On the leader it is the time scale itself.
/// </summary>
internal sealed class NetworkClock
{
    /// <summary>Fewer samples than this are no clock yet.</summary>
    public const int EnoughSamples = 4;

    /// <summary>Without a sample for so long the clock is in holdover.</summary>
    public static readonly Nanos HoldoverAfter = Nanos.FromSeconds(5);

    private const double LargestSlew = 500e-6;

    /// <summary>A correction is slewed in over no less than this; a larger one takes as long as 500 ppm need.</summary>
    private static readonly Nanos ShortestSlew = Nanos.FromMilliseconds(20);

    /// <summary>An error beyond this is stepped away while no take runs: slewing 1 ms takes two seconds.</summary>
    private static readonly Nanos StepThreshold = Nanos.FromMilliseconds(1);

    /// <summary>By how much another leader's rate may differ from ours, who led until now: it goes on by what it has measured of us.</summary>
    private const double RateOfStrangers = 1e-6;

    private LocalTime newestSample;
    private int samples;
    private bool leads;

    /// <summary>Null: not synchronised, and nothing that needs network time may start.</summary>
    public ClockMapping? Mapping { get; private set; }

    /// <summary>The leader makes the time scale: its wall clock as it was at <paramref name="local"/>, carried on by its monotonic clock.</summary>
    public void Lead(LocalTime local, NetworkTime wall)
    {
        leads = true;
        Mapping = new ClockMapping(local, wall, 0, 0, 0);
    }

    /// <summary>A leader by succession: the time scale goes on as this node knows it, and from here on it is this node's word.</summary>
    public void Continue(LocalTime local)
    {
        leads = true;
        Mapping = Mapping! with { Local = local, Network = Mapping.At(local), ErrorNs = Mapping.ErrorAt(local), RateUncertainty = 0, Slew = 0, SlewSpan = 0 };
    }

    /// <summary>Another leads now: the clock goes on by itself until that one has been asked.</summary>
    public void Resign(LocalTime local)
    {
        (leads, samples, newestSample) = (false, EnoughSamples, local);
        Mapping = Mapping is { } mapping ? mapping with { Local = local, Network = mapping.At(local), RateUncertainty = RateOfStrangers } : null;
    }

    public void Forget()
    {
        Mapping = null;
        samples = 0;
    }

    public SyncState State(LocalTime now) =>
        leads ? SyncState.Synchronised
        : samples == 0 ? SyncState.Unsynchronised
        : Mapping is null ? SyncState.Synchronising
        : now - newestSample > HoldoverAfter ? SyncState.Holdover
        : SyncState.Synchronised;

    /// <summary>How old the newest sample is; zero on the leader.</summary>
    public Nanos Age(LocalTime now) => leads || samples == 0 ? Nanos.Zero : now - newestSample;

    /// <param name="now">When this is decided: network time is continuous there.</param>
    /// <param name="leaderErrorNs">The leader's own bound against the time scale.</param>
    /// <returns>The size of a step, ns, when the clock had to be stepped after it had been synchronised; else null.</returns>
    public long? Follow(in ClockEstimate estimate, LocalTime now, bool takeRunning, long leaderErrorNs = 0)
    {
        samples = estimate.Samples;
        newestSample = estimate.At;
        NetworkTime believed = new(now.Nanoseconds + estimate.OffsetAt(now));
        if (Mapping is not { } current)
        {
            if (samples >= EnoughSamples)
                Mapping = Line(believed, estimate, now, leaderErrorNs);
            return null;
        }
        long error = (believed - current.At(now)).Value;
        bool settling = samples < 2 * EnoughSamples;
        if (!takeRunning && (settling || Math.Abs(error) > StepThreshold.Value))
        {
            Mapping = Line(believed, estimate, now, leaderErrorNs);
            return settling ? null : error;
        }
        long span = Math.Max(ShortestSlew.Value, (long)(Math.Abs(error) / LargestSlew));
        Mapping = Line(current.At(now), estimate, now, leaderErrorNs) with { Slew = (double)error / span, SlewSpan = span };
        return null;
    }

    private static ClockMapping Line(NetworkTime network, in ClockEstimate estimate, LocalTime now, long leaderErrorNs) =>
        new(now, network, estimate.Rate, estimate.ErrorAt(now) + leaderErrorNs, estimate.RateUncertainty);
}

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
    private const double RateOfStrangers = 10e-6;

    /// <summary>Those who still go by a predecessor's word have gone over to this leader by then.</summary>
    private static readonly Nanos Handover = Nanos.FromSeconds(10);

    private const double RateToLead = 20e-6;

    private LocalTime newestSample;
    private int samples;
    private bool leads;
    private LocalTime leadsSince;

    /// <summary>How well this leader knew the rate of the time scale that it goes on with.</summary>
    private double rateDoubt;

    /// <summary>Enough has been measured in this time scale for what comes to be a correction, and not the first idea of it.</summary>
    private bool settled;

    /// <summary>Null: not synchronised, and nothing that needs network time may start.</summary>
    public ClockMapping? Mapping { get; private set; }

    /// <summary>The leader makes the time scale: its wall clock as it was at <paramref name="local"/>, carried on by its monotonic clock.</summary>
    public void Lead(LocalTime local, NetworkTime wall)
    {
        (leads, leadsSince, rateDoubt, settled) = (true, local, 0, true);
        Mapping = new ClockMapping(local, wall, 0, 0, 0);
    }

    /// <summary>The rate of the time scale is known well enough to go on with it.</summary>
    public bool KnowsRate => Mapping is { RateUncertainty: <= RateToLead };

    /// <summary>A leader by succession: the time scale goes on as this node knows it, and from here on it is this node's word; those who still go by the old one drift from it until they have come over.</summary>
    public void Continue(LocalTime local)
    {
        (leads, leadsSince, rateDoubt, settled) = (true, local, Mapping!.RateUncertainty, true);
        Mapping = Mapping with { Local = local, Network = Mapping.At(local), ErrorNs = Mapping.ErrorAt(local) + (long)(rateDoubt * Handover.Value), RateUncertainty = 0, Slew = 0, SlewSpan = 0 };
    }

    /// <summary>A successor's bound against the time scale as it was: from here on the scale is what this node says.</summary>
    public bool BecomeTheTime(LocalTime local)
    {
        if (!leads || local - leadsSince < Handover || Mapping is not { ErrorNs: > 0 } mapping)
            return false;
        Mapping = mapping with { ErrorNs = 0 };
        return true;
    }

    /// <summary>Another leads now: the clock goes on by itself until that one has been asked.</summary>
    public void Resign(LocalTime local)
    {
        // where the network was split, the other has led as long
        long apart = leads ? (long)((local - leadsSince).Value * (RateOfStrangers + rateDoubt)) : 0;
        (leads, samples, newestSample) = (false, EnoughSamples, local);
        Mapping = Mapping is { } mapping ? mapping with { Local = local, Network = mapping.At(local), ErrorNs = mapping.ErrorNs + apart, RateUncertainty = RateOfStrangers } : null;
    }

    public void Forget()
    {
        Mapping = null;
        samples = 0;
        settled = false;
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
        bool settling = !settled && samples < 2 * EnoughSamples;
        settled |= !settling;
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

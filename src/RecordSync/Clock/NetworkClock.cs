namespace RecordSync;

/// <summary>
/// Local time to network time as one straight line, immutable, so that the camera's streaming thread reads it without a lock.
/// network = <paramref name="Network"/> + (local − <paramref name="Local"/>) · (1 + <paramref name="Rate"/>).
/// </summary>
internal sealed record ClockMapping(LocalTime Local, NetworkTime Network, double Rate, long ErrorNs, double RateUncertainty)
{
    public NetworkTime At(LocalTime local)
    {
        long elapsed = local.Nanoseconds - Local.Nanoseconds;
        return new NetworkTime(Network.Nanoseconds + elapsed + (long)(elapsed * Rate));
    }

    /// <summary>The inverse, good to a nanosecond for rates below 1000 ppm and spans of hours.</summary>
    public LocalTime LocalAt(NetworkTime network)
    {
        long elapsed = network.Nanoseconds - Network.Nanoseconds;
        return new LocalTime(Local.Nanoseconds + elapsed - (long)(elapsed * (Rate / (1 + Rate))));
    }

    public long ErrorAt(LocalTime local) => ErrorNs + (long)(Math.Abs(local.Nanoseconds - Local.Nanoseconds) * RateUncertainty);
}

internal enum SyncState
{
    Unsynchronised,
    Synchronising,
    Synchronised,
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

    /// <summary>Without a sample for so long the clock is in holdover: five bursts missed.</summary>
    public static readonly Nanos HoldoverAfter = Nanos.FromSeconds(5);

    private const double LargestSlew = 500e-6;
    private const double SlewSeconds = 1.0;

    /// <summary>An error beyond this is stepped away while no take runs: slewing 1 ms takes two seconds.</summary>
    private static readonly Nanos StepThreshold = Nanos.FromMilliseconds(1);

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

    /// <returns>The size of a step, ns, when the clock had to be stepped after it had been synchronised; else null.</returns>
    public long? Follow(in ClockEstimate estimate, bool takeRunning)
    {
        samples = estimate.Samples;
        newestSample = estimate.At;
        NetworkTime believed = new(estimate.At.Nanoseconds + estimate.OffsetNs);
        if (Mapping is not { } current)
        {
            if (samples >= EnoughSamples)
                Mapping = Line(estimate, believed, estimate.Rate);
            return null;
        }
        long error = (believed - current.At(estimate.At)).Value;
        bool settling = samples < 2 * EnoughSamples;
        if (!takeRunning && (settling || Math.Abs(error) > StepThreshold.Value))
        {
            Mapping = Line(estimate, believed, estimate.Rate);
            return settling ? null : error;
        }
        double slew = Math.Clamp(error / (SlewSeconds * 1e9), -LargestSlew, LargestSlew);
        // while it is being slewed, the error that is left is part of the bound
        Mapping = Line(estimate, current.At(estimate.At), estimate.Rate + slew) with { ErrorNs = estimate.ErrorNs + Math.Abs(error) };
        return null;
    }

    private static ClockMapping Line(in ClockEstimate estimate, NetworkTime network, double rate) =>
        new(estimate.At, network, rate, estimate.ErrorNs, estimate.RateUncertainty);
}

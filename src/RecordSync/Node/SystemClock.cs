namespace RecordSync;

/// <summary>
/// <c>--clock system</c> and <c>auto</c>: network time is the wall clock, where another program keeps it. Our own exchange goes on beside it, and the two
/// are held against each other: agreement gives a bound that does not rest on the kernel's word, disagreement an alarm.
/// </summary>
internal sealed class SystemClock(ClockSource wanted)
{
    /// <summary>The time scale of all who use the wall clock.</summary>
    public const string Timescale = "utc";

    private static readonly Nanos ReadOften = Nanos.FromSeconds(1);

    /// <summary>A wall clock that nobody keeps is looked at now and then: perhaps somebody begins to.</summary>
    private static readonly Nanos ReadSeldom = Nanos.FromSeconds(4);

    /// <summary>The kernel's offset between its two clocks is exact: what moves it by more than two reads can err was a step.</summary>
    private const long ReadingErrorNs = 20_000;

    /// <summary>So many checks in a row must fail before it is an alarm: one burst may meet anything.</summary>
    private const int FailuresToAlarm = 3;

    private SystemClockReading? latest;
    private int failures;
    private bool alarmed;

    public bool IsUsed { get; private set; }

    public Nanos ReadInterval => wanted == ClockSource.Auto && latest is { Synchronised: false } ? ReadSeldom : ReadOften;

    /// <summary>Wall clock less what was measured, ns; null when it was not compared yet.</summary>
    public long? DisagreementNs { get; private set; }

    /// <summary>What is wrong, for people; null when nothing is.</summary>
    public string? Alarm { get; private set; }

    /// <returns>False when the clock was stepped since the last reading.</returns>
    public bool Note(SystemClockReading reading)
    {
        bool stepped = latest is { } before && Math.Abs(reading.OffsetNs - before.OffsetNs - (reading.At - before.At).Value * reading.Rate) > ReadingErrorNs;
        latest = reading;
        return !stepped;
    }

    /// <summary>Which clock a follower uses from now on. Not asked in a take: two clocks are never mixed in one.</summary>
    /// <returns>True when that has changed.</returns>
    public bool Choose(string? leaderTimescale, ClockEstimate? measured, long leaderErrorNs, LocalTime now)
    {
        bool before = IsUsed;
        bool possible = leaderTimescale == Timescale && latest is { Synchronised: true };
        IsUsed = wanted switch
        {
            ClockSource.Builtin => false,
            ClockSource.System => possible,
            // by itself only where the kernel's word is good, has been checked, and promises more than our own measurement
            _ => possible && latest!.Value.IsGood && Alarm is null && DisagreementNs is not null && measured is { } own && Bound(measured, leaderErrorNs, now) < own.ErrorAt(now) + leaderErrorNs,
        };
        return IsUsed != before;
    }

    /// <summary>Holds the wall clock against the measured offset.</summary>
    /// <returns>True when the alarm was raised or has ended.</returns>
    public bool Check(in ClockEstimate measured, long leaderErrorNs, string leader, string? leaderTimescale)
    {
        if (latest is not { Synchronised: true } reading || leaderTimescale != Timescale)
        {
            (DisagreementNs, failures, Alarm) = (null, 0, null);
            return EndAlarm();
        }
        long disagreement = reading.OffsetNs - measured.OffsetAt(reading.At);
        DisagreementNs = disagreement;
        long allowed = measured.ErrorAt(reading.At) + reading.MaxErrorNs + leaderErrorNs;
        failures = Math.Abs(disagreement) > allowed ? failures + 1 : 0;
        if (failures < FailuresToAlarm)
        {
            if (failures == 0)
                Alarm = null;
            return failures == 0 && EndAlarm();
        }
        Alarm =
            $"the wall clock here is {disagreement / 1e6:+0.000;-0.000} ms off what is measured against {leader}, and their bounds allow {allowed / 1e6:0.000} ms: "
            + "is what disciplines it (ptp4l, phc2sys, chrony) locked to the same source on both?";
        bool first = !alarmed;
        alarmed = true;
        return first;
    }

    /// <summary>The wall clock as an estimate for <see cref="NetworkClock"/>; null when there is none to go by.</summary>
    public ClockEstimate? Estimate(ClockEstimate? measured, long leaderErrorNs, LocalTime now) =>
        latest is { Synchronised: true } reading
            ? new ClockEstimate(reading.At, reading.OffsetNs, reading.Rate, 0, measured?.DelayNs ?? 0, Bound(measured, leaderErrorNs, now), WanderOfADisciplinedClock, 2 * NetworkClock.EnoughSamples)
            : null;

    /// <summary>Growth of the bound between two readings.</summary>
    private const double WanderOfADisciplinedClock = 0.1e-6;

    /// <summary>
    /// What the kernels of both ends promise; or, where that is less, how far the wall clock is from our own measurement and how far that can be
    /// from the truth: this holds whatever the kernels say.
    /// </summary>
    private long Bound(ClockEstimate? measured, long leaderErrorNs, LocalTime now)
    {
        long promised = latest!.Value.MaxErrorNs + leaderErrorNs;
        return measured is { } own && DisagreementNs is { } apart ? Math.Min(promised, Math.Abs(apart) + own.ErrorAt(now) + leaderErrorNs) : promised;
    }

    private bool EndAlarm()
    {
        bool ended = alarmed;
        alarmed = false;
        return ended;
    }
}

namespace RecordSync.Daemon;

/// <summary>By what the capture times of a network camera are known.</summary>
internal enum SenderTimes
{
    /// <summary>No sender report yet.</summary>
    Unknown,

    /// <summary>By the camera's clock, which is as right as this machine's wall clock.</summary>
    Camera,

    /// <summary>By the arrival of its packets: the camera sends no reports, GStreamer is too old to pass them on, or its clock is another one than the wall clock.</summary>
    Arrival,
}

/// <summary>
/// When a network camera captured a picture. Its sender reports (RTCP, RFC 3550 §6.4.1) tie the pictures to its own clock; that this clock agrees with this machine's wall clock,
/// because both are kept by NTP or PTP, can be assumed and not known: it is believed as long as pictures have been on their way for a time that is possible, and not before they left.
/// </summary>
internal sealed class SenderClock
{
    /// <summary>NTP counts from 1900.</summary>
    private const long NtpToUnix = 2_208_988_800_000_000_000;

    /// <summary>Two clocks that NTP keeps may be apart by so much without a picture being earlier than its capture.</summary>
    private const long Earliest = -20_000_000;

    /// <summary>Exposure, coding, network: no camera takes longer.</summary>
    private const long Latest = 2_000_000_000;

    /// <summary>So many pictures in a row have to speak against what is believed.</summary>
    private const int Doubts = 15;

    private int doubts;
    private volatile SenderTimes times;
    private long lastDelay;

    /// <summary>Any thread may look.</summary>
    public SenderTimes Times => times;

    /// <summary>How long the last picture was on its way, ns; with <see cref="SenderTimes.Arrival"/> what its clock would make of it, where it has one.</summary>
    public long LastDelay => Volatile.Read(ref lastDelay);

    /// <summary>What the sender's clock, if it has one, is off by is in <see cref="LastDelay"/>.</summary>
    public bool HasClock { get; private set; }

    /// <param name="arrival">On CLOCK_MONOTONIC, evened out by the jitter buffer.</param>
    /// <param name="ntp">The sender's time of the picture, ns since 1900; null: none is known.</param>
    /// <param name="wall">CLOCK_REALTIME less CLOCK_MONOTONIC, ns.</param>
    /// <returns>The capture instant on CLOCK_MONOTONIC.</returns>
    public long CaptureTime(long arrival, long? ntp, long wall)
    {
        if (ntp is not { } sent)
        {
            // in a take the times must not jump because one report is missing
            bool lost = times == SenderTimes.Camera && ++doubts < Doubts;
            if (!lost && times == SenderTimes.Camera)
                times = SenderTimes.Arrival;
            return lost ? arrival - LastDelay : arrival;
        }
        HasClock = true;
        long capture = sent - NtpToUnix - wall, delay = arrival - capture;
        SenderTimes now = delay is >= Earliest and <= Latest ? SenderTimes.Camera : SenderTimes.Arrival;
        doubts = now == times ? 0 : doubts + 1;
        if (times == SenderTimes.Unknown || doubts >= Doubts)
            (times, doubts) = (now, 0);
        if (now != times)
            return times == SenderTimes.Camera ? arrival - LastDelay : arrival;
        Volatile.Write(ref lastDelay, delay);
        return now == SenderTimes.Camera ? capture : arrival;
    }

    /// <summary>There will be no report: the times are those of arrival from now on, or until one comes after all.</summary>
    public void GiveUp()
    {
        if (times == SenderTimes.Unknown)
            times = SenderTimes.Arrival;
    }
}

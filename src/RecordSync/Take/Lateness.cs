namespace RecordSync;

/// <summary>
/// Which frames came late to the recorder. A camera takes its time from exposure to delivery, and that is no fault; a frame that takes a whole period longer than the
/// quickest one of the take met a machine that was too busy, and where a source stamps at arrival its capture time is wrong by as much.
/// </summary>
internal sealed class Lateness(Nanos period)
{
    private Nanos? least;

    /// <param name="delay">From capture to the gate.</param>
    public bool IsLate(Nanos delay)
    {
        if (least is not { } quickest || delay < quickest)
            least = quickest = delay;
        return delay > quickest + period;
    }
}

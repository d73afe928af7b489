namespace RecordSync;

/// <summary>Where things happened.</summary>
/// <param name="Missing">Points that the camera had nothing for, and that were left out.</param>
/// <param name="Away">Points between two parts of the recording, while there was no camera.</param>
internal readonly record struct NodePlaces(IndexRuns Repeated, IndexRuns Dropped, IndexRuns Missing, IndexRuns Duplicates, IndexRuns Away);

/// <summary>What makes one node's part of a take worth a warning, or a failure. The limits are here, those of the whole take in <see cref="GroupVerdict"/>.</summary>
internal static class NodeLimits
{
    /// <summary>Share of grid points missing from the file beyond which the file is not usable footage.</summary>
    public const double DroppedLimit = 0.01;

    /// <summary>Share of repeated frames beyond which the camera did not deliver the frame rate.</summary>
    public const double RepeatedLimit = TakeVerdict.RepeatedLimit;

    /// <summary>A bound on the clock's error beyond which a cable is to be looked at; beyond half a period the frames may be a neighbour's.</summary>
    public static readonly Nanos ClockBoundToWarn = Nanos.FromMilliseconds(1);

    public static List<VerdictReason> Judge(NodeVerdict node, FrameRate rate, long armedLateNs, in NodePlaces places)
    {
        List<VerdictReason> reasons = [];
        void Fail(string text) => reasons.Add(new(TakeGrade.Fail, text));
        void Warn(string text) => reasons.Add(new(TakeGrade.Warn, text));
        if (node.Error is { } error)
            Fail($"The recording failed: {error.TrimEnd('.')}.");
        if (node.Recorded == 0)
            Fail("There is no frame in the file.");
        JudgeCounts(node, rate, places, Fail, Warn);
        long period = rate.Period.Value;
        if (node.WorstResidualNs is { } worst && Math.Abs(worst) > period)
            Fail($"Frame {node.WorstIndex} was captured {TakeVerdict.Text(worst)} from its grid point, more than a frame period ({TakeVerdict.Text(period)}).");
        if (node.ClockErrorNs > period / 2)
            Fail($"The clock was known to {TakeVerdict.Text(node.ClockErrorNs)} only, more than half a frame period: frames of the same index may not be the same instant.");
        else if (node.ClockErrorNs > ClockBoundToWarn.Value)
            Warn($"The clock was known to {TakeVerdict.Text(node.ClockErrorNs)} only: use a cable, or look at the switch.");
        if (node.ClockState == "holdover")
            Warn($"The leader was not heard for a time; the clock ran on by itself, known to {TakeVerdict.Text(node.ClockErrorNs)}.");
        if (armedLateNs > 0)
            Warn($"START arrived {TakeVerdict.Text(armedLateNs)} after its instant: the file begins with repetitions of its first picture.");
        return reasons;
    }

    private static void JudgeCounts(NodeVerdict node, FrameRate rate, NodePlaces places, Action<string> fail, Action<string> warn)
    {
        long points = node.Recorded + node.Dropped, before = node.JoinedIndex ?? 0;
        if (before > 0)
            warn($"It joined the take at grid index {before}, {rate.TimeOf(before).Seconds:0.0} s after START.");
        if (node.Expected is { } expected && before + points != Math.Max(before, expected))
            fail($"From {(before > 0 ? $"grid index {before}" : "START")} to STOP are {Math.Max(0, expected - before)} grid points, but the recording has {points}.");
        if (node.Expected is null && node.Error is null)
            warn("The recording ended without a STOP.");
        if (places.Dropped.Count > 0)
        {
            string text = $"{Count(places.Dropped.Count, "grid point is", "grid points are")} missing from the file{At(places.Dropped)}, because encoder or disk were behind";
            if (places.Dropped.Count > points * DroppedLimit)
                fail($"{text}: more than {DroppedLimit:P0}.");
            else
                warn($"{text}.");
        }
        if (places.Missing.Count > 0)
        {
            string text = $"{Count(places.Missing.Count, "grid point is a gap", "grid points are gaps")} in the file{At(places.Missing)}, because the camera gave no frame";
            if (places.Missing.Count > points * RepeatedLimit)
                fail($"{text}: more than {RepeatedLimit:P0}, the camera did not deliver its frame rate.");
            else
                warn($"{text}.");
        }
        if (node.Repeated > 0)
        {
            string text = $"{Count(node.Repeated, "frame repeats", "frames repeat")} the picture before, because the camera gave none{At(places.Repeated)}";
            if (node.Repeated > node.Recorded * RepeatedLimit)
                fail($"{text}: more than {RepeatedLimit:P0}, the camera did not deliver its frame rate.");
            else
                warn($"{text}.");
        }
        if (node.Duplicates > 0)
            warn($"{Count(node.Duplicates, "camera frame was", "camera frames were")} left out{At(places.Duplicates)}, because another one had {(node.Duplicates == 1 ? "its grid point" : "their grid points")}.");
    }

    private static string At(IndexRuns places) => places.Count == 0 ? "" : $" at {places}";

    private static string Count(long count, string one, string many) => count == 1 ? $"1 {one}" : $"{count} {many}";
}

using System.Text.Json.Serialization;

namespace RecordSync;

/// <summary>A time in mid-take in which this node had no camera. The recording ends before it, and goes on behind it in another file.</summary>
/// <param name="Part">Of the file behind the gap, counted from 1; null: the camera did not come back before STOP.</param>
/// <param name="Video">That file's name; null: there is none.</param>
/// <param name="FirstIndex">The first grid point that is missing.</param>
/// <param name="LastIndex">The last one: the part behind the gap begins at the next.</param>
/// <param name="Reason">Why the camera was lost.</param>
internal sealed record TakeGap(int? Part, string? Video, long FirstIndex, long LastIndex, double Seconds, string Reason)
{
    [JsonIgnore]
    public long Points => LastIndex - FirstIndex + 1;

    public static TakeGap Between(long end, long begin, FrameRate rate, int? part, string? video, string reason) =>
        new(part, video, end, begin - 1, Math.Round((rate.TimeOf(begin) - rate.TimeOf(end)).Seconds, 3), reason);

    /// <summary>As people read it.</summary>
    [JsonIgnore]
    public string Sentence =>
        $"The camera was away at grid points {FirstIndex}–{LastIndex} ({Points} {(Points == 1 ? "frame" : "frames")}, {Seconds:0.0##} s), "
        + $"{(Video is null ? "and did not come back before the end" : $"part {Part} begins at grid index {LastIndex + 1} in {Video}")}: {Reason.TrimEnd('.')}.";

    /// <summary>What the gaps of a recording are worth. A gap is named in any case, also by a sidecar alone.</summary>
    /// <param name="away">By the sidecar.</param>
    /// <param name="points">Grid points of the recording, with the gaps.</param>
    public static IEnumerable<VerdictReason> Judge(IReadOnlyList<TakeGap> gaps, IndexRuns away, FrameRate rate, long points)
    {
        TakeGrade weight = away.Count > points * NodeLimits.RepeatedLimit ? TakeGrade.Fail : TakeGrade.Warn;
        foreach (TakeGap gap in gaps)
            yield return new VerdictReason(weight, gap.Sentence);
        if (gaps.Sum(gap => gap.Points) != away.Count)
            yield return new VerdictReason(weight, $"The camera was away at grid points {away} ({rate.TimeOf(away.Count).Seconds:0.0##} s), says the sidecar.");
    }
}

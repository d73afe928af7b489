namespace RecordSync;

/// <summary>A stretch of one file against the middle of all files, in ns: smallest, mean and largest distance. NaN where it has no frame of its own.</summary>
internal readonly record struct SkewStretch(double Low, double Mean, double High);

/// <summary>
/// Where each file lies against the others over the whole take: for every grid point the distance of its capture instant from the middle between the earliest
/// and the latest file, in stretches that a page can show.
/// </summary>
/// <param name="SecondsPerStretch">Length of one stretch on the grid.</param>
internal sealed record SkewPlot(double SecondsPerStretch, IReadOnlyList<IReadOnlyList<SkewStretch>> Files)
{
    public const int MostStretches = 400;

    public static SkewPlot? Of(IReadOnlyList<FileTimeline> timelines, CaptureEvidence evidence, Nanos period)
    {
        long points = timelines.Max(timeline => timeline.Entries.Count == 0 ? 0 : timeline.Entries[^1].Slot + 1);
        // a broken file may claim any index
        if (evidence == CaptureEvidence.None || points <= 0 || points > 100_000_000)
            return null;
        int width = (int)Math.Max(1, (points + MostStretches - 1) / MostStretches);
        Dictionary<long, (long Earliest, long Latest)> middles = new(timelines.Max(timeline => timeline.Entries.Count));
        foreach ((long slot, long capture) in timelines.SelectMany(timeline => OwnFrames(timeline, evidence)))
            middles[slot] = middles.TryGetValue(slot, out (long Earliest, long Latest) known) ? (Math.Min(known.Earliest, capture), Math.Max(known.Latest, capture)) : (capture, capture);
        return new SkewPlot(width * period.Seconds, [.. timelines.Select(timeline => StretchesOf(timeline, evidence, middles, width, (int)((points + width - 1) / width)))]);
    }

    private static SkewStretch[] StretchesOf(FileTimeline timeline, CaptureEvidence evidence, Dictionary<long, (long Earliest, long Latest)> middles, int width, int count)
    {
        var found = new (double Low, double Sum, double High, int Frames)[count];
        foreach ((long slot, long capture) in OwnFrames(timeline, evidence))
        {
            if (slot < 0 || slot / width >= count)
                continue;
            (long earliest, long latest) = middles[slot];
            double distance = capture - earliest - (latest - earliest) / 2.0;
            ref var stretch = ref found[slot / width];
            stretch = stretch.Frames == 0 ? (distance, distance, distance, 1) : (Math.Min(stretch.Low, distance), stretch.Sum + distance, Math.Max(stretch.High, distance), stretch.Frames + 1);
        }
        return [.. found.Select(stretch => stretch.Frames == 0 ? new SkewStretch(double.NaN, double.NaN, double.NaN) : new SkewStretch(stretch.Low, stretch.Sum / stretch.Frames, stretch.High))];
    }

    private static IEnumerable<(long Slot, long Capture)> OwnFrames(FileTimeline timeline, CaptureEvidence evidence)
    {
        foreach (FileTimeline.Entry entry in timeline.Entries)
        {
            if (!entry.IsRepetition && TakeVerdict.CaptureOf(entry, evidence) is { } capture)
                yield return (entry.Slot, capture);
        }
    }
}

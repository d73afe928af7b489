using System.Runtime.InteropServices;

namespace RecordSync;

internal enum TakeGrade
{
    Pass,
    Warn,
    Fail,
}

/// <summary>One sentence of a verdict, and how much it weighs.</summary>
internal readonly record struct VerdictReason(TakeGrade Weight, string Text);

/// <summary>Where the capture instants that files are compared by come from: the pictures themselves, or what the recorders wrote down.</summary>
internal enum CaptureEvidence
{
    None,
    Pixels,
    Sidecars,
}

/// <summary>max − min of the capture instants of the frames with the same index, over the files, in ns. Repeated frames are left out: they are counted on their own.</summary>
internal sealed record SpreadFindings(int Indices, double P50, double P99, double Max, long WorstIndex, long StartSkewNs, long StopSkewNs);

/// <summary>Distance of the sidecars' network time from one line through the true instants of all files' pixels, in ns.</summary>
/// <param name="RatePpm">How fast network time ran against this machine's clock.</param>
internal sealed record SidecarFindings(int Frames, double P50, double P99, double Max, double RatePpm);

/// <summary>
/// The judgement on one take: are the files the same instants, frame by frame? Pure: decoded frames and sidecars in, findings and
/// sentences out. The limits are here and nowhere else.
/// </summary>
internal sealed record TakeVerdict(
    TakeGrade Grade,
    IReadOnlyList<VerdictReason> Reasons,
    IReadOnlyList<FileFindings> Files,
    Nanos Period,
    bool FrameCountsEqual,
    bool FrameTimesEqual,
    CaptureEvidence Evidence,
    SpreadFindings? Spread,
    SidecarFindings? Sidecar
)
{
    /// <summary>For the picture of the take: where each file lies against the others, from beginning to end.</summary>
    public SkewPlot? Plot { get; private init; }

    /// <summary>When each file's frame of the worst index was captured, ns after the earliest; null where it has none of its own.</summary>
    public IReadOnlyList<long?> AtWorst { get; private init; } = [];

    /// <summary>What each file's sidecar gives, in the words that its node uses; null without sidecar, rate and start.</summary>
    public IReadOnlyList<NodeVerdict?> Nodes { get; private init; } = [];

    /// <summary>p99 of sidecar against pixels beyond which the sidecar cannot be trusted, ns.</summary>
    public const double SidecarLimit = 200_000;

    /// <summary>The same for cameras that film a display with the code: it shows each picture for a refresh, at best.</summary>
    public const double FilmedSidecarLimit = 25_000_000;

    /// <summary>Share of frames whose code may be unreadable.</summary>
    public const double UnreadableLimit = 0.01;

    /// <summary>Share of repeated frames beyond which the camera did not deliver the frame rate.</summary>
    public const double RepeatedLimit = 0.10;

    /// <summary>Containers round a frame's time, Matroska to 1 ms.</summary>
    public const long ContainerRounding = 1_000_000;

    /// <exception cref="ArgumentException">There is no file.</exception>
    /// <param name="gathered">take.json; null when there is none.</param>
    public static TakeVerdict Judge(IReadOnlyList<VerdictFile> files, GroupVerdict? gathered = null)
    {
        if (files.Count == 0)
            throw new ArgumentException("A verdict needs at least one file.", nameof(files));
        Nanos period = PeriodOf(files);
        long reference = files.SelectMany(file => file.Frames).Select(frame => frame.Stamp?.Microseconds * 1000).FirstOrDefault(ns => ns is not null) ?? 0;
        List<FileTimeline> timelines = [.. files.Select(file => new FileTimeline(file, period, reference))];
        List<VerdictReason> reasons = [];

        bool countsEqual = JudgeCounts(timelines, reasons);
        bool timesEqual = JudgeTimes(timelines, reasons);
        foreach (FileTimeline timeline in timelines)
            JudgeFile(timeline, timelines.Any(other => other.HasCodes), reasons);
        CaptureEvidence evidence = EvidenceIn(timelines);
        SpreadFindings? spread = JudgeSpread(timelines, evidence, period, reasons);
        (SidecarFindings? sidecar, double?[] offsets) = JudgeSidecars(timelines, reasons);
        List<NodeVerdict?> nodes = [.. timelines.Select(timeline => CrossCheck.Of(timeline, reasons))];
        if (gathered is not null)
            CrossCheck.WithGathered(gathered, timelines, reasons);

        TakeGrade grade = reasons.Count == 0 ? TakeGrade.Pass : reasons.Max(reason => reason.Weight);
        List<FileFindings> findings = [.. timelines.Select((timeline, i) => timeline.Findings(offsets[i]))];
        reasons = [.. reasons.OrderByDescending(reason => reason.Weight)];
        return new TakeVerdict(grade, reasons, findings, period, countsEqual, timesEqual, evidence, spread, sidecar)
        {
            Plot = SkewPlot.Of(timelines, evidence, period),
            Nodes = nodes,
            AtWorst = spread is null ? [] : CapturesAt(spread.WorstIndex, timelines, evidence),
        };
    }

    /// <summary>A length of time as people read it: µs below a millisecond, else ms.</summary>
    public static string Text(double ns) => Math.Abs(ns) < 999_500 ? $"{ns / 1e3:0} µs" : $"{ns / 1e6:0.0} ms";

    // The manifest's rate; else the usual rate nearest to the median distance; else that distance.
    private static Nanos PeriodOf(IReadOnlyList<VerdictFile> files)
    {
        if (files.FirstOrDefault(file => file.Rate is not null)?.Rate is { } rate)
            return rate.Period;
        double distance = Distribution.Median(
            files.SelectMany(file => file.Frames.Zip(file.Frames.Skip(1), (a, b) => (double)(b.PtsNs - a.PtsNs))).Where(ns => ns > 0)
        );
        if (distance <= 0)
            return FrameRate.Default.Period;
        foreach (string usual in (string[])["24", "23.976", "25", "30", "29.97", "50", "60", "59.94", "90", "100", "120", "240", "15", "10", "5"])
        {
            // exact rates come before their /1.001 neighbours, which a container's rounding cannot be mistaken for below 60
            if (FrameRate.TryParse(usual, out FrameRate candidate) && Math.Abs(candidate.Period.Value / distance - 1) < 0.0004)
                return candidate.Period;
        }
        return new Nanos((long)distance);
    }

    private static bool JudgeCounts(List<FileTimeline> timelines, List<VerdictReason> reasons)
    {
        if (timelines.All(timeline => timeline.Entries.Count == timelines[0].Entries.Count))
            return true;
        string counts = string.Join(", ", timelines.Select(timeline => $"{timeline.File.Name} {timeline.Entries.Count}"));
        // where the sidecars say which points were left out, index and time are still one
        bool explained = timelines.All(timeline => timeline is { File.Sidecar: { } rows, MissingUnexplained: 0 } && timeline.Begin + rows.Count == timelines[0].Begin + timelines[0].File.Sidecar?.Count && timeline.Rows!.Count == timeline.Entries.Count);
        string cause = timelines.Any(timeline => timeline.Begin > 0) ? "points were left out, or came before a node joined" : "points were left out";
        reasons.Add(
            explained
                ? new(TakeGrade.Warn, $"The files do not have the same number of frames, because {cause} ({counts}): go by the frames' times, not by counting them.")
                : new(TakeGrade.Fail, $"The files do not have the same number of frames: {counts}.")
        );
        return false;
    }

    private static bool JudgeTimes(List<FileTimeline> timelines, List<VerdictReason> reasons)
    {
        // the most frequent number of frames is what the take should have: the others differ from it
        FileTimeline model = timelines.GroupBy(timeline => timeline.Entries.Count).OrderByDescending(group => group.Count()).First().First();
        bool equal = true;
        foreach (FileTimeline timeline in timelines)
        {
            int common = Math.Min(timeline.Entries.Count, model.Entries.Count);
            equal &= timeline.Entries.Count == model.Entries.Count;
            for (int i = 0; i < common; i++)
            {
                // a point that was left out, and is known to be
                if (timeline.Entries[i].Slot != model.Entries[i].Slot && timeline is { Rows: not null, MissingUnexplained: 0 } && model is { Rows: not null, MissingUnexplained: 0 })
                {
                    equal = false;
                    break;
                }
                long here = timeline.Entries[i].PtsNs, there = model.Entries[i].PtsNs;
                if (Math.Abs(here - there) <= ContainerRounding)
                    continue;
                equal = false;
                reasons.Add(
                    new(
                        TakeGrade.Fail,
                        $"{timeline.File.Name} has its frame {i} at {here / 1e9:0.000} s, {model.File.Name} at {there / 1e9:0.000} s: from there on the same index is not the same time."
                    )
                );
                break;
            }
        }
        return equal;
    }

    private static void JudgeFile(FileTimeline timeline, bool anyCodes, List<VerdictReason> reasons)
    {
        string name = timeline.File.Name;
        int frames = timeline.Entries.Count;
        void Say(TakeGrade weight, string text) => reasons.Add(new(weight, $"{name}: {text}."));
        if (frames == 0)
            Say(TakeGrade.Fail, "it has no frames");
        if (timeline.HasCodes && frames - timeline.CodesRead > frames * UnreadableLimit)
            Say(TakeGrade.Fail, $"the pixel code of {frames - timeline.CodesRead} of {frames} frames cannot be read");
        if (!timeline.HasCodes && anyCodes && frames > 0)
            Say(TakeGrade.Warn, "its pictures carry no pixel code as the others' do; it is judged by its sidecar only");
        if (timeline.Backwards > 0)
            Say(TakeGrade.Fail, $"the camera's frame numbers run backwards {timeline.Backwards} times");
        if (timeline.Missing > 0 && timeline.HoleExamples is { Length: > 0 })
            Say(timeline.MissingUnexplained > 0 ? TakeGrade.Fail : TakeGrade.Warn, timeline.HoleExamples);
        if (timeline.Skipped > 0)
            Say(TakeGrade.Warn, timeline.SkipExamples);
        if (timeline.Duplicates > 0)
            Say(TakeGrade.Warn, timeline.DuplicateExamples);
        int repetitions = timeline.Entries.Count(entry => entry.IsRepetition);
        if (repetitions > timeline.Duplicates)
            Say(TakeGrade.Warn, $"{repetitions} frames are repeated, says the sidecar");
        if (repetitions > frames * RepeatedLimit)
            Say(TakeGrade.Fail, $"{repetitions} of {frames} frames are repetitions: the camera did not deliver its frame rate");
        JudgeSidecarLength(timeline, Say);
    }

    private static void JudgeSidecarLength(FileTimeline timeline, Action<TakeGrade, string> say)
    {
        if (timeline.Rows is not { } rows)
            return;
        // the sidecar of a take that was cut off may be a second ahead of its video
        bool finished = timeline.File.Manifest is { State: ManifestState.Finished };
        if (rows.Count != timeline.Entries.Count)
            say(finished ? TakeGrade.Fail : TakeGrade.Warn, $"the sidecar lists {rows.Count} frames, the file has {timeline.Entries.Count}");
        // times without a camera have a sentence of their own
        long dropped = timeline.File.Sidecar!.Count - rows.Count - timeline.Away.Sum(gap => gap.Last - gap.First + 1);
        if (dropped > 0 && timeline.Missing == 0)
            say(TakeGrade.Warn, $"{dropped} grid points have no frame, says the sidecar");
        FileTimeline.Entry wrong = timeline.Entries.FirstOrDefault(entry => entry.Row is { } row && Math.Abs(row.PtsNs - entry.PtsNs) > ContainerRounding);
        if (wrong.Row is { } differs)
            say(TakeGrade.Fail, $"sidecar and file disagree: frame {differs.Index} is at {differs.PtsNs / 1e9:0.000} s in the one, at {wrong.PtsNs / 1e9:0.000} s in the other");
    }

    private static CaptureEvidence EvidenceIn(List<FileTimeline> timelines) =>
        timelines.All(timeline => timeline.HasCodes) ? CaptureEvidence.Pixels
        : timelines.All(timeline => timeline.HasCaptureTimes) ? CaptureEvidence.Sidecars
        : CaptureEvidence.None;

    internal static long? CaptureOf(FileTimeline.Entry entry, CaptureEvidence evidence) =>
        evidence == CaptureEvidence.Pixels ? entry.TrueNs : entry.Row?.Capture?.Nanoseconds;

    private static SpreadFindings? JudgeSpread(List<FileTimeline> timelines, CaptureEvidence evidence, Nanos period, List<VerdictReason> reasons)
    {
        if (timelines.Count < 2)
            return null;
        if (evidence == CaptureEvidence.None)
        {
            reasons.Add(new(TakeGrade.Warn, "Neither pixel codes nor sidecars tell when the frames were captured: only the containers were compared."));
            return null;
        }
        Dictionary<long, (long Earliest, long Latest, int Files)> bySlot = new(timelines.Max(timeline => timeline.Entries.Count));
        foreach (FileTimeline timeline in timelines)
        {
            foreach (FileTimeline.Entry entry in timeline.Entries)
            {
                if (entry.IsRepetition || CaptureOf(entry, evidence) is not { } capture)
                    continue;
                ref (long Earliest, long Latest, int Files) slot = ref CollectionsMarshal.GetValueRefOrAddDefault(bySlot, entry.Slot, out bool known);
                slot = known ? (Math.Min(slot.Earliest, capture), Math.Max(slot.Latest, capture), slot.Files + 1) : (capture, capture, 1);
            }
        }
        List<(long Slot, double Spread)> spreads = [.. bySlot.Where(slot => slot.Value.Files > 1).Select(slot => (slot.Key, (double)(slot.Value.Latest - slot.Value.Earliest)))];
        if (Distribution.Of(spreads.Select(slot => slot.Spread)) is not { } spread)
        {
            reasons.Add(new(TakeGrade.Fail, "The files have no frame index in common."));
            return null;
        }
        (long worst, _) = spreads.MaxBy(slot => slot.Spread);
        if (spread.Max > period.Value)
        {
            reasons.Add(
                new(
                    TakeGrade.Fail,
                    $"Frames of the same index were captured up to {Text(spread.Max)} apart (frame {worst}); the limit is one frame period, {Text(period.Value)}."
                )
            );
            NameTheShifted(timelines, evidence, period, reasons);
        }
        return new SpreadFindings(
            spread.Count,
            spread.P50,
            spread.P99,
            spread.Max,
            worst,
            Skew(timelines, evidence, first: true),
            Skew(timelines, evidence, first: false)
        );
    }

    private static List<long?> CapturesAt(long slot, List<FileTimeline> timelines, CaptureEvidence evidence)
    {
        List<long?> captures = [.. timelines.Select(timeline => timeline.Entries.Where(entry => entry.Slot == slot && !entry.IsRepetition).Select(entry => CaptureOf(entry, evidence)).FirstOrDefault())];
        long? earliest = captures.Min();
        return [.. captures.Select(capture => capture - earliest)];
    }

    // Against the median of the group, so that the one that is off is named and not its neighbours.
    private static void NameTheShifted(
        List<FileTimeline> timelines,
        CaptureEvidence evidence,
        Nanos period,
        List<VerdictReason> reasons
    )
    {
        Dictionary<long, List<(int File, long Capture)>> bySlot = [];
        for (int f = 0; f < timelines.Count; f++)
        {
            foreach (FileTimeline.Entry entry in timelines[f].Entries)
            {
                if (!entry.IsRepetition && CaptureOf(entry, evidence) is { } capture)
                    (bySlot.TryGetValue(entry.Slot, out var list) ? list : bySlot[entry.Slot] = []).Add((f, capture));
            }
        }
        var distances = new List<double>[timelines.Count];
        foreach (List<(int File, long Capture)> slot in bySlot.Values.Where(slot => slot.Count > 1))
        {
            long[] sorted = [.. slot.Select(x => x.Capture).Order()];
            long median = sorted[(sorted.Length - 1) / 2];
            foreach ((int file, long capture) in slot)
                (distances[file] ??= []).Add(capture - median);
        }
        for (int f = 0; f < timelines.Count; f++)
        {
            double shift = Distribution.Median(distances[f] ?? []);
            if (Math.Abs(shift) > period.Value)
                reasons.Add(
                    new(
                        TakeGrade.Fail,
                        $"{timelines[f].File.Name} shows {(shift > 0 ? "later" : "earlier")} instants than the others by {Text(Math.Abs(shift))} ({Math.Abs(shift) / period.Value:0.0} frames)."
                    )
                );
        }
    }

    private static long Skew(List<FileTimeline> timelines, CaptureEvidence evidence, bool first)
    {
        List<long> ends = [];
        foreach (FileTimeline timeline in timelines)
        {
            IEnumerable<long?> captures = timeline.Entries.Select(entry => CaptureOf(entry, evidence)).Where(capture => capture is not null);
            if ((first ? captures.FirstOrDefault() : captures.LastOrDefault()) is { } end)
                ends.Add(end);
        }
        return ends.Count == 0 ? 0 : ends.Max() - ends.Min();
    }

    // One line for all files: a line per file would forgive a node whose clock is off.
    private static (SidecarFindings?, double?[]) JudgeSidecars(List<FileTimeline> timelines, List<VerdictReason> reasons)
    {
        var offsets = new double?[timelines.Count];
        List<(long X, long Y)>[] pairs = [.. timelines.Select(PairsOf)];
        List<(long X, long Y)> all = [.. pairs.SelectMany(list => list)];
        if (ClockLine.Through(all) is not { } line || Distribution.Of(all.Select(pair => line.Residual(pair.X, pair.Y))) is not { } residual)
            return (null, offsets);
        for (int f = 0; f < timelines.Count; f++)
        {
            if (pairs[f].Count > 0)
                offsets[f] = Distribution.Median(pairs[f].Select(pair => line.Residual(pair.X, pair.Y)));
        }
        // a real camera's pixels carry a code only where it films one
        bool filmed = timelines.Any(timeline => timeline.File.Manifest is { SimulatedCamera: null });
        double limit = filmed ? FilmedSidecarLimit : SidecarLimit;
        if (residual.P99 > limit)
        {
            int worst = Enumerable.Range(0, timelines.Count).MaxBy(f => Math.Abs(offsets[f] ?? 0));
            reasons.Add(
                new(
                    TakeGrade.Fail,
                    $"The sidecars' capture times are {Text(residual.P99)} (p99) off the pixels' true instants; the limit is {Text(limit)}. Farthest off: {timelines[worst].File.Name}, by {Text(offsets[worst] ?? 0)}."
                )
            );
        }
        for (int f = 0; f < timelines.Count; f++)
            NameSingleFrames(timelines[f], line, filmed ? 2 * limit : CrossCheck.SingleFrameLimit, reasons);
        return (new SidecarFindings(residual.Count, residual.P50, residual.P99, residual.Max, line.RatePpm), offsets);
    }

    /// <summary>Single numbers that were changed vanish in a percentile.</summary>
    private static void NameSingleFrames(FileTimeline timeline, ClockLine line, double limit, List<VerdictReason> reasons)
    {
        IndexRuns where = new();
        double worst = 0;
        foreach (FileTimeline.Entry entry in timeline.Entries)
        {
            if (!timeline.HasCodes || entry.IsRepetition || entry.TrueNs is not { } truth || entry.Row?.Capture is not { } capture)
                continue;
            double distance = line.Residual(truth, capture.Nanoseconds);
            if (Math.Abs(distance) <= limit)
                continue;
            where.Add(entry.Slot);
            worst = Math.Abs(distance) > Math.Abs(worst) ? distance : worst;
        }
        // what concerns every frame has been said as a percentile
        if (where.Count > 0 && where.Count < timeline.Entries.Count / 2)
            reasons.Add(new(TakeGrade.Fail, $"{timeline.File.Name}: pixels and sidecar disagree: the capture time of frame {where} is up to {Text(Math.Abs(worst))} off what the pixels show."));
    }

    private static List<(long X, long Y)> PairsOf(FileTimeline timeline)
    {
        List<(long X, long Y)> pairs = [];
        foreach (FileTimeline.Entry entry in timeline.Entries)
        {
            if (timeline.HasCodes && !entry.IsRepetition && entry.TrueNs is { } truth && entry.Row?.Capture is { } capture)
                pairs.Add((truth, capture.Nanoseconds));
        }
        return pairs;
    }
}

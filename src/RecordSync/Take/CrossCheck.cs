namespace RecordSync;

/// <summary>
/// Do pixels, sidecar, manifest and file tell one story? Each says what it says for itself; where two disagree, one of them is wrong or was changed, and the sentence
/// names both. A take that is merely bad (repeated, dropped) is not judged here.
/// </summary>
internal static class CrossCheck
{
    /// <summary>One frame's capture time in the sidecar, off the line through all: more is no clock, it is another number.</summary>
    public const double SingleFrameLimit = 2_000_000;

    /// <returns>The node's verdict as the sidecar gives it.</returns>
    public static NodeVerdict? Of(FileTimeline timeline, List<VerdictReason> reasons)
    {
        string name = timeline.File.Name;
        void Fail(string text) => reasons.Add(new(TakeGrade.Fail, $"{name}: {text}."));
        void Warn(string text) => reasons.Add(new(TakeGrade.Warn, $"{name}: {text}."));
        long begin = timeline.Begin;
        SidecarIndices(timeline, begin, Fail);
        PixelsAgainstSidecar(timeline, Fail);
        if (timeline.File.Manifest is not { } manifest)
            return null;
        if (manifest.State == ManifestState.Recording)
            Warn("the manifest says that it is being recorded: it was cut off, or still is");
        if (manifest.Error is { } error)
            Fail($"the recording failed: {error.TrimEnd('.')}");
        if (manifest.Audio?.Complaint is { } sound)
            Warn($"{char.ToLowerInvariant(sound[0])}{sound[1..].TrimEnd('.')}");
        if (begin > 0)
            Warn($"it joined the take at grid index {begin}, {(manifest.JoinedSeconds ?? 0):0.0} s after START: it is compared by grid index, not by its place in the file");
        Gaps(timeline, manifest, Fail, Warn);
        Hashes(timeline.File, manifest, Fail, Warn);
        if (manifest.State == ManifestState.Finished)
            Counts(timeline, manifest, Fail);
        GridAgainstSidecar(timeline, manifest, Fail);
        NodeVerdict? recomputed = Recompute(timeline, manifest);
        if (recomputed is not null && manifest.Verdict is { } written && Difference(written, recomputed) is { Length: > 0 } difference)
            Fail($"manifest and sidecar disagree on the verdict: {difference}");
        if (manifest.Verdict is { } verdict)
            TellWhatOnlyTheNodeKnows(verdict, Fail, Warn);
        return recomputed is null ? manifest.Verdict : recomputed with { Hashes = manifest.Verdict?.Hashes ?? [] };
    }

    /// <summary>take.json against the manifests and the files that are there.</summary>
    public static void WithGathered(GroupVerdict gathered, IReadOnlyList<FileTimeline> timelines, List<VerdictReason> reasons)
    {
        foreach (NodeVerdict told in gathered.Nodes)
        {
            FileTimeline? own = timelines.FirstOrDefault(timeline => timeline.File.Manifest?.Node == told.Node);
            if (own is null)
                reasons.Add(new(TakeGrade.Warn, $"take.json speaks of {told.Node}, whose file is not here."));
            else if (own.File.Manifest!.Verdict is { } verdict && Difference(told, verdict) is { Length: > 0 } difference)
                reasons.Add(new(TakeGrade.Fail, $"{own.File.Name}: take.json and the manifest disagree: {difference}."));
            else if (own.File.Manifest.Verdict is { } written && told.Hashes.Any(hash => written.Hashes.Any(other => other.Name == hash.Name && other.Sha256 != hash.Sha256)))
                reasons.Add(new(TakeGrade.Fail, $"{own.File.Name}: take.json and the manifest disagree on a file's SHA-256."));
        }
        foreach (string missing in gathered.Missing)
            reasons.Add(new(TakeGrade.Warn, $"{missing} had not answered when take.json was written."));
    }

    /// <summary>Where two accounts of one recording differ, as "repeated 1 and 2, worst_index 17 and 40"; empty where they do not.</summary>
    public static string Difference(NodeVerdict one, NodeVerdict other)
    {
        List<string> found = [];
        void Compare(string what, long? a, long? b, long tolerance = 0)
        {
            if (a is null != b is null || (a is { } x && b is { } y && Math.Abs(x - y) > tolerance))
                found.Add($"{what} {a?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"} and {b?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}");
        }
        Compare("start_ns", one.StartNs, other.StartNs);
        Compare("recorded", one.Recorded, other.Recorded);
        Compare("repeated", one.Repeated, other.Repeated);
        Compare("late", one.Late, other.Late);
        Compare("dropped", one.Dropped, other.Dropped);
        Compare("first_index", one.FirstIndex, other.FirstIndex);
        Compare("last_index", one.LastIndex, other.LastIndex);
        Compare("first_residual_ns", one.FirstResidualNs, other.FirstResidualNs);
        Compare("last_residual_ns", one.LastResidualNs, other.LastResidualNs);
        Compare("worst_residual_ns", one.WorstResidualNs, other.WorstResidualNs);
        Compare("worst_index", one.WorstIndex, other.WorstIndex);
        Compare("longest_gap", one.LongestGap, other.LongestGap);
        Compare("sensor_ppb", one.SensorPpb, other.SensorPpb, tolerance: 1);
        bool sameSeries =
            one.Residuals.Step == other.Residuals.Step
            && one.Residuals.Samples.SequenceEqual(other.Residuals.Samples)
            && one.Residuals.Low.SequenceEqual(other.Residuals.Low)
            && one.Residuals.High.SequenceEqual(other.Residuals.High);
        if (!sameSeries)
            found.Add("residuals");
        return string.Join(", ", found);
    }

    private static void SidecarIndices(FileTimeline timeline, long begin, Action<string> fail)
    {
        if (timeline.File.Sidecar is not { Count: > 0 } rows)
            return;
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Index == begin + i)
                continue;
            fail(rows[i].Index > begin + i ? $"the sidecar has no line for grid point {begin + i}" : $"the sidecar has grid point {rows[i].Index} twice, or out of order");
            return;
        }
    }

    private static void PixelsAgainstSidecar(FileTimeline timeline, Action<string> fail)
    {
        if (!timeline.HasCodes || timeline.Rows is not { } rows || rows.Count != timeline.Entries.Count)
            return;
        List<long> hidden = [], invented = [];
        bool allStandIns = true;
        for (int i = 0; i < timeline.Entries.Count; i++)
        {
            FileTimeline.Entry entry = timeline.Entries[i];
            bool claims = entry.Row is { } row && row.Flags.HasFlag(SidecarFlags.Repeated);
            if (i > 0 && !timeline.BeginsPart(entry.Slot) && entry.Stamp is { } stamp && timeline.Entries[i - 1].Stamp is { } before)
            {
                bool same = stamp.FramesSince(before) == 0;
                // the first picture stands in for what was before it, and so is its own repetition
                if (same && !claims && !allStandIns)
                    hidden.Add(entry.Slot);
                else if (!same && claims)
                    invented.Add(entry.Slot);
            }
            allStandIns &= claims;
        }
        if (hidden.Count > 0)
            fail($"pixels and sidecar disagree: the pixels repeat the picture before at {IndexRuns.Of(hidden)}, the sidecar does not say so");
        if (invented.Count > 0)
            fail($"pixels and sidecar disagree: the sidecar says repeated at {IndexRuns.Of(invented)}, the pixels show a new picture");
    }

    private static void Hashes(VerdictFile file, TakeManifest manifest, Action<string> fail, Action<string> warn)
    {
        foreach (FileHash found in file.Hashes)
        {
            string kind = found.Name.EndsWith(".csv", StringComparison.Ordinal) ? "sidecar" : "video";
            FileHash? written = manifest.Verdict?.Hashes.FirstOrDefault(hash => hash.Name == found.Name);
            if (written is not null && written.Sha256 != found.Sha256)
            {
                string size = written.Bytes == found.Bytes ? "" : $", and it has {found.Bytes} bytes instead of {written.Bytes}";
                fail($"the {kind} {found.Name} is not what was recorded: its SHA-256 is not the manifest's{size}");
            }
            else if (written is null && manifest.Verdict is { Hashes.Count: > 0 })
                warn($"the manifest has no SHA-256 of the {kind} {found.Name}: was it renamed?");
        }
    }

    private static void Counts(FileTimeline timeline, TakeManifest manifest, Action<string> fail)
    {
        if (timeline.File.Opened && manifest.Frames != timeline.Entries.Count)
            fail($"manifest and file disagree: {manifest.Frames} frames in the one, {timeline.Entries.Count} in the other");
        if (manifest.StopNs is { } stop && FrameRate.TryParse(manifest.Fps, out FrameRate rate))
        {
            long points = rate.FramesIn(new Nanos(stop - manifest.StartNs)) - timeline.Begin;
            if (points < manifest.Frames + manifest.Dropped)
                points = manifest.Frames + manifest.Dropped;
            if (points != manifest.Frames + manifest.Dropped)
                fail($"from {(timeline.Begin > 0 ? $"grid index {timeline.Begin}" : "START")} to STOP are {points} grid points, but the recording has {manifest.Frames + manifest.Dropped}");
        }
        if (timeline.File.Sidecar is not { } rows)
            return;
        long dropped = rows.Count(row => row.Flags.HasFlag(SidecarFlags.Dropped)), frames = rows.Count - dropped;
        long repeated = rows.Count(row => row.Flags.HasFlag(SidecarFlags.Repeated) && !row.Flags.HasFlag(SidecarFlags.Dropped));
        if ((frames, repeated, dropped) != (manifest.Frames, manifest.Repeated, manifest.Dropped))
            fail($"manifest and sidecar disagree: {manifest.Frames} frames, {manifest.Repeated} repeated, {manifest.Dropped} left out in the one; {frames}, {repeated}, {dropped} in the other");
    }

    /// <summary>Each gap that the manifest tells, and that the sidecar has the same ones: as runs of grid points.</summary>
    private static void Gaps(FileTimeline timeline, TakeManifest manifest, Action<string> fail, Action<string> warn)
    {
        IReadOnlyList<TakeGap> told = manifest.Gaps ?? [];
        if (timeline.File.Sidecar is not { } rows)
            return;
        IndexRange[] written = [.. told.Select(gap => new IndexRange(gap.FirstIndex, gap.LastIndex))];
        if (manifest.State == ManifestState.Finished && !written.SequenceEqual(timeline.Away))
            fail($"manifest and sidecar disagree: the camera was away at grid points {Text(written)} in the one, {Text(timeline.Away)} in the other");
        if (!FrameRate.TryParse(manifest.Fps, out FrameRate rate))
            return;
        foreach (VerdictReason reason in TakeGap.Judge(told, IndexRuns.Of(timeline.Away.SelectMany(Indices)), rate, rows.Count))
            (reason.Weight == TakeGrade.Fail ? fail : warn)($"{char.ToLowerInvariant(reason.Text[0])}{reason.Text[1..].TrimEnd('.')}");
    }

    private static IEnumerable<long> Indices(IndexRange range)
    {
        for (long index = range.First; index <= range.Last; index++)
            yield return index;
    }

    private static string Text(IReadOnlyList<IndexRange> ranges) => ranges.Count == 0 ? "none" : string.Join(", ", ranges.Select(range => $"{range.First}–{range.Last}"));

    /// <summary>The manifest of another take has another START: then its grid does not meet these frames at all.</summary>
    private static void GridAgainstSidecar(FileTimeline timeline, TakeManifest manifest, Action<string> fail)
    {
        if (!FrameRate.TryParse(manifest.Fps, out FrameRate rate) || timeline.Rows is not { Count: > 0 } rows)
            return;
        FrameGrid grid = new(new NetworkTime(manifest.StartNs), rate);
        // a thousand rows tell where a grid lies as well as a million
        int stride = Math.Max(1, rows.Count / 1000);
        long[] residuals = [.. rows.Where((row, i) => i % stride == 0 && row.Capture is not null && !row.Flags.HasFlag(SidecarFlags.Repeated)).Select(row => grid.Residual(row.Capture!.Value, row.Index).Value).Order()];
        if (residuals.Length > 0 && Math.Abs(residuals[residuals.Length / 2]) > rate.Period.Value)
            fail($"manifest and sidecar do not belong together: by the manifest's START and rate the frames are {Seconds(residuals[residuals.Length / 2])} off the grid");
        FileTimeline.Entry off = timeline.File.Opened ? timeline.Entries.FirstOrDefault(entry => Math.Abs(entry.PtsNs - grid.Pts(entry.Slot).Value) > TakeVerdict.ContainerRounding) : default;
        if (off.PtsNs != 0)
            fail($"manifest and file disagree: at {rate} frames a second frame {off.Slot} is at {grid.Pts(off.Slot).Seconds:0.000} s, in the file it is at {off.PtsNs / 1e9:0.000} s");
    }

    private static NodeVerdict? Recompute(FileTimeline timeline, TakeManifest manifest)
    {
        if (timeline.File.Sidecar is not { } rows || !FrameRate.TryParse(manifest.Fps, out FrameRate rate))
            return null;
        NodeTally tally = new(new FrameGrid(new NetworkTime(manifest.StartNs), rate));
        foreach (VerdictSidecarRow row in rows)
            tally.Add(row.Index, row.Capture?.Nanoseconds, row.Flags);
        NodeVerdict? told = manifest.Verdict;
        return tally.Close(
            new NodeFacts(
                manifest.Take,
                manifest.Node,
                told?.Expected ?? (manifest.StopNs is { } stop ? rate.FramesIn(new Nanos(stop - manifest.StartNs)) : null),
                manifest.Duplicates,
                told?.ClockErrorNs ?? manifest.Clock?.ErrorNs ?? 0,
                told?.ClockState ?? "",
                told?.Phase ?? NodeVerdict.FreeRunning,
                told?.FragmentsSynced,
                manifest.LateNs,
                manifest.Error,
                Gaps: manifest.Gaps,
                JoinedIndex: manifest.JoinedIndex ?? 0
            )
        );
    }

    /// <summary>The state of the clock is in no file but the manifest: it is repeated here, because it belongs to the judgement.</summary>
    private static void TellWhatOnlyTheNodeKnows(NodeVerdict verdict, Action<string> fail, Action<string> warn)
    {
        if (verdict.Grid is not { } grid)
            return;
        NodeVerdict clockOnly = verdict with { Error = null, Recorded = 1, Expected = 1, Repeated = 0, Duplicates = verdict.Duplicates, Late = 0, Dropped = 0, JoinedIndex = null, WorstResidualNs = null };
        NodePlaces nowhere = new(new IndexRuns(), new IndexRuns(), new IndexRuns(), new IndexRuns(), new IndexRuns());
        foreach (VerdictReason reason in NodeLimits.Judge(clockOnly, grid.Rate, 0, nowhere))
            (reason.Weight == TakeGrade.Fail ? fail : warn)($"{char.ToLowerInvariant(reason.Text[0])}{reason.Text[1..].TrimEnd('.')}");
    }

    private static string Seconds(long ns) => Math.Abs(ns) < 10_000_000_000 ? TakeVerdict.Text(ns) : $"{ns / 1e9:0} s";
}

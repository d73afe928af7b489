namespace RecordSync;

/// <summary>
/// Whether what was read from a manifest or a take.json can be: these files are moved about, edited and cut off. What comes through here can be reckoned with: nothing is missing,
/// counts and times are such that their sums do not overflow, and a name of a file is one, without a way out of its folder.
/// </summary>
internal static class TakeSense
{
    /// <summary>A thousand frames a second for thirty years.</summary>
    public const long MostFrames = 1L << 40;

    private const long Latest = 1L << 62;

    /// <returns>Null when all is well, else a clause.</returns>
    public static string? Complaint(TakeManifest manifest)
    {
        Findings findings = new();
        findings.Name("video", manifest.Video);
        findings.Name("sidecar", manifest.Sidecar);
        findings.Time("start_ns", manifest.StartNs);
        findings.Time("stop_ns", manifest.StopNs);
        findings.Count("frames", manifest.Frames);
        findings.Count("repeated", manifest.Repeated);
        findings.Count("dropped", manifest.Dropped);
        findings.Count("duplicates", manifest.Duplicates);
        findings.Count("joined_index", manifest.JoinedIndex);
        findings.Signed("late_ns", manifest.LateNs);
        findings.Present("notes", manifest.Notes);
        findings.Complete("notes", manifest.Notes);
        findings.Complete("segments", manifest.Segments);
        findings.Complete("gaps", manifest.Gaps);
        foreach (ManifestSegment segment in manifest.Segments ?? [])
            Look(findings, segment);
        foreach (TakeGap gap in manifest.Gaps ?? [])
            Look(findings, gap);
        if (manifest.Timing is { } timing)
        {
            findings.Present("timing.on_drop", timing.OnDrop);
            findings.Present("timing.phase", timing.Phase);
        }
        if (manifest.Clock is { } clock)
        {
            findings.Present("clock.stamp_source", clock.StampSource);
            findings.Present("clock.leader", clock.Leader);
            findings.Signed("clock.offset_ns", clock.OffsetNs);
            findings.Signed("clock.rate_ppb", clock.RatePpb);
            findings.Signed("clock.error_ns", clock.ErrorNs);
        }
        if (manifest.Audio is { } audio)
            Look(findings, audio);
        if (manifest.Salvage is { } salvage)
        {
            findings.Present("salvage.kept", salvage.Kept);
            findings.Complete("salvage.kept", salvage.Kept);
        }
        if (manifest.Verdict is { } verdict)
            Look(findings, verdict);
        return findings.First;
    }

    /// <inheritdoc cref="Complaint(TakeManifest)"/>
    public static string? Complaint(GroupVerdict verdict)
    {
        Findings findings = new();
        findings.Present("reasons", verdict.Reasons);
        findings.Present("missing", verdict.Missing);
        findings.Present("nodes", verdict.Nodes);
        findings.Complete("reasons", verdict.Reasons);
        findings.Complete("missing", verdict.Missing);
        findings.Complete("nodes", verdict.Nodes);
        foreach (CommandReport report in new[] { verdict.Start, verdict.Stop }.OfType<CommandReport>())
        {
            findings.Present("start or stop", report.Nodes);
            findings.Complete("start or stop", report.Nodes);
            foreach (NodeOutcome? outcome in report.Nodes ?? [])
                findings.Present("start or stop", outcome?.Node);
        }
        if (verdict.Skew is { } skew)
        {
            findings.Present("skew.earliest", skew.Earliest);
            findings.Present("skew.latest", skew.Latest);
        }
        findings.Signed("start_skew_frames", verdict.StartSkewFrames);
        findings.Signed("stop_skew_frames", verdict.StopSkewFrames);
        foreach (NodeVerdict node in verdict.Nodes ?? [])
            Look(findings, node);
        return findings.First;
    }

    /// <inheritdoc cref="Complaint(TakeManifest)"/>
    public static string? Complaint(NodeVerdict verdict)
    {
        Findings findings = new();
        Look(findings, verdict);
        return findings.First;
    }

    private static void Look(Findings findings, ManifestSegment? segment)
    {
        if (segment is null)
            return;
        findings.Name("segments.video", segment.Video);
        findings.Count("segments.first_index", segment.FirstIndex);
        findings.Count("segments.frames", segment.Frames);
        findings.Time("segments.bytes", segment.Bytes);
    }

    private static void Look(Findings findings, TakeGap? gap)
    {
        if (gap is null)
            return;
        findings.Present("gaps.reason", gap.Reason);
        findings.Count("gaps.first_index", gap.FirstIndex);
        findings.Count("gaps.last_index", gap.LastIndex + 1);
    }

    private static void Look(Findings findings, ManifestAudio audio)
    {
        findings.Present("audio.source", audio.Source);
        findings.Present("audio.codec", audio.Codec);
        findings.Present("audio.encoder", audio.Encoder);
        findings.Count("audio.rate", audio.Rate == 0 ? -1 : audio.Rate);
        findings.Count("audio.channels", audio.Channels);
        findings.Time("audio.samples", audio.Samples);
        findings.Time("audio.silent_samples", audio.SilentSamples);
    }

    private static void Look(Findings findings, NodeVerdict? verdict)
    {
        if (verdict is null)
            return;
        findings.Count("revision", verdict.Revision);
        findings.Time("start_ns", verdict.StartNs);
        findings.Count("expected", verdict.Expected);
        findings.Count("joined_index", verdict.JoinedIndex);
        findings.Count("recorded", verdict.Recorded);
        findings.Count("repeated", verdict.Repeated);
        findings.Count("duplicates", verdict.Duplicates);
        findings.Count("late", verdict.Late);
        findings.Count("dropped", verdict.Dropped);
        findings.Count("first_index", verdict.FirstIndex);
        findings.Count("last_index", verdict.LastIndex);
        findings.Count("worst_index", verdict.WorstIndex);
        findings.Count("longest_gap", verdict.LongestGap);
        findings.Count("longest_gap_index", verdict.LongestGapIndex);
        findings.Signed("first_residual_ns", verdict.FirstResidualNs);
        findings.Signed("last_residual_ns", verdict.LastResidualNs);
        findings.Signed("worst_residual_ns", verdict.WorstResidualNs);
        findings.Signed("clock_error_ns", verdict.ClockErrorNs);
        findings.Signed("sensor_ppb", verdict.SensorPpb);
        findings.Present("phase", verdict.Phase);
        findings.Present("clock_state", verdict.ClockState);
        findings.Present("reasons", verdict.Reasons);
        findings.Present("hashes", verdict.Hashes);
        findings.Complete("reasons", verdict.Reasons);
        findings.Complete("hashes", verdict.Hashes);
        foreach (FileHash? hash in verdict.Hashes ?? [])
        {
            findings.Present("hashes.name", hash?.Name);
            findings.Present("hashes.sha256", hash?.Sha256);
        }
        if (verdict.Residuals is not { IsSound: true })
            findings.Add("residuals", "are no series of this kind");
    }

    private sealed class Findings
    {
        public string? First { get; private set; }

        public void Add(string field, string what) => First ??= $"its \"{field}\" {what}";

        public void Count(string field, long? value)
        {
            if (value is < 0 or > MostFrames)
                Add(field, $"cannot be {value}");
        }

        public void Time(string field, long? value)
        {
            if (value is < 0 or >= Latest)
                Add(field, $"cannot be {value}");
        }

        public void Signed(string field, long? value)
        {
            if (value is <= -Latest or >= Latest)
                Add(field, $"cannot be {value}");
        }

        public void Name(string field, string? value)
        {
            if (string.IsNullOrEmpty(value) || value is "." or ".." || value.AsSpan().ContainsAny('/', '\0'))
                Add(field, $"is no name of a file beside it: '{value}'");
        }

        /// <summary>JSON may leave out whatever C# believes to be there.</summary>
        public void Present(string field, object? value)
        {
            if (value is null)
                Add(field, "is missing");
        }

        /// <summary>A list may be absent; none of its members may.</summary>
        public void Complete<T>(string field, IReadOnlyList<T>? list)
            where T : class
        {
            if (list is not null && list.Any(member => member is null))
                Add(field, "has a gap");
        }
    }
}

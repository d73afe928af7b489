namespace RecordSync;

/// <summary>What was found in one file.</summary>
/// <param name="CodesRead">Frames whose pixel code was read; 0 for a real camera.</param>
/// <param name="Skipped">Pictures that the camera counted and the file does not have, from the pixel code.</param>
/// <param name="Duplicates">Frames that show the same picture as the one before, from the pixel code.</param>
/// <param name="Missing">Grid points without a frame, from the frames' times.</param>
/// <param name="Repeated">Grid points that the sidecar calls repeated.</param>
/// <param name="Dropped">Grid points that the sidecar calls dropped.</param>
/// <param name="Late">Grid points that the sidecar calls late.</param>
/// <param name="FirstCaptureNs">True capture instant of the first readable frame, CLOCK_MONOTONIC; null without pixel code.</param>
/// <param name="SidecarOffsetNs">Median distance of this file's sidecar from the line that is common to all files; null when it cannot be compared.</param>
internal sealed record FileFindings(
    string Name,
    int Frames,
    int CodesRead,
    int Skipped,
    int Duplicates,
    int Missing,
    int? SidecarRows,
    int Repeated,
    int Dropped,
    int Late,
    long? FirstCaptureNs,
    long? LastCaptureNs,
    double? SidecarOffsetNs
)
{
    /// <summary>The camera's own numbers of the pictures that it counted and the file does not have, from the pixel code.</summary>
    public IReadOnlyList<IndexRange> CameraFramesLost { get; init; } = [];

    /// <summary>Frames that show the picture before, from the pixel code.</summary>
    public IReadOnlyList<IndexRange> RepeatedByPixels { get; init; } = [];

    /// <summary>Frames that show the picture before, from the sidecar.</summary>
    public IReadOnlyList<IndexRange> RepeatedBySidecar { get; init; } = [];
}

/// <summary>From First to Last, both included.</summary>
internal readonly record struct IndexRange(long First, long Last)
{
    /// <summary>Indices in rising order as ranges.</summary>
    public static List<IndexRange> Of(IEnumerable<long> indices)
    {
        List<IndexRange> ranges = [];
        foreach (long index in indices)
        {
            if (ranges.Count > 0 && ranges[^1].Last == index - 1)
                ranges[^1] = ranges[^1] with { Last = index };
            else
                ranges.Add(new IndexRange(index, index));
        }
        return ranges;
    }
}

/// <summary>One file laid on the take's grid: which grid point every frame belongs to, when it was truly captured, which line of the sidecar speaks of it.</summary>
internal sealed class FileTimeline
{
    internal readonly record struct Entry(
        long Slot,
        long PtsNs,
        PixelStamp? Stamp,
        long? TrueNs,
        VerdictSidecarRow? Row,
        bool IsRepetition
    );

    private const int ExamplesShown = 3;

    /// <summary>A broken file may claim to lack any number of frames: so many are listed.</summary>
    private const int MostListed = 100_000;

    private readonly List<Entry> entries = [];
    private readonly HashSet<long> begins;
    private readonly List<string> skips = [];
    private readonly List<string> duplicates = [];
    private readonly List<string> holes = [];
    private readonly List<long> cameraFramesLost = [];
    private readonly List<long> repeatedByPixels = [];

    public FileTimeline(VerdictFile file, Nanos period, long referenceNs)
    {
        File = file;
        Rows = file.Sidecar is null ? null : [.. file.Sidecar.Where(row => !row.Flags.HasFlag(SidecarFlags.Dropped))];
        Away = file.Sidecar is null ? [] : IndexRange.Of(file.Sidecar.Where(row => row.Flags.HasFlag(SidecarFlags.Away)).Select(row => row.Index));
        begins = [.. Away.Select(gap => gap.Last + 1)];
        LayOnGrid(period, referenceNs);
        FollowTheCamera();
        FindHoles();
    }

    public VerdictFile File { get; }

    public IReadOnlyList<Entry> Entries => entries;

    /// <summary>The sidecar's lines that claim a frame in the file.</summary>
    public IReadOnlyList<VerdictSidecarRow>? Rows { get; }

    /// <summary>The times without a camera that lie between two parts of the recording, by the sidecar.</summary>
    public IReadOnlyList<IndexRange> Away { get; }

    /// <summary>The grid point with which this recording begins: 0, or where the node joined.</summary>
    public long Begin => File.Manifest?.JoinedIndex ?? 0;

    public int CodesRead { get; private set; }

    public int Skipped { get; private set; }

    public int Duplicates { get; private set; }

    public int Missing { get; private set; }

    /// <summary>Grid points without a frame that no sidecar line explains.</summary>
    public int MissingUnexplained { get; private set; }

    public int Backwards { get; private set; }

    /// <summary>A stray reading in a real picture (odds 1 in 65,536) does not make it a picture with a code.</summary>
    public bool HasCodes => CodesRead > entries.Count / 100;

    public bool HasCaptureTimes => entries.Count > 0 && entries.All(entry => entry.Row?.Capture is not null);

    /// <summary>A camera that was opened again counts its pictures anew.</summary>
    public bool BeginsPart(long slot) => begins.Contains(slot);

    public string SkipExamples => Examples(skips, Skipped);

    public string DuplicateExamples => Examples(duplicates, Duplicates);

    public string HoleExamples => Examples(holes, Missing);

    public FileFindings Findings(double? sidecarOffsetNs) =>
        new(
            File.Name,
            entries.Count,
            CodesRead,
            Skipped,
            Duplicates,
            Missing,
            File.Sidecar?.Count,
            Count(SidecarFlags.Repeated),
            Count(SidecarFlags.Dropped),
            Count(SidecarFlags.Late),
            entries.Find(entry => entry.TrueNs is not null).TrueNs,
            entries.FindLast(entry => entry.TrueNs is not null).TrueNs,
            sidecarOffsetNs
        )
        {
            CameraFramesLost = IndexRange.Of(cameraFramesLost),
            RepeatedByPixels = IndexRange.Of(repeatedByPixels),
            RepeatedBySidecar = IndexRange.Of((Rows ?? []).Where(row => row.Flags.HasFlag(SidecarFlags.Repeated)).Select(row => row.Index)),
        };

    private int Count(SidecarFlags flag) => File.Sidecar?.Count(row => row.Flags.HasFlag(flag)) ?? 0;

    // Equal numbers pair in order, whatever the container did to the times; a file that lost frames pairs by time.
    private void LayOnGrid(Nanos period, long referenceNs)
    {
        entries.EnsureCapacity(File.Frames.Count);
        bool inOrder = Rows is not null && Rows.Count == File.Frames.Count;
        int next = 0;
        for (int i = 0; i < File.Frames.Count; i++)
        {
            VerdictFrame frame = File.Frames[i];
            VerdictSidecarRow? row = null;
            if (inOrder)
                row = Rows![i];
            else if (Rows is not null)
                row = RowAt(frame.PtsNs, period, ref next);
            long slot = row?.Index ?? (long)Math.Round((double)frame.PtsNs / period.Value);
            bool repeated = row is { } r && r.Flags.HasFlag(SidecarFlags.Repeated);
            entries.Add(new Entry(slot, frame.PtsNs, frame.Stamp, frame.Stamp?.Unwrap(referenceNs), row, repeated));
        }
    }

    private VerdictSidecarRow? RowAt(long ptsNs, Nanos period, ref int next)
    {
        while (next < Rows!.Count && Rows[next].PtsNs < ptsNs - period.Value / 2)
            next++;
        return next < Rows.Count && Rows[next].PtsNs <= ptsNs + period.Value / 2 ? Rows[next++] : null;
    }

    private void FollowTheCamera()
    {
        int last = -1;
        for (int i = 0; i < entries.Count; i++)
        {
            if (entries[i].Stamp is not { } stamp)
                continue;
            CodesRead++;
            if (last >= 0 && !begins.Any(begin => entries[last].Slot < begin && begin <= entries[i].Slot))
                CompareWith(last, i, stamp);
            last = i;
        }
    }

    private void CompareWith(int last, int i, PixelStamp stamp)
    {
        PixelStamp before = entries[last].Stamp!.Value;
        int counted = stamp.FramesSince(before), lost = counted - (i - last);
        if (counted == 0)
        {
            Duplicates++;
            repeatedByPixels.Add(entries[i].Slot);
            entries[i] = entries[i] with { IsRepetition = true };
            duplicates.Add($"frame {i} shows the same picture as frame {last} (camera frame {stamp.FrameNumber})");
        }
        else if (counted < 0)
        {
            Backwards++;
        }
        else if (lost > 0)
        {
            Skipped += lost;
            for (int n = 0; n < lost && i - last == 1 && cameraFramesLost.Count < MostListed; n++)
                cameraFramesLost.Add((before.FrameNumber + 1 + n) & (PixelStamp.FrameModulus - 1));
            int first = (before.FrameNumber + 1) & (PixelStamp.FrameModulus - 1);
            string which = lost == 1 && i - last == 1 ? $"camera frame {first} is" : $"{lost} camera frames from {first} on are";
            skips.Add($"{which} missing between frames {last} and {i}");
        }
    }

    private void FindHoles()
    {
        long[] explained = [.. (File.Sidecar ?? []).Where(row => row.Flags.HasFlag(SidecarFlags.Dropped)).Select(row => row.Index).Distinct().Order()];
        long expected = Begin;
        foreach (Entry entry in entries)
        {
            // a broken file may claim any time: count the hole, do not walk it
            long hole = entry.Slot - expected;
            if (hole > 0)
            {
                Missing += (int)Math.Min(hole, int.MaxValue / 4);
                // what the manifest calls a gap has a sentence of its own
                if (!Away.Contains(new IndexRange(expected, entry.Slot - 1)))
                    holes.Add(hole == 1 ? $"no frame at grid point {expected}" : $"no frames at grid points {expected} to {entry.Slot - 1}");
                long known = FirstAtOrAfter(explained, entry.Slot) - FirstAtOrAfter(explained, expected);
                MissingUnexplained += (int)Math.Min(hole - known, int.MaxValue / 4);
            }
            expected = Math.Max(expected, entry.Slot + 1);
        }
    }

    private static int FirstAtOrAfter(long[] sorted, long value)
    {
        int found = Array.BinarySearch(sorted, value);
        return found < 0 ? ~found : found;
    }

    private static string Examples(List<string> found, int count) =>
        found.Count <= ExamplesShown ? string.Join("; ", found) : $"{string.Join("; ", found.Take(ExamplesShown))}; and so on, {count} in all";
}

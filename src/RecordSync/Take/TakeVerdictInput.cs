using System.Globalization;

namespace RecordSync;

/// <summary>What the recorder noted about one grid point of a take.</summary>
[Flags]
internal enum SidecarFlags
{
    None = 0,

    /// <summary>The camera had no picture for this point: the one before was written again.</summary>
    Repeated = 1,

    /// <summary>The frame reached the recorder late (<see cref="Lateness"/>), or the point had passed before the node was ready.</summary>
    Late = 2,

    /// <summary>Nothing was encoded for this point: the file has no frame here.</summary>
    Dropped = 4,

    /// <summary>The camera had no picture for this point, and no other stands in: always with <see cref="Dropped"/>.</summary>
    Missing = 8,

    /// <summary>The camera had more than one picture for this point: this is the nearest.</summary>
    Duplicate = 16,

    /// <summary>The clock of the whole take puts this frame more than 100 µs from where the estimate at capture time had put it.</summary>
    Corrected = 32,

    /// <summary>The camera was lost, and this point lies between two parts of the recording: always with <see cref="Missing"/> and <see cref="Dropped"/>.</summary>
    Away = 64,
}

/// <summary>One line of a sidecar (index,pts_ns,capture_ns,residual_ns,flags,bytes,local_ns,corrected_ns; the last two may lack).</summary>
/// <param name="Capture">The best that is known: by the clock of the whole take, where the take was finished, else as gated. Null where the recorder had no time to write.</param>
/// <param name="Gated">By the clock estimate at capture time; null where <paramref name="Capture"/> is that already.</param>
internal readonly record struct VerdictSidecarRow(long Index, long PtsNs, NetworkTime? Capture, SidecarFlags Flags, NetworkTime? Gated = null)
{
    /// <summary>What every sidecar's first line begins with.</summary>
    public const string Header = "index,pts_ns,capture_ns,residual_ns,flags,bytes";

    private const int FlagsColumn = 4;
    private const int CorrectedColumn = 7;

    /// <summary>Reads one line; total: false for anything that is not such a line. Further columns at the end are ignored.</summary>
    public static bool TryParse(ReadOnlySpan<char> line, out VerdictSidecarRow row)
    {
        row = default;
        Span<Range> columns = stackalloc Range[CorrectedColumn + 2];
        int count = line.TrimEnd("\r").Split(columns, ',');
        if (count <= FlagsColumn)
            return false;
        ReadOnlySpan<char> capture = line[columns[2]].Trim();
        long captureNs = 0;
        if (
            !TryWhole(line[columns[0]], out long index)
            || !TryWhole(line[columns[1]], out long pts)
            || (!capture.IsEmpty && !TryWhole(capture, out captureNs))
            || !TryFlags(line[columns[FlagsColumn]], out SidecarFlags flags)
            || index is < 0 or >= TakeSense.MostFrames
            || !CanBe(pts)
            || !CanBe(captureNs)
        )
            return false;
        NetworkTime? gated = capture.IsEmpty ? null : new NetworkTime(captureNs);
        row =
            count > CorrectedColumn && TryWhole(line[columns[CorrectedColumn]], out long corrected) && CanBe(corrected)
                ? new VerdictSidecarRow(index, pts, new NetworkTime(corrected), flags, gated)
                : new VerdictSidecarRow(index, pts, gated, flags);
        return true;
    }

    /// <summary>Differences of such times do not overflow.</summary>
    private static bool CanBe(long ns) => ns is > -(1L << 61) and < 1L << 61;

    private static bool TryWhole(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out value);

    // a word that this version does not know says nothing that it could judge
    private static bool TryFlags(ReadOnlySpan<char> text, out SidecarFlags flags)
    {
        flags = SidecarFlags.None;
        foreach (Range range in text.Split('|'))
        {
            ReadOnlySpan<char> word = text[range].Trim();
            foreach (char c in word)
            {
                if (c is (< 'a' or > 'z') and not '-' and not '_')
                    return false;
            }
            flags |= word switch
            {
                "repeated" => SidecarFlags.Repeated,
                "late" => SidecarFlags.Late,
                "dropped" => SidecarFlags.Dropped,
                "missing" => SidecarFlags.Missing,
                "duplicate" => SidecarFlags.Duplicate,
                "corrected" => SidecarFlags.Corrected,
                "away" => SidecarFlags.Away,
                _ => SidecarFlags.None,
            };
        }
        return true;
    }
}

/// <summary>One decoded frame: its place in the file's own time (ns) and what its pixels say, if they say anything.</summary>
internal readonly record struct VerdictFrame(long PtsNs, PixelStamp? Stamp);

/// <summary>One file of a take as it was decoded, in the order of presentation, and what lies beside it.</summary>
/// <param name="Name">As people know it: the file name.</param>
/// <param name="Rate">From the manifest; null when there is none, then it is found from the frames' times.</param>
/// <param name="Sidecar">Null when there is none.</param>
internal sealed record VerdictFile(
    string Name,
    FrameRate? Rate,
    IReadOnlyList<VerdictFrame> Frames,
    IReadOnlyList<VerdictSidecarRow>? Sidecar
)
{
    /// <summary>Null when there is none, or when it is not whole.</summary>
    public TakeManifest? Manifest { get; init; }

    /// <summary>What the files are by their contents, to be compared with what the manifest says; empty when they were not read.</summary>
    public IReadOnlyList<FileHash> Hashes { get; init; } = [];

    /// <summary>False: the video was not opened, <see cref="Frames"/> are what the sidecar promises, and nothing is said about it.</summary>
    public bool Opened { get; init; } = true;
}

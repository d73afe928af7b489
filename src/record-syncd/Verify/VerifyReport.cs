using System.Text.Json;
using System.Text.Json.Serialization;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>What verify found; also the shape of its JSON. Lengths of time are in microseconds (suffix _us), instants and periods in nanoseconds (_ns).</summary>
/// <param name="Verdict">pass, warn, fail or unreadable: the worst of all takes and files.</param>
internal sealed record VerifyReport(string Verdict, IReadOnlyList<TakeReport> Takes, IReadOnlyList<UnreadableFile> Unreadable)
{
    /// <summary>0 pass, 1 warn, 2 fail, 3 when a file could not be read or there was none.</summary>
    [JsonIgnore]
    public int ExitCode =>
        Verdict switch
        {
            "pass" => 0,
            "warn" => 1,
            "fail" => 2,
            _ => 3,
        };

    /// <summary>Finds, decodes and judges; never throws for what is in the files.</summary>
    /// <param name="sidecarsOnly">Goes by sidecars and manifests, and does not open the videos.</param>
    public static VerifyReport Examine(IReadOnlyList<string> paths, bool sidecarsOnly = false)
    {
        IReadOnlyList<string> videos = TakeFiles.Find(paths, sidecarsOnly, out IReadOnlyList<string> notFound);
        List<UnreadableFile> unreadable = [.. notFound.Select(path => new UnreadableFile(path, "there is no such file or folder"))];
        IReadOnlyList<TakeFile> files = TakeFiles.Open(videos, unreadable);
        IReadOnlyDictionary<string, GroupVerdict> gathered = TakeFiles.Gathered(files);
        List<TakeReport> takes = [];
        foreach ((string? take, IReadOnlyList<TakeFile> members) in TakeFiles.ByTake(files))
        {
            List<ExaminedFile> readable = [];
            foreach (TakeFile file in members)
            {
                try
                {
                    readable.Add(sidecarsOnly ? ExaminedFile.FromSidecar(file) : ExaminedFile.Read(file));
                }
                catch (Exception e) when (e is GstException or IOException or UnauthorizedAccessException)
                {
                    unreadable.Add(new UnreadableFile(file.Path, e.Message));
                }
            }
            if (readable.Count > 0)
                takes.Add(TakeReport.Of(take, readable, take is null ? null : gathered.GetValueOrDefault(take)));
        }
        if (files.Count == 0 && unreadable.Count == 0)
            unreadable.Add(new UnreadableFile(string.Join(' ', paths), sidecarsOnly ? "there is no sidecar (.frames.csv) in it" : "there is no video file (mp4, mov, mkv) in it"));
        TakeGrade worst = takes.Count == 0 ? TakeGrade.Pass : takes.Max(take => take.Grade);
        return new VerifyReport(unreadable.Count > 0 ? "unreadable" : TakeReport.Word(worst), takes, unreadable);
    }

    public string ToJson() => JsonSerializer.Serialize(this, VerifyJson.Default.VerifyReport);
}

/// <param name="FrameTimesEqual">The n-th frame has the same time in all files (to 1 ms, to which containers round).</param>
/// <param name="Evidence">pixels, sidecars or none: what the capture instants were taken from.</param>
/// <param name="StartSkewUs">Between the first frames of the files.</param>
internal sealed record TakeReport(
    string? Take,
    string Verdict,
    IReadOnlyList<ReasonReport> Reasons,
    long FramePeriodNs,
    bool FrameCountsEqual,
    bool FrameTimesEqual,
    string Evidence,
    double? StartSkewUs,
    double? StopSkewUs,
    SpreadReport? Spread,
    SidecarReport? Sidecar,
    IReadOnlyList<FileReport> Files
)
{
    [JsonIgnore]
    public TakeGrade Grade { get; private init; }

    /// <summary>For the page.</summary>
    [JsonIgnore]
    public SkewPlot? Plot { get; private init; }

    [JsonIgnore]
    public IReadOnlyList<long?> AtWorst { get; private init; } = [];

    [JsonIgnore]
    public GroupVerdict? Gathered { get; private init; }

    /// <summary>False: nothing is said about the videos.</summary>
    [JsonIgnore]
    public bool VideosOpened { get; private init; } = true;

    public static string Word(TakeGrade grade) =>
        grade switch
        {
            TakeGrade.Pass => "pass",
            TakeGrade.Warn => "warn",
            _ => "fail",
        };

    public static TakeReport Of(string? take, IReadOnlyList<ExaminedFile> files, GroupVerdict? gathered)
    {
        TakeVerdict verdict = TakeVerdict.Judge([.. files.Select(file => file.ToJudge())], gathered);
        ReasonReport[] ofSound = [.. files.SelectMany(file => file.Sound?.Judge(file.File.Name) ?? [])];
        TakeGrade grade = (TakeGrade)Math.Max((int)verdict.Grade, ofSound.Select(reason => (int)(reason.Weight == "fail" ? TakeGrade.Fail : TakeGrade.Warn)).DefaultIfEmpty((int)TakeGrade.Pass).Max());
        return new TakeReport(
            take,
            Word(grade),
            [.. verdict.Reasons.Select(reason => new ReasonReport(Word(reason.Weight), reason.Text)), .. ofSound],
            verdict.Period.Value,
            verdict.FrameCountsEqual,
            verdict.FrameTimesEqual,
            verdict.Evidence switch
            {
                CaptureEvidence.Pixels => "pixels",
                CaptureEvidence.Sidecars => "sidecars",
                _ => "none",
            },
            verdict.Spread?.StartSkewNs / 1e3,
            verdict.Spread?.StopSkewNs / 1e3,
            verdict.Spread is { } spread ? new SpreadReport(spread.Indices, Micro(spread.P50), Micro(spread.P99), Micro(spread.Max), spread.WorstIndex) : null,
            verdict.Sidecar is { } sidecar
                ? new SidecarReport(sidecar.Frames, Micro(sidecar.P50), Micro(sidecar.P99), Micro(sidecar.Max), Math.Round(sidecar.RatePpm, 3))
                : null,
            [.. files.Select((file, i) => FileReport.Of(verdict.Files[i], verdict.Nodes[i], file))]
        )
        {
            Grade = grade,
            Plot = verdict.Plot,
            AtWorst = verdict.AtWorst,
            Gathered = gathered,
            VideosOpened = files.All(file => file.Opened),
        };
    }

    internal static double Micro(double ns) => Math.Round(ns / 1e3, 1);
}

/// <param name="Weight">warn or fail.</param>
internal sealed record ReasonReport(string Weight, string Text);

/// <summary>max − min over the files of the capture instants of one frame index.</summary>
internal sealed record SpreadReport(int Indices, double P50Us, double P99Us, double MaxUs, long WorstIndex);

/// <summary>Sidecar network time against the pixels' true instants, off one line that is common to all files.</summary>
internal sealed record SidecarReport(int Frames, double P50Us, double P99Us, double MaxUs, double RatePpm);

/// <inheritdoc cref="FileFindings"/>
internal sealed record FileReport(
    string Path,
    string? Node,
    int Width,
    int Height,
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
    double? SidecarOffsetUs
)
{
    /// <summary>The camera's own numbers of pictures that the file does not have, as [first, last].</summary>
    public IReadOnlyList<long[]> CameraFramesLost { get; init; } = [];

    /// <summary>Grid points that show the picture before, as [first, last]: by the pixels, and by the sidecar.</summary>
    public IReadOnlyList<long[]> RepeatedByPixels { get; init; } = [];
    public IReadOnlyList<long[]> RepeatedBySidecar { get; init; } = [];

    /// <summary>Camera frames that the recorder left out, because another one had their grid point; from the manifest.</summary>
    public long? LeftOut { get; init; }
    public double? SensorPpm { get; init; }
    public double? ClockErrorUs { get; init; }
    public string? ClockState { get; init; }
    public string? Phase { get; init; }

    /// <summary>true: the files are those that were recorded, by their SHA-256; null: the manifest has none.</summary>
    public bool? HashesMatch { get; init; }

    /// <summary>Null: recorded without sound, or not looked at.</summary>
    public SoundReport? Sound { get; init; }

    [JsonIgnore]
    public string Name { get; private init; } = "";

    public static FileReport Of(FileFindings found, NodeVerdict? node, ExaminedFile source) =>
        new(
            source.File.Path,
            source.File.Node,
            source.Video.Width,
            source.Video.Height,
            found.Frames,
            found.CodesRead,
            found.Skipped,
            found.Duplicates,
            found.Missing,
            found.SidecarRows,
            found.Repeated,
            found.Dropped,
            found.Late,
            found.FirstCaptureNs,
            found.LastCaptureNs,
            found.SidecarOffsetNs is { } offset ? TakeReport.Micro(offset) : null
        )
        {
            Name = found.Name,
            Sound = source.Sound,
            CameraFramesLost = Pairs(found.CameraFramesLost),
            RepeatedByPixels = Pairs(found.RepeatedByPixels),
            RepeatedBySidecar = Pairs(found.RepeatedBySidecar),
            LeftOut = node?.Duplicates,
            SensorPpm = node?.SensorPpb / 1e3,
            ClockErrorUs = node is null ? null : TakeReport.Micro(node.ClockErrorNs),
            ClockState = node?.ClockState,
            Phase = node?.Phase,
            HashesMatch = source.Hashes.Count == 0 ? null : source.Hashes.All(hash => source.File.Manifest!.Verdict!.Hashes.Contains(hash)),
        };

    private static List<long[]> Pairs(IReadOnlyList<IndexRange> ranges) => [.. ranges.Select(range => new[] { range.First, range.Last })];
}

internal sealed record UnreadableFile(string Path, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(VerifyReport))]
internal sealed partial class VerifyJson : JsonSerializerContext;

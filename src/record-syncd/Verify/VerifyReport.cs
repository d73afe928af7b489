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
    public static VerifyReport Examine(IReadOnlyList<string> paths)
    {
        IReadOnlyList<string> videos = TakeFiles.Find(paths, out IReadOnlyList<string> notFound);
        List<UnreadableFile> unreadable = [.. notFound.Select(path => new UnreadableFile(path, "there is no such file or folder"))];
        IReadOnlyList<TakeFile> files = TakeFiles.Open(videos, unreadable);
        List<TakeReport> takes = [];
        foreach ((string? take, IReadOnlyList<TakeFile> members) in TakeFiles.ByTake(files))
        {
            List<(TakeFile File, DecodedVideo Video)> readable = [];
            foreach (TakeFile file in members)
            {
                try
                {
                    readable.Add((file, file.Decode()));
                }
                catch (Exception e) when (e is GstException or IOException or UnauthorizedAccessException)
                {
                    unreadable.Add(new UnreadableFile(file.Path, e.Message));
                }
            }
            if (readable.Count > 0)
                takes.Add(TakeReport.Of(take, readable));
        }
        if (files.Count == 0 && unreadable.Count == 0)
            unreadable.Add(new UnreadableFile(string.Join(' ', paths), "there is no video file (mp4, mov, mkv) in it"));
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

    public static string Word(TakeGrade grade) =>
        grade switch
        {
            TakeGrade.Pass => "pass",
            TakeGrade.Warn => "warn",
            _ => "fail",
        };

    public static TakeReport Of(string? take, IReadOnlyList<(TakeFile File, DecodedVideo Video)> files)
    {
        TakeVerdict verdict = TakeVerdict.Judge([.. files.Select(file => new VerdictFile(file.File.Name, file.File.Rate, file.Video.Frames, file.File.Sidecar))]);
        return new TakeReport(
            take,
            Word(verdict.Grade),
            [.. verdict.Reasons.Select(reason => new ReasonReport(Word(reason.Weight), reason.Text))],
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
            [.. verdict.Files.Zip(files, FileReport.Of)]
        )
        {
            Grade = verdict.Grade,
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
    [JsonIgnore]
    public string Name { get; private init; } = "";

    public static FileReport Of(FileFindings found, (TakeFile File, DecodedVideo Video) source) =>
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
        };
}

internal sealed record UnreadableFile(string Path, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(VerifyReport))]
internal sealed partial class VerifyJson : JsonSerializerContext;

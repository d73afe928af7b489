namespace RecordSync.Daemon;

/// <summary>The files of a take that was cut (<c>--segment</c>), which are judged as the one video that they are together.</summary>
/// <param name="Stem">Of the manifest and the sidecar.</param>
internal sealed record CutTake(string Stem, IReadOnlyList<(string Path, long FirstIndex)> Files, FrameRate Rate)
{
    private const int NumberLength = 5; // "-0001"

    /// <returns>Null when this video is not named by the manifest of a cut take beside it.</returns>
    public static CutTake? Of(string video)
    {
        string stem = video[..^Path.GetExtension(video).Length];
        if (stem.Length <= NumberLength || stem[^NumberLength] != '-' || stem.AsSpan(stem.Length - 4).ContainsAnyExceptInRange('0', '9'))
            return null;
        string common = stem[..^NumberLength];
        string manifestPath = common + ".json";
        if (!File.Exists(manifestPath) || ManifestFile.Read(manifestPath, out _) is not { Segments: { Count: > 0 } segments } manifest || !FrameRate.TryParse(manifest.Fps, out FrameRate rate))
            return null;
        string name = Path.GetFileName(video);
        string folder = Path.GetDirectoryName(video) ?? "";
        return segments.Any(segment => segment.Video == name) ? new CutTake(common, [.. segments.Select(segment => (Path.Join(folder, segment.Video), segment.FirstIndex))], rate) : null;
    }

    /// <summary>All frames with their times from the start of the take.</summary>
    /// <exception cref="Gst.GstException">One of the files cannot be decoded, or is missing.</exception>
    public DecodedVideo Read()
    {
        List<VerdictFrame> frames = [];
        (int width, int height) = (0, 0);
        foreach ((string path, long firstIndex) in Files)
        {
            DecodedVideo part = VideoReader.Read(path);
            (width, height) = (part.Width, part.Height);
            long start = Rate.TimeOf(firstIndex).Value;
            frames.AddRange(part.Frames.Select(frame => frame with { PtsNs = frame.PtsNs + start }));
        }
        return new DecodedVideo(width, height, frames);
    }
}

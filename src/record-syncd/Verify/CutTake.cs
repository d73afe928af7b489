namespace RecordSync.Daemon;

/// <summary>The files of a take that was cut (<c>--segment</c>), lost its camera in between or was joined: judged as the one video that they are together, each at its place in the take.</summary>
/// <param name="Stem">Of the manifest and the sidecar.</param>
internal sealed record CutTake(string Stem, IReadOnlyList<(string Path, long FirstIndex)> Files, FrameRate Rate)
{
    /// <returns>Null when this video is not one of several that a manifest beside it names.</returns>
    public static CutTake? Of(string video) => OutputFiles.StemsOf(video).Select(stem => Of(video, stem)).FirstOrDefault(take => take is not null);

    private static CutTake? Of(string video, string stem)
    {
        string manifestPath = stem + ".json";
        if (!File.Exists(manifestPath) || ManifestFile.Read(manifestPath, out _) is not { Segments: { Count: > 0 } segments } manifest || !FrameRate.TryParse(manifest.Fps, out FrameRate rate))
            return null;
        string name = Path.GetFileName(video);
        string folder = Path.GetDirectoryName(video) ?? "";
        return segments.Any(segment => segment.Video == name) ? new CutTake(stem, [.. segments.Select(segment => (Path.Join(folder, segment.Video), segment.FirstIndex))], rate) : null;
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

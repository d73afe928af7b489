using System.Security.Cryptography;

namespace RecordSync.Daemon;

/// <summary>A file of a take, and what was read from it.</summary>
/// <param name="Hashes">Of video and sidecar, where the manifest has some to compare them with.</param>
internal sealed record ExaminedFile(TakeFile File, DecodedVideo Video, IReadOnlyList<FileHash> Hashes, bool Opened)
{
    /// <summary>Null: without sound.</summary>
    public SoundReport? Sound { get; private init; }

    /// <exception cref="RecordSync.Gst.GstException">The video cannot be decoded.</exception>
    public static ExaminedFile Read(TakeFile file)
    {
        DecodedVideo video = file.Decode();
        return new ExaminedFile(file, video, HashesOf([.. file.Videos, file.SidecarPath], file.Manifest), Opened: true) { Sound = SoundReport.Of(file, video) };
    }

    /// <summary>Takes the sidecar's word for the video.</summary>
    public static ExaminedFile FromSidecar(TakeFile file)
    {
        VerdictFrame[] promised = [.. (file.Sidecar ?? []).Where(row => !row.Flags.HasFlag(SidecarFlags.Dropped)).Select(row => new VerdictFrame(row.PtsNs, null))];
        return new ExaminedFile(file, new DecodedVideo(file.Manifest?.Width ?? 0, file.Manifest?.Height ?? 0, promised), HashesOf([file.SidecarPath], file.Manifest), Opened: false);
    }

    public VerdictFile ToJudge() => new(File.Name, File.Rate, Video.Frames, File.Sidecar) { Manifest = File.Manifest, Hashes = Hashes, Opened = Opened };

    private static List<FileHash> HashesOf(string[] paths, TakeManifest? manifest)
    {
        if (manifest?.Verdict is not { Hashes.Count: > 0 })
            return [];
        List<FileHash> hashes = [];
        foreach (string path in paths.Where(System.IO.File.Exists))
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 18, FileOptions.SequentialScan);
            hashes.Add(new FileHash(Path.GetFileName(path), stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream))));
        }
        return hashes;
    }
}

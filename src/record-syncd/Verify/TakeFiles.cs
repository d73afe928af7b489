using System.Text.Json;

namespace RecordSync.Daemon;

/// <summary>A video file and what lies beside it.</summary>
/// <param name="Name">Short, and different from those of the other files that are examined with it.</param>
/// <param name="Take">From the manifest; null without one.</param>
internal sealed record TakeFile(string Path, string Name, string? Take, string? Node, FrameRate? Rate, IReadOnlyList<VerdictSidecarRow>? Sidecar)
{
    /// <summary>The files of a cut take, of which <see cref="Path"/> is the first; null for one file.</summary>
    public CutTake? Cut { get; init; }

    /// <exception cref="Gst.GstException">It cannot be decoded.</exception>
    public DecodedVideo Decode() => Cut?.Read() ?? VideoReader.Read(Path);
}

/// <summary>Finds video files, their sidecars (X.frames.csv beside X.mp4) and their manifests (X.json).</summary>
internal static class TakeFiles
{
    private static readonly string[] Extensions = [".mp4", ".mov", ".mkv", ".m4v"];

    /// <summary>The videos that the paths mean: files as they are named, folders with all that is below them.</summary>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> paths, out IReadOnlyList<string> notFound)
    {
        List<string> videos = [], missing = [];
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
                videos.AddRange(
                    Directory
                        .EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
                        .Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                        .Order(StringComparer.Ordinal)
                );
            else if (File.Exists(path))
                videos.Add(path);
            else
                missing.Add(path);
        }
        notFound = missing;
        return [.. videos.DistinctBy(Path.GetFullPath)];
    }

    /// <summary>Reads what lies beside the videos. A video whose sidecar or manifest may not be read is <paramref name="unreadable"/>: it must not be judged as if it had none.</summary>
    public static IReadOnlyList<TakeFile> Open(IReadOnlyList<string> videos, ICollection<UnreadableFile> unreadable)
    {
        bool distinct = videos.Select(Path.GetFileName).Distinct(StringComparer.Ordinal).Count() == videos.Count;
        List<TakeFile> files = [];
        foreach (string video in videos)
        {
            try
            {
                CutTake? cut = CutTake.Of(video);
                // judged with the first of them
                if (cut is not null && files.Any(file => file.Cut?.Stem == cut.Stem))
                    continue;
                string stem = cut?.Stem ?? video[..^Path.GetExtension(video).Length];
                (string? take, string? node, FrameRate? rate) = ReadManifest(stem + ".json");
                files.Add(new TakeFile(video, distinct ? Path.GetFileName(video) : video, take, node, rate, ReadSidecar(stem + ".frames.csv")) { Cut = cut });
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                unreadable.Add(new UnreadableFile(video, e.Message));
            }
        }
        return files;
    }

    /// <summary>The files take by take. A file without a manifest belongs to the only take there is, if there is only one.</summary>
    public static IReadOnlyList<(string? Take, IReadOnlyList<TakeFile> Files)> ByTake(IReadOnlyList<TakeFile> files)
    {
        string?[] takes = [.. files.Select(file => file.Take).Where(take => take is not null).Distinct()];
        return takes.Length <= 1
            ? [(takes.FirstOrDefault(), files)]
            : [.. files.GroupBy(file => file.Take).Select(group => (group.Key, (IReadOnlyList<TakeFile>)[.. group]))];
    }

    /// <summary>Null when there is none, or when it is something else.</summary>
    private static List<VerdictSidecarRow>? ReadSidecar(string path)
    {
        if (!File.Exists(path))
            return null;
        using StreamReader reader = new(path);
        if (reader.ReadLine()?.StartsWith(VerdictSidecarRow.Header, StringComparison.Ordinal) != true)
            return null;
        List<VerdictSidecarRow> rows = [];
        while (reader.ReadLine() is { } line)
        {
            // a power failure may have cut the last line
            if (VerdictSidecarRow.TryParse(line, out VerdictSidecarRow row))
                rows.Add(row);
        }
        return rows;
    }

    private static (string? Take, string? Node, FrameRate? Rate) ReadManifest(string path)
    {
        if (!File.Exists(path))
            return default;
        try
        {
            using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = manifest.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return default;
            return (Text(root, "take"), Text(root, "node"), FrameRate.TryParse(Text(root, "fps"), out FrameRate rate) ? rate : null);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        !root.TryGetProperty(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Number ? value.GetRawText()
        : null;
}

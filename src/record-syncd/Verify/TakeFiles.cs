using System.Text.Json;

namespace RecordSync.Daemon;

/// <summary>A video file and what lies beside it.</summary>
/// <param name="Name">Short, and different from those of the other files that are examined with it.</param>
/// <param name="Take">From the manifest; null without one.</param>
/// <param name="Manifest">Null when there is none, or when it lacks something that a node writes.</param>
internal sealed record TakeFile(string Path, string Name, string? Take, string? Node, FrameRate? Rate, IReadOnlyList<VerdictSidecarRow>? Sidecar, TakeManifest? Manifest)
{
    /// <summary>The files of a cut take, of which <see cref="Path"/> is the first; null for one file.</summary>
    public CutTake? Cut { get; init; }

    /// <summary>The path of sidecar and manifest without their endings.</summary>
    public string Stem => Cut?.Stem ?? System.IO.Path.ChangeExtension(Path, null);

    public string SidecarPath => Stem + TakeFiles.SidecarEnding;

    /// <summary>All video files of the take.</summary>
    public IEnumerable<string> Videos => Cut?.Files.Select(file => file.Path) ?? [Path];

    /// <exception cref="Gst.GstException">It cannot be decoded.</exception>
    public DecodedVideo Decode() => Cut?.Read() ?? VideoReader.Read(Path);
}

/// <summary>Finds video files, their sidecars (X.frames.csv beside X.mp4) and their manifests (X.json).</summary>
internal static class TakeFiles
{
    internal const string SidecarEnding = ".frames.csv";

    private static readonly string[] Extensions = [".mp4", ".mov", ".mkv", ".m4v"];

    /// <summary>The videos that the paths mean: files as they are named, folders with all that is below them.</summary>
    /// <param name="sidecarsOnly">Sidecars stand for their videos, which need not be there.</param>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> paths, bool sidecarsOnly, out IReadOnlyList<string> notFound)
    {
        List<string> videos = [], missing = [];
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
                videos.AddRange(
                    Directory
                        .EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
                        .Select(file => sidecarsOnly ? VideoOf(file) : Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase) ? file : null)
                        .OfType<string>()
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

    private static string? VideoOf(string file) => file.EndsWith(SidecarEnding, StringComparison.Ordinal) ? file[..^SidecarEnding.Length] + ".mp4" : null;

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
                string shown = cut?.Files[0].Path ?? video, stem = cut?.Stem ?? Path.ChangeExtension(video, null);
                (string? take, string? node, FrameRate? rate) = ReadManifest(stem + ".json");
                TakeManifest? manifest = take is null ? null : ManifestFile.Read(stem + ".json", out _);
                files.Add(new TakeFile(shown, distinct ? Path.GetFileName(shown) : shown, take, node, rate, ReadSidecar(stem + SidecarEnding), manifest) { Cut = cut });
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

    /// <summary>take.json files among what lies beside the videos, by the take's name.</summary>
    public static IReadOnlyDictionary<string, GroupVerdict> Gathered(IReadOnlyList<TakeFile> files)
    {
        Dictionary<string, GroupVerdict> found = new(StringComparer.Ordinal);
        foreach (string folder in files.Select(file => Path.GetDirectoryName(Path.GetFullPath(file.Path))!).Distinct())
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
            {
                if (GroupVerdictFile.Read(path) is { } gathered)
                    found[gathered.Take] = gathered;
            }
        }
        return found;
    }

    internal static string Beside(string video, string ending) => Path.ChangeExtension(video, null) + ending;

    /// <summary>Null when there is none, or when it is something else.</summary>
    private static List<VerdictSidecarRow>? ReadSidecar(string path) => SidecarFile.TryRead(path)?.ToList();

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
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // not JSON, or text that is no UTF-8
            return default;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        !root.TryGetProperty(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Number ? value.GetRawText()
        : null;
}

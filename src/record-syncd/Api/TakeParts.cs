using System.Text.Json;

namespace RecordSync.Daemon;

/// <summary>What the list of takes needs of one node's part, from its manifest or from take.json.</summary>
internal sealed record NodePart(string Node, string Rate, long StartNs, long? StopNs, long? Expected, long Frames, long Repeated, long Dropped);

/// <summary>What lies in a folder of takes and says something of one: a manifest or a take.json. Small, so that a thousand can be remembered.</summary>
internal abstract record TakePaper(string Take, string Path)
{
    /// <summary>Larger ones are none of ours.</summary>
    private const long Largest = 8 << 20;

    /// <param name="Files">Names of the video files, without a folder.</param>
    internal sealed record Manifest(string Take, string Path, NodePart Part, ManifestState State, string Sidecar, IReadOnlyList<string> Videos) : TakePaper(Take, Path);

    internal sealed record Verdict(string Take, string Path, TakeGrade Word, IReadOnlyList<string> Reasons, IReadOnlyList<string> Missing, double? WorstUs, IReadOnlyList<NodePart> Parts) : TakePaper(Take, Path);

    /// <summary>Null when it is something else, or cannot be read.</summary>
    public static TakePaper? Read(FileInfo file)
    {
        if (file.Length is 0 or > Largest)
            return null;
        try
        {
            byte[] text = File.ReadAllBytes(file.FullName);
            if (text.AsSpan().IndexOf("\"record-syncd take\""u8) >= 0)
                return GroupVerdictFile.Read(file.FullName) is { } verdict ? Of(verdict, file.FullName) : null;
            if (text.AsSpan().IndexOf("\"sidecar\""u8) < 0 || text.AsSpan().IndexOf("\"video\""u8) < 0)
                return null;
            return JsonSerializer.Deserialize(text, ManifestJson.Readable.TakeManifest) is { } manifest && TakeSense.Complaint(manifest) is null ? Of(manifest, file.FullName) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    private static Verdict Of(GroupVerdict verdict, string path) =>
        new(
            verdict.Take,
            path,
            verdict.Word,
            verdict.Reasons ?? [],
            verdict.Missing ?? [],
            verdict.Skew?.WorstUs,
            [.. (verdict.Nodes ?? []).Select(node => new NodePart(node.Node, node.Fps, node.StartNs, null, node.Expected, node.Recorded, node.Repeated, node.Dropped))]
        );

    private static Manifest Of(TakeManifest manifest, string path) =>
        new(
            manifest.Take,
            path,
            new NodePart(manifest.Node, manifest.Fps, manifest.StartNs, manifest.StopNs, manifest.Verdict?.Expected, manifest.Frames, manifest.Repeated, manifest.Dropped),
            manifest.State,
            manifest.Sidecar,
            manifest.Segments is { Count: > 0 } cut ? [.. cut.Select(segment => segment.Video)] : [manifest.Video]
        );
}

/// <summary>A file of a take, under a name that is its own within the take. It was found by listing a folder, and is never looked up by what a client has said.</summary>
internal sealed record TakeFileEntry(string? Node, string Name, string Kind, string Path, long Bytes);

/// <summary>A take as far as this node's disk knows it.</summary>
internal sealed record RecordedTake(string Name, IReadOnlyList<TakePaper> Papers)
{
    private const int StampLength = 20; // take-20261125-025011

    public TakePaper.Verdict? Verdict => Papers.OfType<TakePaper.Verdict>().LastOrDefault();

    public IEnumerable<TakePaper.Manifest> Manifests => Papers.OfType<TakePaper.Manifest>();

    /// <summary>The nodes' parts, from their own manifests where these are here.</summary>
    public IReadOnlyList<NodePart> Parts =>
        [.. Manifests.Select(manifest => manifest.Part).Concat(Verdict?.Parts ?? []).DistinctBy(part => part.Node).OrderBy(part => part.Node, StringComparer.Ordinal)];

    public ApiTake ToApi(string? running)
    {
        IReadOnlyList<NodePart> parts = Parts;
        NodePart? any = parts.Count > 0 ? parts[0] : null;
        bool isRate = FrameRate.TryParse(any?.Rate, out FrameRate rate);
        // in take.json what was recorded counts; a manifest counts it as well, and is there before
        IReadOnlyList<NodePart> counted = Verdict?.Parts is { Count: > 0 } judged ? judged : parts;
        long? frames = counted.Count > 0 ? counted.Max(part => part.Frames) : null;
        long? points = counted.Max(part => part.Expected) ?? frames;
        bool broken = Verdict is { Missing.Count: > 0 } || Manifests.Any(manifest => manifest.State is ManifestState.Recording or ManifestState.Failed);
        return new ApiTake
        {
            Name = Name,
            Label = Name.Length > StampLength + 1 && Name.StartsWith("take-", StringComparison.Ordinal) && Name[StampLength] == '-' ? Name[(StampLength + 1)..] : null,
            StartedUs = any?.StartNs / 1_000,
            LengthS = isRate && points is { } count ? Math.Round(rate.TimeOf(count).Seconds, 3) : null,
            Frames = frames,
            Rate = any?.Rate,
            State = Name == running ? "recording" : broken ? "incomplete" : "complete",
            Word = Verdict is { } verdict ? VerdictField.NameOf(verdict.Word) : null,
            Reasons = Verdict?.Reasons ?? [],
            WorstSkewUs = Verdict?.WorstUs,
            Dropped = counted.Count > 0 ? counted.Sum(part => part.Dropped) : null,
            Repeated = counted.Count > 0 ? counted.Sum(part => part.Repeated) : null,
            Nodes = [.. parts.Select(part => part.Node)],
            Missing = Verdict?.Missing ?? [],
        };
    }

    /// <summary>What of it is on the disk now.</summary>
    public IReadOnlyList<TakeFileEntry> Files()
    {
        List<(string? Node, string Kind, string Path)> found = [];
        foreach (TakePaper.Manifest manifest in Manifests.OrderBy(manifest => manifest.Part.Node, StringComparer.Ordinal))
        {
            found.AddRange(manifest.Videos.Select(video => (manifest.Part.Node, "video", video)).Append((manifest.Part.Node, "sidecar", manifest.Sidecar)).Select(x => ((string?)x.Node, x.Item2, Beside(manifest.Path, x.Item3))).Where(x => x.Item3.Length > 0));
            found.Add((manifest.Part.Node, "manifest", manifest.Path));
        }
        found.AddRange(Papers.OfType<TakePaper.Verdict>().Select(verdict => ((string?)null, "take", verdict.Path)));
        List<TakeFileEntry> files = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((string? node, string kind, string path) in found)
        {
            FileInfo file = new(path);
            if (!file.Exists)
                continue;
            string name = file.Name;
            for (int number = 2; !names.Add(name); number++)
                name = $"{(node is null ? "" : $"{FileNamePart.From(node)}-")}{(number == 2 ? "" : $"{number}-")}{file.Name}";
            files.Add(new TakeFileEntry(node, name, kind, path, file.Length));
        }
        return files;
    }

    /// <summary>A manifest names files beside itself; a name with a way out in it is none.</summary>
    private static string Beside(string paper, string? name) =>
        !string.IsNullOrEmpty(name) && Path.GetFileName(name) == name && name is not ("." or "..") ? Path.Join(Path.GetDirectoryName(paper), name) : "";
}

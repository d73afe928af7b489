namespace RecordSync.Daemon;

/// <summary>record-syncd salvage FILE|DIR… [--json]</summary>
internal static class SalvageCommand
{
    /// <returns>0 all is well now, 1 something was left alone, 2 something is beyond repair, 3 something could not be read or there was nothing.</returns>
    public static int Run(IReadOnlyList<string> paths, bool json, TextWriter output)
    {
        List<SalvagedTake> takes = [];
        foreach (string path in paths)
        {
            IReadOnlyList<string> manifests = Find(path, out string? fault);
            if (fault is not null)
                Add(new SalvagedTake(path, SalvageOutcome.Unreadable, fault));
            foreach (string manifest in manifests)
                Add(TakeSalvage.Run(manifest));
        }
        SalvageReport report = new(takes);
        if (json)
            output.WriteLine(report.ToJson());
        return report.ExitCode;

        void Add(SalvagedTake take)
        {
            takes.Add(take);
            if (json)
                return;
            output.WriteLine(take.Text);
            if (take.Kept is { Count: > 0 } kept)
                output.WriteLine($"  kept as they were found: {string.Join(", ", kept)}");
        }
    }

    /// <summary>The manifests below a folder, or the one of a file: of a video, a sidecar or the manifest itself.</summary>
    internal static IReadOnlyList<string> Find(string path, out string? fault)
    {
        fault = null;
        if (Directory.Exists(path))
        {
            List<string> found = [.. ManifestsIn(path, recurse: true)];
            if (found.Count == 0)
                fault = $"There is no take in \"{path}\".";
            return found;
        }
        if (!File.Exists(path))
        {
            fault = $"There is no \"{path}\".";
            return [];
        }
        string folder = Path.GetDirectoryName(path) ?? "";
        string name = Path.GetFileName(path);
        string stem = name.EndsWith(".frames.csv", StringComparison.OrdinalIgnoreCase) ? name[..^".frames.csv".Length] : Path.GetFileNameWithoutExtension(name);
        string[] stems = stem.Length > 5 && stem[^5] == '-' && stem[^4..].All(char.IsAsciiDigit) ? [stem, stem[..^5]] : [stem];
        foreach (string candidate in stems.Select(candidate => Path.Join(folder, candidate + ".json")))
        {
            if (File.Exists(candidate))
                return [candidate];
        }
        fault = $"\"{path}\" has no manifest (\"{stem}.json\") beside it: what rate it was recorded at, and which frames it lacks, is not known.";
        return [];
    }

    /// <summary>Files that end in .json and are manifests.</summary>
    internal static IEnumerable<string> ManifestsIn(string folder, bool recurse) =>
        Directory
            .EnumerateFiles(folder, "*.json", new EnumerationOptions { RecurseSubdirectories = recurse, IgnoreInaccessible = true })
            .Where(file => new FileInfo(file).Length < 1 << 24 && ManifestFile.Read(file, out _) is not null)
            .Order(StringComparer.Ordinal);
}

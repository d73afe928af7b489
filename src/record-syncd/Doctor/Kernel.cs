namespace RecordSync.Daemon;

/// <summary>Small files of /proc and /sys. Under a root of their own in tests.</summary>
/// <param name="Root">Empty for this machine.</param>
internal sealed record Kernel(string Root = "")
{
    /// <summary>Trimmed; null where there is none, or it cannot be read (some drivers answer with an error).</summary>
    public string? Text(string path)
    {
        try
        {
            return File.ReadAllText(Root + path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    public long? Number(string path) => long.TryParse(Text(path), out long number) ? number : null;

    public bool Has(string path) => File.Exists(Root + path) || Directory.Exists(Root + path);

    /// <summary>Paths without the root, in the order of their numbers.</summary>
    public IReadOnlyList<string> Entries(string folder, string pattern)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(Root + folder, pattern).Select(path => path[Root.Length..]).OrderBy(path => path.Length).ThenBy(path => path, StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

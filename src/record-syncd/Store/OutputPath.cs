using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// The <c>--output</c> pattern: a file name in the folder of the user's choice, in which <c>{take}</c> and <c>{node}</c> may stand.
/// Folders before the first placeholder must exist (a typing mistake must not send a take somewhere else); those that contain or follow
/// one are made when a take needs them.
/// </summary>
internal sealed class OutputPath
{
    public const string Default = "output_h265.mp4";

    private const string Known = "{take} and {node} are known";
    private const int LongestName = 255; // bytes; the limit of every Linux file system in use
    private const int LongestSuffix = 16; // "-9999" and ".frames.csv" must fit behind the stem

    private readonly string[] segments;

    private OutputPath(string pattern)
    {
        Pattern = pattern;
        segments = pattern.Split('/');
        Container = Path.GetExtension(pattern)[1..].ToLowerInvariant();
    }

    /// <summary>As the user wrote it.</summary>
    public string Pattern { get; }

    /// <summary>mp4, mov or mkv.</summary>
    public string Container { get; }

    public static bool TryParse(string pattern, [NotNullWhen(true)] out OutputPath? path, [NotNullWhen(false)] out string? fault)
    {
        path = null;
        fault = Complaint(pattern);
        if (fault is null)
            path = new OutputPath(pattern);
        return path is not null;
    }

    /// <summary>
    /// Claims the names of one take's three files, so that no other process can get them, and makes the folders. A stem of which any file
    /// exists is passed over: camera1.mp4, camera1-2.mp4, camera1-3.mp4 …
    /// </summary>
    /// <param name="cut">The take will be cut into several files: the video gets a number.</param>
    public bool TryReserve(string take, string node, [NotNullWhen(true)] out OutputFiles? files, [NotNullWhen(false)] out string? fault, bool cut = false)
    {
        files = null;
        string wanted = Expand(take, node);
        string folder = FolderOf(wanted);
        try
        {
            fault = FaultOfFolder(take, node);
            if (fault is not null)
                return false;
            Directory.CreateDirectory(folder);
            string stem = wanted[..^Path.GetExtension(wanted).Length];
            string extension = Path.GetExtension(wanted);
            for (int number = 1; number < 10_000; number++)
            {
                string free = number == 1 ? stem : $"{stem}-{number}";
                string? instead = number == 1 ? null : wanted;
                OutputFiles candidate = cut ? OutputFiles.Numbered(free, extension, instead) : new(free + extension, free + ".frames.csv", free + ".json", instead);
                if (!(cut && candidate.HasNumberedNeighbours()) && !File.Exists(candidate.NumberedVideo(2)) && candidate.TryClaim())
                {
                    files = candidate;
                    return true;
                }
            }
            fault = $"\"{wanted}\" and 9,998 numbered names after it exist: move old takes away, or put {{take}} into --output.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = StorageFault.Describe(e, folder);
        }
        return false;
    }

    /// <summary>Where the files of a take go.</summary>
    internal string FolderOfTake(string take, string node) => FolderOf(Expand(take, node));

    /// <summary>The folder below which all takes of this pattern lie; and whether they lie in folders below it.</summary>
    internal (string Path, bool HasFolders) Root => (LiteralFolder(), FirstPlaceholder() < segments.Length - 1);

    /// <summary>The folders that exist and that this pattern may have put takes into, whatever their names and nodes.</summary>
    internal IEnumerable<string> FoldersOfTakes()
    {
        IEnumerable<string> folders = [LiteralFolder()];
        for (int i = FirstPlaceholder(); i < segments.Length - 1; i++)
        {
            string pattern = segments[i].Replace("{take}", "*").Replace("{node}", "*");
            folders = folders.SelectMany(folder => FoldersIn(folder, pattern));
        }
        return folders;
    }

    private static IEnumerable<string> FoldersIn(string folder, string pattern) =>
        pattern.Contains('*')
            ? Directory.EnumerateDirectories(folder, "*", new EnumerationOptions { IgnoreInaccessible = true }).Where(path => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(path), ignoreCase: false))
            : Directory.Exists(Path.Join(folder, pattern)) ? [Path.Join(folder, pattern)] : [];

    /// <summary>The deepest folder of a take that exists now; before the first take, with <c>{take}</c> unknown, the one above its folder.</summary>
    internal string ExistingFolder(string node)
    {
        string found = LiteralFolder();
        foreach (string folder in KnownFolders(node))
        {
            if (!Directory.Exists(folder))
                break;
            found = folder;
        }
        return found;
    }

    /// <summary>What is wrong with the folders of this pattern, as far as it shows without writing; null if nothing.</summary>
    internal string? FaultOfFolder(string? take, string node)
    {
        string literal = LiteralFolder();
        if (!Directory.Exists(literal))
        {
            return AncestorThatIsNoFolder(literal) is { } file
                ? $"\"{file}\" is not a folder: choose another --output."
                : $"The folder \"{literal}\" does not exist. Make it with:  mkdir -p {Quoted(literal)}";
        }
        foreach (string folder in take is null ? KnownFolders(node) : FoldersOf(Expand(take, node)))
        {
            if (File.Exists(folder))
                return $"\"{folder}\" is not a folder: move it away, or choose another --output.";
        }
        return null;
    }

    private static string? Complaint(string pattern)
    {
        if (string.IsNullOrWhiteSpace(pattern))
            return $"--output is empty: give a file name such as {Default}.";
        if (pattern.Contains('\0') || pattern.Contains('\n'))
            return "--output contains a character that a file name cannot have.";
        if (PlaceholderFault(pattern) is { } fault)
            return fault;
        if (pattern.EndsWith('/') || Path.GetFileName(pattern) is "." or ".." || Directory.Exists(pattern))
            return $"\"{pattern}\" is a folder: --output wants a file name, for example {Path.Join(pattern, "{take}/{node}.mp4")}";
        string name = Path.GetFileName(pattern);
        string extension = Path.GetExtension(name);
        if (extension.ToLowerInvariant() is not (".mp4" or ".mov" or ".mkv"))
        {
            return extension.Length < 2
                ? $"\"{name}\" has no ending: .mp4, .mov and .mkv are known, for example {name.TrimEnd('.')}.mp4"
                : $"\"{name}\" ends in \"{extension}\": only .mp4, .mov and .mkv are known.";
        }
        if (extension.Length == name.Length)
            return $"\"{name}\" is only an ending: give a file name such as {Default}.";
        foreach (string segment in pattern.Split('/'))
        {
            if (Encoding.UTF8.GetByteCount(segment) > LongestName - LongestSuffix)
                return $"A name in --output is longer than {LongestName - LongestSuffix} bytes: \"{segment[..32]}…\"";
        }
        return null;
    }

    private static string? PlaceholderFault(string pattern)
    {
        for (int at = 0; at < pattern.Length; at++)
        {
            if (pattern[at] == '}')
                return $"--output has a }} without a {{ before it: {Known}.";
            if (pattern[at] != '{')
                continue;
            int end = pattern.IndexOf('}', at);
            if (end < 0)
                return $"--output has a {{ without a }} after it: {Known}.";
            string placeholder = pattern[at..(end + 1)];
            if (placeholder is not ("{take}" or "{node}"))
                return $"{placeholder} in --output is unknown: {Known}.";
            at = end;
        }
        return null;
    }

    private string Expand(string take, string node) =>
        string.Join('/', segments.Select((segment, i) => ExpandSegment(segment, take, node, i == segments.Length - 1)));

    /// <summary>Fills the placeholders of one name; a name that would become longer than a file system takes loses the end of its values, not its ending.</summary>
    private static string ExpandSegment(string segment, string take, string node, bool last)
    {
        if (!segment.Contains('{'))
            return segment;
        int room = LongestName - LongestSuffix - Encoding.UTF8.GetByteCount(segment.Replace("{take}", "").Replace("{node}", ""));
        int each = Math.Max(1, room / Math.Max(1, segment.Count(c => c == '{')));
        string name = segment.Replace("{take}", FileNamePart.From(take, each)).Replace("{node}", FileNamePart.From(node, each));
        // a folder named "." or ".." by its values would leave the user's folder
        return !last && name is "." or ".." ? "_" : name;
    }

    private int FirstPlaceholder()
    {
        int first = Array.FindIndex(segments, segment => segment.Contains('{'));
        return first < 0 ? segments.Length - 1 : first;
    }

    private string LiteralFolder() => Joined(Math.Min(FirstPlaceholder(), segments.Length - 1), segments);

    private IEnumerable<string> KnownFolders(string node)
    {
        string[] expanded = Array.ConvertAll(segments, segment => ExpandSegment(segment, "", node, false));
        for (int count = FirstPlaceholder() + 1; count < segments.Length && !segments[count - 1].Contains("{take}"); count++)
            yield return Joined(count, expanded);
    }

    private IEnumerable<string> FoldersOf(string path)
    {
        string[] expanded = path.Split('/');
        for (int count = FirstPlaceholder() + 1; count < expanded.Length; count++)
            yield return Joined(count, expanded);
    }

    private static string Joined(int count, string[] parts)
    {
        string folder = string.Join('/', parts[..count]);
        return folder.Length > 0 ? folder : count > 0 ? "/" : ".";
    }

    private static string FolderOf(string file)
    {
        string? folder = Path.GetDirectoryName(file);
        return string.IsNullOrEmpty(folder) ? "." : folder;
    }

    private static string? AncestorThatIsNoFolder(string folder)
    {
        for (string? part = folder; !string.IsNullOrEmpty(part); part = Path.GetDirectoryName(part))
        {
            if (File.Exists(part))
                return part;
        }
        return null;
    }

    private static string Quoted(string path) => path.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+".Contains(c)) ? path : $"'{path.Replace("'", "'\\''")}'";
}

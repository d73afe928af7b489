namespace RecordSync.Daemon;

/// <summary>The lines typed before, oldest first, kept in $XDG_STATE_HOME/record-syncd/history. Without a home, or on a read-only disk, it lasts as long as the process.</summary>
internal sealed class PromptHistory
{
    private const int Most = 500;

    private readonly string? file;
    private readonly List<string> lines = [];

    /// <param name="file">Null keeps the history in memory only.</param>
    public PromptHistory(string? file)
    {
        this.file = file;
        if (file is null)
            return;
        try
        {
            string[] stored = File.Exists(file) ? File.ReadAllLines(file) : [];
            lines.AddRange(stored.Where(line => line.Length > 0).TakeLast(Most));
            // trimmed here, once, so that adding a line is one append
            if (stored.Length > 2 * Most)
                File.WriteAllLines(file, lines);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            this.file = null;
        }
    }

    public IReadOnlyList<string> Lines => lines;

    public static string? StandardFile()
    {
        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state) || !Path.IsPathRooted(state))
        {
            string? home = Environment.GetEnvironmentVariable("HOME");
            state = string.IsNullOrEmpty(home) ? null : Path.Join(home, ".local", "state");
        }
        return state is null ? null : Path.Join(state, "record-syncd", "history");
    }

    public void Add(string line)
    {
        line = line.Trim();
        if (line.Length == 0 || (lines.Count > 0 && lines[^1] == line))
            return;
        lines.Add(line);
        if (lines.Count > Most)
            lines.RemoveAt(0);
        if (file is null)
            return;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.AppendAllText(file, line + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the history in memory goes on; nobody wants to hear about it at every line
        }
    }
}

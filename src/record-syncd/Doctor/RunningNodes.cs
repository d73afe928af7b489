using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>A record-syncd node that runs on this machine.</summary>
/// <param name="WritesTo">The video that it writes now; null where it records nothing, or that cannot be seen.</param>
/// <param name="Visible">Whether its open files may be looked at: another user's may not.</param>
internal sealed record RunningProcess(int Process, string? WritesTo, bool Visible);

/// <summary>The nodes of this machine, as /proc shows them, so that the doctor disturbs no recording.</summary>
internal sealed record RunningNodes(IReadOnlyList<RunningProcess> All)
{
    private static readonly string[] Videos = [".mp4", ".mov", ".mkv"];

    /// <summary>Why nothing may be tried that costs a recording something; null where it may.</summary>
    public string? Obstacle =>
        All.FirstOrDefault(node => node.WritesTo is not null) is { } recording ? $"a node (process {recording.Process}) records to {recording.WritesTo}, and is not disturbed"
        : All.FirstOrDefault(node => !node.Visible) is { } hidden ? $"a node of another user runs (process {hidden.Process}) and may be recording; root sees whether it is"
        : null;

    public static RunningNodes Find() =>
        new([.. Directory.EnumerateDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) && id != Environment.ProcessId ? Look(folder, id) : null).OfType<RunningProcess>()]);

    /// <summary>The words of a command line, as /proc has them: with a zero after each.</summary>
    internal static bool IsNode(string commandLine)
    {
        string[] words = commandLine.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        int program = Array.FindIndex(words, 0, Math.Min(2, words.Length), word => Path.GetFileName(word) is "record-syncd" or "record-syncd.dll");
        // all other commands begin with their name; a node's options may all stand in its environment
        return program >= 0 && (words.ElementAtOrDefault(program + 1) is not { } first || (first.StartsWith('-') && first is not ("--help" or "-h" or "-?" or "--version")));
    }

    private static RunningProcess? Look(string folder, int id)
    {
        try
        {
            if (!IsNode(File.ReadAllText(Path.Join(folder, "cmdline"))))
                return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        try
        {
            string? video = Directory
                .EnumerateFiles(Path.Join(folder, "fd"))
                .Select(descriptor => new FileInfo(descriptor).LinkTarget)
                .FirstOrDefault(target => target is not null && target.StartsWith('/') && Videos.Contains(Path.GetExtension(target).ToLowerInvariant()));
            return new RunningProcess(id, video, Visible: true);
        }
        catch (UnauthorizedAccessException)
        {
            return new RunningProcess(id, null, Visible: false);
        }
        catch (IOException)
        {
            // it has ended meanwhile
            return null;
        }
    }
}

using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>Who holds a port, as far as /proc tells this user.</summary>
internal static class PortOwner
{
    private static readonly string[] UdpTables = ["/proc/thread-self/net/udp"];
    private static readonly string[] TcpTables = ["/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"];

    /// <summary>Like "ffmpeg (process 1234)", or a clause without a name where it is not permitted to see.</summary>
    public static string Describe(ushort port, bool tcp = false)
    {
        HashSet<string> links = [.. (tcp ? TcpTables : UdpTables).SelectMany(table => SocketInodes(table, port)).Select(inode => $"socket:[{inode}]")];
        if (links.Count == 0)
            return "another program";
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), CultureInfo.InvariantCulture, out int id))
                continue;
            if (Holds(process, links))
                return $"{NameOf(process)} (process {id})";
        }
        return $"another program (sudo ss -{(tcp ? "t" : "u")}lpn 'sport = :{port}' names it)";
    }

    /// <summary>All who share a UDP port, as far as it may be seen.</summary>
    public static IEnumerable<(int Process, string Name)> Holders(ushort port)
    {
        HashSet<string> links = [.. UdpTables.SelectMany(table => SocketInodes(table, port)).Select(inode => $"socket:[{inode}]")];
        foreach (string process in links.Count == 0 ? [] : Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), CultureInfo.InvariantCulture, out int id) && Holds(process, links))
                yield return (id, NameOf(process));
        }
    }

    private static IEnumerable<string> SocketInodes(string table, ushort port)
    {
        string suffix = $":{port:X4}";
        foreach (string line in File.Exists(table) ? File.ReadAllLines(table).Skip(1) : [])
        {
            // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …
            string[] field = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (field.Length > 9 && field[1].EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                yield return field[9];
        }
    }

    private static bool Holds(string process, HashSet<string> links)
    {
        try
        {
            foreach (string descriptor in Directory.EnumerateFiles(Path.Combine(process, "fd")))
            {
                if (new FileInfo(descriptor).LinkTarget is { } target && links.Contains(target))
                    return true;
            }
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // the process ended meanwhile, or is another user's
        }
        return false;
    }

    private static string NameOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "comm")).Trim();
        }
        catch (IOException)
        {
            return "a program";
        }
    }
}

namespace RecordSync.Daemon;

/// <summary>Reads the key file again when it changes, so that keys are exchanged while takes run. A file that is no good leaves the keys as they are.</summary>
internal sealed class KeyFileWatch : IDisposable
{
    /// <summary>Who writes a file writes it in several steps.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(200);

    private readonly string path;
    private readonly GroupKeys keys;
    private readonly Action<NoticeLevel, string> tell;
    private readonly FileSystemWatcher watcher;
    private readonly Timer settled;
    private string? told;

    private KeyFileWatch(string path, GroupKeys keys, Action<NoticeLevel, string> tell)
    {
        (this.path, this.keys, this.tell) = (path, keys, tell);
        string full = Path.GetFullPath(path);
        settled = new Timer(_ => Read());
        // of the folder: the file may be replaced as a whole
        watcher = new FileSystemWatcher(Path.GetDirectoryName(full)!, Path.GetFileName(full)) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Attributes };
        watcher.Changed += (_, _) => Settle();
        watcher.Created += (_, _) => Settle();
        watcher.Renamed += (_, _) => Settle();
        watcher.EnableRaisingEvents = true;
        // what was written between the reading and the watching
        Settle();
    }

    /// <summary>Null, and told, where the kernel cannot watch it: then new keys need a restart.</summary>
    public static KeyFileWatch? TryStart(string path, GroupKeys keys, Action<NoticeLevel, string> tell)
    {
        try
        {
            return new KeyFileWatch(path, keys, tell);
        }
        catch (Exception refused) when (refused is IOException or ArgumentException)
        {
            tell(NoticeLevel.Warning, $"--key-file \"{path}\" cannot be watched ({refused.Message.TrimEnd('.')}): a new key needs a restart of this node");
            return null;
        }
    }

    public void Dispose()
    {
        watcher.Dispose();
        settled.Dispose();
    }

    private void Settle()
    {
        try
        {
            settled.Change(Settling, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // the node is leaving
        }
    }

    private void Read()
    {
        if (KeyFile.TryRead(path, out string? fault) is { } ring)
        {
            told = null;
            if (ring.ToString() == keys.Ring.ToString())
                return;
            keys.Ring = ring;
            tell(NoticeLevel.Info, $"new keys: {ring}");
        }
        else if (fault != told)
        {
            told = fault;
            tell(NoticeLevel.Warning, $"{fault}; the keys of before stay in force");
        }
    }
}

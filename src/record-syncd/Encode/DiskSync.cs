namespace RecordSync.Daemon;

/// <summary>Brings a file that somebody else writes to the disk about twice a second, through a descriptor and a thread of its own: a slow disk delays this thread and not the recording, and a power cut costs what is newer.</summary>
internal sealed class DiskSync : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly string path;
    private readonly Action<IOException> failed;
    private readonly ManualResetEventSlim stop = new();
    private readonly Thread thread;
    private long synced;

    /// <param name="failed">Called once, on the thread of this object: the disk did not take the data. The thread has ended then.</param>
    public DiskSync(string path, Action<IOException> failed)
    {
        this.path = path;
        this.failed = failed;
        thread = new Thread(Run) { IsBackground = true, Name = "disk sync" };
        thread.Start();
    }

    /// <summary>How often the disk has taken what was there.</summary>
    public long Synced => Interlocked.Read(ref synced);

    /// <exception cref="IOException">The disk did not take the data.</exception>
    public void SyncNow()
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(file);
        Interlocked.Increment(ref synced);
    }

    public void Dispose()
    {
        stop.Set();
        if (thread != Thread.CurrentThread)
            thread.Join();
        stop.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!stop.Wait(Interval))
                SyncNow();
        }
        catch (IOException e)
        {
            failed(e);
        }
    }
}

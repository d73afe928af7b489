using System.Diagnostics;

namespace RecordSync.Daemon;

/// <summary>Brings a file that somebody else writes to the disk about twice a second, on a thread of its own: a slow disk delays this thread and not the recording, and a power cut costs what is newer.</summary>
internal sealed class DiskSync : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly MuxedFile file;
    private readonly Action<IOException> failed;
    private readonly ManualResetEventSlim stop = new();
    private readonly Thread thread;
    private long synced;
    private long longest;

    /// <param name="failed">Called once, on the thread of this object: the disk did not take the data. The thread has ended then.</param>
    public DiskSync(MuxedFile file, Action<IOException> failed)
    {
        this.file = file;
        this.failed = failed;
        thread = new Thread(Run) { IsBackground = true, Name = "disk sync" };
        thread.Start();
    }

    /// <summary>How often the disk has taken what was there.</summary>
    public long Synced => Interlocked.Read(ref synced);

    /// <summary>The longest that the disk has taken so far.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref longest));

    public void Dispose()
    {
        stop.Set();
        if (thread != Thread.CurrentThread)
            thread.Join();
        stop.Dispose();
    }

    private void SyncNow()
    {
        long start = Stopwatch.GetTimestamp();
        file.Sync();
        Interlocked.Increment(ref synced);
        long took = Stopwatch.GetElapsedTime(start).Ticks;
        if (took > Interlocked.Read(ref longest))
            Interlocked.Exchange(ref longest, took);
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

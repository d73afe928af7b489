namespace RecordSync.Daemon.Tests;

/// <summary>Events from other threads in order, which a test waits for instead of sleeping.</summary>
internal sealed class EventLog<T>(string what)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<T> events = [];
    private readonly object changed = new();

    public IReadOnlyList<T> All
    {
        get
        {
            lock (changed)
                return [.. events];
        }
    }

    /// <summary>On the thread that adds, after those who wait have been told.</summary>
    public event Action<T>? Added;

    public void Add(T item)
    {
        lock (changed)
        {
            events.Add(item);
            Monitor.PulseAll(changed);
        }
        Added?.Invoke(item);
    }

    public void Clear()
    {
        lock (changed)
            events.Clear();
    }

    /// <summary>The first event that fits, also of those that are there already.</summary>
    public T WaitFor(Func<T, bool> fits, TimeSpan? patience = null) => WaitForCount(1, fits, patience)[0];

    public IReadOnlyList<T> WaitForCount(int count, Func<T, bool>? fits = null, TimeSpan? patience = null)
    {
        long deadline = Environment.TickCount64 + (long)(patience ?? Patience).TotalMilliseconds;
        lock (changed)
        {
            while (true)
            {
                List<T> fitting = fits is null ? [.. events] : events.FindAll(item => fits(item));
                if (fitting.Count >= count)
                    return fitting;
                long left = deadline - Environment.TickCount64;
                if (left <= 0)
                    throw new TimeoutException($"Only {fitting.Count} of {count} awaited {what}; there were: [{string.Join("; ", events)}]");
                Monitor.Wait(changed, (int)left);
            }
        }
    }
}

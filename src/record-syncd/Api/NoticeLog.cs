namespace RecordSync.Daemon;

/// <summary>The last notices of this node, for pages that come later than they. Thread-safe.</summary>
/// <param name="now">Network time in µs, or the own wall clock where there is none.</param>
internal sealed class NoticeLog(string node, Func<long> now)
{
    public const int Capacity = 500;

    /// <summary>A page that was not there before gets so many of them.</summary>
    public const int Replayed = 200;

    private readonly Lock gate = new();
    private readonly Queue<ApiNotice> notices = new();

    /// <summary>Grows over restarts too: a page names the last that it has seen, and it may be of the process before.</summary>
    private long lastId = now();

    /// <summary>Called after each, by the thread that told it.</summary>
    public event Action? Added;

    public long LastId
    {
        get
        {
            lock (gate)
                return lastId;
        }
    }

    public void Add(NoticeLevel level, string text)
    {
        lock (gate)
        {
            notices.Enqueue(new ApiNotice(++lastId, now(), Word(level), text, node));
            if (notices.Count > Capacity)
                notices.Dequeue();
        }
        Added?.Invoke();
    }

    /// <summary>What has been told after this one, at most <see cref="Replayed"/>; null: the latest.</summary>
    public IReadOnlyList<ApiNotice> After(long? id)
    {
        lock (gate)
            return [.. notices.Where(notice => id is null || notice.Id > id).TakeLast(Replayed)];
    }

    private static string Word(NoticeLevel level) =>
        level switch
        {
            NoticeLevel.Detail => "detail",
            NoticeLevel.Info => "info",
            NoticeLevel.Warning => "warning",
            _ => "error",
        };
}

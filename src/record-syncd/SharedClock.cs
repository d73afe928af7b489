namespace RecordSync.Daemon;

/// <summary>Network time for the threads that must not wait: the camera's streaming thread and the one that answers time requests. Written by the node's loop only.</summary>
internal sealed class SharedClock
{
    private readonly Lock gate = new();
    private ClockMapping? mapping;
    private byte[]? led;
    private ClockHistory? history;

    /// <summary>Null: not synchronised.</summary>
    public ClockMapping? Mapping
    {
        get => Volatile.Read(ref mapping);
        set => Volatile.Write(ref mapping, value);
    }

    /// <summary>The time scale that this node leads, in UTF-8; null while another does: then it answers nobody.</summary>
    public byte[]? Led
    {
        get => Volatile.Read(ref led);
        set => Volatile.Write(ref led, value);
    }

    public void Publish(ClockMapping? published, ClockEstimate? estimate)
    {
        Mapping = published;
        if (published is null || estimate is not { } believed)
            return;
        lock (gate)
            history?.Add(believed);
    }

    /// <summary>From here on every estimate is kept, for <see cref="EndHistory"/>.</summary>
    public void BeginHistory()
    {
        lock (gate)
            history = Mapping is { } now ? new ClockHistory(now) : null;
    }

    /// <summary>The clock of the take as it is known now that it is over; null when there was none.</summary>
    public TakeClock? EndHistory()
    {
        lock (gate)
        {
            TakeClock? settled = history?.Settle();
            history = null;
            return settled;
        }
    }
}

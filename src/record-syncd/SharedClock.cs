namespace RecordSync.Daemon;

/// <summary>Network time for the threads that must not wait: the camera's streaming thread and the one that answers time requests. Written by the node's loop only.</summary>
internal sealed class SharedClock
{
    private ClockMapping? mapping;

    /// <summary>Null: not synchronised.</summary>
    public ClockMapping? Mapping
    {
        get => Volatile.Read(ref mapping);
        set => Volatile.Write(ref mapping, value);
    }
}

namespace RecordSync;

internal enum NodeTimer
{
    Beacon,
    Sync,
    Retransmit,
    Sweep,
}

/// <summary>Everything that can happen to a node. The shell posts these; <see cref="Node.Step"/> is their only reader.</summary>
internal abstract record NodeInput
{
    internal sealed record Started : NodeInput;

    internal sealed record PacketReceived(Message Message, Endpoint Source, LocalTime At) : NodeInput;

    internal sealed record TimerElapsed(NodeTimer Timer) : NodeInput;

    /// <summary>A time request is about to leave with these stamps in it.</summary>
    internal sealed record SyncRequestSent(long Sequence, long T1Micros, long T1Ns, LocalTime T1) : NodeInput;

    /// <summary>The kernel's transmit stamp of that request.</summary>
    internal sealed record SyncRequestStamped(long Sequence, LocalTime T1) : NodeInput;

    internal sealed record OperatorStart(int DelayMs) : NodeInput;

    internal sealed record OperatorStop(int DelayMs) : NodeInput;

    /// <summary>quit, Ctrl-C, SIGTERM or the end of a piped input: finish the file, say goodbye, leave.</summary>
    internal sealed record LeaveRequested(string Why) : NodeInput;

    internal sealed record Recorder(RecorderEvent Event) : NodeInput;
}

/// <summary>What the camera and the recorder report.</summary>
internal abstract record RecorderEvent
{
    /// <summary>Frames arrive and the output can be written: a START would be obeyed at once.</summary>
    internal sealed record Ready(string Records) : RecorderEvent;

    /// <summary>No frame can be recorded now, for this reason; null while the camera is merely warming up.</summary>
    internal sealed record NotReady(string? Reason) : RecorderEvent;

    /// <summary>Something to tell the operator that changes nothing.</summary>
    internal sealed record Notice(NoticeLevel Level, string Text) : RecorderEvent;

    /// <summary>How long the disk lasts, at the bitrate of the recording.</summary>
    internal sealed record DiskLeft(long Seconds) : RecorderEvent;

    internal sealed record Recording(string Take, string File) : RecorderEvent;

    internal sealed record Progress(string Take, TakeCounts Counts) : RecorderEvent;

    /// <summary>The file is complete and closed.</summary>
    internal sealed record Finished(string Take, string File, TakeCounts Counts, string? Note) : RecorderEvent;

    internal sealed record Failed(string Take, string Reason, TakeCounts Counts) : RecorderEvent;
}

/// <param name="Frames">Grid points in the file.</param>
/// <param name="Repeated">Of these, how many show the previous picture because the camera gave none.</param>
/// <param name="Dropped">Grid points that could not be encoded in time and are missing from the file.</param>
/// <param name="Duplicated">Camera frames left out because their grid point was taken.</param>
internal readonly record struct TakeCounts(long Frames, long Repeated, long Dropped, long Duplicated, long Bytes)
{
    /// <summary>Coded frames that wait for the disk.</summary>
    public long Queued { get; init; }
}

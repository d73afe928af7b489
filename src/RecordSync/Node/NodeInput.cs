namespace RecordSync;

internal enum NodeTimer
{
    Beacon,
    Sync,
    Retransmit,
    Sweep,
    SystemClock,
    Gather,
    Deliver,

    /// <summary>The record of a take on its way to all who took part.</summary>
    Share,
    Depart,

    /// <summary>Has the leader fallen silent, and is it this node's turn?</summary>
    Election,

    /// <summary>A START on its way to being agreed upon.</summary>
    Prepare,
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

    /// <summary>The last request of the burst has been answered, or given up.</summary>
    internal sealed record SyncBurstEnded : NodeInput;

    /// <summary>What was asked for by <see cref="NodeAction.ReadSystemClock"/>.</summary>
    internal sealed record SystemClockRead(SystemClockReading Reading) : NodeInput;

    /// <summary>What stamps this node's packets, in the word of docs/protocol.md §3.6: told at the start and on change.</summary>
    internal sealed record StampsKnown(string Stamps) : NodeInput;

    /// <param name="Force">Go on with those who are ready.</param>
    /// <param name="Label">A word for the take's name.</param>
    /// <param name="Ticket">Comes back with <see cref="NodeAction.Report"/>; null: nobody waits for that.</param>
    internal sealed record OperatorStart(int DelayMs, bool Force = false, string? Label = null, string? Ticket = null) : NodeInput
    {
        /// <summary>For the cameras, for this take; null leaves them as they are.</summary>
        public TakeSettings? Settings { get; init; }
    }

    /// <param name="Ticket">As in <see cref="OperatorStart"/>.</param>
    internal sealed record OperatorStop(int DelayMs, string? Ticket = null) : NodeInput;

    /// <summary>A lost node is not missed any more.</summary>
    internal sealed record OperatorForget(string NodeId) : NodeInput;

    /// <param name="Take">Null: the most recent one.</param>
    internal sealed record OperatorVerdict(string? Take) : NodeInput;

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

    /// <summary>The camera is as was asked for with that id, and gives frames.</summary>
    internal sealed record Configured(string Id) : RecorderEvent;

    /// <summary>It cannot be had so; it goes back to what it was.</summary>
    internal sealed record CannotConfigure(string Id, string Reason) : RecorderEvent;

    /// <summary>How the camera's exposures stand to the group's grid has changed.</summary>
    internal sealed record Phase(string Word, string Sentence) : RecorderEvent;

    /// <summary>Something to tell the operator that changes nothing.</summary>
    internal sealed record Notice(NoticeLevel Level, string Text) : RecorderEvent;

    /// <summary>How long the disk lasts, at the bitrate of the recording.</summary>
    internal sealed record DiskLeft(long Seconds) : RecorderEvent;

    internal sealed record Recording(string Take, string File) : RecorderEvent;

    internal sealed record Progress(string Take, TakeCounts Counts) : RecorderEvent;

    /// <summary>The camera was lost in mid-take. What was recorded is complete; the take goes on when the camera is back.</summary>
    internal sealed record Interrupted(string Take, string Reason) : RecorderEvent;

    /// <summary>The camera is back, and the take goes on in another file.</summary>
    internal sealed record Resumed(string Take, string File, string Text) : RecorderEvent;

    /// <summary>The file is complete and closed.</summary>
    internal sealed record Finished(string Take, string File, TakeCounts Counts, string? Note) : RecorderEvent;

    internal sealed record Failed(string Take, string Reason, TakeCounts Counts) : RecorderEvent;

    /// <summary>The recorder's own verdict on a take: before it is Finished or Failed, and again when its files have been hashed.</summary>
    internal sealed record Judged(NodeVerdict Verdict) : RecorderEvent;
}

/// <param name="Frames">Grid points in the file.</param>
/// <param name="Repeated">Of these, how many show the previous picture because the camera gave none.</param>
/// <param name="Dropped">Grid points that are missing from the file: not encoded in time or, with <c>--on-drop gap</c>, without a frame of the camera.</param>
/// <param name="Duplicated">Camera frames left out because another one was nearer to their grid point.</param>
/// <param name="Late">Frames that reached the recorder more than a period later than this camera's quickest, and points that had passed before the node was ready.</param>
internal readonly record struct TakeCounts(long Frames, long Repeated, long Dropped, long Duplicated, long Bytes, long Late = 0)
{
    /// <summary>Coded frames that wait for the disk.</summary>
    public long Queued { get; init; }
}

using System.Runtime.CompilerServices;

namespace RecordSync;

internal enum NoticeLevel
{
    Detail,
    Info,
    Warning,
    Error,
}

/// <summary>Everything that a node can ask for. <c>NodeLoop</c> is the one interpreter.</summary>
internal abstract record NodeAction
{
    /// <param name="To">Null: to the group.</param>
    internal sealed record Send(Message Message, Endpoint? To) : NodeAction;

    /// <summary>
    /// A burst of time requests: each is sent as soon as the one before is answered, or <paramref name="Patience"/> has passed. The shell writes t1
    /// at the last moment; it posts <see cref="NodeInput.SyncRequestSent"/>, <see cref="NodeInput.SyncRequestStamped"/> and the answers, and at the end
    /// <see cref="NodeInput.SyncBurstEnded"/>.
    /// </summary>
    internal sealed record SendSyncBurst(long FirstSequence, int Count, Endpoint To, Nanos Patience) : NodeAction;

    /// <summary>A single request as version 1 sends it, to the group.</summary>
    internal sealed record SendVersionOneSyncRequest(long Sequence) : NodeAction;

    /// <summary>The shell posts <see cref="NodeInput.SystemClockRead"/>.</summary>
    internal sealed record ReadSystemClock : NodeAction;

    internal sealed record SetTimer(NodeTimer Timer, LocalTime At) : NodeAction;

    /// <summary>For the frames' gate and, on the leader, for the answering thread. Null: not synchronised.</summary>
    /// <param name="Estimate">The filter's own belief behind it, for the history of a take; null on a leader.</param>
    internal sealed record PublishClock(ClockMapping? Mapping, ClockEstimate? Estimate = null) : NodeAction;

    /// <summary>Answer time requests in this time scale; null: leave them to the leader.</summary>
    internal sealed record ServeTime(string? Timescale) : NodeAction;

    internal sealed record StartTake(TakePlan Plan) : NodeAction;

    /// <summary>
    /// Have the camera as a START asks, or with null as the node was started. The shell posts <see cref="RecorderEvent.Configured"/> or
    /// <see cref="RecorderEvent.CannotConfigure"/> with this id, once; not for one that a later one has replaced.
    /// </summary>
    internal sealed record Configure(string Id, TakeSettings? Settings) : NodeAction;

    /// <summary>Record the grid points before this instant and no more.</summary>
    internal sealed record StopTake(NetworkTime At) : NodeAction;

    /// <param name="Member">With the line: the reason, by which <see cref="NoticeAllowance"/> counts.</param>
    internal sealed record Tell(NoticeLevel Level, string Text, [CallerMemberName] string Member = "", [CallerLineNumber] int Line = 0) : NodeAction
    {
        public NoticeReason Reason => new(Member, Line);
    }

    /// <summary>Write the verdict of a take to its file.</summary>
    /// <param name="Show">Also show it to the operator; false when something was added to one that was shown.</param>
    internal sealed record PublishVerdict(GroupVerdict Verdict, bool Show) : NodeAction;

    /// <summary>What became of what was asked for with this ticket: once for each.</summary>
    internal sealed record Report(string Ticket, CommandReport Outcome) : NodeAction;

    internal sealed record Exit : NodeAction;
}

namespace RecordSync;

internal enum NodeRole
{
    Leader,
    Follower,
}

/// <summary>What a node says of itself on the wire. Idle: no warm camera. Ready: frames arrive, a START would be obeyed at once.</summary>
internal enum NodeState
{
    Idle,
    Ready,
    Recording,
    Error,
}

internal enum CommandKind
{
    Start,
    Stop,
}

/// <summary>One datagram of docs/protocol.md. Every message is its own file; absent version-2 fields are null and mean "as in version 1".</summary>
internal abstract record Message;

/// <summary>What a node believes of its clock, in Discovery and Status (§3.6). Offsets are network time minus the node's own wall clock.</summary>
internal readonly record struct ClockReport(string State, long? OffsetNs, long? RatePpb, long? ErrorNs, long? DelayNs)
{
    /// <summary>How far a burst of time requests moves the estimate.</summary>
    public long? DispersionNs { get; init; }

    /// <summary>"system" where the wall clock is used; null: our own exchange.</summary>
    public string? Source { get; init; }

    /// <summary>What is wrong with the clock, in words.</summary>
    public string? Alarm { get; init; }

    /// <summary>In holdover: for how long.</summary>
    public long? AgeNs { get; init; }

    /// <summary>What stamps the node's packets: hardware, kernel, kernel-receive or program.</summary>
    public string? Stamps { get; init; }
}

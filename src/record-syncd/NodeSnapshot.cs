namespace RecordSync.Daemon;

/// <summary>What a node knows of another, at one moment.</summary>
internal sealed record PeerSnapshot(
    string NodeId,
    long? Instance,
    NodeRole Role,
    NodeState State,
    Endpoint Address,
    Nanos Silence,
    bool Lost,
    bool IsVersionOne,
    ClockReport? Clock,
    string? Records,
    string? Phase,
    string? Error,
    string? NotReady,
    TakePlan? Take,
    string? Http,
    Status? LastStatus
)
{
    public static PeerSnapshot Of(Peer peer, LocalTime now) =>
        new(
            peer.NodeId,
            peer.Instance,
            peer.Role,
            peer.State,
            peer.Address,
            now - peer.LastSeen,
            peer.Lost,
            peer.IsVersionOne,
            peer.Clock,
            peer.Records,
            peer.Phase,
            peer.Error,
            peer.NotReady,
            peer.Take,
            peer.Http,
            peer.LastStatus
        );
}

/// <summary>The take that a node is in.</summary>
/// <param name="StopAt">Null while nobody has asked for an end.</param>
internal sealed record TakeSnapshot(TakePlan Plan, TakePhase Phase, string? File, TakeCounts Counts, NetworkTime? StopAt);

/// <summary>A node at one moment, as its own thread saw it; from here on any thread may make a table, a page or a metric of it.</summary>
/// <param name="Network">Null: not synchronised.</param>
/// <param name="NotReady">Why it could not obey a START; null when it could.</param>
/// <param name="Leader">Who leads, itself perhaps; null while nobody is known to.</param>
internal sealed record NodeSnapshot(
    LocalTime At,
    NetworkTime? Network,
    string NodeId,
    NodeRole Role,
    NodeState State,
    string? Fault,
    string? NotReady,
    string? Records,
    string? Phase,
    long? DiskSecondsLeft,
    ClockReport Clock,
    string? Leader,
    Term Term,
    string? Timescale,
    TakeSnapshot? Take,
    IReadOnlyList<string> Unready,
    IReadOnlyList<PeerSnapshot> Peers
)
{
    public bool Leads => Leader == NodeId;

    /// <summary>What cameras are being set to, for a START that has not been given; null: nothing.</summary>
    public TakeSettings? BeingSet { get; init; }

    public static NodeSnapshot Of(Node node, LocalTime now) =>
        new(
            now,
            node.Clock.Network.Mapping?.At(now),
            node.NodeId,
            node.Role,
            node.State,
            node.Fault,
            node.NotReadyFor(now),
            node.Records,
            node.Phase,
            node.DiskSecondsLeft,
            node.ClockReport(now),
            node.Leads ? node.NodeId : node.Clock.Leader?.NodeId,
            node.Term,
            node.Clock.Timescale ?? node.Clock.Leader?.Timescale,
            TakeOf(node.Take),
            node.UnreadyPeers(now),
            [.. node.Peers.All.Select(peer => PeerSnapshot.Of(peer, now))]
        )
        {
            BeingSet = node.BeingSet,
        };

    private static TakeSnapshot? TakeOf(TakeControl take) =>
        take.Plan is { } plan ? new TakeSnapshot(plan, take.Phase, take.File, take.Counts, take.Phase == TakePhase.Stopping ? take.StopTarget : null) : null;
}

/// <summary>The one way of asking a node how things are. Whoever can do with a moment ago costs its thread nothing, however many ask.</summary>
internal sealed class NodeSnapshots(NodeLoop loop)
{
    /// <summary>How old "now" may be for a page, ms.</summary>
    private const int Fresh = 100;

    private readonly Lock gate = new();
    private Task<NodeSnapshot>? latest;
    private long askedAt;

    /// <summary>After all that was posted before.</summary>
    /// <exception cref="TaskCanceledException">The node has left.</exception>
    public Task<NodeSnapshot> Now() => loop.Ask(NodeSnapshot.Of);

    /// <summary>At most <see cref="Fresh"/> old when it was asked for; the same object for all who ask meanwhile.</summary>
    /// <exception cref="TaskCanceledException">The node has left.</exception>
    public Task<NodeSnapshot> Recent()
    {
        long now = Environment.TickCount64;
        lock (gate)
        {
            if (latest is { } asked && (!asked.IsCompleted || (asked.IsCompletedSuccessfully && now - askedAt < Fresh)))
                return asked;
            askedAt = now;
            return latest = Now();
        }
    }
}

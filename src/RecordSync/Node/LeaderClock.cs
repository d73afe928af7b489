namespace RecordSync;

/// <summary>
/// A follower's side of the time exchange: whom to ask, when, and what becomes of the answers (docs/protocol.md §4). A burst at once
/// when a leader appears, then one per second.
/// </summary>
internal sealed class LeaderClock
{
    private readonly ClockFilter filter = new();
    private readonly SyncExchange exchange = new();
    private int sentInBurst;
    private int requestsToLeader;
    private string? timescale;

    public NetworkClock Network { get; } = new();

    /// <summary>The leader that is followed; null while none is known.</summary>
    public Peer? Leader { get; private set; }

    public ClockEstimate? Estimate => filter.Estimate;

    public long Matched => exchange.Matched;

    public long Unmatched => exchange.Unmatched;

    /// <summary>Keeps the present leader while it is alive; else takes the first that is, by name.</summary>
    public void ChooseLeader(PeerTable peers, LocalTime now, List<NodeAction> actions)
    {
        if (Leader is { Lost: false, Role: NodeRole.Leader } && peers.Find(Leader.NodeId) == Leader)
            return;
        Peer? chosen = peers.All.FirstOrDefault(peer => peer is { Role: NodeRole.Leader, Lost: false });
        if (chosen is null || chosen == Leader)
        {
            if (chosen is null && Leader is { Lost: false })
                Leader = null;
            return;
        }
        Leader = chosen;
        exchange.Forget();
        sentInBurst = requestsToLeader = 0;
        actions.Add(new NodeAction.Tell(NoticeLevel.Info, $"following leader {chosen.NodeId} at {chosen.Address}{(chosen.IsVersionOne ? " (version 1)" : "")}"));
        actions.Add(new NodeAction.SetTimer(NodeTimer.Sync, now));
    }

    public void OnTimer(LocalTime now, List<NodeAction> actions)
    {
        if (Leader is null)
            return;
        // a version-1 leader listens to the group only where it shares its host; the group reaches it everywhere
        Endpoint? to = Leader.IsVersionOne ? null : Leader.Address;
        actions.Add(new NodeAction.SendSyncRequest(exchange.NextSequence(), to, Leader.IsVersionOne));
        requestsToLeader++;
        if (Leader.IsVersionOne)
        {
            bool settling = requestsToLeader < NetworkClock.EnoughSamples * 2;
            actions.Add(new NodeAction.SetTimer(NodeTimer.Sync, now + (settling ? NodeSettings.VersionOneSpacing : NodeSettings.VersionOneInterval)));
            return;
        }
        sentInBurst++;
        bool burstEnds = sentInBurst >= NodeSettings.BurstLength;
        if (burstEnds)
            sentInBurst = 0;
        actions.Add(new NodeAction.SetTimer(NodeTimer.Sync, now + (burstEnds ? NodeSettings.SyncInterval : NodeSettings.BurstSpacing)));
    }

    public void OnSent(NodeInput.SyncRequestSent sent) => exchange.Sent(sent.Sequence, sent.T1Micros, sent.T1Ns, sent.T1);

    public void OnStamped(NodeInput.SyncRequestStamped stamped) => exchange.Stamped(stamped.Sequence, stamped.T1);

    public void OnResponse(TimeSyncResponse response, LocalTime t4, bool takeRunning, List<NodeAction> actions)
    {
        if (Leader is null || response.NodeId != Leader.NodeId || exchange.Match(response, t4) is not { } sample)
            return;
        if (response.Timescale is { } scale && scale != timescale)
        {
            // a take stays on the time scale it was started in: its clock is in holdover until it ends
            if (takeRunning && timescale is not null)
                return;
            // another time scale: nothing that was learned of the old one holds
            if (timescale is not null)
                actions.Add(new NodeAction.Tell(NoticeLevel.Warning, $"leader {Leader.NodeId} has a new time scale: synchronising anew"));
            timescale = scale;
            filter.Reset();
            Network.Forget();
        }
        int resets = filter.Resets;
        if (!filter.Add(sample) || filter.Estimate is not { } estimate)
            return;
        if (filter.Resets != resets)
            actions.Add(new NodeAction.Tell(NoticeLevel.Warning, "a clock was stepped here or at the leader: synchronising anew"));
        bool wasSynchronised = Network.Mapping is not null;
        if (Network.Follow(estimate, takeRunning) is { } step)
            actions.Add(new NodeAction.Tell(NoticeLevel.Warning, $"network time was stepped by {step / 1e6:+0.000;-0.000} ms"));
        if (Network.Mapping is { } mapping && !wasSynchronised)
            actions.Add(
                new NodeAction.Tell(NoticeLevel.Info, $"synchronised to {Leader.NodeId}: error bound {mapping.ErrorNs / 1e3:0.0} µs, round trip {estimate.DelayNs / 1e3:0.0} µs")
            );
        actions.Add(new NodeAction.PublishClock(Network.Mapping, estimate));
    }
}

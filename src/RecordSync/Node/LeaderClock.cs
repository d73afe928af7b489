namespace RecordSync;

/// <summary>
/// A follower's side of the time exchange: whom to ask, when, and what becomes of the answers (docs/protocol.md §4). Requests go in bursts, each
/// as soon as the one before is answered: packets that follow one another closely travel warm, and so as fast one way as the other.
/// </summary>
internal sealed class LeaderClock(NodeSettings settings)
{
    /// <summary>An answer that takes longer than this is not waited for before the next request; it still counts when it comes.</summary>
    private static readonly Nanos ShortestPatience = Nanos.FromMilliseconds(10);
    private static readonly Nanos LongestPatience = Nanos.FromMilliseconds(100);

    /// <summary>A burst whose end has not been told by now never will be.</summary>
    private static readonly Nanos LongestBurst = LongestPatience * (2 * NodeSettings.BurstLength);

    private static readonly Nanos LongestBridge = Nanos.FromSeconds(5);

    private readonly ClockFilter filter = new();
    private readonly SyncExchange exchange = new();
    private readonly SyncCadence cadence = new(settings.Instance, settings.SyncInterval);

    private bool inBurst;
    private int answered;
    private int requestsToLeader;
    private LocalTime nextBurst;
    private string? timescale;
    private LocalTime? bridging;
    private long leaderErrorNs;
    private bool toldOwnScale;

    /// <summary>The leader's kernel tells when its answers left; then a sample waits for that.</summary>
    private bool interleaved;

    public NetworkClock Network { get; } = new();

    /// <summary>The time scale that is followed, or that this node leads; null while there is none.</summary>
    public string? Timescale => timescale;

    public SystemClock System { get; } = new(settings.Clock);

    /// <summary>The leader that is followed; null while none is known.</summary>
    public Peer? Leader { get; private set; }

    public ClockEstimate? Estimate => filter.Estimate;

    public long Matched => exchange.Matched;

    public long Unmatched => exchange.Unmatched;

    /// <summary>Exchanges that were completed by the leader's kernel stamp.</summary>
    public long Improved => exchange.Improved;

    /// <summary>Of those that lead now the one with the highest term, and of equals the best; a version-1 leader, which has no term, comes last, and is kept while it is alive.</summary>
    public void ChooseLeader(PeerTable peers, LocalTime now, List<NodeAction> actions)
    {
        cadence.Nodes = peers.Count;
        Peer? chosen = Leader is { Lost: false, Role: NodeRole.Leader } && peers.Find(Leader.NodeId) == Leader ? Leader : null;
        foreach (Peer peer in peers.All)
        {
            if (peer is { Role: NodeRole.Leader, Lost: false } && (chosen is null || peer.LeadsRatherThan(chosen)))
                chosen = peer;
        }
        if (chosen is null || chosen == Leader)
        {
            if (chosen is null && Leader is { Lost: false })
                Leader = null;
            return;
        }
        Leader = chosen;
        exchange.Forget();
        cadence.Restart();
        // what was measured of another leader says nothing of this one's delays; what it told of the time holds until this one is known as well
        filter.Reset();
        bridging = Network.Mapping is null ? null : now;
        (inBurst, requestsToLeader, interleaved) = (false, 0, false);
        actions.Add(new NodeAction.Tell(NoticeLevel.Info, $"following leader {chosen.NodeId} at {chosen.Address}{(chosen.IsVersionOne ? " (version 1)" : "")}"));
        Sleep(now, cadence.FirstDelay(), actions);
    }

    /// <summary>This node leads from now on: the time scale that it followed, as it knows it; or one of its own.</summary>
    /// <returns>False when there is nothing to go on with yet, because the wall clock that is to be the time scale has not been read.</returns>
    public bool Lead(NodeSettings own, LocalTime now)
    {
        (Leader, inBurst, bridging) = (null, false, null);
        exchange.Forget();
        bool continues = Network.Mapping is not null && timescale is not null;
        if (continues)
            Network.Continue(now);
        else if (!own.LeadsSystemTime)
            Network.Lead(now, new NetworkTime(now.Nanoseconds + own.WallOffset.Value));
        // the name of a time scale may be known before its time is: that is not enough to go on with it
        timescale = continues ? timescale : own.Timescale;
        return Network.Mapping is not null;
    }

    /// <summary>The time scale is by definition what its leader says, where it is not the wall clock.</summary>
    /// <returns>True when that has changed the bound.</returns>
    public bool BecomeTheTime(LocalTime now) => timescale != SystemClock.Timescale && Network.BecomeTheTime(now);

    public void StepDown(LocalTime now)
    {
        filter.Reset();
        Network.Resign(now);
    }

    public void OnTimer(LocalTime now, bool takeRunning, List<NodeAction> actions)
    {
        if (Leader is null)
            return;
        if (Leader.IsVersionOne)
        {
            // it listens to the group only where it shares its host; the group reaches it everywhere
            actions.Add(new NodeAction.SendVersionOneSyncRequest(exchange.NextSequences(1)));
            bool settling = ++requestsToLeader < NetworkClock.EnoughSamples * 2;
            actions.Add(new NodeAction.SetTimer(NodeTimer.Sync, now + (settling ? NodeSettings.VersionOneSpacing : NodeSettings.VersionOneInterval)));
        }
        else if (inBurst)
            OnBurstEnded(now, takeRunning, actions);
        else
        {
            (inBurst, answered) = (true, 0);
            long usual = 4 * (filter.Estimate?.DelayNs ?? 0);
            Nanos patience = new(Math.Clamp(usual, ShortestPatience.Value, LongestPatience.Value));
            actions.Add(new NodeAction.SendSyncBurst(exchange.NextSequences(NodeSettings.BurstLength), NodeSettings.BurstLength, Leader.Address, patience));
            actions.Add(new NodeAction.SetTimer(NodeTimer.Sync, now + LongestBurst));
        }
    }

    /// <summary>A take is about to begin: the clock is kept tighter now, and not only from the next burst on.</summary>
    public void Hasten(LocalTime now, List<NodeAction> actions)
    {
        Nanos pause = cadence.Wake();
        if (Leader is { IsVersionOne: false } && !inBurst && nextBurst > now + pause)
            Sleep(now, pause, actions);
    }

    public void OnBurstEnded(LocalTime now, bool takeRunning, List<NodeAction> actions)
    {
        if (!inBurst)
            return;
        inBurst = false;
        Sleep(now, cadence.AfterBurst(answered, filter.Estimate, filter.IsContradicted, takeRunning), actions);
    }

    public void OnSent(NodeInput.SyncRequestSent sent) => exchange.Sent(sent.Sequence, sent.T1Micros, sent.T1Ns, sent.T1);

    public void OnStamped(NodeInput.SyncRequestStamped stamped) => exchange.Stamped(stamped.Sequence, stamped.T1);

    public void OnResponse(TimeSyncResponse response, LocalTime t4, LocalTime now, bool takeRunning, List<NodeAction> actions)
    {
        if (Leader is null || response.NodeId != Leader.NodeId || exchange.Match(response, t4) is not { } sample)
            return;
        if (IsOfAnotherScale(response, takeRunning, actions))
            return;
        ClockSample? improved = exchange.Improve(response);
        interleaved |= improved is not null;
        int resets = filter.Resets;
        bool used = improved is { } better && filter.Add(better);
        // the kernel's stamp of this answer comes with the next; at first, something is better than nothing
        if (!interleaved || filter.Estimate is not { Samples: >= NetworkClock.EnoughSamples * 2 })
            used |= filter.Add(sample);
        if (used)
            OnEstimate(response.ErrorNs ?? 0, filter.Resets != resets, now, takeRunning, actions);
        answered++;
    }

    /// <summary>A reading of the wall clock: on a leader whose time scale it is, the time itself; on a follower what the exchange is held against, or replaced by.</summary>
    public void OnSystemClock(SystemClockReading reading, bool leads, LocalTime now, bool takeRunning, List<NodeAction> actions)
    {
        if (!System.Note(reading))
            actions.Add(new NodeAction.Tell(NoticeLevel.Warning, "the wall clock was stepped"));
        if (!leads)
            ChooseClock(now, takeRunning, actions);
        if ((leads || System.IsUsed) && System.Estimate(leads ? null : filter.Estimate, leaderErrorNs, now) is { } estimate)
            Follow(estimate, leads ? "the wall clock" : Leader?.NodeId ?? "the wall clock", now, takeRunning, actions);
    }

    private void Sleep(LocalTime now, Nanos pause, List<NodeAction> actions)
    {
        nextBurst = now + pause;
        actions.Add(new NodeAction.SetTimer(NodeTimer.Sync, nextBurst));
    }

    /// <returns>True when the response must not be used.</returns>
    private bool IsOfAnotherScale(TimeSyncResponse response, bool takeRunning, List<NodeAction> actions)
    {
        if (response.Timescale is not { } scale || scale == timescale)
            return false;
        // a take stays on the time scale it was started in: its clock is in holdover until it ends
        if (takeRunning && timescale is not null)
            return true;
        // another time scale: nothing that was learned of the old one holds
        if (timescale is not null)
            actions.Add(new NodeAction.Tell(NoticeLevel.Warning, $"leader {Leader!.NodeId} has a new time scale: synchronising anew"));
        timescale = scale;
        bridging = null;
        filter.Reset();
        Network.Forget();
        return false;
    }

    private void OnEstimate(long leaderError, bool wasReset, LocalTime now, bool takeRunning, List<NodeAction> actions)
    {
        leaderErrorNs = leaderError;
        if (filter.Estimate is not { } estimate || IsBridging(estimate, now))
            return;
        if (wasReset)
            actions.Add(new NodeAction.Tell(NoticeLevel.Warning, "a clock was stepped here or at the leader: synchronising anew"));
        if (settings.Clock != ClockSource.Builtin && estimate.Samples >= 2 * NetworkClock.EnoughSamples && System.Check(estimate, leaderErrorNs, Leader!.NodeId, timescale))
            actions.Add(System.Alarm is { } alarm ? new NodeAction.Tell(NoticeLevel.Error, alarm) : new NodeAction.Tell(NoticeLevel.Info, "the wall clock agrees again with what is measured"));
        if (!System.IsUsed)
            Follow(estimate, Leader!.NodeId, now, takeRunning, actions, leaderErrorNs);
    }

    /// <summary>A new leader of the same time scale: until it is known as well as the old one's time still is, and for at most some seconds, that goes on.</summary>
    private bool IsBridging(in ClockEstimate estimate, LocalTime now)
    {
        if (bridging is not { } since || Network.Mapping is not { } mapping)
            return false;
        bool known = estimate.Samples >= 3 * NodeSettings.BurstLength && estimate.ErrorAt(now + LongestPatience) + leaderErrorNs <= mapping.ErrorAt(now) * 5 / 4;
        if (!known && now - since < LongestBridge)
            return true;
        bridging = null;
        return false;
    }

    private void ChooseClock(LocalTime now, bool takeRunning, List<NodeAction> actions)
    {
        if (takeRunning)
            return;
        if (System.Choose(timescale, filter.Estimate, leaderErrorNs, now))
            actions.Add(new NodeAction.Tell(NoticeLevel.Info, System.IsUsed ? "network time is this machine's wall clock now" : "network time is measured by this node itself now"));
        if (settings.Clock == ClockSource.System && timescale is { } scale && scale != SystemClock.Timescale && !toldOwnScale)
        {
            toldOwnScale = true;
            actions.Add(new NodeAction.Tell(NoticeLevel.Warning, $"leader {Leader?.NodeId} keeps a time scale of its own, so --clock system has no effect here: start the leader with --clock system, too"));
        }
    }

    private void Follow(in ClockEstimate estimate, string whom, LocalTime now, bool takeRunning, List<NodeAction> actions, long moreError = 0)
    {
        bool wasSynchronised = Network.Mapping is not null;
        if (Network.Follow(estimate, now, takeRunning, moreError) is { } step)
            actions.Add(new NodeAction.Tell(NoticeLevel.Warning, $"network time was stepped by {step / 1e6:+0.000;-0.000} ms"));
        if (Network.Mapping is { } mapping && !wasSynchronised)
            actions.Add(new NodeAction.Tell(NoticeLevel.Info, $"synchronised to {whom}: error bound {mapping.ErrorNs / 1e3:0.0} µs, round trip {estimate.DelayNs / 1e3:0.0} µs"));
        actions.Add(new NodeAction.PublishClock(Network.Mapping, estimate));
    }
}

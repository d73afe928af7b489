namespace RecordSync;

/// <summary>Who is there (docs/protocol.md §3.1), and what arrives from them.</summary>
internal sealed partial class Node
{
    private void OnPacket(NodeInput.PacketReceived packet, LocalTime now, List<NodeAction> actions)
    {
        switch (packet.Message)
        {
            case Discovery { Query: true }:
                OnQuery(packet.Source, now, actions);
                break;
            case Discovery discovery when Meet(discovery.NodeId, packet, discovery.Instance, actions) is { } peer:
                OnDiscovery(discovery, peer, now, actions);
                break;
            case Status status when Meet(status.NodeId, packet, null, actions) is { } peer:
                OnStatus(status, peer, now, actions);
                OnVerdictFields(status, peer, now, actions);
                break;
            case TimeSyncResponse response:
                // a leader that tells the time is alive, even where its beacons get lost
                if (clock.Leader is { Lost: false } leader && leader.NodeId == response.NodeId)
                    leader.LastSeen = packet.At;
                clock.OnResponse(response, packet.At, now, take.Phase != TakePhase.None, actions);
                break;
            case RecordingCommand { Request: true } request:
                OnRequest(request, packet.Source, now, actions);
                break;
            case RecordingCommand command:
                OnCommand(command, packet.Source, now, actions);
                break;
        }
    }

    /// <summary>Answers with the present beacon, and takes no other notice: whoever asks is no peer.</summary>
    private void OnQuery(Endpoint asker, LocalTime now, List<NodeAction> actions)
    {
        if (queries.TryTake(now))
            actions.Add(new NodeAction.Send(MakeBeacon(now), asker));
    }

    private Peer? Meet(string nodeId, NodeInput.PacketReceived packet, long? instance, List<NodeAction> actions)
    {
        if (nodeId == settings.NodeId)
        {
            if (instance != settings.Instance && !namesakeTold)
            {
                namesakeTold = true;
                Warn(actions, $"another node at {packet.Source} is called {nodeId} too: give one of them another --node-id");
            }
            return null;
        }
        if (Peers.HasJustLeft(nodeId, instance, packet.At))
            return null;
        Peer? peer = Peers.Meet(nodeId, out bool isNew);
        if (peer is null)
            return null;
        bool wasLost = peer.Lost;
        peer.Address = packet.Source;
        peer.LastSeen = packet.At;
        peer.Lost = false;
        if (isNew)
            // a status alone does not tell the role; the beacon that does will follow
            peer.Role = NodeRole.Follower;
        if (wasLost)
            Info(actions, $"{nodeId} is back");
        return peer;
    }

    private void OnDiscovery(Discovery discovery, Peer peer, LocalTime now, List<NodeAction> actions)
    {
        if (discovery.Leaving)
        {
            if (peer.Role == NodeRole.Leader)
                NoteLeaver(peer);
            Peers.Leaves(peer, now);
            Info(actions, $"{peer.NodeId} has left");
            OnLeaderGone(now, actions);
            return;
        }
        bool restarted = peer.Instance is { } known && discovery.Instance is { } instance && known != instance;
        if (restarted && peer.FindStart(discovery.Instance) is not null)
            WarnOfNamesakes(peer, actions);
        else if (!peer.Introduced || restarted)
            Introduce(discovery, peer, restarted, now, actions);
        peer.NoteStart(discovery.Instance);
        peer.Introduced = true;
        peer.Role = discovery.Role;
        peer.Version = discovery.Version;
        peer.Instance = discovery.Instance;
        peer.Host = discovery.Host;
        peer.Timescale = discovery.Timescale;
        NoteClock(peer, discovery.Clock, actions);
        peer.Records = discovery.Records;
        peer.Phase = discovery.Phase;
        peer.Error = discovery.Error;
        peer.Http = discovery.Http;
        // a version-1 beacon carries no state; it must not reset what a Status said
        peer.State = discovery.State ?? peer.State;
        peer.Term = new Term(discovery.Term ?? 0);
        (peer.Priority, peer.Preferred, peer.NotReady) = (discovery.Priority, discovery.Preferred, discovery.NotReady);
        (peer.Take, peer.TakeIsEnding) = (TakeOf(discovery), discovery.StopNs is not null);
        if (peer is { IsVersionOne: false, Role: NodeRole.Leader })
            OnLeaderBeacon(peer, now, actions);
        else if (Leads && peer.Role == NodeRole.Leader)
            WarnOfRival(peer, actions);
        else
            OnFollowersBeacon(peer, now, actions);
    }

    private void OnFollowersBeacon(Peer peer, LocalTime now, List<NodeAction> actions)
    {
        office.Heard(peer.Term);
        if (Leads && !peer.IsVersionOne && office.Establish())
            SendBeacon(now, actions);
        else if (clock.Leader == peer)
            // it led until now
            OnLeaderGone(now, actions);
        else if (!Leads)
        {
            // a version-1 leader, perhaps: it steps down for nobody, so nobody leads beside it
            clock.ChooseLeader(Peers, now, actions);
            if (clock.Leader is { IsVersionOne: true })
                office.Filled();
        }
    }

    private static TakePlan? TakeOf(Discovery beacon) =>
        beacon is { Take: { } name, TakeId: { } id, StartNs: { } start, Rate: { } rate } ? new TakePlan(id, name, new NetworkTime(start), rate, beacon.NodeId) { Timescale = beacon.TakeTimescale ?? beacon.Timescale } : null;

    private void Introduce(Discovery discovery, Peer peer, bool restarted, LocalTime now, List<NodeAction> actions)
    {
        string version = discovery.Version is null ? ", version 1" : "";
        Info(actions, $"{peer.NodeId} {(restarted ? "has restarted" : "has joined")} at {peer.Address} ({WireNames.Of(discovery.Role).ToLowerInvariant()}{version})");
        // a newcomer should not wait two seconds to see us: it cannot synchronise before it does
        actions.Add(new NodeAction.Send(MakeBeacon(now), discovery.Version is null ? null : peer.Address));
    }

    /// <summary>A process that was replaced does not come back: where an earlier instance speaks again, both run.</summary>
    private static void WarnOfNamesakes(Peer peer, List<NodeAction> actions)
    {
        if (peer.NamesakesTold)
            return;
        peer.NamesakesTold = true;
        Warn(actions, $"two nodes are called {peer.NodeId}: at {peer.FindStart(peer.Instance)} and at {peer.Address}; give one of them another --node-id");
    }

    private void WarnOfRival(Peer peer, List<NodeAction> actions)
    {
        if (peer.Role != NodeRole.Leader || rivalTold)
            return;
        rivalTold = true;
        Warn(actions, $"another leader, {peer.NodeId} at {peer.Address}, is in this group, a version-1 program that steps down for nobody: followers will obey one of the two; run only one leader");
    }

    private void OnStatus(Status status, Peer peer, LocalTime now, List<NodeAction> actions)
    {
        // it may overtake the word that the take is over
        if (status.IsLetter)
            return;
        NodeState before = peer.State;
        peer.State = status.State;
        peer.LastStatus = status;
        peer.Error = status.Error;
        peer.NotReady = status.NotReady;
        NoteClock(peer, status.Clock, actions);
        if (status.State != before && status.State == NodeState.Error)
            Warn(actions, $"{peer.NodeId}: {status.Error ?? "error"}");
        OnAnswer(status, peer, now, actions);
    }

    private static void NoteClock(Peer peer, ClockReport? report, List<NodeAction> actions)
    {
        if (report is not { } clock)
            return;
        if (clock.Alarm is { } alarm && peer.Clock?.Alarm is null)
            actions.Add(new NodeAction.Tell(NoticeLevel.Error, $"{peer.NodeId}: {alarm}"));
        peer.Clock = clock;
    }

    private void LoseSilentPeers(LocalTime now, List<NodeAction> actions)
    {
        LocalTime deadline = now - NodeSettings.SilenceToLose;
        foreach (Peer peer in Peers.LoseSilent(deadline))
        {
            Warn(actions, $"{peer.NodeId} is lost: nothing heard from it for {(now - peer.LastSeen).Seconds:0.0} s");
            if (peer == clock.Leader)
                OnLeaderGone(now, actions);
        }
    }

    private void Beacon(LocalTime now, List<NodeAction> actions) => actions.Add(new NodeAction.Send(MakeBeacon(now), null));

    private Discovery MakeBeacon(LocalTime now, bool goodbye = false) =>
        new(settings.NodeId, Role, Timestamp(now))
        {
            Version = 2,
            Host = settings.Host,
            Instance = settings.Instance,
            State = State,
            Leaving = goodbye,
            Timescale = Leads ? clock.Timescale : clock.Leader?.Timescale,
            Clock = ClockReport(now),
            Records = records ?? (settings.HasCamera ? null : NoCamera),
            Phase = phase,
            Error = take.Interruption ?? fault,
            Term = office.Term.Value == 0 ? null : office.Term.Value,
            Priority = settings.CanLead ? settings.Priority : null,
            Preferred = settings.Role == NodeRole.Leader,
            NotReady = settings.HasCamera ? NotReadyFor(now) : null,
            Take = Leads ? take.Plan?.Name : null,
            TakeId = Leads ? take.Plan?.Id : null,
            StartNs = Leads ? take.Plan?.Start.Nanoseconds : null,
            TakeTimescale = Leads && take.Plan is not null && take.Timescale != clock.Timescale ? take.Timescale : null,
            StopNs = Leads && take.Phase == TakePhase.Stopping ? take.StopTarget.Nanoseconds : null,
            Rate = Leads ? take.Plan?.Rate : null,
            Http = settings.Http,
        };

    /// <summary>Version 1's timestamp: µs since the UNIX epoch, in network time where it is known, else by the own wall clock.</summary>
    private long Timestamp(LocalTime now) =>
        Math.Max(0, (clock.Network.Mapping?.At(now).Nanoseconds ?? now.Nanoseconds + settings.WallOffset.Value) / 1_000);

    private void SendStatus(string? ack, string? nack, LocalTime now, List<NodeAction> actions, string? reason = null, Endpoint? to = null, string? agreed = null, bool tellsTerm = false, CommandReport? outcome = null)
    {
        bool inTake = take.Phase != TakePhase.None;
        diskSecondsSent = diskSecondsLeft;
        actions.Add(
            new NodeAction.Send(
                new Status(settings.NodeId, State, Timestamp(now))
                {
                    Ack = ack,
                    Nack = nack,
                    Final = RefusesForGood(nack),
                    Take = take.Plan?.Name,
                    Frames = inTake ? take.Counts.Frames : null,
                    Dropped = inTake ? take.Counts.Repeated + take.Counts.Dropped : null,
                    Duplicated = inTake ? take.Counts.Duplicated : null,
                    Bytes = inTake ? take.Counts.Bytes : null,
                    Queued = inTake ? take.Counts.Queued : null,
                    File = inTake ? take.File : null,
                    DiskSecondsLeft = diskSecondsLeft,
                    Error = reason ?? take.Interruption ?? fault,
                    Clock = ClockReport(now),
                    Prepared = agreed,
                    Term = (nack is null && !tellsTerm) || office.Term.Value == 0 ? null : office.Term.Value,
                    NotReady = settings.HasCamera ? NotReadyFor(now) : null,
                    Outcome = outcome,
                },
                to
            )
        );
    }
}

namespace RecordSync;

/// <summary>
/// Who leads (docs/protocol.md §6). There is no vote and no quorum: two cameras have no majority. Every node computes the same order from the same
/// beacons; the first in it leads, in a term that is later than any before, and whoever has an earlier one steps down when it hears of it.
/// </summary>
internal sealed partial class Node
{
    private readonly Office office;

    /// <summary>What this node's leader, present or last, has said of the take in progress: a successor stops it.</summary>
    private TakePlan? groupTake;
    private LocalTime heartbeatsUntil;
    private ClockReport? saidClock;

    public bool Leads => office.Leads;

    public Term Term => office.Term;

    /// <summary>By the clock as the last beacon had it: the others compare with that.</summary>
    private Rank OwnRank => new(settings.Priority, settings.Role == NodeRole.Leader, Rank.ClassOf(saidClock), settings.NodeId);

    private bool IsInTake => take.Phase != TakePhase.None || proposal is not null;

    private void Listen(LocalTime now, List<NodeAction> actions)
    {
        office.Listen();
        if (office.Listening)
            actions.Add(new NodeAction.SetTimer(NodeTimer.Election, now + (settings.Role == NodeRole.Leader ? Office.ListenPreferred : Office.ListenAuto)));
    }

    private Nanos BeaconPause(LocalTime now)
    {
        if (Leads && IsInTake)
            heartbeatsUntil = now + Office.Afterglow;
        return office.Listening ? Office.ListenBeacons
            : Leads && now < heartbeatsUntil ? Office.Heartbeat
            : NodeSettings.BeaconInterval;
    }

    private void OnElectionTimer(LocalTime now, List<NodeAction> actions)
    {
        if (Leads || leaving is not null)
            return;
        if (clock.Leader is { Lost: false } leader)
        {
            LocalTime silentAt = leader.LastSeen + PatienceWith(leader);
            if (now < silentAt)
            {
                if (settings.CanLead)
                    actions.Add(new NodeAction.SetTimer(NodeTimer.Election, silentAt));
                return;
            }
            leader.Lost = true;
            Warn(actions, $"leader {leader.NodeId} is silent: nothing heard from it for {(now - leader.LastSeen).Seconds:0.0} s");
            clock.ChooseLeader(Peers, now, actions);
        }
        TakeOfficeInTurn(now, actions);
    }

    /// <summary>How long this leader may be silent.</summary>
    private static Nanos PatienceWith(Peer leader) => leader.Take is null ? NodeSettings.SilenceToLose : Office.SilenceInTake;

    private void TakeOfficeInTurn(LocalTime now, List<NodeAction> actions)
    {
        if (!settings.CanLead || Leads || leaving is not null || clock.Leader is { Lost: false })
            return;
        Rank own = OwnRank;
        LocalTime turn = office.TurnAt(Peers.All.Count(peer => peer is { Lost: false, CanLead: true } && peer.Rank.Beats(own)), now);
        if (now < turn)
            actions.Add(new NodeAction.SetTimer(NodeTimer.Election, turn));
        else
            TakeOffice(now, actions);
    }

    private void TakeOffice(LocalTime now, List<NodeAction> actions)
    {
        bool continues = clock.Timescale is not null && clock.Network.Mapping is not null;
        office.Take(alone: !Peers.All.Any(peer => !peer.IsVersionOne));
        bool hasTime = clock.Lead(settings, now);
        if (hasTime)
            actions.Add(new NodeAction.PublishClock(clock.Network.Mapping));
        else
            ReadSystemClock(now, actions);
        actions.Add(new NodeAction.ServeTime(clock.Timescale));
        Info(actions, continues ? $"this node leads now ({office.Term}); the time scale goes on" : $"this node leads ({office.Term})");
        SucceedInTake(now, actions);
        // what the last leader wanted and did not live to start
        if (take.Phase == TakePhase.None)
            LeaveConfiguration(actions);
        SendBeacon(now, actions);
    }

    /// <summary>The take that was armed or recorded under the last leader: this one can stop it.</summary>
    private void SucceedInTake(LocalTime now, List<NodeAction> actions)
    {
        if (take.Phase == TakePhase.None && groupTake is { } running && Peers.All.Any(IsStillRecording))
        {
            take.Arm(running, running.Timescale ?? clock.Timescale);
            take.LeadOnly();
        }
        if (take.Plan is not { } plan)
        {
            GatherWhatWasLeft(now, actions);
            return;
        }
        VerdictGathering gathering = BeginGathering(plan.Name);
        gathering.Plan = plan;
        // what the last leader recorded belongs to the take, even if nobody will hear of it again
        if (Peers.Find(plan.Leader) is { IsVersionOne: false, Records: not NoCamera })
            gathering.Expect(plan.Leader);
        if (take.Phase != TakePhase.Leading)
            gathering.Expect(settings.NodeId);
        // and who was last heard recording it, lost by now or not
        foreach (Peer peer in Peers.All.Where(peer => peer is { IsVersionOne: false, LastStatus.State: NodeState.Recording or NodeState.Error } && peer.LastStatus.Take == plan.Name))
            gathering.Expect(peer.NodeId);
        if (take.Phase == TakePhase.Stopping)
            // it may have died with half of its STOPs on the way
            GatherVerdicts(take.StopTarget, SendStop(take.StopTarget, null, now, actions), now, actions);
    }

    private void StepDown(Peer successor, LocalTime now, List<NodeAction> actions)
    {
        office.StepDown(successor.Term);
        Warn(actions, $"{successor.NodeId} leads ({successor.Term}): this node steps down");
        WithdrawProposal("another node leads now", [], now, actions);
        if (pending is { } unfinished)
            ReportCommand(unfinished, now, actions);
        pending = null;
        actions.Add(new NodeAction.ServeTime(null));
        clock.StepDown(now);
        actions.Add(new NodeAction.PublishClock(clock.Network.Mapping));
        if (take.Phase == TakePhase.Leading)
            take.End();
        clock.ChooseLeader(Peers, now, actions);
        SendBeacon(now, actions);
    }

    /// <summary>A beacon of a version-2 node that leads.</summary>
    private void OnLeaderBeacon(Peer peer, LocalTime now, List<NodeAction> actions)
    {
        if (!Leads)
        {
            office.Heard(peer.Term);
            office.Filled();
            clock.ChooseLeader(Peers, now, actions);
            if (clock.Leader == peer)
                OnOwnLeader(peer, now, actions);
            // it was elected by those who had not heard of that term, or holds the same round: until it outbids it, its commands would be refused here
            if (clock.Leader == peer && peer.Term < office.Term)
                SendStatus(null, null, now, actions, to: peer.Address, tellsTerm: true);
            return;
        }
        bool peerWins = peer.Term.Round != office.Term.Round ? peer.Term.Round > office.Term.Round : peer.Rank.Beats(OwnRank);
        if (peerWins)
            StepDown(peer, now, actions);
        else
        {
            Info(actions, $"{peer.NodeId} leads too ({peer.Term}): this node stays in office");
            if (peer.Term >= office.Term)
                office.Outbid(peer.Term);
            SendBeacon(now, actions);
        }
    }

    private void OnOwnLeader(Peer leader, LocalTime now, List<NodeAction> actions)
    {
        groupTake = leader.Take;
        if (leader.Take is { } running)
            OnTakeOfOthers(running, leader, now, actions);
        if (!settings.CanLead)
            return;
        // a configured priority is a wish of the people who run this group; it is heeded when nothing is at stake
        bool wanted = leader.Priority is { } priority && settings.Priority < priority && leader.Take is null && take.Phase == TakePhase.None && !AwaitsStart(now);
        if (wanted && clock.Network.State(now) == SyncState.Synchronised && clock.Network.KnowsRate && clock.Network.Mapping!.ErrorAt(now) <= settings.MaxClockError.Value && leaving is null)
        {
            Info(actions, $"this node has the better priority ({settings.Priority}, {leader.NodeId} has {leader.Priority})");
            TakeOffice(now, actions);
        }
        else
            actions.Add(new NodeAction.SetTimer(NodeTimer.Election, leader.LastSeen + PatienceWith(leader)));
    }

    /// <summary>It has agreed to a START that may be on its way.</summary>
    private bool AwaitsStart(LocalTime now) => prepared is { } agreed && NetworkNow(now) < agreed.Target;

    /// <summary>A follower of this leader knows of a later term, whose leader is gone.</summary>
    private void OnLaterTerm(Term later, LocalTime now, List<NodeAction> actions)
    {
        if (!Leads || later <= office.Term)
            return;
        office.Outbid(later);
        SendBeacon(now, actions);
    }

    /// <summary>A goodbye, or a leader that leads no more.</summary>
    private void OnLeaderGone(LocalTime now, List<NodeAction> actions)
    {
        if (Leads)
            return;
        clock.ChooseLeader(Peers, now, actions);
        if (!office.Listening)
            TakeOfficeInTurn(now, actions);
    }

    private void SendBeacon(LocalTime now, List<NodeAction> actions)
    {
        // while a take runs the bound tells how far the takeover may have moved the grid; after it that is of no use to anybody
        if (Leads && !IsInTake && !Peers.All.Any(IsStillRecording) && clock.BecomeTheTime(now))
            actions.Add(new NodeAction.PublishClock(clock.Network.Mapping));
        saidClock = ClockReport(now);
        Beacon(now, actions);
        actions.Add(new NodeAction.SetTimer(NodeTimer.Beacon, now + BeaconPause(now)));
    }
}

namespace RecordSync;

/// <summary>The record of a take lives on every node that took part (docs/protocol.md §5.9): the leader's disk may be the one that dies.</summary>
internal sealed partial class Node
{
    /// <summary>Hashes come one after the other, from node after node: the record is not sent anew for each.</summary>
    private static readonly Nanos ShareAgainAfter = Nanos.FromMilliseconds(500);

    private static readonly Nanos AskAfter = Nanos.FromMilliseconds(100);

    private const int MostLegacies = 64;

    private readonly List<NodeVerdict> legacies = [];
    private readonly List<(string Take, string Node)> leavers = [];
    private LocalTime? judgedAt;

    private Status Letter(LocalTime now) => new(settings.NodeId, State, Timestamp(now));

    private void BeginSharing(VerdictGathering gathering, LocalTime now, List<NodeAction> actions)
    {
        // also by one that has given its office away meanwhile
        if (!gathering.IsShared || gathering.Keeper is not null)
            return;
        gathering.Sharing ??= new RecordSharing(gathering);
        Peer[] others = [.. gathering.Received.Select(verdict => Peers.Find(verdict.Node)).OfType<Peer>().Where(peer => peer is { Lost: false, IsVersionOne: false })];
        gathering.Sharing.Begin(others, now + NodeSettings.VerdictPatience);
        if (departBy is { } latest)
            gathering.Sharing.EndBy(latest);
        Share(now, actions);
    }

    private void ShareAgain(VerdictGathering gathering, LocalTime now, List<NodeAction> actions)
    {
        if (gathering.Keeper is not null || gathering.Sharing is not { DueAt: null } sharing)
            return;
        sharing.DueAt = now + ShareAgainAfter;
        Share(now, actions);
    }

    private void Share(LocalTime now, List<NodeAction> actions)
    {
        LocalTime? next = null;
        foreach (VerdictGathering gathering in gatherings)
        {
            if (gathering.Sharing is not { } sharing)
                continue;
            if (now >= sharing.DueAt)
            {
                // calls this again, and then nothing is due
                BeginSharing(gathering, now, actions);
                return;
            }
            if (sharing.Step(now, (status, to) => actions.Add(new NodeAction.Send(status, to)), () => Letter(now)) is { } at)
                next = Earlier(next, at);
            if (sharing.DueAt is { } due)
                next = Earlier(next, due);
        }
        if (next is { } again)
            actions.Add(new NodeAction.SetTimer(NodeTimer.Share, again));
        DepartIfSettled(now, actions);
    }

    /// <summary>The leader's list of what belongs to a take that this node was in.</summary>
    private void OnRecord(TakeRecord record, Peer keeper, LocalTime now, List<NodeAction> actions)
    {
        if (CopyOf(record.Take, keeper) is not { } gathering)
            return;
        gathering.Follow(record, keeper.NodeId);
        foreach (NodeVerdict own in ownVerdicts.Where(own => own.Take == record.Take))
            gathering.Add(own);
        if (gathering.IsToBeSaved)
            SaveIfComplete(gathering, now, actions);
        else if (gathering.IsComplete)
            // the first receipt got lost
            SendReceipt(record.Receipt, keeper, now, actions);
        else if (!gathering.IsOpen)
        {
            gathering.Open(now + NodeSettings.VerdictPatience);
            if (departBy is { } latest)
                gathering.Open(Earlier(gathering.Deadline, latest));
            // what was sent before it may still arrive after it
            actions.Add(new NodeAction.SetTimer(NodeTimer.Gather, now + AskAfter));
        }
    }

    /// <summary>One verdict of such a take: sent to all, or asked for.</summary>
    private void OnPart(PartOfTake part, NodeVerdict verdict, Peer keeper, LocalTime now, List<NodeAction> actions)
    {
        if (part.Node == settings.NodeId || part.Take != verdict.Take)
            return;
        if (CopyOf(part.Take, keeper) is not { } gathering)
        {
            KeepLegacy(verdict with { Node = part.Node });
            return;
        }
        if (gathering.Add(verdict with { Node = part.Node }))
            SaveIfComplete(gathering, now, actions);
    }

    /// <summary>Null: this node puts the record together itself, or was not in the take.</summary>
    private VerdictGathering? CopyOf(string name, Peer keeper)
    {
        if (!ownVerdicts.Exists(own => own.Take == name))
            return null;
        if (gatherings.Find(known => known.Take == name) is { } gathering)
            // a leader that has not given the STOP itself, because it came into office behind a cut cable, has nothing of its own to put together
            return Leads && gathering is { Keeper: null, Deadline: not null } ? null : gathering;
        gathering = new VerdictGathering(name, [], []) { Keeper = keeper.NodeId };
        Keep(gatherings, gathering, _ => false);
        return gathering;
    }

    private void SaveIfComplete(VerdictGathering gathering, LocalTime now, List<NodeAction> actions)
    {
        if (!gathering.IsToBeSaved)
            return;
        gathering.Saved();
        // an operator who waits for it here sees it
        bool show = gathering.IsOpen && gathering.IsAsked;
        gathering.Shown = true;
        actions.Add(new NodeAction.PublishVerdict(gathering.ToVerdict(), show));
        if (gathering is { Head: { } head, Keeper: { } name } && Peers.Find(name) is { } keeper)
            SendReceipt(head.Receipt, keeper, now, actions);
        DepartIfSettled(now, actions);
    }

    private void SendReceipt(string receipt, Peer to, LocalTime now, List<NodeAction> actions) => actions.Add(new NodeAction.Send(Letter(now) with { Got = receipt }, to.Address));

    /// <summary>A verdict that was lost on its way here is asked of the one that keeps them all, else of its own node.</summary>
    private void AskFor(string name, VerdictGathering gathering, LocalTime now, List<NodeAction> actions)
    {
        if (gathering.Keeper is { } keeperName && Peers.Find(keeperName) is { Lost: false } keeper)
            actions.Add(new NodeAction.Send(Letter(now) with { Part = new PartOfTake(gathering.Take, name) }, keeper.Address));
        else if (Peers.Find(name) is { IsVersionOne: false } peer)
            actions.Add(new NodeAction.Send(Letter(now) with { Ask = gathering.Take }, peer.Address));
    }

    private void OnPartAskedFor(PartOfTake part, Peer asker, LocalTime now, List<NodeAction> actions)
    {
        if (gatherings.Find(known => known.Take == part.Take)?.Find(part.Node) is { } verdict)
            actions.Add(new NodeAction.Send(Letter(now) with { Part = part, Verdict = verdict }, asker.Address));
    }

    /// <summary>A leader leaves in mid-take, and the take goes on: what it knows of the parts that have ended, its own among them, is all that the others will ever hear of them.</summary>
    private void Bequeath(string name, LocalTime now, List<NodeAction> actions)
    {
        foreach (NodeVerdict ended in gatherings.Find(known => known.Take == name)?.Received ?? [])
            actions.Add(new NodeAction.Send(Letter(now) with { Part = new PartOfTake(name, ended.Node), Verdict = ended }, null));
    }

    /// <summary>A part of the take that is recorded here, from a leader that leaves it.</summary>
    private void KeepLegacy(NodeVerdict verdict)
    {
        if (take.Plan?.Name == verdict.Take)
            Keep(legacies, verdict, known => known.Take == verdict.Take && known.Node == verdict.Node && known.Revision <= verdict.Revision, MostLegacies);
    }

    /// <summary>It was in the take as well, which goes on without it: should its word get lost, it is named all the same.</summary>
    private void NoteLeaver(Peer leader)
    {
        if (leader is { IsVersionOne: false, Records: not NoCamera, Take: { } led } && led.Name == take.Plan?.Name)
            Keep(leavers, (led.Name, leader.NodeId), known => known == (led.Name, leader.NodeId));
    }

    private void Inherit(VerdictGathering gathering)
    {
        foreach ((string name, string node) in leavers.Where(leaver => leaver.Take == gathering.Take))
            gathering.Expect(node);
        foreach (NodeVerdict left in legacies.Where(left => left.Take == gathering.Take))
        {
            gathering.Expect(left.Node);
            gathering.Add(left);
        }
    }

    /// <summary>The leader died after the take and before its record was with everyone: whoever comes after it puts it together anew.</summary>
    private void GatherWhatWasLeft(LocalTime now, List<NodeAction> actions)
    {
        if (ownVerdicts.Count == 0 || judgedAt is not { } at || now - at > NodeSettings.VerdictPatience + NodeSettings.SilenceToLose)
            return;
        NodeVerdict last = ownVerdicts[^1];
        Peer[] leaders = [.. Peers.All.Where(peer => peer is { Role: NodeRole.Leader, IsVersionOne: false })];
        // one that lives shares it itself, in office or not
        if (gatherings.Exists(known => known.Take == last.Take) || leaders.Any(peer => !peer.Lost))
            return;
        VerdictGathering gathering = BeginGathering(last.Take);
        gathering.Add(last);
        foreach (Peer dead in leaders.Where(peer => peer.Records != NoCamera))
            gathering.Expect(dead.NodeId);
        gathering.Open(now + NodeSettings.VerdictPatience);
        OnGatherTimer(now, actions);
    }

    /// <summary>The take is over, and the leader is about to send its record.</summary>
    private bool AwaitsRecord(LocalTime now) =>
        !Leads
        && groupTake is null
        && clock.Leader is { Lost: false, IsVersionOne: false }
        && judgedAt is { } at
        && now - at < NodeSettings.VerdictPatience
        && gatherings.Find(known => known.Take == ownVerdicts[^1].Take) is not { IsSaved: true };
}

namespace RecordSync;

/// <summary>
/// The verdict of a take (docs/protocol.md §5.4): every node judges its own part and sends it to the take's leader, which puts them together; any node can ask for
/// them again. Nothing here can hold up a recording.
/// </summary>
internal sealed partial class Node
{
    /// <summary>The own verdicts of so many takes are remembered, and so many gathered ones.</summary>
    private const int TakesRemembered = 16;

    private readonly List<NodeVerdict> ownVerdicts = [];
    private readonly List<VerdictGathering> gatherings = [];
    private readonly List<VerdictDelivery> deliveries = [];
    private LocalTime? departBy;

    /// <summary>The most recent take that this node knows of; null before the first.</summary>
    public string? LastTake { get; private set; }

    /// <summary>Who is told to record will be asked, and missed. Made at START, so that a node that ends early is heard.</summary>
    private VerdictGathering BeginGathering(string take)
    {
        LastTake = take;
        Peer[] followers = [.. Peers.All.Where(peer => peer is { Role: NodeRole.Follower, Lost: false })];
        VerdictGathering gathering = new(
            take,
            followers.Where(peer => peer is { IsVersionOne: false, Records: not NoCamera }).Select(peer => peer.NodeId),
            [.. followers.Where(peer => peer.IsVersionOne).Select(peer => peer.NodeId)]
        )
        {
            IsShared = true,
        };
        Keep(gatherings, gathering, known => known.Take == take);
        Inherit(gathering);
        return gathering;
    }

    /// <summary>They send theirs by themselves when their files are closed; the first question, a while after STOP, is for what got lost.</summary>
    private void GatherVerdicts(NetworkTime stop, PendingCommand sent, LocalTime now, List<NodeAction> actions)
    {
        if (take.Plan is not { } plan || gatherings.Find(known => known.Take == plan.Name) is not { } gathering)
            return;
        gathering.Stop = sent;
        LocalTime stopHere = clock.Network.Mapping?.LocalAt(stop) ?? now;
        gathering.Open(stopHere + NodeSettings.VerdictPatience);
        actions.Add(new NodeAction.SetTimer(NodeTimer.Gather, stopHere + NodeSettings.VerdictGrace));
    }

    private void OnOperatorVerdict(string? name, LocalTime now, List<NodeAction> actions)
    {
        if ((name ?? LastTake) is not { } wanted)
        {
            Warn(actions, "no take is known here yet; 'verdict NAME' asks the others for one");
            return;
        }
        if (take.Phase != TakePhase.None && take.Plan?.Name == wanted)
        {
            Warn(actions, $"take {wanted} is still being recorded: its verdict comes when it has ended");
            return;
        }
        if (gatherings.Find(known => known.Take == wanted) is not { } gathering)
        {
            gathering = new VerdictGathering(wanted, Peers.All.Where(peer => peer is { Lost: false, IsVersionOne: false, Records: not NoCamera }).Select(peer => peer.NodeId), []);
            foreach (NodeVerdict own in ownVerdicts.Where(own => own.Take == wanted))
                gathering.Add(own);
            Keep(gatherings, gathering, _ => false);
        }
        gathering.Open(now + NodeSettings.VerdictPatienceAsked);
        gathering.IsAsked = true;
        if (!ShowIfComplete(gathering, now, actions))
            OnGatherTimer(now, actions);
    }

    private void OnGatherTimer(LocalTime now, List<NodeAction> actions)
    {
        LocalTime? next = null;
        foreach (VerdictGathering gathering in gatherings.Where(gathering => gathering.IsOpen).ToArray())
        {
            if (now >= gathering.Deadline)
            {
                Show(gathering, now, actions);
                continue;
            }
            AskTheMissing(gathering, now, actions);
            LocalTime again = Earlier(gathering.Deadline, now + gathering.NextPause());
            next = Earlier(next, again);
        }
        if (next is { } at)
            actions.Add(new NodeAction.SetTimer(NodeTimer.Gather, at));
        DepartIfSettled(now, actions);
    }

    private void AskTheMissing(VerdictGathering gathering, LocalTime now, List<NodeAction> actions)
    {
        foreach (string name in gathering.Missing)
            AskFor(name, gathering, now, actions);
    }

    /// <summary>The recorder has judged this node's part: at stop, and again when the files are hashed.</summary>
    private void OnJudged(NodeVerdict verdict, LocalTime now, List<NodeAction> actions)
    {
        LastTake = verdict.Take;
        judgedAt = now;
        Keep(ownVerdicts, verdict, known => known.Take == verdict.Take);
        if (gatherings.Find(known => known.Take == verdict.Take) is { } gathering)
            Enter(gathering, verdict, now, actions);
        if (Leads)
        {
            if (leaving is not null)
                Bequeath(verdict.Take, now, actions);
            return;
        }
        Keep(deliveries, new VerdictDelivery(verdict, now + NodeSettings.VerdictPatience), known => known.Verdict.Take == verdict.Take);
        Deliver(now, actions);
    }

    private void Deliver(LocalTime now, List<NodeAction> actions)
    {
        // to whoever leads now: the one that the take began under may be gone
        Peer? leader = clock.Leader is { IsVersionOne: false } known ? known : null;
        bool noLeaderComes = leader is null && !settings.CanLead && !Peers.All.Any(peer => peer.CanLead);
        deliveries.RemoveAll(parcel => now >= parcel.Deadline || Leads || noLeaderComes);
        LocalTime? next = null;
        foreach (VerdictDelivery parcel in deliveries)
        {
            if (leader is not null)
                SendVerdict(parcel.Verdict, leader.Address, now, actions);
            next = Earlier(next, now + parcel.NextPause());
        }
        if (next is { } at)
            actions.Add(new NodeAction.SetTimer(NodeTimer.Deliver, at));
        DepartIfSettled(now, actions);
    }

    private void SendVerdict(NodeVerdict verdict, Endpoint to, LocalTime now, List<NodeAction> actions) =>
        actions.Add(new NodeAction.Send(Letter(now) with { Verdict = verdict }, to));

    private void OnVerdictFields(Status status, Peer peer, LocalTime now, List<NodeAction> actions)
    {
        // who joins late is in the take too
        if (Leads && status is { State: NodeState.Recording, Take: { } joined } && gatherings.Find(known => known.Take == joined) is { Deadline: null } running)
            running.Expect(peer.NodeId);
        if (status.Ask is { } asked && ownVerdicts.Find(known => known.Take == asked) is { } own)
            SendVerdict(own, peer.Address, now, actions);
        if (status.Got is { } receipt)
        {
            deliveries.RemoveAll(parcel => VerdictDelivery.ReceiptOf(parcel.Verdict) == receipt);
            foreach (VerdictGathering shared in gatherings)
                shared.Sharing?.Has(peer.NodeId, receipt);
        }
        if (status.Record is { } record)
            OnRecord(record, peer, now, actions);
        if (status is { Part: { } part, Verdict: { } partOfOthers })
            OnPart(part, partOfOthers, peer, now, actions);
        else if (status.Part is { } wanted)
            OnPartAskedFor(wanted, peer, now, actions);
        else if (status.Verdict is { } told)
            // who sent it is what counts, not whom it names
            OnVerdict(told with { Node = peer.NodeId }, peer, now, actions);
        DepartIfSettled(now, actions);
    }

    private void OnVerdict(NodeVerdict verdict, Peer peer, LocalTime now, List<NodeAction> actions)
    {
        SendReceipt(VerdictDelivery.ReceiptOf(verdict), peer, now, actions);
        VerdictGathering? gathering = gatherings.Find(known => known.Take == verdict.Take);
        if (gathering is null && Leads)
        {
            // this leader was restarted in mid-take, or follows one that died: the take has ended, and all that is left is to collect
            gathering = BeginGathering(verdict.Take);
            gathering.Open(now + NodeSettings.VerdictPatience);
            actions.Add(new NodeAction.SetTimer(NodeTimer.Gather, now + NodeSettings.VerdictGrace));
        }
        if (gathering is not null)
            Enter(gathering, verdict, now, actions);
    }

    private void Enter(VerdictGathering gathering, NodeVerdict verdict, LocalTime now, List<NodeAction> actions)
    {
        if (gathering.Head is not null)
        {
            // a copy: it changes with the one that it is a copy of
            gathering.Add(verdict);
            SaveIfComplete(gathering, now, actions);
            ShowIfComplete(gathering, now, actions);
            return;
        }
        bool wasMissing = gathering.Shown && gathering.Missing.Contains(verdict.Node);
        if (!gathering.Add(verdict))
            return;
        if (wasMissing)
            Info(actions, $"the verdict of {verdict.Node} on take {gathering.Take} has come late: {VerdictField.NameOf(verdict.Word)}");
        else if (gathering.Deadline is null && verdict is { Word: TakeGrade.Fail } && verdict.Node != settings.NodeId)
            Warn(actions, $"{verdict.Node} has ended its recording: {string.Join(" ", verdict.Reasons)}");
        if (gathering.Shown)
        {
            actions.Add(new NodeAction.PublishVerdict(gathering.ToVerdict(), Show: false));
            ShareAgain(gathering, now, actions);
        }
        else
            ShowIfComplete(gathering, now, actions);
    }

    private bool ShowIfComplete(VerdictGathering gathering, LocalTime now, List<NodeAction> actions)
    {
        if (!gathering.IsOpen || !gathering.IsComplete)
            return false;
        Show(gathering, now, actions);
        return true;
    }

    private void Show(VerdictGathering gathering, LocalTime now, List<NodeAction> actions)
    {
        gathering.Shown = true;
        // the copy of what another node shows
        bool silent = gathering.Keeper is not null && !gathering.IsAsked;
        gathering.IsAsked = false;
        gathering.Saved();
        actions.Add(new NodeAction.PublishVerdict(gathering.ToVerdict(), Show: !silent));
        BeginSharing(gathering, now, actions);
    }

    /// <summary>A node that leaves waits a moment for its verdict to arrive, or for those of the others: a take without one is half a take.</summary>
    private void DepartWhenSettled(LocalTime now, List<NodeAction> actions)
    {
        LocalTime latest = now + NodeSettings.LongestFarewell;
        departBy = latest;
        foreach (VerdictGathering gathering in gatherings.Where(gathering => gathering.IsOpen))
            gathering.Open(Earlier(gathering.Deadline, latest));
        foreach (VerdictGathering gathering in gatherings)
            gathering.Sharing?.EndBy(latest);
        actions.Add(new NodeAction.SetTimer(NodeTimer.Depart, latest));
        OnGatherTimer(now, actions);
    }

    private void DepartIfSettled(LocalTime now, List<NodeAction> actions)
    {
        bool waits = deliveries.Count > 0 || gatherings.Exists(gathering => gathering.IsOpen || gathering.Sharing is { IsActive: true }) || AwaitsRecord(now);
        if (departBy is not { } latest || (now < latest && waits))
            return;
        departBy = null;
        foreach (VerdictGathering gathering in gatherings.Where(gathering => gathering.IsOpen).ToArray())
            Show(gathering, now, actions);
        Depart(now, actions);
    }

    private static void Keep<T>(List<T> list, T item, Predicate<T> replaces, int most = TakesRemembered)
    {
        list.RemoveAll(replaces);
        list.Add(item);
        if (list.Count > most)
            list.RemoveAt(0);
    }

    private static LocalTime Earlier(LocalTime? a, LocalTime b) => a is { } known && known < b ? known : b;
}

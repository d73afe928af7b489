namespace RecordSync;

/// <summary>What is typed at a node that does not lead, and how whoever asked for a command hears what came of it (docs/protocol.md §5.6, §5.9).</summary>
internal sealed partial class Node
{
    /// <summary>An operator's wish that the leader has not taken by then has failed.</summary>
    private static readonly Nanos WishPatience = Nanos.FromSeconds(5);

    /// <summary>So long after its target a STOP is reported as it stands; a START, whose target is the last moment to be in it, at the target.</summary>
    private static readonly Nanos StopReportPatience = Nanos.FromSeconds(1);

    /// <summary>However far ahead the target is, whoever asked is told how it stands after this.</summary>
    private static readonly Nanos ReportPatience = Nanos.FromSeconds(5);

    private const int WishesRemembered = 16;

    /// <summary>Of this node's operator.</summary>
    private readonly List<OperatorsWish> wishes = [];

    /// <summary>Of the other nodes' operators: a request that is repeated must not be done twice, and an answer may get lost.</summary>
    private readonly List<HeardWish> heardWishes = [];

    /// <summary>A request that might be granted in a moment.</summary>
    private (string Id, LocalTime Since)? waitingWish;

    private sealed class HeardWish(string id)
    {
        public string Id { get; } = id;

        /// <summary>Why it was not taken; null when it was.</summary>
        public string? Refusal { get; set; }

        /// <summary>Null until it is known what came of it.</summary>
        public CommandReport? Outcome { get; set; }
    }

    private void Forward(NodeInput wanted, LocalTime now, List<NodeAction> actions)
    {
        (CommandKind kind, int delayMs, bool force, string? label, string? ticket) = wanted switch
        {
            NodeInput.OperatorStart start => (CommandKind.Start, start.DelayMs, start.Force, start.Label, start.Ticket),
            NodeInput.OperatorStop stop => (CommandKind.Stop, stop.DelayMs, false, null, stop.Ticket),
            _ => throw new ArgumentOutOfRangeException(nameof(wanted)),
        };
        string word = WireNames.Of(kind).ToLowerInvariant();
        if (clock.Leader is not { Lost: false } leader)
        {
            if (kind == CommandKind.Stop && take.Phase is TakePhase.Armed or TakePhase.Recording)
                StopWithoutLeader(delayMs, ticket, now, actions);
            else
                Refuse(kind, ticket, $"no leader is known: nothing was done with '{word}'", actions);
        }
        else if (leader.IsVersionOne)
            Refuse(kind, ticket, $"the leader {leader.NodeId} is a version-1 program: type '{word}' there", actions);
        else
        {
            RecordingCommand command = new(kind, Math.Max(0, NetworkNow(now).Nanoseconds / 1_000)) { Id = NextCommandId(), Request = true, DelayMs = delayMs, Force = force, Label = label, Settings = (wanted as NodeInput.OperatorStart)?.Settings };
            wishes.Add(new OperatorsWish(command, ticket, now + WishPatience));
            RepeatWishes(now, actions);
        }
    }

    private void StopWithoutLeader(int delayMs, string? ticket, LocalTime now, List<NodeAction> actions)
    {
        const string Alone = "no leader is known: only this node's own recording is stopped";
        Warn(actions, Alone);
        NetworkTime at = NetworkNow(now) + Nanos.FromMilliseconds(delayMs) + NodeSettings.SoonestStop;
        CommandReport report = new(CommandKind.Stop)
        {
            Take = take.Plan?.Name,
            TargetNs = at.Nanoseconds,
            Nodes = [new(settings.NodeId, NodeAnswer.Acknowledged), .. Peers.All.Where(IsStillRecording).Select(peer => new NodeOutcome(peer.NodeId, NodeAnswer.Silent, Alone))],
        };
        StopOwn(at, actions);
        Report(new Requester(ticket), report, now, actions);
    }

    private static void Refuse(CommandKind kind, string? ticket, string why, List<NodeAction> actions)
    {
        Warn(actions, why);
        if (ticket is not null)
            actions.Add(new NodeAction.Report(ticket, CommandReport.Refused(kind, why)));
    }

    private void RepeatWishes(LocalTime now, List<NodeAction> actions)
    {
        foreach (OperatorsWish wish in wishes.ToArray())
        {
            Peer? leader = clock.Leader is { Lost: false } known ? known : null;
            bool leaderChanged = wish.TakenBy is { } taker && leader?.NodeId != taker;
            if (now >= wish.Deadline || leader is null || leaderChanged)
                GiveUp(wish, actions);
            else
            {
                // whoever leads now, as long as none has taken it
                actions.Add(new NodeAction.Send(wish.Command, leader.Address));
                actions.Add(new NodeAction.SetTimer(NodeTimer.Prepare, now + wish.NextPause()));
            }
        }
    }

    private void GiveUp(OperatorsWish wish, List<NodeAction> actions)
    {
        wishes.Remove(wish);
        string why = wish.TakenBy is { } leader
            ? $"the leader {leader} has taken '{wish.Word}', but has not said what came of it: look at the nodes"
            : $"the leader has not answered to '{wish.Word}': try again";
        actions.Add(new NodeAction.Tell(NoticeLevel.Error, why));
        if (wish.Ticket is { } ticket)
            actions.Add(new NodeAction.Report(ticket, CommandReport.Refused(wish.Command.Command, why)));
    }

    private void OnWishAnswered(Status status, Peer peer, LocalTime now, List<NodeAction> actions)
    {
        if (wishes.Find(known => known.Command.Id is { } id && (status.Ack == id || status.Nack == id)) is not { } wish)
            return;
        CommandReport? outcome = status.Outcome;
        if (status.Nack is not null)
        {
            string why = status.Error ?? $"'{wish.Word}' was refused";
            Warn(actions, $"{peer.NodeId}: {why}");
            outcome ??= CommandReport.Refused(wish.Command.Command, why);
        }
        else if (outcome is not null)
            actions.Add(new NodeAction.Tell(outcome.Nodes.Any(node => node.Answer is NodeAnswer.Refused or NodeAnswer.Silent) ? NoticeLevel.Warning : NoticeLevel.Info, outcome.InWords));
        else if (wish.TakenBy is null)
        {
            Info(actions, $"'{wish.Word}' was taken by the leader {peer.NodeId}");
            wish.Taken(peer.NodeId, now + Nanos.FromMilliseconds(wish.Command.DelayMs ?? 0) + StopReportPatience + WishPatience);
        }
        if (outcome is null)
            return;
        wishes.Remove(wish);
        if (wish.Ticket is { } ticket)
            actions.Add(new NodeAction.Report(ticket, outcome));
    }

    /// <summary>Another node's operator has typed it there.</summary>
    private void OnRequest(RecordingCommand command, Endpoint source, LocalTime now, List<NodeAction> actions)
    {
        if (command.Id is not { } id)
            return;
        if (heardWishes.Find(known => known.Id == id) is not { } heard)
        {
            heard = new HeardWish(id);
            // before it is done: what came of it may be known at once
            Keep(heardWishes, heard, _ => false, WishesRemembered);
            StartObstacle? obstacle = Fulfil(command, source, now, actions);
            if (waitingWish?.Id != id)
                waitingWish = (id, now);
            // it is asked again in a moment, and then perhaps everyone is ready
            if (obstacle is { MayPass: true } && now < waitingWish.Value.Since + ReadyGrace)
            {
                heardWishes.Remove(heard);
                return;
            }
            heard.Refusal = obstacle?.Reason;
            if (obstacle is not null)
                heard.Outcome = obstacle.ToReport(command.Command);
            else if (heard.Outcome is not null)
                return;
        }
        AnswerWish(heard, source, now, actions);
    }

    private void AnswerWish(HeardWish heard, Endpoint source, LocalTime now, List<NodeAction> actions) =>
        SendStatus(heard.Refusal is null ? heard.Id : null, heard.Refusal is null ? null : heard.Id, now, actions, heard.Refusal, source, outcome: heard.Outcome);

    /// <returns>Why not; null when it was done.</returns>
    private StartObstacle? Fulfil(RecordingCommand command, Endpoint source, LocalTime now, List<NodeAction> actions)
    {
        if (!Leads)
            return new($"this node does not lead{(clock.Leader is { } leader ? $", {leader.NodeId} does" : "")}: try again");
        int delay = (int)(command.DelayMs ?? 0);
        Requester requester = new(null, command.Id, source);
        if (command.Command == CommandKind.Stop)
        {
            if (StopRefusal() is { } no)
                return new(no);
            Stop(delay, requester, now, actions);
            return null;
        }
        NodeInput.OperatorStart wanted = new(delay, command.Force, command.Label) { Settings = command.Settings };
        if (StartRefusal(wanted, now) is { } reason)
            return reason;
        Propose(wanted, requester, now, actions);
        return null;
    }

    private void Report(Requester? requester, CommandReport outcome, LocalTime now, List<NodeAction> actions)
    {
        if (requester?.Ticket is { } ticket)
            actions.Add(new NodeAction.Report(ticket, outcome));
        if (requester?.Wish is not { } wish || heardWishes.Find(known => known.Id == wish) is not { } heard)
            return;
        heard.Outcome = outcome;
        AnswerWish(heard, requester.From, now, actions);
    }

    /// <summary>Tells whoever has asked for it how this command stands.</summary>
    private void ReportCommand(PendingCommand command, LocalTime now, List<NodeAction> actions)
    {
        if (command.Requester is not { } requester)
            return;
        command.Requester = null;
        Report(requester, command.Report, now, actions);
    }

    private void ReportIfDue(PendingCommand command, LocalTime now, List<NodeAction> actions)
    {
        Nanos patience = command.Command.Command == CommandKind.Stop ? StopReportPatience : default;
        if (command.IsDone || NetworkNow(now) >= command.Command.Target + patience || now - command.SentAt >= ReportPatience)
            ReportCommand(command, now, actions);
    }
}

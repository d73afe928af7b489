namespace RecordSync;

/// <summary>Before a START: is everyone ready, and does everyone agree (docs/protocol.md §5.5)? And what an operator types at a node that does not lead.</summary>
internal sealed partial class Node
{
    /// <summary>Why nothing is started.</summary>
    /// <param name="MayPass">In a moment it may not stand any more.</param>
    private sealed record StartObstacle(string Reason, bool MayPass = false)
    {
        /// <summary>Who stands in the way.</summary>
        public IReadOnlyList<NodeOutcome> Nodes { get; init; } = [];

        public CommandReport ToReport(CommandKind kind) => CommandReport.Refused(kind, Reason) with { Nodes = Nodes };
    }

    private static readonly Nanos ReadyGrace = Nanos.FromMilliseconds(300);

    /// <summary>A START leaves so long before its target at the latest, or half its delay if that is less: it may have to be repeated.</summary>
    private static readonly Nanos LongestCommit = Nanos.FromMilliseconds(500);

    /// <summary>Where one camera cannot, others of its kind cannot either: all of them are named, and not one after the other with every try.</summary>
    private static readonly Nanos OthersRefuse = Nanos.FromMilliseconds(300);

    private StartProposal? proposal;

    /// <summary>What this node has agreed to obey and not yet been told to.</summary>
    private RecordingCommand? prepared;

    private NodeInput? held;
    private LocalTime? heldUntil;
    private bool saidReady;

    /// <summary>Why this node could not obey a START now; null when it could.</summary>
    public string? NotReadyFor(LocalTime now)
    {
        if (leaving is not null)
            return "this node is leaving";
        if (settings.HasCamera && fault is not null)
            return fault;
        if (settings.HasCamera && !warm)
            return "the camera is not ready";
        if (Restoring is { } goesBack)
            return goesBack;
        if (clock.Network.Mapping is not { } mapping)
            return "this node's clock is not synchronised to the leader yet";
        long error = mapping.ErrorAt(now);
        return error <= LargestError ? null : $"the clock may be {error / 1e3:0.#} µs wrong, and --max-clock-error is {settings.MaxClockError.Microseconds:0.###} µs";
    }

    /// <summary>A clock that was too uncertain must be clearly better before it is ready again: else a bound that moves about the limit would be told with every burst.</summary>
    private long LargestError => saidReady ? settings.MaxClockError.Value : settings.MaxClockError.Value * 4 / 5;

    /// <summary>Whoever waits to start a take must not wait for the next beacon.</summary>
    private void TellWhenReadinessChanges(LocalTime now, List<NodeAction> actions)
    {
        bool ready = warm && NotReadyFor(now) is null;
        if (ready == saidReady || leaving is not null)
            return;
        saidReady = ready;
        if (settings.HasCamera)
            SendStatus(null, null, now, actions);
    }

    private void Propose(NodeInput.OperatorStart wanted, Requester? requester, LocalTime now, List<NodeAction> actions)
    {
        heldUntil = null;
        TakeSettings? asks = wanted.Settings is { AsksNothing: false } given ? given : null;
        FrameRate rate = asks?.Rate ?? settings.Rate;
        NetworkTime target = TargetIn(wanted.DelayMs, rate, now);
        string name = TakePlan.NameFor(target) + (wanted.Label is { } label ? $"-{label}" : "");
        RecordingCommand command = new(CommandKind.Start, target.Nanoseconds / 1_000)
        {
            Id = NextCommandId(),
            Take = name,
            Leader = settings.NodeId,
            Timescale = clock.Timescale,
            TargetNs = target.Nanoseconds,
            Rate = rate,
            Term = office.Term.Value,
            Settings = asks,
        };
        Peer[] asked = [.. Peers.All.Where(peer => peer is { IsVersionOne: false, Lost: false, Records: not NoCamera })];
        bool setsOwn = asks is not null && settings.HasCamera;
        // a camera that is asked for something must be given the time to have it, whoever is left out
        if ((wanted.Force && asks is null) || (asked.Length == 0 && !setsOwn))
        {
            Start(command, wanted.DelayMs, requester, now, actions);
            return;
        }
        LocalTime due = clock.Network.Mapping!.LocalAt(target);
        Nanos commit = new(Math.Min(LongestCommit.Value, (due - now).Value / 2));
        proposal = new StartProposal(command, due - commit, asked, requester) { AwaitsOwnCamera = setsOwn, GoesOnWithout = wanted.Force };
        if (setsOwn)
            BeginToConfigure(command, null, actions);
        AskToPrepare(now, actions);
        // from now on its heart beats
        SendBeacon(now, actions);
    }

    private void AskToPrepare(LocalTime now, List<NodeAction> actions)
    {
        foreach (Peer peer in proposal!.Waiting)
            actions.Add(new NodeAction.Send(proposal.Command with { Prepare = true }, peer.Address));
        LocalTime again = now + proposal.NextPause();
        actions.Add(new NodeAction.SetTimer(NodeTimer.Prepare, again < proposal.Deadline ? again : proposal.Deadline));
    }

    private void OnPrepareTimer(LocalTime now, List<NodeAction> actions)
    {
        RepeatWishes(now, actions);
        if (proposal is null)
            return;
        if (now >= proposal.Deadline && proposal is { GoesOnWithout: true, AwaitsOwnCamera: false })
            StartAsProposed(now, actions);
        else if (now >= proposal.Deadline)
            WithdrawProposal(proposal, now, actions);
        else
            AskToPrepare(now, actions);
    }

    /// <summary>Somebody refuses for good, or has not agreed in time.</summary>
    private void WithdrawProposal(StartProposal open, LocalTime now, List<NodeAction> actions)
    {
        IReadOnlyList<NodeOutcome> forGood = open.RefusedForGood;
        if (forGood.Count > 0 && !open.GoesOnWithout)
            // who has not answered yet is not to blame
            WithdrawProposal(string.Join("; ", forGood.Select(node => $"{node.Node}: {node.Reason}")), forGood, now, actions);
        else
            WithdrawProposal(open.MissingInWords, open.Outcomes, now, actions);
    }

    /// <param name="blamed">Who could not; empty where it is nobody's fault.</param>
    private void WithdrawProposal(string why, IReadOnlyList<NodeOutcome> blamed, LocalTime now, List<NodeAction> actions)
    {
        if (proposal is not { } withdrawn)
            return;
        proposal = null;
        LeaveConfiguration(actions);
        RecordingCommand recall = new(CommandKind.Stop, withdrawn.Command.TargetMicros) { Id = withdrawn.Command.Id, Take = withdrawn.Command.Take, Leader = settings.NodeId, Term = office.Term.Value, Withdraw = true };
        // nobody acts without the START itself; this only tells them why none comes
        foreach (Peer peer in withdrawn.Asked)
            actions.Add(new NodeAction.Send(recall, peer.Address));
        // who leads records too: a START is not given without its own camera, whatever is forced
        bool othersCould = blamed.Count > 0 && !withdrawn.GoesOnWithout && !blamed.Any(node => node.Node == settings.NodeId);
        string told = $"START withdrawn, nobody records: {why}{(othersCould ? " ('start --force' goes on with those who are ready)" : "")}";
        actions.Add(new NodeAction.Tell(NoticeLevel.Error, told));
        Report(withdrawn.Requester, withdrawn.Report(told, blamed), now, actions);
        if (Leads)
            SendBeacon(now, actions);
    }

    /// <summary>What a version-2 node says of a START, a STOP or a wish.</summary>
    private void OnAnswer(Status status, Peer peer, LocalTime now, List<NodeAction> actions)
    {
        if (status.Term is { } later)
        {
            office.Heard(new Term(later));
            if (status.Nack is null)
                OnLaterTerm(new Term(later), now, actions);
        }
        if (proposal is { } open && open.Command.Id is { } id)
        {
            if (status.Nack == id)
                OnRefusal(open, status, peer, now, actions);
            else if (status.Prepared == id && open.Agrees(peer.NodeId) && open.IsAgreed)
                StartAsProposed(now, actions);
        }
        OnWishAnswered(status, peer, now, actions);
        StopWhoJoinedLate(status, peer, actions);
        if (pending is not { } command)
            return;
        string what = WireNames.Of(command.Command.Command).ToUpperInvariant();
        if (status.Nack == command.Command.Id && command.Refused(peer.NodeId, status.Error ?? "no reason given"))
            actions.Add(new NodeAction.Tell(NoticeLevel.Error, $"{peer.NodeId} refused {what}: {status.Error ?? "no reason given"}"));
        else if (status.Ack == command.Command.Id && command.Answered(peer.NodeId) && command.IsDone)
            Info(actions, $"{what} acknowledged by {command.InWords}");
        ReportIfDue(command, now, actions);
        if (command.IsDone)
            pending = null;
    }

    private void OnRefusal(StartProposal open, Status status, Peer peer, LocalTime now, List<NodeAction> actions)
    {
        if (!open.Refuses(peer.NodeId, status.Error ?? "no reason given", status.Final) || open.GoesOnWithout)
            return;
        open.EndBy(open.IsDecided ? now : now + OthersRefuse);
        if (now >= open.Deadline)
            WithdrawProposal(open, now, actions);
        else
            AskToPrepare(now, actions);
    }

    private void StartAsProposed(LocalTime now, List<NodeAction> actions)
    {
        StartProposal agreed = proposal!;
        // who had agreed and went: cameras may have taken seconds to be set
        string[] gone = [.. agreed.Asked.Select(peer => peer.NodeId).Where(name => Peers.Find(name) is not { Lost: false }).Order(StringComparer.Ordinal)];
        string missing = string.Join("; ", [.. gone.Select(name => $"{name} has gone"), .. agreed.IsAgreed ? Array.Empty<string>() : [agreed.MissingInWords]]);
        if (gone.Length > 0 && !agreed.GoesOnWithout)
        {
            WithdrawProposal(missing, [.. gone.Select(name => new NodeOutcome(name, NodeAnswer.Absent, "it has gone"))], now, actions);
            return;
        }
        if (missing.Length > 0)
            Warn(actions, $"START all the same, and not with all: {missing}");
        proposal = null;
        Start(agreed.Command, (int)(agreed.Command.Target - NetworkNow(now)).Milliseconds, agreed.Requester, now, actions);
    }

    private void OnPrepare(RecordingCommand command, Endpoint source, LocalTime now, List<NodeAction> actions)
    {
        string id = TakeControl.IdOf(command);
        ConfigureFor(command, source, now, actions);
        string? refusal = Refusal(command, now) ?? (settings.HasCamera ? NotReadyFor(now) : null);
        if (refusal is null && prepared?.Id != id)
        {
            prepared = command;
            clock.Hasten(now, actions);
        }
        SendStatus(null, refusal is null ? null : command.Id, now, actions, refusal, source, agreed: refusal is null ? command.Id : null);
    }

    private void OnWithdraw(RecordingCommand command, List<NodeAction> actions)
    {
        if (configuration?.Command.Id == command.Id)
            LeaveConfiguration(actions);
        if (prepared is not { } agreed || agreed.Id != command.Id)
            return;
        prepared = null;
        Warn(actions, $"START of take {agreed.Take} was withdrawn by {command.Leader}: nobody records");
    }

    /// <summary>The leader says that a take runs. Who had agreed to it and has not heard the START is late; who knows nothing of it stays out.</summary>
    private void OnTakeOfOthers(TakePlan running, Peer leader, LocalTime now, List<NodeAction> actions)
    {
        if (take.Phase != TakePhase.None || take.Knows(running.Id) || clock.Network.Mapping is null)
            return;
        if (prepared is { } agreed && agreed.Id == running.Id && Refusal(agreed, now) is null)
        {
            take.Remember(running.Id);
            Obey(agreed, running.Id, now, actions);
            return;
        }
        // a START that is on its way just now will arrive by itself
        if (NetworkNow(now) < running.Start + Nanos.FromSeconds(1))
            return;
        // its camera may be set for a take that never came
        LeaveConfiguration(actions);
        if (settings is { JoinTakes: true, HasCamera: true } && !leader.TakeIsEnding && running.Timescale == clock.Timescale && NotReadyFor(now) is null && warm)
        {
            Join(running with { Leader = leader.NodeId }, now, actions);
            return;
        }
        // told once; the START itself is obeyed if it still comes in time
        if (take.Remember("missed " + running.Id) && settings.HasCamera)
            Warn(actions, $"take {running.Name} of {leader.NodeId} runs since {(NetworkNow(now) - running.Start).Seconds:0} s, and this node is not in it{(settings.JoinTakes ? " yet: it joins when it is ready" : "")}");
    }

    /// <summary>A take is joined at any time of it, from a grid point on that can still be had.</summary>
    private void Join(TakePlan running, LocalTime now, List<NodeAction> actions)
    {
        take.Remember(running.Id);
        TakePlan plan = running.JoinedAt(NetworkNow(now));
        take.Arm(plan, clock.Timescale);
        clock.Hasten(now, actions);
        Info(actions, $"joining take {plan.Name} of {plan.Leader}, which runs since {(NetworkNow(now) - plan.Start).Seconds:0.0} s");
        actions.Add(new NodeAction.StartTake(plan));
    }

    /// <summary>A node that is getting ready just now is given a moment: the word that it is may be in the socket already.</summary>
    private void Refuse(NodeInput.OperatorStart wanted, StartObstacle refusal, LocalTime now, List<NodeAction> actions)
    {
        heldUntil ??= now + ReadyGrace;
        if (refusal.MayPass && now < heldUntil)
        {
            held = wanted;
            actions.Add(new NodeAction.SetTimer(NodeTimer.Prepare, heldUntil.Value));
            return;
        }
        heldUntil = null;
        Warn(actions, refusal.Reason);
        Report(new Requester(wanted.Ticket), refusal.ToReport(CommandKind.Start), now, actions);
    }

    /// <summary>What was typed in the moment before it was known who leads, or before everyone was ready.</summary>
    private void HeedWhatWasHeld(LocalTime now, List<NodeAction> actions)
    {
        if (held is not { } input || office.Listening || (heldUntil is { } until && now < until && input is NodeInput.OperatorStart waiting && StartRefusal(waiting, now) is { MayPass: true }))
            return;
        held = null;
        if (input is NodeInput.OperatorStart start)
            OnOperatorStart(start, now, actions);
        else if (input is NodeInput.OperatorStop stop)
            OnOperatorStop(stop, now, actions);
    }

    /// <summary>Why nothing is started; null when it is.</summary>
    private StartObstacle? StartRefusal(NodeInput.OperatorStart wanted, LocalTime now)
    {
        if (leaving is not null)
            return new("this node is leaving: nothing is started");
        if (proposal is not null)
            return new($"take {proposal.Command.Take} is about to start: wait for it");
        if (take.Phase != TakePhase.None)
            return new($"take {take.Plan?.Name} is {InWords(take.Phase)}: type 'stop' first");
        if (settings.HasCamera && State != NodeState.Ready)
            return new($"not started: {fault ?? "the camera is not ready yet; try again in a moment ('status' shows the state)"}", MayPass: fault is null);
        if (settings.HasCamera && wanted.Settings is null && Restoring is { } goesBack)
            return new($"not started: {goesBack}; try again in a moment", MayPass: true);
        if (clock.Network.Mapping is null)
            return new("not started: the kernel says that this machine's wall clock is not synchronised, and --clock system asks for that; "
                + "start chrony (with rtcsync in its settings), or ptp4l with phc2sys (docs/clock.md), or use --clock builtin");
        if (wanted.Force)
            return null;
        if (settings.HasCamera && NotReadyFor(now) is { } own)
            return new($"not started: {own} ('start --force' goes on all the same)", MayPass: true) { Nodes = [new(settings.NodeId, NodeAnswer.Refused, own)] };
        IReadOnlyList<string> unready = UnreadyPeers(now);
        if (unready.Count > 0)
            return new($"not started, because not all are ready: {string.Join("; ", unready)} ('start --force' goes on with those who are)", MayPass: !Peers.All.Any(peer => peer.Lost))
            {
                Nodes = [.. Peers.All.Select(peer => Unready(peer, now)).OfType<NodeOutcome>()],
            };
        long slowest = Peers.All.Where(peer => peer is { IsVersionOne: false, Lost: false }).Max(peer => peer.Clock?.DelayNs) ?? 0;
        // asked, agreed, told: and each of it may have to be said twice
        Nanos shortest = new(4 * slowest);
        return Nanos.FromMilliseconds(wanted.DelayMs) < shortest
            ? new($"not started: a delay of {wanted.DelayMs} ms is too short for everyone to be asked and told; 'start {Math.Ceiling(shortest.Milliseconds):0}' is the shortest that works")
            : null;
    }

    /// <summary>Who could not obey a START now, and why.</summary>
    public IReadOnlyList<string> UnreadyPeers(LocalTime now) => [.. Peers.All.Select(peer => UnreadyInWords(peer, now)).OfType<string>()];

    private static string? UnreadyInWords(Peer peer, LocalTime now) =>
        Unready(peer, now) is not { } unready ? null
        : unready.Answer == NodeAnswer.Absent ? $"{peer.NodeId} is {unready.Reason} ('forget {peer.NodeId}' if it is not coming back)"
        : $"{peer.NodeId}: {unready.Reason}";

    /// <summary>As the answer to a START that it would miss; null when it would not.</summary>
    private static NodeOutcome? Unready(Peer peer, LocalTime now)
    {
        if (peer.Lost)
            return new(peer.NodeId, NodeAnswer.Absent, $"lost, nothing heard from it for {(now - peer.LastSeen).Seconds:0} s");
        if (peer.IsVersionOne || peer.Records == NoCamera)
            return null;
        string? reason = peer.NotReady ?? (peer.State == NodeState.Recording ? "it is recording" : null);
        return reason is null ? null : new(peer.NodeId, NodeAnswer.Refused, reason);
    }

    private void OnOperatorForget(string name, List<NodeAction> actions)
    {
        if (Peers.Find(name) is not { } peer)
            Warn(actions, $"no node {name} is known here ('peers' lists them)");
        else if (!peer.Lost)
            Warn(actions, $"{name} is not lost: a node that is there cannot be forgotten");
        else
        {
            Peers.Forget(peer);
            Info(actions, $"{name} is forgotten until it is heard again");
        }
    }

    private string? StopRefusal() =>
        take.Phase == TakePhase.None && proposal is null && !Peers.All.Any(IsStillRecording) ? "nothing is being recorded: there is nothing to stop"
        : take.Phase == TakePhase.Stopping ? "the take is already being stopped"
        : null;
}

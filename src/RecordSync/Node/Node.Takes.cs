namespace RecordSync;

/// <summary>START and STOP (docs/protocol.md §5): given on the leader, obeyed on all.</summary>
internal sealed partial class Node
{
    private RecordingCommand? lastStop;
    private readonly HashSet<string> stopHeardBy = new(StringComparer.Ordinal);

    private void OnOperatorStart(NodeInput.OperatorStart wanted, LocalTime now, List<NodeAction> actions)
    {
        if (office.Listening)
            held = wanted;
        else if (leaving is null && !Leads)
            Forward(wanted, now, actions);
        else if (StartRefusal(wanted, now) is { } refusal)
            Refuse(wanted, refusal, now, actions);
        else
            Propose(wanted, new Requester(wanted.Ticket), now, actions);
    }

    /// <summary>From here on it is a START: agreed by all, or given with those who are ready.</summary>
    private void Start(RecordingCommand command, int delayMs, Requester? requester, LocalTime now, List<NodeAction> actions)
    {
        WarnOfAbsentees(now, actions);
        office.Establish();
        command = command with { Term = office.Term.Value };
        PendingCommand sent = Command(command, requester, now, actions);
        TakePlan plan = new(command.Id!, command.Take!, command.Target, command.Rate ?? settings.Rate, settings.NodeId) { Timescale = clock.Timescale, Settings = command.Settings };
        take.Arm(plan, clock.Timescale);
        take.Remember(plan.Id);
        VerdictGathering gathering = BeginGathering(plan.Name);
        gathering.Start = sent;
        if (settings.HasCamera)
            gathering.Expect(settings.NodeId);
        Info(actions, $"START in {delayMs} ms: take {plan.Name}, {FollowersInWords()}");
        if (settings.HasCamera)
            actions.Add(new NodeAction.StartTake(plan));
        else
            take.LeadOnly();
        SendBeacon(now, actions);
    }

    /// <summary>A take that not all will be in must not look like one that they are.</summary>
    private void WarnOfAbsentees(LocalTime now, List<NodeAction> actions)
    {
        foreach (Peer peer in Peers.All.Where(peer => peer.Role == NodeRole.Follower))
        {
            if (peer.Lost)
                Warn(actions, $"{peer.NodeId} is lost, nothing heard from it for {(now - peer.LastSeen).Seconds:0} s: this take will lack it");
            else if (peer.IsVersionOne)
                Warn(actions, $"{peer.NodeId} is a version-1 program: it does not say whether it records");
            else if (UnreadyInWords(peer, now) is { } reason)
                Warn(actions, $"not ready: {reason}");
        }
    }

    private void OnOperatorStop(NodeInput.OperatorStop wanted, LocalTime now, List<NodeAction> actions)
    {
        if (office.Listening)
            held = wanted;
        else if (!Leads)
            Forward(wanted, now, actions);
        else if (StopRefusal() is { } reason)
            Refuse(CommandKind.Stop, wanted.Ticket, reason, actions);
        else
            Stop(wanted.DelayMs, new Requester(wanted.Ticket), now, actions);
    }

    private void Stop(int delayMs, Requester? requester, LocalTime now, List<NodeAction> actions)
    {
        if (proposal is { } open)
        {
            WithdrawProposal("'stop' was typed", [], now, actions);
            Report(requester, new CommandReport(CommandKind.Stop) { Take = open.Command.Take }, now, actions);
            return;
        }
        NetworkTime target = TargetIn(delayMs, take.Plan?.Rate ?? settings.Rate, now);
        PendingCommand sent = SendStop(target, requester, now, actions);
        Info(actions, $"STOP in {delayMs} ms");
        foreach (Peer peer in Peers.All.Where(peer => IsStillRecording(peer) && take.Plan is { } plan && peer.LastStatus?.Take is { } other && other != plan.Name))
            Warn(actions, $"{peer.NodeId} records another take, {peer.LastStatus!.Take}: type 'stop' again when this one has ended");
        GatherVerdicts(target, sent, now, actions);
        if (take.Phase is TakePhase.Armed or TakePhase.Recording)
            StopOwn(target, actions);
        else
            EndTake(now, actions);
    }

    private PendingCommand SendStop(NetworkTime target, Requester? requester, LocalTime now, List<NodeAction> actions)
    {
        lastStop = new RecordingCommand(CommandKind.Stop, target.Nanoseconds / 1_000)
        {
            Id = NextCommandId(),
            // null where this leader was restarted in mid-take: it stops whatever is recording
            Take = take.Plan?.Name,
            Leader = settings.NodeId,
            Timescale = clock.Timescale,
            TargetNs = target.Nanoseconds,
            Term = office.Term.Value,
        };
        stopHeardBy.Clear();
        return Command(lastStop, requester, now, actions);
    }

    /// <summary>A node that joined the take in the moment of its STOP has not heard it, and nobody waits for its answer.</summary>
    private void StopWhoJoinedLate(Status status, Peer peer, List<NodeAction> actions)
    {
        if (!Leads || lastStop is not { Take: { } stopped } stop)
            return;
        if (status.Ack == stop.Id)
            stopHeardBy.Add(peer.NodeId);
        bool isAsked = pending is { } command && command.Command.Id == stop.Id && command.Waiting.Contains(peer);
        if (status.Take == stopped && IsStillRecording(peer) && !isAsked && !stopHeardBy.Contains(peer.NodeId))
            actions.Add(new NodeAction.Send(stop, peer.Address));
    }

    private PendingCommand Command(RecordingCommand command, Requester? requester, LocalTime now, List<NodeAction> actions)
    {
        if (pending is { } replaced)
            ReportCommand(replaced, now, actions);
        actions.Add(new NodeAction.Send(command, null));
        // a follower whose link broke in mid-take records on: the repeated STOP reaches it when it is back
        bool stops = command.Command == CommandKind.Stop;
        Peer[] asked = [.. Peers.All.Where(peer => peer is { Role: NodeRole.Follower, IsVersionOne: false } && (!peer.Lost || (stops && IsInATake(peer))))];
        PendingCommand sent = new(command, asked, SettledBeforehand(asked, now), requester, now);
        pending = sent.IsDone ? null : sent;
        if (sent.IsDone)
            ReportCommand(sent, now, actions);
        else
            actions.Add(new NodeAction.SetTimer(NodeTimer.Retransmit, now + sent.NextPause()));
        return sent;
    }

    /// <summary>Who is not asked, and why it needs not or cannot be.</summary>
    private IEnumerable<NodeOutcome> SettledBeforehand(IReadOnlyCollection<Peer> asked, LocalTime now)
    {
        if (settings.HasCamera)
            yield return new(settings.NodeId, NodeAnswer.Acknowledged);
        foreach (Peer peer in Peers.All.Except(asked).Where(peer => peer.Role == NodeRole.Follower))
            yield return peer.Lost ? new(peer.NodeId, NodeAnswer.Absent, Unready(peer, now)?.Reason) : new(peer.NodeId, NodeAnswer.BestEffort);
    }

    private void Retransmit(LocalTime now, List<NodeAction> actions)
    {
        if (pending is not { } command)
            return;
        ReportIfDue(command, now, actions);
        // a START is worth repeating for as long as it would be obeyed; a STOP longer, because a recording that nobody stops fills a disk
        Nanos patience = command.Command.Command == CommandKind.Start ? NodeSettings.LatestStart : Nanos.FromSeconds(60);
        if (NetworkNow(now) > command.Command.Target + patience)
        {
            foreach (Peer peer in command.Waiting)
            {
                string how = command.WasRefusedBy(peer.NodeId) ? "refused to the end" : "never acknowledged";
                actions.Add(new NodeAction.Tell(NoticeLevel.Error, $"{WireNames.Of(command.Command.Command).ToUpperInvariant()} was {how} by {peer.NodeId}"));
            }
            pending = null;
            return;
        }
        foreach (Peer peer in command.Waiting)
            actions.Add(new NodeAction.Send(command.Command, peer.Address));
        actions.Add(new NodeAction.SetTimer(NodeTimer.Retransmit, now + command.NextPause()));
    }

    private void OnCommand(RecordingCommand command, Endpoint source, LocalTime now, List<NodeAction> actions)
    {
        // the own command, heard again; and version 1 commands nobody who leads
        if (Leads && (command.Id is null || command.Leader == settings.NodeId))
            return;
        if (command.Prepare)
        {
            OnPrepare(command, source, now, actions);
            return;
        }
        if (command.Withdraw)
        {
            OnWithdraw(command, actions);
            return;
        }
        string id = TakeControl.IdOf(command);
        if (command.Command == CommandKind.Start)
            ConfigureFor(command, source, now, actions);
        if (Refusal(command, now) is { } reason)
        {
            if (take.Remember("refused " + id))
                actions.Add(new NodeAction.Tell(NoticeLevel.Error, $"{WireNames.Of(command.Command).ToUpperInvariant()} refused: {reason}"));
            SendStatus(null, command.Id, now, actions, reason, command.Id is null ? null : source);
            return;
        }
        if (take.Remember(id))
            Obey(command, id, now, actions);
        if (command.Id is not null)
            SendStatus(command.Id, null, now, actions, to: source);
    }

    private void Obey(RecordingCommand command, string id, LocalTime now, List<NodeAction> actions)
    {
        Nanos ahead = command.Target - NetworkNow(now);
        office.Heard(new Term(command.Term ?? 0));
        if (command.Command == CommandKind.Start)
        {
            prepared = null;
            string leader = command.Leader ?? clock.Leader?.NodeId ?? "";
            TakePlan plan = new(id, command.Take ?? TakePlan.NameFor(command.Target), command.Target, command.Rate ?? settings.Rate, leader) { Timescale = command.Timescale, Settings = command.Settings };
            if (clock.Network.Mapping?.At(startedAt) > command.Target)
                plan = plan.JoinedAt(NetworkNow(now));
            take.Arm(plan, command.Timescale);
            clock.Hasten(now, actions);
            Info(actions, $"START from {leader} in {ahead.Milliseconds:0} ms: take {plan.Name}");
            if (settings.HasCamera)
                actions.Add(new NodeAction.StartTake(plan));
            else
                take.End();
        }
        else if (take.Phase is TakePhase.Armed or TakePhase.Recording && (command.Take is null || command.Take == take.Plan?.Name))
        {
            // a leader that was restarted counts from another zero: its instant says nothing here, its wish does
            bool sameScale = command.Timescale == take.Timescale;
            NetworkTime at = sameScale ? command.Target : NetworkNow(now) + NodeSettings.SoonestStop;
            Info(actions, $"STOP from {command.Leader ?? clock.Leader?.NodeId} {(sameScale ? $"in {ahead.Milliseconds:0} ms" : "at once: its time scale is not the one of this take")}");
            StopOwn(at, actions);
        }
    }

    /// <summary>Why this command cannot be obeyed; null when it can, or was already.</summary>
    private string? Refusal(RecordingCommand command, LocalTime now)
    {
        if (RefusalBeforeCamera(command, now) is { } refusal)
            return refusal;
        bool startsAnew = command.Command == CommandKind.Start && take.Plan?.Id != TakeControl.IdOf(command);
        return !startsAnew || !settings.HasCamera ? null
            : NotConfiguredFor(command) is { } missing ? missing
            : !warm ? fault ?? "the camera is not ready"
            : null;
    }

    /// <summary>The same, were the camera as the command asks.</summary>
    private string? RefusalBeforeCamera(RecordingCommand command, LocalTime now)
    {
        if (take.Plan?.Id == TakeControl.IdOf(command))
            return null;
        bool stopsOurs = command.Command == CommandKind.Stop && command.Take is { } named && named == take.Plan?.Name;
        if (Leads && !stopsOurs)
            return $"this node leads itself ({office.Term})";
        // whoever was deposed starts nothing; but the wish to end a take is heeded from either side of a partition that has healed
        if (command.Term is { } term && new Term(term) < office.Term && !stopsOurs)
            return $"the command is of an earlier term of office, and {office.Term} is known here";
        if (clock.Network.Mapping is null)
            return "this node's clock is not synchronised to the leader yet";
        if (command.Command == CommandKind.Stop && take.Phase != TakePhase.None && command.Timescale != take.Timescale)
            return null;
        if (command.Timescale is { } scale && clock.Leader?.Timescale is { } followed && scale != followed)
            return $"the command is in the time scale of {command.Leader}, this node follows {clock.Leader.NodeId}";
        // it leads, and has not been asked for its time yet
        if (command.Timescale is { } commanded && clock.Timescale is { } own && commanded != own)
            return $"this node's clock is not in the time scale of {command.Leader} yet";
        Nanos ahead = command.Target - NetworkNow(now);
        if (ahead > NodeSettings.FurthestTarget)
            return $"the target is {ahead.Seconds:0} s ahead: the leader's clock and this node's do not agree";
        if (command.Command == CommandKind.Stop)
            return null;
        if (!settings.JoinTakes && clock.Network.Mapping.At(startedAt) > command.Target)
            return "the take had begun before this node was started, and --join-takes was not given";
        if (-ahead > NodeSettings.LatestStart)
            return $"it arrived {-ahead.Seconds:0.0} s too late";
        if (leaving is not null)
            return "this node is leaving";
        return take.Phase == TakePhase.None ? null : $"take {take.Plan?.Name} is still recording here";
    }

    private void OnLeave(string why, LocalTime now, List<NodeAction> actions)
    {
        if (leaving is not null)
            return;
        leaving = why;
        bool othersCanStop = Peers.All.Any(peer => peer is { Lost: false, CanLead: true });
        if (take.Phase == TakePhase.Leading && othersCanStop)
            // nothing is being recorded here: there is nothing to wait for
            take.End();
        if (take.Phase == TakePhase.None)
        {
            DepartWhenSettled(now, actions);
            return;
        }
        Info(actions, $"{why}: finishing the recording first");
        if (take.Phase == TakePhase.Stopping)
        {
            // a STOP that is minutes away stands for the others; this node does not keep its service manager waiting for it
            if (take.StopTarget - NetworkNow(now) > NodeSettings.LongestLeave)
                StopHere(now, actions);
            return;
        }
        if (Leads && !othersCanStop)
            // without its leader nobody could stop the others
            Stop(500, null, now, actions);
        else
            StopHere(now, actions);
    }

    private void StopHere(LocalTime now, List<NodeAction> actions) => StopOwn(NetworkNow(now) + NodeSettings.SoonestStop, actions);

    private void StopOwn(NetworkTime at, List<NodeAction> actions)
    {
        take.Stopping(at);
        actions.Add(new NodeAction.StopTake(at));
    }

    private void EndTake(LocalTime now, List<NodeAction> actions, string? reason = null)
    {
        // the leader's own recording has ended by itself: the take has not, and only this leader can stop it
        bool othersGoOn = Leads && leaving is null && take.Phase is TakePhase.Armed or TakePhase.Recording && Peers.All.Any(peer => peer is { Role: NodeRole.Follower, Lost: false });
        if (othersGoOn)
        {
            take.LeadOnly();
            Warn(actions, "the other nodes go on recording: type 'stop' to stop them");
        }
        else
        {
            take.End();
            groupTake = Leads ? null : groupTake;
            LeaveConfiguration(actions);
            // and the Status that follows: one of them will arrive, and nobody waits for a node that is ready again
            SendBeacon(now, actions);
        }
        SendStatus(null, null, now, actions, reason);
        if (leaving is not null)
            DepartWhenSettled(now, actions);
    }

    private void Depart(LocalTime now, List<NodeAction> actions)
    {
        actions.Add(new NodeAction.Send(MakeBeacon(now, goodbye: true), null));
        actions.Add(new NodeAction.Exit());
    }

    private NetworkTime NetworkNow(LocalTime now) => clock.Network.Mapping?.At(now) ?? new NetworkTime(now.Nanoseconds + settings.WallOffset.Value);

    private string NextCommandId() => $"{settings.NodeId}-{settings.Instance:x}-{++commandCount}";

    private string FollowersInWords()
    {
        int count = Peers.All.Count(peer => peer is { Role: NodeRole.Follower, Lost: false });
        return count switch
        {
            0 => "no followers",
            1 => "1 follower",
            _ => $"{count} followers",
        };
    }

    private static bool IsStillRecording(Peer peer) => peer is { Role: NodeRole.Follower, Lost: false } && IsInATake(peer);

    /// <summary>A node whose camera is away says Error, and is in the take all the same.</summary>
    private static bool IsInATake(Peer peer) => peer.State == NodeState.Recording || (peer.State == NodeState.Error && peer.LastStatus is { Take: not null, State: NodeState.Error });

    private static string InWords(TakePhase phase) =>
        phase switch
        {
            TakePhase.Armed => "about to start",
            TakePhase.Stopping => "being finished",
            TakePhase.Leading => "still being recorded by the other nodes",
            _ => "already recording",
        };

    /// <summary>On the grid that steered cameras are aligned to, and then in whole microseconds, so that a version-1 follower acts at the very same instant.</summary>
    private NetworkTime TargetIn(int delayMs, FrameRate rate, LocalTime now) => WholeMicroseconds(FrameGrid.Common(rate).NextFrom(NetworkNow(now) + Nanos.FromMilliseconds(delayMs)));

    private static NetworkTime WholeMicroseconds(NetworkTime time) => new((time.Nanoseconds + 999) / 1_000 * 1_000);
}

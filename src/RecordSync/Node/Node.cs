using System.Diagnostics;

namespace RecordSync;

/// <summary>
/// One node, as a deterministic state machine: inputs in, actions out, time as an argument. It never reads a clock, a socket or a random
/// source, so that a whole cluster can run in a test.
///
/// What it decides: who is there (beacons every 2 s, lost after three, gone at a goodbye), what time it is (a follower asks its leader,
/// the leader is the time scale), and when to record (a START or STOP carries an instant of network time; every node acts
/// at that instant by its own clock, so the network's delay does not matter). Once started, a recording never depends on the
/// network: it ends by a STOP, by the operator here, or by a fault of its own.
/// </summary>
internal sealed partial class Node
{
    private readonly NodeSettings settings;
    private readonly LeaderClock clock = new();
    private readonly TakeControl take = new();
    private PendingCommand? pending;
    private string? records;
    private string? fault;
    private long? diskSecondsLeft;
    private long? diskSecondsSent;
    private bool warm;
    private string? leaving;
    private bool rivalTold;
    private bool namesakeTold;
    private int commandCount;

    public Node(NodeSettings settings) => this.settings = settings;

    public string NodeId => settings.NodeId;

    public NodeRole Role => settings.Role;

    public PeerTable Peers { get; } = new();

    public LeaderClock Clock => clock;

    public TakeControl Take => take;

    /// <summary>Why nothing can be recorded now; null when nothing is wrong.</summary>
    public string? Fault => fault;

    public string? Records => records;

    /// <summary>How long the disk lasts; null while nobody has looked.</summary>
    public long? DiskSecondsLeft => diskSecondsLeft;

    /// <summary>A recording goes on whatever has become of the camera; only then does a fault show, and Ready needs warm frames.</summary>
    public NodeState State =>
        take.Phase is TakePhase.Recording or TakePhase.Stopping ? NodeState.Recording
        : fault is not null ? NodeState.Error
        : warm ? NodeState.Ready
        : NodeState.Idle;

    private bool Leads => settings.Role == NodeRole.Leader;

    public void Step(NodeInput input, LocalTime now, List<NodeAction> actions)
    {
        switch (input)
        {
            case NodeInput.Started:
                OnStarted(now, actions);
                break;
            case NodeInput.PacketReceived packet:
                OnPacket(packet, now, actions);
                break;
            case NodeInput.TimerElapsed timer:
                OnTimer(timer.Timer, now, actions);
                break;
            case NodeInput.SyncRequestSent sent:
                clock.OnSent(sent);
                break;
            case NodeInput.SyncRequestStamped stamped:
                clock.OnStamped(stamped);
                break;
            case NodeInput.OperatorStart start:
                OnOperatorStart(start.DelayMs, now, actions);
                break;
            case NodeInput.OperatorStop stop:
                OnOperatorStop(stop.DelayMs, now, actions);
                break;
            case NodeInput.LeaveRequested leave:
                OnLeave(leave.Why, now, actions);
                break;
            case NodeInput.Recorder recorder:
                OnRecorder(recorder.Event, now, actions);
                break;
            default:
                throw new UnreachableException($"no case for {input.GetType().Name}");
        }
    }

    public ClockReport ClockReport(LocalTime now)
    {
        string state = clock.Network.State(now).ToString().ToLowerInvariant();
        if (Leads)
            return new ClockReport("leader", 0, 0, 0, null);
        if (clock.Network.Mapping is not { } mapping)
            return new ClockReport(state, null, null, null, null);
        long wall = now.Nanoseconds + settings.WallOffset.Value;
        return new ClockReport(
            state,
            mapping.At(now).Nanoseconds - wall,
            (long)((clock.Estimate?.Rate ?? mapping.Rate) * 1e9),
            mapping.ErrorAt(now),
            clock.Estimate?.DelayNs
        );
    }

    private void OnStarted(LocalTime now, List<NodeAction> actions)
    {
        if (Leads)
        {
            clock.Network.Lead(now, new NetworkTime(now.Nanoseconds + settings.WallOffset.Value));
            actions.Add(new NodeAction.PublishClock(clock.Network.Mapping));
        }
        Beacon(now, actions);
        actions.Add(new NodeAction.SetTimer(NodeTimer.Beacon, now + NodeSettings.BeaconInterval));
        actions.Add(new NodeAction.SetTimer(NodeTimer.Sweep, now + NodeSettings.SweepInterval));
    }

    private void OnTimer(NodeTimer timer, LocalTime now, List<NodeAction> actions)
    {
        switch (timer)
        {
            case NodeTimer.Beacon:
                Beacon(now, actions);
                actions.Add(new NodeAction.SetTimer(NodeTimer.Beacon, now + NodeSettings.BeaconInterval));
                break;
            case NodeTimer.Sweep:
                LoseSilentPeers(now, actions);
                actions.Add(new NodeAction.SetTimer(NodeTimer.Sweep, now + NodeSettings.SweepInterval));
                break;
            case NodeTimer.Sync:
                clock.OnTimer(now, actions);
                break;
            case NodeTimer.Retransmit:
                Retransmit(now, actions);
                break;
            default:
                throw new UnreachableException($"no case for timer {timer}");
        }
    }

    private void OnRecorder(RecorderEvent recorderEvent, LocalTime now, List<NodeAction> actions)
    {
        NodeState before = State;
        switch (recorderEvent)
        {
            case RecorderEvent.Ready ready:
                if (fault is not null)
                    Info(actions, $"recovered: {ready.Records}");
                else if (!warm)
                    Info(actions, $"camera ready: {ready.Records}");
                (warm, fault, records) = (true, null, ready.Records);
                break;
            case RecorderEvent.NotReady notReady:
                if (notReady.Reason is { } reason && reason != fault)
                    actions.Add(new NodeAction.Tell(NoticeLevel.Error, reason));
                (warm, fault) = (false, notReady.Reason);
                break;
            case RecorderEvent.Notice notice:
                actions.Add(new NodeAction.Tell(notice.Level, notice.Text));
                break;
            case RecorderEvent.DiskLeft disk:
                diskSecondsLeft = disk.Seconds;
                // a take's progress tells it anyway; without one, a change that somebody might want to know
                if (take.Phase == TakePhase.None && Math.Abs(disk.Seconds - (diskSecondsSent ?? -1_000)) > Math.Max(10, disk.Seconds / 10))
                    SendStatus(null, null, now, actions);
                break;
            case RecorderEvent.Recording recording:
                take.OnRecording(recording.File);
                Info(actions, $"recording take {recording.Take} to {recording.File}");
                break;
            case RecorderEvent.Progress progress:
                take.OnProgress(progress.Counts);
                SendStatus(null, null, now, actions);
                break;
            case RecorderEvent.Finished finished:
                take.OnProgress(finished.Counts);
                Info(actions, $"finished {finished.File}: {Describe(finished.Counts)}{(finished.Note is null ? "" : $"; {finished.Note}")}");
                EndTake(now, actions);
                return;
            case RecorderEvent.Failed failed:
                take.OnProgress(failed.Counts);
                actions.Add(new NodeAction.Tell(NoticeLevel.Error, $"take {failed.Take} failed: {failed.Reason}"));
                EndTake(now, actions, failed.Reason);
                return;
            default:
                throw new UnreachableException($"no case for {recorderEvent.GetType().Name}");
        }
        if (State != before)
            SendStatus(null, null, now, actions);
    }

    private static string Describe(TakeCounts counts)
    {
        string text = $"{counts.Frames} frames, {counts.Bytes / 1e6:0.0} MB";
        if (counts.Repeated > 0)
            text += $", {counts.Repeated} repeated";
        if (counts.Dropped > 0)
            text += $", {counts.Dropped} DROPPED";
        return counts.Duplicated > 0 ? text + $", {counts.Duplicated} duplicates left out" : text;
    }

    private static void Info(List<NodeAction> actions, string text) => actions.Add(new NodeAction.Tell(NoticeLevel.Info, text));

    private static void Warn(List<NodeAction> actions, string text) => actions.Add(new NodeAction.Tell(NoticeLevel.Warning, text));
}

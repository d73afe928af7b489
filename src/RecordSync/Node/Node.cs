using System.Diagnostics;
using System.Runtime.CompilerServices;

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
    private readonly LeaderClock clock;
    private readonly TakeControl take = new();
    private readonly QueryAllowance queries = new();
    private readonly NoticeAllowance notices = new();
    private PendingCommand? pending;
    private string? records;
    private string? phase;
    private string? fault;
    private string? stamps;
    private long? diskSecondsLeft;
    private long? diskSecondsSent;
    private bool warm;
    private LocalTime startedAt;
    private string? leaving;
    private bool rivalTold;
    private bool namesakeTold;
    private int commandCount;

    /// <summary>What <see cref="Records"/> says of a node that only leads.</summary>
    private const string NoCamera = "no camera";

    public Node(NodeSettings settings)
    {
        this.settings = settings;
        clock = new LeaderClock(settings);
        office = new Office(settings);
    }

    public string NodeId => settings.NodeId;

    public NodeRole Role => Leads ? NodeRole.Leader : NodeRole.Follower;

    public PeerTable Peers { get; } = new();

    public LeaderClock Clock => clock;

    public TakeControl Take => take;

    /// <summary>Why nothing can be recorded now; null when nothing is wrong.</summary>
    public string? Fault => take.Interruption ?? fault;

    public string? Records => records;

    /// <summary>How the camera's exposures stand to the group's grid, in a word; null where nobody asked for it.</summary>
    public string? Phase => phase;

    /// <summary>How long the disk lasts; null while nobody has looked.</summary>
    public long? DiskSecondsLeft => diskSecondsLeft;

    /// <summary>A take goes on whatever has become of the disk or the clock; only a camera that is away shows in it. Ready needs warm frames.</summary>
    public NodeState State =>
        take.Interruption is not null ? NodeState.Error
        : take.Phase is TakePhase.Recording or TakePhase.Stopping ? NodeState.Recording
        : fault is not null ? NodeState.Error
        : warm ? NodeState.Ready
        : NodeState.Idle;

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
            case NodeInput.SyncBurstEnded:
                clock.OnBurstEnded(now, take.Phase != TakePhase.None, actions);
                break;
            case NodeInput.SystemClockRead read:
                OnSystemClock(read.Reading, now, actions);
                break;
            case NodeInput.StampsKnown known:
                stamps = known.Stamps;
                break;
            case NodeInput.OperatorStart start:
                OnOperatorStart(start, now, actions);
                break;
            case NodeInput.OperatorStop stop:
                OnOperatorStop(stop, now, actions);
                break;
            case NodeInput.OperatorForget forget:
                OnOperatorForget(forget.NodeId, actions);
                break;
            case NodeInput.OperatorVerdict verdict:
                OnOperatorVerdict(verdict.Take, now, actions);
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
        HeedWhatWasHeld(now, actions);
        TellWhenReadinessChanges(now, actions);
        // who asks gets the whole answer, and what this process itself has seen no stranger can multiply
        if (input is not (NodeInput.Recorder or NodeInput.OperatorStart or NodeInput.OperatorStop or NodeInput.OperatorForget or NodeInput.OperatorVerdict))
            notices.Apply(actions, now);
    }

    public ClockReading ReadClock(LocalTime now)
    {
        string state = Leads && clock.Network.Mapping is not null ? "leader" : WireNames.Of(clock.Network.State(now));
        if (clock.Network.Mapping is not { } mapping)
            return new ClockReading(now, null, state);
        return new ClockReading(
            now,
            mapping.At(now),
            state,
            (long)(mapping.Rate * 1e9),
            clock.Estimate?.DelayNs,
            clock.Estimate?.DispersionNs ?? 0,
            mapping.ErrorAt(now),
            clock.Estimate?.Samples ?? 0,
            clock.Network.Age(now)
        );
    }

    /// <summary>The same for the wire: against the node's own wall clock, because nobody else knows its local time.</summary>
    public ClockReport ClockReport(LocalTime now)
    {
        ClockReading reading = ReadClock(now);
        return new ClockReport(
            reading.State,
            reading.Network?.Nanoseconds - now.Nanoseconds - settings.WallOffset.Value,
            reading.RatePpb,
            reading.ErrorNs,
            reading.DelayNs
        )
        {
            DispersionNs = reading.DispersionNs,
            Source = clock.System.IsUsed ? "system" : null,
            Alarm = clock.System.Alarm,
            AgeNs = reading.State == WireNames.Of(SyncState.Holdover) ? reading.Age.Value : null,
            Stamps = stamps,
        };
    }

    private void OnStarted(LocalTime now, List<NodeAction> actions)
    {
        startedAt = now;
        if (settings.Clock != ClockSource.Builtin)
            ReadSystemClock(now, actions);
        Listen(now, actions);
        SendBeacon(now, actions);
        actions.Add(new NodeAction.SetTimer(NodeTimer.Sweep, now + NodeSettings.SweepInterval));
    }

    private void OnTimer(NodeTimer timer, LocalTime now, List<NodeAction> actions)
    {
        switch (timer)
        {
            case NodeTimer.Beacon:
                SendBeacon(now, actions);
                break;
            case NodeTimer.Sweep:
                LoseSilentPeers(now, actions);
                LeaveConfigurationThatIsStale(now, actions);
                actions.Add(new NodeAction.SetTimer(NodeTimer.Sweep, now + NodeSettings.SweepInterval));
                break;
            case NodeTimer.Sync:
                clock.OnTimer(now, take.Phase != TakePhase.None, actions);
                break;
            case NodeTimer.SystemClock:
                ReadSystemClock(now, actions);
                break;
            case NodeTimer.Retransmit:
                Retransmit(now, actions);
                break;
            case NodeTimer.Gather:
                OnGatherTimer(now, actions);
                break;
            case NodeTimer.Deliver:
                Deliver(now, actions);
                break;
            case NodeTimer.Share:
                Share(now, actions);
                break;
            case NodeTimer.Depart:
                DepartIfSettled(now, actions);
                break;
            case NodeTimer.Election:
                OnElectionTimer(now, actions);
                break;
            case NodeTimer.Prepare:
                OnPrepareTimer(now, actions);
                break;
            default:
                throw new UnreachableException($"no case for timer {timer}");
        }
    }

    /// <summary>A leader whose time scale is not the wall clock has no use for it.</summary>
    private void OnSystemClock(SystemClockReading reading, LocalTime now, List<NodeAction> actions)
    {
        bool leadsIt = Leads && clock.Timescale == SystemClock.Timescale;
        if (leadsIt || !Leads)
            clock.OnSystemClock(reading, leadsIt, now, take.Phase != TakePhase.None, actions);
    }

    private void ReadSystemClock(LocalTime now, List<NodeAction> actions)
    {
        actions.Add(new NodeAction.ReadSystemClock());
        actions.Add(new NodeAction.SetTimer(NodeTimer.SystemClock, now + clock.System.ReadInterval));
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
            case RecorderEvent.Configured configured:
                OnConfigured(configured.Id, null, now, actions);
                break;
            case RecorderEvent.CannotConfigure cannot:
                OnConfigured(cannot.Id, cannot.Reason, now, actions);
                break;
            case RecorderEvent.Phase changed:
                bool good = changed.Word is "aligned" or "aligning";
                actions.Add(new NodeAction.Tell(good ? NoticeLevel.Info : NoticeLevel.Warning, $"camera: {changed.Sentence}"));
                phase = changed.Word;
                Beacon(now, actions);
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
            case RecorderEvent.Interrupted interrupted:
                take.OnInterrupted(interrupted.Reason);
                actions.Add(new NodeAction.Tell(NoticeLevel.Error, $"take {interrupted.Take} is interrupted: {interrupted.Reason}"));
                (warm, fault) = (false, interrupted.Reason);
                break;
            case RecorderEvent.Resumed resumed:
                take.OnResumed(resumed.File);
                Info(actions, $"take {resumed.Take} goes on: {resumed.Text}");
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
            case RecorderEvent.Judged judged:
                OnJudged(judged.Verdict, now, actions);
                break;
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
        if (counts.Late > 0)
            text += $", {counts.Late} late";
        return counts.Duplicated > 0 ? text + $", {counts.Duplicated} duplicates left out" : text;
    }

    private static void Info(List<NodeAction> actions, string text, [CallerMemberName] string member = "", [CallerLineNumber] int line = 0) =>
        actions.Add(new NodeAction.Tell(NoticeLevel.Info, text, member, line));

    private static void Warn(List<NodeAction> actions, string text, [CallerMemberName] string member = "", [CallerLineNumber] int line = 0) =>
        actions.Add(new NodeAction.Tell(NoticeLevel.Warning, text, member, line));
}

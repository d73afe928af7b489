namespace RecordSync.Tests;

/// <summary>A recorder as the daemon has it, without pictures: it arms, begins at the take's first grid point by its node's clock, reports every second, and ends at the stop's target.</summary>
internal sealed class SimulatedRecorder(SimulatedGroup group, SimulatedNode node, ClusterLaws laws)
{
    private const long Arming = 40_000_000;
    private const long Second = 1_000_000_000;
    private const long Tail = 30_000_000;

    /// <summary>In so short a time no slew moves a clock by a microsecond.</summary>
    private const long Shortly = 5_000_000;

    private NetworkTime? stopAt;
    private bool begun;
    private int takes;
    private int configurations;
    private bool opening;

    /// <summary>No camera of these is as quick.</summary>
    public static readonly FrameRate TooQuick = new(240, 1);

    /// <summary>Null: nothing is being recorded.</summary>
    public TakePlan? Active { get; private set; }

    public string? CameraFault { get; private set; }

    /// <summary>What a START has asked of the camera; null: nothing, it is as the node was started.</summary>
    public TakeSettings? Settings { get; private set; }

    public void Do(NodeAction action)
    {
        if (action is NodeAction.StartTake start)
            Start(start.Plan);
        else if (action is NodeAction.StopTake stop && Active is not null)
        {
            stopAt = stop.At;
            AwaitStop(++takes);
        }
        else if (action is NodeAction.Configure wanted)
            Configure(wanted, ++configurations);
    }

    public void SetCamera(string? faultNow)
    {
        bool wasAway = CameraFault is not null;
        CameraFault = faultNow;
        if (Active is { } plan && faultNow is { } reason && !wasAway)
            Report(new RecorderEvent.Interrupted(plan.Name, reason));
        Say();
        if (Active is { } goesOn && faultNow is null && wasAway)
            Report(new RecorderEvent.Resumed(goesOn.Name, "file-part2", "file-part2 begins"));
    }

    /// <summary>A reason of its own: the disk, the encoder, or its limit.</summary>
    public void EndByItself(bool fails)
    {
        if (Active is { } plan)
            End(plan, fails ? "the disk is full" : null, "its own limit");
    }

    public void Say() => Report(CameraFault is not null || opening ? new RecorderEvent.NotReady(CameraFault) : new RecorderEvent.Ready("simulated"));

    /// <summary>The camera is opened anew.</summary>
    private void Configure(NodeAction.Configure wanted, int configuration)
    {
        opening = true;
        Say();
        // some cameras take their time, but each always the same
        group.At(group.Now + Arming * (1 + (node.Address.Address + node.Address.Port) % 32), () => Opened(wanted, configuration));
    }

    private void Opened(NodeAction.Configure wanted, int configuration)
    {
        if (node.Gone || configuration != configurations)
            return;
        bool can = wanted.Settings?.Rate != TooQuick && CameraFault is null;
        (opening, Settings) = (false, can ? wanted.Settings : null);
        Say();
        Report(can ? new RecorderEvent.Configured(wanted.Id) : new RecorderEvent.CannotConfigure(wanted.Id, CameraFault ?? "it is not so quick"));
    }

    private void Report(RecorderEvent happened)
    {
        if (!node.Gone)
            node.WhenAwake(() => node.Post(new NodeInput.Recorder(happened)));
    }

    private void Start(TakePlan plan)
    {
        ClusterLaws.Configured(node, plan, Settings, opening);
        if (Active is not null || CameraFault is not null)
        {
            if (Active is null)
                laws.Ended(node);
            Report(new RecorderEvent.Failed(plan.Name, "the camera or the encoder is not ready", default));
            return;
        }
        (Active, stopAt, begun) = (plan, null, false);
        int take = ++takes;
        group.At(group.Now + Arming, () => Begin(plan, take, group.Now));
    }

    private void Begin(TakePlan plan, int take, long armed)
    {
        if (node.Gone || Active != plan)
            return;
        if (WaitsUntil(plan.Start, () => Begin(plan, take, armed)))
            return;
        begun = true;
        laws.Began(node, plan, late: group.Now == armed);
        Report(new RecorderEvent.Recording(plan.Name, "file"));
        group.At(group.Now + Second, () => Progress(plan));
    }

    private void Progress(TakePlan plan)
    {
        if (node.Gone || Active != plan)
            return;
        Report(new RecorderEvent.Progress(plan.Name, default));
        group.At(group.Now + Second, () => Progress(plan));
    }

    private void AwaitStop(int take)
    {
        if (node.Gone || Active is not { } plan || take != takes)
            return;
        if (!WaitsUntil(stopAt!.Value, () => AwaitStop(take)))
            group.At(
                group.Now + Tail,
                () =>
                {
                    if (!node.Gone && Active == plan && take == takes)
                        End(plan, CameraFault ?? (begun && stopAt.Value > plan.Start ? null : "stopped before its first frame"), null);
                }
            );
    }

    /// <summary>The node's clock may be slewed meanwhile: it is looked at again shortly before the time should have come, and then.</summary>
    private bool WaitsUntil(NetworkTime instant, Action then)
    {
        if (node.Clock is not { } clock || clock.At(node.LocalNow) >= instant)
            return false;
        long due = node.TrueTimeOf(clock.LocalAt(instant));
        group.At(Math.Max(group.Now + 1_000, due - group.Now > 2 * Shortly ? due - Shortly : due), then);
        return true;
    }

    private void End(TakePlan plan, string? error, string? note)
    {
        Active = null;
        takes++;
        laws.Ended(node);
        long frames = error is null && stopAt is { } stop ? plan.Rate.FramesIn(stop - plan.Start) : 0;
        // going through all frames takes longer than all the rest of a run, and is only for readers
        NodeVerdict verdict = node.Remembers && frames > 0
            ? node.VerdictOn(plan, frames)
            : new NodeVerdict { Take = plan.Name, Node = node.Settings.NodeId, Fps = plan.Rate.ToString(), Recorded = frames, Error = error, Word = error is null ? TakeGrade.Pass : TakeGrade.Fail };
        TakeCounts counts = new(frames, 0, 0, 0, 0);
        Report(new RecorderEvent.Judged(verdict));
        Report(error is null ? new RecorderEvent.Finished(plan.Name, "file", counts, note) : new RecorderEvent.Failed(plan.Name, error, counts));
        Say();
    }
}

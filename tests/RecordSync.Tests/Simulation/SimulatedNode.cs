using System.Diagnostics;

namespace RecordSync.Tests;

/// <summary>A node, its oscillator and what it asked for.</summary>
internal sealed class SimulatedNode
{
    private const long BurstSpacing = 2_000_000;

    private readonly SimulatedGroup group;
    private readonly long[] timers = new long[Enum.GetValues<NodeTimer>().Length];
    private readonly SimulatedOscillator oscillator;
    private long timerVersion;
    private string? served;

    public SimulatedNode(SimulatedGroup group, NodeSettings settings, SimulatedOscillator oscillator, Endpoint address, Func<SimulatedNode, SystemClockReading>? wall)
    {
        (this.group, this.oscillator, Address, WallClock) = (group, oscillator, address, wall);
        Settings = wall is null ? settings : settings with { SystemClockAtStart = wall(this) };
        Node = new Node(Settings);
    }

    public Node Node { get; }

    public NodeSettings Settings { get; }

    public Endpoint Address { get; }

    /// <summary>Where it stands in the network.</summary>
    public int Place { get; init; }

    public bool Gone { get; private set; }

    public ClockMapping? Clock { get; private set; }

    /// <summary>Until then the process gets no processor: what happens to it waits, in its order.</summary>
    public long StalledUntil { get; set; }

    public List<TakePlan> Started { get; } = [];

    public List<NetworkTime> Stopped { get; } = [];

    public List<(NoticeLevel Level, string Text)> Told { get; } = [];

    /// <summary>The verdicts that were published, and whether they were to be shown.</summary>
    public List<(GroupVerdict Verdict, bool Show)> Verdicts { get; } = [];

    /// <summary>What this node's recorder thinks of its part; without a grade of its own it is a sound one.</summary>
    public Func<NodeVerdict, NodeVerdict> Judges { get; set; } = verdict => verdict;

    /// <summary>False: this node's recorder says that it has finished, and never what it thinks of it.</summary>
    public bool Judging { get; set; } = true;

    /// <summary>What became of the commands that were asked for here with a ticket.</summary>
    public List<(string Ticket, CommandReport Outcome)> Reports { get; } = [];

    public List<Message> Sent { get; } = [];

    /// <summary>So many datagrams it has sent, answers to time requests among them; one to the group counts once.</summary>
    public long Packets { get; set; }

    /// <summary>False where nobody looks at what was sent and told: a long run would only fill the memory.</summary>
    public bool Remembers { get; set; } = true;

    /// <summary>What this node's kernel says of its wall clock; null: that it is not synchronised.</summary>
    public Func<SimulatedNode, SystemClockReading>? WallClock { get; set; }

    /// <summary>Gets <see cref="NodeAction.StartTake"/>, <see cref="NodeAction.StopTake"/> and <see cref="NodeAction.Configure"/>.</summary>
    public Action<NodeAction>? Recorder { get; set; }

    /// <summary>Sees every step before its actions are done, and may change them.</summary>
    public Action<SimulatedNode, NodeInput, List<NodeAction>>? Stepped { get; set; }

    /// <summary>What this node never gets to know.</summary>
    public Predicate<NodeInput>? Misses { get; set; }

    public LocalTime LocalNow => Local(group.Now);

    public LocalTime Local(long trueNs) => new(oscillator.At(trueNs));

    /// <summary>The first true instant at which this node's clock shows at least that.</summary>
    public long TrueTimeOf(LocalTime local)
    {
        long at = group.Now;
        for (int i = 0; i < 4; i++)
            at += (local - Local(at)).Value;
        while (Local(at) < local)
            at++;
        return at;
    }

    public bool WasTold(string part) => Told.Any(told => told.Text.Contains(part, StringComparison.Ordinal));

    public void Receive(byte[] bytes, Endpoint from)
    {
        if (!Gone && PacketCodec.TryDecode(bytes, out Message? message) == DropReason.None)
            Receive(message!, from);
    }

    public void Receive(Message message, Endpoint from)
    {
        if (Gone)
            return;
        if (message is TimeSyncRequestMessage { Request: var request })
            WhenAwake(() => Answer(request, from));
        else
        {
            // the kernel stamps it when it arrives
            NodeInput.PacketReceived packet = new(message, from, LocalNow);
            WhenAwake(() => Post(packet));
        }
    }

    public void Post(NodeInput input)
    {
        if (Misses?.Invoke(input) == true)
            return;
        List<NodeAction> actions = [];
        Node.Step(input, LocalNow, actions);
        Stepped?.Invoke(this, input, actions);
        foreach (NodeAction action in actions)
            Interpret(action);
    }

    /// <summary>Falls silent, as a crash does.</summary>
    public void Kill() => Gone = true;

    /// <summary>Now, or when the process gets a processor again.</summary>
    public void WhenAwake(Action action)
    {
        if (group.Now >= StalledUntil)
            action();
        else
            group.At(
                StalledUntil,
                () =>
                {
                    if (!Gone)
                        WhenAwake(action);
                }
            );
    }

    private void Answer(TimeSyncRequest request, Endpoint from)
    {
        if (served is null || Clock is not { } clock)
            return;
        LocalTime local = LocalNow;
        NetworkTime now = clock.At(local);
        if (!group.InBytes)
        {
            group.Deliver(this, AnswerTo(request, now, clock.ErrorAt(local)), from);
            return;
        }
        byte[] answer = new byte[512];
        int length = TimeSyncResponse.WriteAnswer(answer, request, System.Text.Encoding.UTF8.GetBytes(Settings.NodeId), System.Text.Encoding.UTF8.GetBytes(served), now, now, errorNs: clock.ErrorAt(local));
        PacketCodec.TryDecode(answer.AsSpan(0, length), out Message? response);
        group.Deliver(this, response!, from);
    }

    private TimeSyncResponse AnswerTo(TimeSyncRequest request, NetworkTime now, long error) =>
        new(Settings.NodeId, request.T1Micros, now.Nanoseconds / 1_000, now.Nanoseconds / 1_000)
        {
            Sequence = request.Sequence,
            T1Ns = request.T1Ns,
            T2Ns = now.Nanoseconds,
            T3Ns = now.Nanoseconds,
            Timescale = served,
            ErrorNs = error,
        };

    private void PostIfHere(NodeInput input)
    {
        if (!Gone)
            WhenAwake(() => Post(input));
    }

    private void Ask(long sequence, bool plain, Endpoint? to)
    {
        if (Gone || group.Now < StalledUntil)
            return;
        long wall = LocalNow.Nanoseconds + Settings.WallOffset.Value;
        Post(new NodeInput.SyncRequestSent(sequence, wall / 1_000, wall, LocalNow));
        Send(new TimeSyncRequestMessage(new TimeSyncRequest(Settings.NodeId, wall / 1_000, plain ? null : sequence, plain ? null : wall)), to);
    }

    private void Send(Message message, Endpoint? to)
    {
        if (Remembers)
            Sent.Add(message);
        group.Deliver(this, message, to);
    }

    private void Interpret(NodeAction action)
    {
        switch (action)
        {
            case NodeAction.Send send:
                Send(send.Message, send.To);
                break;
            case NodeAction.SendSyncBurst burst:
                Ask(burst);
                break;
            case NodeAction.SendVersionOneSyncRequest request:
                Ask(request.Sequence, plain: true, null);
                break;
            case NodeAction.ReadSystemClock:
                Post(new NodeInput.SystemClockRead(WallClock?.Invoke(this) ?? new SystemClockReading(LocalNow, new NetworkTime(LocalNow.Nanoseconds + Settings.WallOffset.Value), false, 16_000_000_000, false)));
                break;
            case NodeAction.SetTimer timer:
                Set(timer.Timer, timer.At);
                break;
            case NodeAction.PublishClock clock:
                Clock = clock.Mapping;
                break;
            case NodeAction.ServeTime serve:
                served = serve.Timescale;
                break;
            case NodeAction.StartTake start:
                Started.Add(start.Plan);
                Recorder?.Invoke(start);
                break;
            case NodeAction.StopTake stop:
                Stopped.Add(stop.At);
                Recorder?.Invoke(stop);
                break;
            case NodeAction.Configure configure:
                Recorder?.Invoke(configure);
                break;
            case NodeAction.PublishVerdict published:
                Verdicts.Add((published.Verdict, published.Show));
                break;
            case NodeAction.Report report:
                Reports.Add((report.Ticket, report.Outcome));
                break;
            case NodeAction.Tell tell:
                if (Remembers)
                    Told.Add((tell.Level, tell.Text));
                break;
            case NodeAction.Exit:
                Gone = true;
                break;
            default:
                throw new UnreachableException(action.GetType().Name);
        }
    }

    private void Ask(NodeAction.SendSyncBurst burst)
    {
        int asked = Math.Min(burst.Count, group.AskedInBurst);
        for (int i = 0; i < asked; i++)
        {
            long sequence = burst.FirstSequence + i;
            group.At(group.Now + i * BurstSpacing, () => Ask(sequence, plain: false, burst.To));
        }
        group.At(group.Now + (asked + 1) * BurstSpacing, () => PostIfHere(new NodeInput.SyncBurstEnded()));
    }

    /// <summary>What this node's camera answers to a START that asks for something; null: that it can.</summary>
    public Func<TakeSettings, string?> CannotGive { get; set; } = _ => null;

    /// <summary>How long the camera needs to be as it was asked to be, ms.</summary>
    public int CameraTakes { get; set; } = 400;

    /// <summary>What the camera was asked for, null for its own settings.</summary>
    public List<TakeSettings?> Configured { get; } = [];

    /// <summary>The simplest recorder: it records at once.</summary>
    public void RecordAtOnce(NodeAction action)
    {
        if (action is NodeAction.Configure configure)
        {
            Configured.Add(configure.Settings);
            string? refusal = configure.Settings is { } asked ? CannotGive(asked) : null;
            group.At(group.Now + CameraTakes * 1_000_000L, () => PostIfHere(new NodeInput.Recorder(refusal is null ? new RecorderEvent.Configured(configure.Id) : new RecorderEvent.CannotConfigure(configure.Id, refusal))));
        }
        if (action is NodeAction.StartTake start)
            Post(new NodeInput.Recorder(new RecorderEvent.Recording(start.Plan.Name, $"{Settings.NodeId}.mp4")));
        else if (action is NodeAction.StopTake stop)
        {
            TakePlan plan = Started[^1];
            group.At(group.Now + 1_100_000_000, () => Finish(plan, stop.At));
        }
    }

    private void Finish(TakePlan plan, NetworkTime stop)
    {
        if (Gone)
            return;
        long frames = plan.Rate.FramesIn(stop - plan.Start);
        NodeVerdict verdict = VerdictOn(plan, frames);
        if (Judging)
            Post(new NodeInput.Recorder(new RecorderEvent.Judged(Judges(verdict))));
        Post(new NodeInput.Recorder(new RecorderEvent.Finished(plan.Name, "file", new TakeCounts(frames, 0, 0, 0, 1), null)));
    }

    /// <summary>A camera that is 100 µs behind the grid, and further by 1 µs a frame.</summary>
    public NodeVerdict VerdictOn(TakePlan plan, long frames)
    {
        NodeTally tally = new(plan.Grid);
        for (long index = 0; index < frames; index++)
            tally.Add(index, plan.Grid.At(index).Nanoseconds + 100_000 + index * 1_000, SidecarFlags.None);
        return tally.Close(new NodeFacts(plan.Name, Settings.NodeId, frames, 0, 50_000, "synchronised", NodeVerdict.FreeRunning, 1, 0, null));
    }

    private void Set(NodeTimer timer, LocalTime at)
    {
        long version = timers[(int)timer] = ++timerVersion;
        group.At(
            at > LocalNow ? TrueTimeOf(at) : group.Now,
            () =>
            {
                if (!Gone)
                    WhenAwake(() => Elapsed(timer, version));
            }
        );
    }

    private void Elapsed(NodeTimer timer, long version)
    {
        if (timers[(int)timer] == version)
            Post(new NodeInput.TimerElapsed(timer));
    }
}

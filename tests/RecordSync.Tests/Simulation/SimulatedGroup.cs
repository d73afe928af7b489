namespace RecordSync.Tests;

/// <summary>
/// Several real <see cref="Node"/>s on a virtual network with virtual oscillators, driven by one queue of events. Deterministic: the
/// same seed gives the same run.
/// </summary>
internal sealed class SimulatedGroup(int seed = 1)
{
    private readonly Random random = new(seed);
    private readonly PriorityQueue<Action, (long, long)> events = new();
    private readonly List<SimulatedNode> nodes = [];
    private long order;

    /// <summary>True time since the start, ns.</summary>
    public long Now { get; private set; }

    /// <summary>Decides which datagrams get lost: sender, message, receiver.</summary>
    public Func<SimulatedNode, Message, SimulatedNode, bool> Loses { get; set; } = (_, _, _) => false;

    /// <summary>How often each datagram arrives.</summary>
    public int Copies { get; set; } = 1;

    public long DelayNs { get; set; } = 60_000;

    public SimulatedNode Add(
        string name,
        NodeRole role,
        double offsetSeconds = 0,
        double ppm = 0,
        bool hasCamera = true,
        ClockSource clock = ClockSource.Builtin,
        Func<SimulatedNode, SystemClockReading>? wall = null,
        Func<NodeSettings, NodeSettings>? with = null
    )
    {
        SimulatedNode node = new(this, name, role, offsetSeconds, ppm, new Endpoint(0x0A000001u + (uint)nodes.Count, 9943), nodes.Count + 1, hasCamera, clock, wall, with);
        nodes.Add(node);
        node.Post(new NodeInput.Started());
        if (hasCamera)
            node.Post(new NodeInput.Recorder(new RecorderEvent.Ready("simulated")));
        return node;
    }

    public void At(long time, Action action) => events.Enqueue(action, (time, order++));

    public void RunFor(double seconds)
    {
        long end = Now + (long)(seconds * 1e9);
        while (events.TryPeek(out _, out (long Time, long) next) && next.Time <= end)
        {
            Action action = events.Dequeue();
            Now = next.Time;
            action();
        }
        Now = end;
    }

    public void Deliver(SimulatedNode from, Message message, Endpoint? to)
    {
        byte[] bytes = PacketCodec.Encode(message);
        foreach (SimulatedNode receiver in nodes.Where(node => node != from && !node.Gone && (to is null || to == node.Address)))
        {
            for (int copy = 0; copy < Copies; copy++)
            {
                if (!Loses(from, message, receiver))
                    At(Now + DelayNs + random.NextInt64(DelayNs / 4), () => receiver.Receive(bytes, from.Address));
            }
        }
    }
}

/// <summary>A node, its oscillator and what it asked for.</summary>
internal sealed class SimulatedNode
{
    private const long BurstSpacing = 2_000_000;
    private const long Epoch = 1_795_395_175_000_000_000;

    private readonly SimulatedGroup group;
    private readonly double ppm;
    private readonly long offset;
    private readonly Dictionary<NodeTimer, long> timers = [];
    private readonly NodeSettings settings;
    private int timerVersion;
    private string? served;

    public SimulatedNode(SimulatedGroup group, string name, NodeRole role, double offsetSeconds, double ppm, Endpoint address, int instance, bool hasCamera, ClockSource clock, Func<SimulatedNode, SystemClockReading>? wall, Func<NodeSettings, NodeSettings>? with)
    {
        (this.group, this.ppm, Address) = (group, ppm, address);
        offset = (long)(offsetSeconds * 1e9);
        WallClock = wall;
        settings = new NodeSettings(name, role, "host", new Nanos(Epoch), instance, FrameRate.Default, hasCamera) { Clock = clock, SystemClockAtStart = wall?.Invoke(this) };
        settings = with?.Invoke(settings) ?? settings;
        Node = new Node(settings);
    }

    public Node Node { get; }

    public Endpoint Address { get; }

    public bool Gone { get; private set; }

    public ClockMapping? Clock { get; private set; }

    public List<TakePlan> Started { get; } = [];

    public List<NetworkTime> Stopped { get; } = [];

    public List<(NoticeLevel Level, string Text)> Told { get; } = [];

    /// <summary>The verdicts that were published, and whether they were to be shown.</summary>
    public List<(GroupVerdict Verdict, bool Show)> Verdicts { get; } = [];

    /// <summary>What this node's recorder thinks of its part; without a grade of its own it is a sound one.</summary>
    public Func<NodeVerdict, NodeVerdict> Judges { get; set; } = verdict => verdict;

    /// <summary>False: this node's recorder says that it has finished, and never what it thinks of it.</summary>
    public bool Judging { get; set; } = true;

    public List<Message> Sent { get; } = [];

    /// <summary>What this node's kernel says of its wall clock; null: that it is not synchronised.</summary>
    public Func<SimulatedNode, SystemClockReading>? WallClock { get; set; }

    public LocalTime LocalNow => Local(group.Now);

    public LocalTime Local(long trueNs) => new(1_000_000_000 + trueNs + offset + (long)(trueNs * ppm * 1e-6));

    public bool WasTold(string part) => Told.Any(told => told.Text.Contains(part, StringComparison.Ordinal));

    public void Receive(byte[] bytes, Endpoint from)
    {
        if (Gone)
            return;
        PacketCodec.TryDecode(bytes, out Message? message);
        if (message is TimeSyncRequestMessage { Request: var request })
            Answer(request, from);
        else if (message is not null)
            Post(new NodeInput.PacketReceived(message, from, LocalNow));
    }

    public void Post(NodeInput input)
    {
        List<NodeAction> actions = [];
        Node.Step(input, LocalNow, actions);
        foreach (NodeAction action in actions)
            Interpret(action);
    }

    /// <summary>Falls silent, as a crash does.</summary>
    public void Kill() => Gone = true;

    private void Answer(TimeSyncRequest request, Endpoint from)
    {
        if (served is null || Clock is not { } clock)
            return;
        byte[] answer = new byte[512];
        NetworkTime now = clock.At(LocalNow);
        int length = TimeSyncResponse.WriteAnswer(answer, request, System.Text.Encoding.UTF8.GetBytes(settings.NodeId), System.Text.Encoding.UTF8.GetBytes(served), now, now);
        PacketCodec.TryDecode(answer.AsSpan(0, length), out Message? response);
        group.Deliver(this, response!, from);
    }

    private void PostIfHere(NodeInput input)
    {
        if (!Gone)
            Post(input);
    }

    private void Ask(long sequence, bool plain, Endpoint? to)
    {
        if (Gone)
            return;
        long wall = LocalNow.Nanoseconds + Epoch;
        Post(new NodeInput.SyncRequestSent(sequence, wall / 1_000, wall, LocalNow));
        TimeSyncRequestMessage message = new(new TimeSyncRequest(settings.NodeId, wall / 1_000, plain ? null : sequence, plain ? null : wall));
        Sent.Add(message);
        group.Deliver(this, message, to);
    }

    private void Interpret(NodeAction action)
    {
        switch (action)
        {
            case NodeAction.Send send:
                Sent.Add(send.Message);
                group.Deliver(this, send.Message, send.To);
                break;
            case NodeAction.SendSyncBurst burst:
                for (int i = 0; i < burst.Count; i++)
                {
                    long sequence = burst.FirstSequence + i;
                    group.At(group.Now + i * BurstSpacing, () => Ask(sequence, plain: false, burst.To));
                }
                group.At(group.Now + (burst.Count + 1) * BurstSpacing, () => PostIfHere(new NodeInput.SyncBurstEnded()));
                break;
            case NodeAction.SendVersionOneSyncRequest request:
                Ask(request.Sequence, plain: true, null);
                break;
            case NodeAction.ReadSystemClock:
                Post(new NodeInput.SystemClockRead(WallClock?.Invoke(this) ?? new SystemClockReading(LocalNow, new NetworkTime(LocalNow.Nanoseconds + Epoch), false, 16_000_000_000, false)));
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
                Post(new NodeInput.Recorder(new RecorderEvent.Recording(start.Plan.Name, $"{settings.NodeId}.mp4")));
                break;
            case NodeAction.StopTake stop:
                Stopped.Add(stop.At);
                TakePlan plan = Started[^1];
                group.At(group.Now + 1_100_000_000, () => Finish(plan, stop.At));
                break;
            case NodeAction.PublishVerdict published:
                Verdicts.Add((published.Verdict, published.Show));
                break;
            case NodeAction.Tell tell:
                Told.Add((tell.Level, tell.Text));
                break;
            case NodeAction.Exit:
                Gone = true;
                break;
            default:
                throw new System.Diagnostics.UnreachableException(action.GetType().Name);
        }
    }

    /// <summary>A recorder of a camera that is 100 µs behind the grid, and further by 1 µs a frame.</summary>
    private void Finish(TakePlan plan, NetworkTime stop)
    {
        if (Gone)
            return;
        NodeTally tally = new(plan.Grid);
        long frames = plan.Rate.FramesIn(stop - plan.Start);
        for (long index = 0; index < frames; index++)
            tally.Add(index, plan.Grid.At(index).Nanoseconds + 100_000 + index * 1_000, SidecarFlags.None);
        NodeVerdict verdict = tally.Close(new NodeFacts(plan.Name, settings.NodeId, frames, 0, 50_000, "synchronised", NodeVerdict.FreeRunning, 1, 0, null));
        if (Judging)
            Post(new NodeInput.Recorder(new RecorderEvent.Judged(Judges(verdict))));
        Post(new NodeInput.Recorder(new RecorderEvent.Finished(plan.Name, "file", new TakeCounts(frames, 0, 0, 0, 1), null)));
    }

    private void Set(NodeTimer timer, LocalTime at)
    {
        long version = timers[timer] = ++timerVersion;
        long wait = Math.Max(0, (at - LocalNow).Value);
        group.At(
            group.Now + wait,
            () =>
            {
                if (!Gone && timers[timer] == version)
                    Post(new NodeInput.TimerElapsed(timer));
            }
        );
    }
}

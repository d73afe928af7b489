namespace RecordSync.Tests;

/// <summary>What a datagram meets on its way from one node to another.</summary>
/// <param name="delays">How long each copy takes, ns.</param>
/// <returns>How many copies arrive; none: it is lost.</returns>
internal delegate int SimulatedWay(SimulatedNode from, SimulatedNode to, Message message, Span<long> delays);

/// <summary>
/// Several real <see cref="Node"/>s on a virtual network with virtual oscillators, driven by one queue of events. Deterministic: the
/// same seed gives the same run.
/// </summary>
internal sealed class SimulatedGroup(int seed = 1)
{
    /// <summary>The epoch of true time: what a wall clock without an error shows at 0.</summary>
    public const long Epoch = 1_795_395_175_000_000_000;

    private const int MostCopies = 64;

    private readonly PriorityQueue<Action, SimulatedInstant> events = new();
    private readonly List<SimulatedNode> nodes = [];
    private readonly Dictionary<Endpoint, SimulatedNode> byAddress = [];
    private readonly long[] delays = new long[MostCopies];
    private uint addresses;
    private long order;

    /// <summary>True time since the start, ns.</summary>
    public long Now { get; private set; }

    public Random Random { get; } = new(seed);

    /// <summary>Decides which datagrams get lost: sender, message, receiver.</summary>
    public Func<SimulatedNode, Message, SimulatedNode, bool> Loses { get; set; } = (_, _, _) => false;

    /// <summary>How often each datagram arrives.</summary>
    public int Copies { get; set; } = 1;

    public long DelayNs { get; set; } = 60_000;

    /// <summary>Instead of <see cref="Loses"/>, <see cref="Copies"/> and <see cref="DelayNs"/>.</summary>
    public SimulatedWay? Way { get; set; }

    /// <summary>False: messages are handed over as they are and not as bytes, which costs a tenth.</summary>
    public bool InBytes { get; set; } = true;

    /// <summary>So many requests of a burst are sent; the others count as lost.</summary>
    public int AskedInBurst { get; set; } = NodeSettings.BurstLength;

    /// <summary>A leader and two followers with cameras, whose clocks are seconds and some ppm apart, after so many seconds.</summary>
    /// <param name="followers">What is special about the followers.</param>
    public static (SimulatedGroup Group, SimulatedNode Leader, SimulatedNode Cam2, SimulatedNode Cam3) OfThree(
        int seed = 1,
        double seconds = 0,
        bool leaderHasCamera = true,
        Func<NodeSettings, NodeSettings>? followers = null
    )
    {
        SimulatedGroup group = new(seed);
        SimulatedNode leader = group.Add("cam1", NodeRole.Leader, 1.7, 18, leaderHasCamera);
        SimulatedNode cam2 = group.Add("cam2", NodeRole.Follower, -2.5, -31, with: followers);
        SimulatedNode cam3 = group.Add("cam3", NodeRole.Follower, 3.2, 44, with: followers);
        group.RunFor(seconds);
        return (group, leader, cam2, cam3);
    }

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
        NodeSettings settings = new(name, role, "host", new Nanos(Epoch), (int)addresses + 1, FrameRate.Default, hasCamera) { Clock = clock };
        SimulatedNode node = Add(with?.Invoke(settings) ?? settings, new SimulatedOscillator(1_000_000_000 + (long)(offsetSeconds * 1e9), ppm), wall);
        node.Recorder = node.RecordAtOnce;
        node.Post(new NodeInput.Started());
        if (hasCamera)
            node.Post(new NodeInput.Recorder(new RecorderEvent.Ready("simulated")));
        return node;
    }

    /// <summary>A node that has not been started yet and has no recorder.</summary>
    public SimulatedNode Add(NodeSettings settings, SimulatedOscillator oscillator, Func<SimulatedNode, SystemClockReading>? wall = null, int place = 0)
    {
        SimulatedNode node = new(this, settings, oscillator, new Endpoint(0x0A000001u + addresses++, 9943), wall) { Place = place };
        nodes.Add(node);
        byAddress.Add(node.Address, node);
        return node;
    }

    public void Remove(SimulatedNode node)
    {
        nodes.Remove(node);
        byAddress.Remove(node.Address);
    }

    public void At(long time, Action action) => events.Enqueue(action, new SimulatedInstant(Math.Max(time, Now), order++));

    public void RunFor(double seconds) => RunUntil(Now + (long)(seconds * 1e9));

    public void RunUntil(long end)
    {
        while (events.TryPeek(out _, out SimulatedInstant next) && next.Time <= end)
        {
            Action action = events.Dequeue();
            Now = next.Time;
            action();
        }
        Now = end;
    }

    public void Deliver(SimulatedNode from, Message message, Endpoint? to)
    {
        from.Packets++;
        byte[]? bytes = InBytes ? PacketCodec.Encode(message) : null;
        if (to is { } address)
        {
            if (byAddress.TryGetValue(address, out SimulatedNode? receiver) && receiver != from)
                Deliver(from, message, bytes, receiver);
            return;
        }
        foreach (SimulatedNode receiver in nodes)
        {
            if (receiver != from)
                Deliver(from, message, bytes, receiver);
        }
    }

    private void Deliver(SimulatedNode from, Message message, byte[]? bytes, SimulatedNode receiver)
    {
        if (receiver.Gone)
            return;
        int copies = (Way ?? UsualWay)(from, receiver, message, delays);
        for (int copy = 0; copy < copies; copy++)
        {
            Endpoint source = from.Address;
            if (bytes is not null)
                At(Now + delays[copy], () => receiver.Receive(bytes, source));
            else
                At(Now + delays[copy], () => receiver.Receive(message, source));
        }
    }

    private int UsualWay(SimulatedNode from, SimulatedNode to, Message message, Span<long> ways)
    {
        int arrives = 0;
        for (int copy = 0; copy < Copies; copy++)
        {
            if (!Loses(from, message, to))
                ways[arrives++] = DelayNs + Random.NextInt64(DelayNs / 4);
        }
        return arrives;
    }
}

/// <summary>When an event happens: of those at the same time the earlier made comes first.</summary>
internal readonly record struct SimulatedInstant(long Time, long Order) : IComparable<SimulatedInstant>
{
    public int CompareTo(SimulatedInstant other) => Time != other.Time ? Time.CompareTo(other.Time) : Order.CompareTo(other.Order);
}

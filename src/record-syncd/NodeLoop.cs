using System.Diagnostics;
using System.Threading.Channels;

namespace RecordSync.Daemon;

/// <summary>
/// The only owner of <see cref="Node"/>: one channel in, one reader, one switch over what the node asks for. Everything else posts
/// inputs, so the node's state needs no lock.
/// </summary>
internal sealed class NodeLoop : IDisposable
{
    private readonly Channel<LoopItem> items = Channel.CreateUnbounded<LoopItem>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<NodeAction> actions = [];
    private readonly Dictionary<NodeTimer, Timer> timers = [];
    private readonly byte[] datagram = new byte[PacketCodec.LargestDatagram];
    private readonly Dictionary<uint, long> stampedRequests = [];
    private readonly long[] drops = new long[Enum.GetValues<DropReason>().Length];
    private readonly NodeSettings settings;
    private readonly MulticastLink link;
    private readonly LocalClock clock;
    private readonly SharedClock network;
    private readonly TimeServer? timeServer;
    private readonly Action<NoticeLevel, string> tell;
    private readonly Node node;

    public NodeLoop(NodeSettings settings, MulticastLink link, LocalClock clock, SharedClock network, Action<NoticeLevel, string> tell)
    {
        (this.settings, this.link, this.clock, this.network, this.tell) = (settings, link, clock, network, tell);
        node = new Node(settings);
        timeServer = settings.Role == NodeRole.Leader ? new TimeServer(link, clock, network, settings) : null;
        foreach (NodeTimer timer in Enum.GetValues<NodeTimer>())
            timers[timer] = new Timer(_ => Post(new NodeInput.TimerElapsed(timer)), null, Timeout.Infinite, Timeout.Infinite);
        link.StateChanged += OnLinkState;
    }

    private abstract record LoopItem
    {
        internal sealed record Input(NodeInput Value) : LoopItem;

        internal sealed record Stamp(uint SendId, LocalTime At) : LoopItem;

        internal sealed record Look(Action<Node, LocalTime> Action) : LoopItem;
    }

    /// <summary>Who records; set before <see cref="Run"/>. Null on a node without a camera.</summary>
    public ITakeRecorder? Recorder { get; set; }

    /// <summary>Gets every verdict of a whole take, and whether it is to be shown; set before <see cref="Run"/>.</summary>
    public Action<GroupVerdict, bool>? OnVerdict { get; set; }

    public long DropsFor(DropReason reason) => Volatile.Read(ref drops[(int)reason]);

    public void Post(NodeInput input) => items.Writer.TryWrite(new LoopItem.Input(input));

    /// <summary>Looks at the node on its own thread: for the prompt's tables.</summary>
    public Task<T> Ask<T>(Func<Node, LocalTime, T> question)
    {
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool open = items.Writer.TryWrite(
            new LoopItem.Look(
                (looked, now) =>
                {
                    try
                    {
                        answer.SetResult(question(looked, now));
                    }
                    catch (Exception fault)
                    {
                        answer.SetException(fault);
                    }
                }
            )
        );
        if (!open)
            answer.SetCanceled();
        return answer.Task;
    }

    /// <summary>Runs until the node has left the group.</summary>
    public async Task Run()
    {
        Step(new NodeInput.Started());
        link.Start(OnDatagram, (sendId, at) => items.Writer.TryWrite(new LoopItem.Stamp(sendId, at)));
        await foreach (LoopItem item in items.Reader.ReadAllAsync())
        {
            switch (item)
            {
                case LoopItem.Input input:
                    Step(input.Value);
                    break;
                case LoopItem.Stamp stamp:
                    if (stampedRequests.Remove(stamp.SendId, out long sequence))
                        Step(new NodeInput.SyncRequestStamped(sequence, stamp.At));
                    break;
                case LoopItem.Look look:
                    look.Action(node, clock.Now());
                    break;
                default:
                    throw new UnreachableException();
            }
        }
    }

    public void Dispose()
    {
        foreach (Timer timer in timers.Values)
            timer.Dispose();
    }

    private void Step(NodeInput input)
    {
        actions.Clear();
        node.Step(input, clock.Now(), actions);
        // a copy: interpreting an action may take a step of its own, which uses the list again
        NodeAction[] wanted = [.. actions];
        foreach (NodeAction action in wanted)
            Interpret(action);
    }

    private void Interpret(NodeAction action)
    {
        switch (action)
        {
            case NodeAction.Send send:
                Send(send.Message, send.To);
                break;
            case NodeAction.SendSyncRequest request:
                SendSyncRequest(request);
                break;
            case NodeAction.SetTimer timer:
                timers[timer.Timer].Change(Until(timer.At), Timeout.InfiniteTimeSpan);
                break;
            case NodeAction.PublishClock clockAction:
                network.Publish(clockAction.Mapping, clockAction.Estimate);
                break;
            case NodeAction.StartTake start:
                Recorder?.StartTake(start.Plan);
                break;
            case NodeAction.StopTake stop:
                Recorder?.StopTake(stop.At);
                break;
            case NodeAction.Tell told:
                tell(told.Level, told.Text);
                break;
            case NodeAction.PublishVerdict published:
                OnVerdict?.Invoke(published.Verdict, published.Show);
                break;
            case NodeAction.Exit:
                items.Writer.TryComplete();
                break;
            default:
                throw new UnreachableException($"no case for {action.GetType().Name}");
        }
    }

    private TimeSpan Until(LocalTime at)
    {
        TimeSpan wait = (at - clock.Now()).ToTimeSpan();
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private void Send(Message message, Endpoint? to)
    {
        int length = PacketCodec.Encode(message, datagram);
        if (to is { } destination)
            link.SendTo(destination, datagram.AsSpan(0, length));
        else
            link.SendToGroup(datagram.AsSpan(0, length));
    }

    private void SendSyncRequest(NodeAction.SendSyncRequest action)
    {
        LocalTime t1 = clock.Now();
        // as time of day, so that version 1 sees what it expects and no simulated clock makes it negative
        long t1Ns = Math.Max(0, t1.Nanoseconds + settings.WallOffset.Value);
        bool plain = action.VersionOne;
        TimeSyncRequest request = new(settings.NodeId, t1Ns / 1_000, plain ? null : action.Sequence, plain ? null : t1Ns);
        // noted before it leaves: the answer may be in the channel before this method returns
        Step(new NodeInput.SyncRequestSent(action.Sequence, t1Ns / 1_000, t1Ns, t1));
        int length = PacketCodec.Encode(new TimeSyncRequestMessage(request), datagram);
        Span<byte> bytes = datagram.AsSpan(0, length);
        bool sent = action.To is { } leader ? link.SendTo(leader, bytes, out uint sendId) : link.SendToGroup(bytes, out sendId);
        if (stampedRequests.Count > 64)
            stampedRequests.Clear();
        if (sent)
            stampedRequests[sendId] = action.Sequence;
    }

    private void OnDatagram(in Datagram received)
    {
        if (timeServer is not null && timeServer.TryAnswer(in received))
            return;
        DropReason reason = PacketCodec.TryDecode(received.Payload, out Message? message);
        if (message is null)
            Interlocked.Increment(ref drops[(int)reason]);
        else if (message is not TimeSyncRequestMessage)
            Post(new NodeInput.PacketReceived(message, received.Source, received.ReceivedAt));
    }

    private void OnLinkState(LinkState state)
    {
        if (state is LinkState.Down down)
            tell(NoticeLevel.Warning, $"network: {down.Reason}; recording goes on, and the link is rejoined by itself");
        else
            tell(NoticeLevel.Info, $"network: link is up, sending from {link.Self}");
    }
}

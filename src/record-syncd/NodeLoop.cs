using System.Diagnostics;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// The only owner of <see cref="Node"/>: one inbox, one thread, one switch over what the node asks for. Everything else posts
/// inputs, so the node's state needs no lock. The thread works until its inbox is empty, and then waits once: for the next input or the earliest timer.
/// </summary>
internal sealed class NodeLoop
{
    private static readonly LocalTime Never = new(long.MaxValue);

    /// <summary>Packets: some five hundred nodes' beacons and statuses of a second.</summary>
    private const int MostWaiting = 1_000;

    private readonly Inbox<LoopItem> inbox = new();
    private readonly TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<NodeAction> actions = [];
    private readonly LocalTime[] due = new LocalTime[Enum.GetValues<NodeTimer>().Length];
    private readonly byte[] datagram = new byte[PacketCodec.LargestDatagram];
    private readonly long[] drops = new long[Enum.GetValues<DropReason>().Length];
    private readonly NodeSettings settings;
    private readonly MulticastLink link;
    private readonly LocalClock clock;
    private readonly SharedClock network;
    private readonly TimeServer? timeServer;
    private readonly TimeClient timeClient;
    private readonly Action<NoticeLevel, string> tell;
    private readonly Node node;
    private string? knownLeader;
    private long leaderChanges;
    private long electionsWon;
    private long beaconsSent;
    private long beaconsReceived;

    public NodeLoop(NodeSettings settings, MulticastLink link, LocalClock clock, SharedClock network, Action<NoticeLevel, string> tell)
    {
        (this.settings, this.link, this.clock, this.network, this.tell) = (settings, link, clock, network, tell);
        node = new Node(settings);
        timeClient = new TimeClient(link, clock, settings, happened => inbox.TryPost(new LoopItem.Inputs(happened)));
        timeServer = settings.CanLead ? new TimeServer(link, clock, network, settings) : null;
        Array.Fill(due, Never);
        link.StateChanged += OnLinkState;
        link.TimestampsChanged += OnTimestamps;
        link.Warned += warning => tell(NoticeLevel.Warning, warning);
    }

    private abstract record LoopItem
    {
        internal sealed record Input(NodeInput Value) : LoopItem;

        /// <summary>A burst of time requests, all at once, so that it wakes the loop once.</summary>
        internal sealed record Inputs(IReadOnlyList<NodeInput> Values) : LoopItem;

        internal sealed record Look(Action<Node, LocalTime> Action) : LoopItem;
    }

    /// <summary>Who records; set before <see cref="Run"/>. Null on a node without a camera.</summary>
    public ITakeRecorder? Recorder { get; set; }

    /// <summary>Gets every verdict of a whole take, and whether it is to be shown; set before <see cref="Run"/>.</summary>
    public Action<GroupVerdict, bool>? OnVerdict { get; set; }

    /// <summary>Gets what became of every command that was asked for with a ticket; set before <see cref="Run"/>.</summary>
    public Action<string, CommandReport>? OnReport { get; set; }

    public long DropsFor(DropReason reason) => Volatile.Read(ref drops[(int)reason]) + link.DropsFor(reason);

    /// <summary>How often this node has got another leader, or become one.</summary>
    public long LeaderChanges => Volatile.Read(ref leaderChanges);

    public long ElectionsWon => Volatile.Read(ref electionsWon);

    public long BeaconsSent => Volatile.Read(ref beaconsSent);

    /// <summary>Of all nodes, this one's own not counted.</summary>
    public long BeaconsReceived => Volatile.Read(ref beaconsReceived);

    public void Post(NodeInput input) => inbox.TryPost(new LoopItem.Input(input));

    /// <summary>Looks at the node on its own thread: for the prompt's tables.</summary>
    public Task<T> Ask<T>(Func<Node, LocalTime, T> question)
    {
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool open = inbox.TryPost(
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

    /// <summary>Runs on a thread of its own until the node has left the group, which ends the task; so does a fault.</summary>
    public Task Run()
    {
        new Thread(Work) { Name = "node", IsBackground = true }.Start();
        return left.Task;
    }

    private void Work()
    {
        try
        {
            Step(new NodeInput.StampsKnown(link.Timestamps.WireName()));
            Step(new NodeInput.Started());
            link.Start(OnDatagram, OnTransmitStamp, timeClient.Turn);
            List<LoopItem> batch = [];
            while (inbox.Take(ref batch, Patience()))
            {
                foreach (LoopItem item in batch)
                    Do(item);
                // after what has arrived: an answer that came in time counts
                RunTimers();
            }
            left.SetResult();
        }
        catch (Exception fault)
        {
            inbox.Close();
            left.SetException(fault);
        }
    }

    private void Do(LoopItem item)
    {
        switch (item)
        {
            case LoopItem.Input input:
                Step(input.Value);
                break;
            case LoopItem.Inputs inputs:
                foreach (NodeInput value in inputs.Values)
                    Step(value);
                break;
            case LoopItem.Look look:
                look.Action(node, clock.Now());
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>How long until the earliest timer, in whole ms and never too short; -1 for ever.</summary>
    private int Patience()
    {
        LocalTime earliest = due.Min();
        if (earliest == Never)
            return Timeout.Infinite;
        return (int)Math.Clamp(Math.Ceiling((earliest - clock.Now()).Milliseconds), 0, int.MaxValue);
    }

    private void RunTimers()
    {
        LocalTime now = clock.Now();
        for (int timer = 0; timer < due.Length; timer++)
        {
            if (due[timer] > now)
                continue;
            due[timer] = Never;
            Step(new NodeInput.TimerElapsed((NodeTimer)timer));
        }
    }

    private void Step(NodeInput input)
    {
        actions.Clear();
        node.Step(input, clock.Now(), actions);
        CountLeaders();
        // a copy: interpreting an action may take a step of its own, which uses the list again
        NodeAction[] wanted = [.. actions];
        foreach (NodeAction action in wanted)
            Interpret(action);
    }

    private void CountLeaders()
    {
        string? leader = node.Leads ? node.NodeId : node.Clock.Leader?.NodeId;
        if (leader is null || leader == knownLeader)
            return;
        knownLeader = leader;
        leaderChanges++;
        if (node.Leads)
            electionsWon++;
    }

    private void Interpret(NodeAction action)
    {
        switch (action)
        {
            case NodeAction.Send send:
                Send(send.Message, send.To);
                break;
            case NodeAction.SendSyncBurst burst:
                timeClient.Begin(burst);
                break;
            case NodeAction.SendVersionOneSyncRequest request:
                SendVersionOneSyncRequest(request.Sequence);
                break;
            case NodeAction.SetTimer timer:
                due[(int)timer.Timer] = timer.At;
                break;
            case NodeAction.ReadSystemClock:
                Post(new NodeInput.SystemClockRead(WallClock.Read(clock)));
                break;
            case NodeAction.PublishClock clockAction:
                network.Publish(clockAction.Mapping, clockAction.Estimate);
                break;
            case NodeAction.ServeTime served:
                network.Led = served.Timescale is { } scale ? Encoding.UTF8.GetBytes(scale) : null;
                break;
            case NodeAction.StartTake start:
                Recorder?.StartTake(start.Plan);
                break;
            case NodeAction.StopTake stop:
                Recorder?.StopTake(stop.At);
                break;
            case NodeAction.Configure configure:
                Recorder?.Configure(configure.Id, configure.Settings);
                break;
            case NodeAction.Tell told:
                tell(told.Level, told.Text);
                break;
            case NodeAction.PublishVerdict published:
                OnVerdict?.Invoke(published.Verdict, published.Show);
                break;
            case NodeAction.Report report:
                OnReport?.Invoke(report.Ticket, report.Outcome);
                break;
            case NodeAction.Exit:
                inbox.Close();
                // no beacon follows the goodbye
                Array.Fill(due, Never);
                break;
            default:
                throw new UnreachableException($"no case for {action.GetType().Name}");
        }
    }

    private void Send(Message message, Endpoint? to)
    {
        int length = PacketCodec.Encode(message, datagram);
        if (message is Discovery)
            beaconsSent++;
        if (to is { } destination)
            link.SendTo(destination, datagram.AsSpan(0, length));
        else
            link.SendToGroup(datagram.AsSpan(0, length));
    }

    private void SendVersionOneSyncRequest(long sequence)
    {
        LocalTime t1 = clock.Now();
        TimeSyncRequest request = TimeClient.MakeRequest(settings, t1, null);
        // noted before it leaves: the answer may be in the inbox before this method returns
        Step(new NodeInput.SyncRequestSent(sequence, request.T1Micros, request.T1Micros * 1_000, t1));
        Send(new TimeSyncRequestMessage(request), null);
    }

    private void OnTransmitStamp(uint sendId, LocalTime at)
    {
        if (timeServer is null || !timeServer.TryStamp(sendId, at))
            timeClient.Stamped(sendId, at);
    }

    private void OnDatagram(in Datagram received)
    {
        if (timeServer is not null && timeServer.TryAnswer(in received))
            return;
        DropReason reason = PacketCodec.TryDecode(received.Payload, out Message? message);
        if (message is null)
        {
            if (Interlocked.Increment(ref drops[(int)reason]) == 1 && reason == DropReason.Sealed)
                tell(NoticeLevel.Warning, $"{received.Source} seals what it says with a key, and this node has none: it hears nothing of that group without its --key-file (docs/security.md)");
        }
        else if (message is not TimeSyncRequestMessage)
        {
            if (message is Discovery { Query: false } beacon && beacon.NodeId != settings.NodeId)
                Interlocked.Increment(ref beaconsReceived);
            NodeInput.PacketReceived packet = new(message, received.Source, received.ReceivedAt);
            // a flood that decodes faster than it is worked off must not fill the memory
            if (!timeClient.TryTake(packet) && !inbox.TryPost(new LoopItem.Input(packet), MostWaiting))
                Interlocked.Increment(ref drops[(int)DropReason.Crowded]);
        }
    }

    private void OnTimestamps(string inWords)
    {
        Post(new NodeInput.StampsKnown(link.Timestamps.WireName()));
        tell(NoticeLevel.Warning, $"packets are now stamped by the {inWords}");
    }

    private void OnLinkState(LinkState state)
    {
        if (state is LinkState.Down down)
            tell(NoticeLevel.Warning, $"network: {down.Reason}; recording goes on, and the link is rejoined by itself");
        else
            tell(NoticeLevel.Info, $"network: link is up, sending from {link.Self}");
    }
}

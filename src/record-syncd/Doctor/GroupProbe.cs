using System.Diagnostics;

namespace RecordSync.Daemon;

/// <summary>
/// Listens to the group without being a node, and asks: a time request to the group, which a leader answers by unicast and all others pass over, tells whether multicast
/// goes out, comes back and reaches somebody; then each peer is asked by unicast for three seconds.
/// </summary>
internal sealed class GroupProbe : IDisposable
{
    public const string OwnName = "doctor";

    public static readonly TimeSpan Listens = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Measures = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);

    /// <summary>Of a follower every fourth turn: it answers 20 queries a second, from all askers together.</summary>
    private const int TurnsPerQuery = 4;

    /// <summary>The last answers are on their way.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);
    private const int MostPeers = 32;

    private readonly LocalClock clock = new();
    private readonly MulticastLink hears;
    private readonly MulticastLink asks;
    private readonly List<(string Interface, MulticastLink Link)> elsewhere = [];
    private readonly List<(string Interface, string Node)> heardElsewhere = [];
    private readonly HeardGroup heard = new();
    private readonly Lock gate = new();
    private readonly Dictionary<Endpoint, Conversation> conversations = [];
    private readonly Dictionary<uint, Exchange> stamped = [];
    private readonly byte[] datagram = new byte[512];
    private long sequence;

    /// <param name="others">Interfaces that are not the chosen one, to tell whether the group is there instead.</param>
    /// <exception cref="NetworkException">The port is taken, or the interface cannot be used.</exception>
    public GroupProbe(InterfaceChoice chosen, Endpoint group, IEnumerable<InterfaceChoice> others, GroupKeys? keys = null)
    {
        hears = new MulticastLink(new LinkSettings(chosen, group) { FirstPort = 0, Keys = keys }, clock);
        try
        {
            asks = new MulticastLink(new LinkSettings(chosen, group) { FirstPort = 0, Keys = keys }, clock);
        }
        catch
        {
            hears.Dispose();
            throw;
        }
        foreach (InterfaceChoice other in others)
        {
            try
            {
                elsewhere.Add((other.Name, new MulticastLink(new LinkSettings(other, group) { FirstPort = 0, Keys = keys }, clock)));
            }
            catch (NetworkException)
            {
                // it is not the one that is asked for
            }
        }
        hears.Start(OnGroup, (_, _) => { });
        asks.Start(OnAnswer, OnStamp);
        foreach ((string name, MulticastLink link) in elsewhere)
            link.Start((in Datagram received) => OnElsewhere(name, received), (_, _) => { });
    }

    public TimestampSource Timestamps => asks.Timestamps;

    /// <summary>Null where something could be sent to the group.</summary>
    public string? SendFault => asks.State is LinkState.Down down ? down.Reason : null;

    public HeardGroup Heard => heard;

    /// <summary>Who was heard without the key.</summary>
    public IReadOnlyList<KeyStranger> KeyStrangers => hears.KeyStrangers;

    public IReadOnlyList<(string Interface, string Node)> HeardElsewhere
    {
        get
        {
            lock (gate)
                return [.. heardElsewhere];
        }
    }

    public async Task Listen()
    {
        long start = Stopwatch.GetTimestamp();
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1));
        do
        {
            lock (gate)
            {
                int length = EncodeRequest(out _);
                _ = asks.SendToGroup(datagram.AsSpan(0, length));
            }
        } while (await timer.WaitForNextTickAsync() && Stopwatch.GetElapsedTime(start) < Listens);
    }

    public void Forget(string self)
    {
        lock (gate)
            heard.Forget(self);
    }

    /// <summary>Asks the peers that were heard: the leaders for the time, the others for their beacon.</summary>
    public async Task<IReadOnlyList<LinkFigures>> Measure()
    {
        List<Conversation> peers;
        lock (gate)
        {
            peers = [.. heard.Nodes.Where(node => !node.VersionOne).Take(MostPeers).Select(node => new Conversation(node))];
            foreach (Conversation peer in peers)
                conversations[peer.Node.Address] = peer;
        }
        if (peers.Count == 0)
            return [];
        long start = Stopwatch.GetTimestamp();
        using PeriodicTimer timer = new(Turn);
        for (int turn = 0; Stopwatch.GetElapsedTime(start) < Measures; turn++)
        {
            for (int at = 0; at < peers.Count; at++)
            {
                if (peers[at].Node.Role == NodeRole.Leader)
                    AskForTime(peers[at]);
                else if ((turn + at) % TurnsPerQuery == 0)
                    AskForBeacon(peers[at]);
            }
            await timer.WaitForNextTickAsync();
        }
        await Task.Delay(Grace);
        lock (gate)
            return [.. peers.Select(peer => peer.Figures())];
    }

    public void Dispose()
    {
        hears.Dispose();
        asks.Dispose();
        foreach ((_, MulticastLink link) in elsewhere)
            link.Dispose();
    }

    private void AskForTime(Conversation peer)
    {
        lock (gate)
        {
            int length = EncodeRequest(out TimeSyncRequest request);
            Exchange exchange = new(request.Sequence!.Value) { T1 = clock.Now().Nanoseconds };
            peer.Exchanges.Add(exchange);
            if (asks.SendTo(peer.Node.Address, datagram.AsSpan(0, length), out uint id))
                stamped[id] = exchange;
        }
    }

    private void AskForBeacon(Conversation peer)
    {
        lock (gate)
        {
            Discovery query = new(OwnName, NodeRole.Follower, Math.Max(0, clock.WallNow().Nanoseconds / 1_000)) { Version = 2, Query = true };
            int length = PacketCodec.Encode(query, datagram);
            Exchange exchange = new(++sequence) { T1 = clock.Now().Nanoseconds };
            peer.Exchanges.Add(exchange);
            if (asks.SendTo(peer.Node.Address, datagram.AsSpan(0, length), out uint id))
                stamped[id] = exchange;
        }
    }

    private int EncodeRequest(out TimeSyncRequest request)
    {
        long t1 = Math.Max(0, clock.WallNow().Nanoseconds);
        request = new TimeSyncRequest(OwnName, t1 / 1_000, ++sequence, t1);
        return PacketCodec.Encode(new TimeSyncRequestMessage(request), datagram);
    }

    private void OnGroup(in Datagram received)
    {
        // no node has the port that the doctor's own questions come from
        if (received.Source == asks.Self)
        {
            lock (gate)
                heard.HeardOneself |= received.ViaMulticast;
            return;
        }
        DropReason drop = PacketCodec.TryDecode(received.Payload, out Message? message);
        lock (gate)
            heard.Take(drop, message, received.Source, received.ViaMulticast, received.FromOwnHost);
    }

    private void OnAnswer(in Datagram received)
    {
        // multicast is heard on the other link already
        if (received.ViaMulticast)
            return;
        DropReason drop = PacketCodec.TryDecode(received.Payload, out Message? message);
        lock (gate)
        {
            heard.Take(drop, message, received.Source, viaMulticast: false, received.FromOwnHost);
            if (conversations.TryGetValue(received.Source, out Conversation? peer))
                peer.Take(message, received.ReceivedAt.Nanoseconds);
        }
    }

    private void OnStamp(uint sendId, LocalTime at)
    {
        lock (gate)
        {
            if (stamped.Remove(sendId, out Exchange? exchange))
                exchange.T1 = at.Nanoseconds;
        }
    }

    private void OnElsewhere(string interfaceName, in Datagram received)
    {
        if (PacketCodec.TryDecode(received.Payload, out Message? message) != DropReason.None || message is not Discovery { Query: false, Leaving: false } beacon)
            return;
        lock (gate)
        {
            if (heardElsewhere.Count < MostPeers)
                heardElsewhere.Add((interfaceName, beacon.NodeId));
        }
    }

    /// <summary>One question.</summary>
    private sealed class Exchange(long sequence)
    {
        public long Sequence { get; } = sequence;

        public long T1 { get; set; }

        public (long T2, long T3, long T4)? Answer { get; set; }
    }

    private sealed class Conversation(HeardNode node)
    {
        private int next;
        private long lastAnswered;
        private int reordered;

        public HeardNode Node { get; } = node;

        public List<Exchange> Exchanges { get; } = [];

        public void Take(Message? message, long at)
        {
            if (message is TimeSyncResponse { Sequence: { } sequence, T2Ns: { } t2, T3Ns: { } t3 } && Exchanges.Find(exchange => exchange.Sequence == sequence) is { Answer: null } exchange)
            {
                exchange.Answer = (t2, t3, at);
                reordered += sequence < lastAnswered ? 1 : 0;
                lastAnswered = Math.Max(lastAnswered, sequence);
            }
            // a beacon names no question: it is the answer to the last one
            else if (message is Discovery { Query: false } && Node.Role != NodeRole.Leader && Exchanges.Count > next)
            {
                Exchanges[^1].Answer = (0, 0, at);
                next = Exchanges.Count;
            }
        }

        public LinkFigures Figures()
        {
            List<Exchange> answered = Exchanges.FindAll(exchange => exchange.Answer is not null);
            return Node.Role == NodeRole.Leader
                ? LinkFigures.OfExchanges(Node.NodeId, Exchanges.Count, reordered, [.. answered.Select(one => new TimedAnswer(one.T1, one.Answer!.Value.T2, one.Answer.Value.T3, one.Answer.Value.T4))])
                : LinkFigures.OfDelays(Node.NodeId, Exchanges.Count, 0, [.. answered.Select(one => one.Answer!.Value.T4 - one.T1)]);
        }
    }
}

using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The follower's bursts over a real link, against a leader that answers as each test says.</summary>
public sealed class TimeClientTests
{
    private static readonly InterfaceChoice Loopback = InterfaceChoice.Resolve("lo");
    private static readonly Nanos Short = Nanos.FromMilliseconds(20);
    private static readonly Nanos Enough = Nanos.FromMilliseconds(600);
    private static readonly Nanos Long = Nanos.FromSeconds(15);

    [Fact]
    public void A_burst_is_asked_one_by_one_and_told_once_in_order()
    {
        using Pair pair = new();
        pair.Burst(1, 8, Long);
        for (long sequence = 1; sequence <= 8; sequence++)
        {
            TimeSyncRequest request = pair.Requests.WaitForCount((int)sequence)[(int)sequence - 1];
            Assert.Equal(sequence, request.Sequence);
            pair.Answer(request);
        }

        IReadOnlyList<NodeInput> told = pair.Posts.WaitFor(_ => true);
        Assert.Equal(Enumerable.Range(0, 8).SelectMany(_ => (string[])["sent", "stamped", "answer"]).Append("ended"), told.Select(Kind));
        // the stamp is later than the reading in the request, and the answer later still; 1 µs for the conversion
        for (int i = 0; i < 24; i += 3)
        {
            LocalTime sent = Assert.IsType<NodeInput.SyncRequestSent>(told[i]).T1;
            LocalTime stamped = Assert.IsType<NodeInput.SyncRequestStamped>(told[i + 1]).T1;
            LocalTime answered = Assert.IsType<NodeInput.PacketReceived>(told[i + 2]).At;
            Assert.InRange(stamped.Nanoseconds, sent.Nanoseconds - 1_000, answered.Nanoseconds);
        }
        Assert.Single(pair.Posts.All);
    }

    [Fact]
    public void Lost_answers_do_not_stop_a_burst()
    {
        using Pair pair = new();
        pair.Burst(1, 8, Enough);
        // every second one is lost
        for (int sequence = 1; sequence <= 8; sequence++)
        {
            TimeSyncRequest request = pair.Requests.WaitForCount(sequence)[sequence - 1];
            if (sequence % 2 == 0)
                pair.Answer(request);
        }

        IReadOnlyList<NodeInput> told = pair.Posts.WaitFor(_ => true);
        Assert.Equal(8, told.Count(input => input is NodeInput.SyncRequestSent));
        Assert.IsType<NodeInput.SyncBurstEnded>(told[^1]);
        Assert.All(Answers(told), answer => Assert.Equal(0, answer % 2));
        Assert.Equal(4, Answers(told).Count);
    }

    [Fact]
    public void A_silent_leader_ends_the_burst_all_the_same()
    {
        using Pair pair = new();
        pair.Burst(1, 8, Short);

        IReadOnlyList<NodeInput> told = pair.Posts.WaitFor(_ => true);
        Assert.Equal(8, told.Count(input => input is NodeInput.SyncRequestSent));
        Assert.Empty(Answers(told));
    }

    [Fact]
    public void A_duplicated_answer_asks_nothing_twice_and_counts_once()
    {
        using Pair pair = new();
        pair.Burst(1, 3, Long);
        for (int sequence = 1; sequence <= 3; sequence++)
        {
            TimeSyncRequest request = pair.Requests.WaitForCount(sequence)[sequence - 1];
            pair.Answer(request);
            pair.Answer(request);
        }

        IReadOnlyList<NodeInput> told = pair.Posts.WaitFor(_ => true);
        Assert.Equal([1, 2, 3], told.OfType<NodeInput.SyncRequestSent>().Select(sent => sent.Sequence));
        Assert.Equal([1, 2, 3], pair.Requests.All.Select(request => request.Sequence!.Value));
        Assert.Equal([1, 2, 3], Samples(told));
    }

    [Fact]
    public void Answers_that_overtake_one_another_are_matched_to_their_own_requests()
    {
        using Pair pair = new();
        pair.Burst(1, 3, Enough);
        // the first is held back until the second has been asked and answered
        TimeSyncRequest first = pair.Requests.WaitForCount(1)[0];
        TimeSyncRequest second = pair.Requests.WaitForCount(2)[1];
        pair.Answer(second);
        pair.Answer(first);
        TimeSyncRequest third = pair.Requests.WaitForCount(3)[2];
        pair.Answer(third);

        IReadOnlyList<NodeInput> told = pair.Posts.WaitFor(_ => true);
        Assert.Equal([2, 1, 3], Answers(told));
        Assert.Equal([1, 2, 3], Samples(told).Order());
    }

    [Fact]
    public void A_late_answer_of_an_earlier_burst_does_not_hurry_the_next()
    {
        using Pair pair = new();
        pair.Burst(1, 1, Short);
        TimeSyncRequest late = pair.Requests.WaitForCount(1)[0];
        pair.Posts.WaitForCount(1);

        pair.Burst(2, 2, Long);
        TimeSyncRequest next = pair.Requests.WaitForCount(2)[1];
        pair.Answer(late);
        pair.Answer(next);
        TimeSyncRequest last = pair.Requests.WaitForCount(3)[2];
        pair.Answer(last);

        List<NodeInput> told = [.. pair.Posts.WaitForCount(2).SelectMany(post => post)];
        Assert.Equal([1, 2, 3], Answers(told));
        // it still counts, with a long way: the filter knows what to do with that
        Assert.Equal([1, 2, 3], Samples(told).Order());
        Assert.Equal(3, pair.Requests.All.Count);
    }

    [Fact]
    public void A_new_burst_ends_the_one_that_runs()
    {
        using Pair pair = new();
        pair.Burst(1, 8, Long);
        pair.Requests.WaitForCount(1);
        pair.Burst(100, 1, Long);
        pair.Answer(pair.Requests.WaitFor(request => request.Sequence == 100));

        IReadOnlyList<IReadOnlyList<NodeInput>> posts = pair.Posts.WaitForCount(2);
        Assert.Equal(["sent", "stamped", "ended"], posts[0].Select(Kind));
        Assert.Equal(["sent", "stamped", "answer", "ended"], posts[1].Select(Kind));
    }

    [Fact]
    public void A_stamp_that_comes_after_the_answer_is_told_before_it()
    {
        // as a network card's may
        using Pair pair = new(holdStamps: true);
        pair.Burst(1, 2, Long);
        pair.Answer(pair.Requests.WaitForCount(1)[0]);
        TimeSyncRequest second = pair.Requests.WaitForCount(2)[1];
        pair.ReleaseStamps();
        pair.Answer(second);

        IReadOnlyList<NodeInput> told = pair.Posts.WaitFor(_ => true);
        Assert.Equal(["sent", "stamped", "answer"], told.Take(3).Select(Kind));
        Assert.Equal(1, Assert.IsType<NodeInput.SyncRequestStamped>(told[1]).Sequence);
    }

    private static string Kind(NodeInput input) =>
        input switch
        {
            NodeInput.SyncRequestSent => "sent",
            NodeInput.SyncRequestStamped => "stamped",
            NodeInput.PacketReceived => "answer",
            NodeInput.SyncBurstEnded => "ended",
            _ => input.GetType().Name,
        };

    private static List<long> Answers(IEnumerable<NodeInput> told) =>
        [.. told.OfType<NodeInput.PacketReceived>().Select(packet => ((TimeSyncResponse)packet.Message).Sequence!.Value)];

    /// <summary>The exchanges that the node's own matching makes of it.</summary>
    private static List<long> Samples(IEnumerable<NodeInput> told)
    {
        SyncExchange exchange = new();
        List<long> matched = [];
        foreach (NodeInput input in told)
        {
            if (input is NodeInput.SyncRequestSent sent)
                exchange.Sent(sent.Sequence, sent.T1Micros, sent.T1Ns, sent.T1);
            else if (input is NodeInput.SyncRequestStamped stamped)
                exchange.Stamped(stamped.Sequence, stamped.T1);
            else if (input is NodeInput.PacketReceived { Message: TimeSyncResponse response } packet && exchange.Match(response, packet.At) is { } sample)
            {
                Assert.InRange(sample.DelayNs, 0, EventLog<int>.Patience.Ticks * 100);
                matched.Add(response.Sequence!.Value);
            }
        }
        return matched;
    }

    private sealed class Pair : IDisposable
    {
        private readonly LocalClock clock = new(SimulatedClock.Parse("offset=3"));
        private readonly MulticastLink follower;
        private readonly ListeningLink leader;
        private readonly TimeClient client;
        private readonly List<(uint, LocalTime)> held = [];
        private readonly ManualResetEventSlim released = new();
        private volatile bool hold;

        public Pair(bool holdStamps = false)
        {
            hold = holdStamps;
            Endpoint group = TestGroup.Next();
            leader = new ListeningLink(Loopback, group);
            leader.Arrivals.Added += arrival => Requests.Add(PacketCodec.TryReadSyncRequest(arrival.Payload, out TimeSyncRequest request) ? request : default);
            NodeSettings settings = new("cam2", NodeRole.Follower, "host", new Nanos(1_795_395_175_000_000_000), 78, FrameRate.Default, false);
            follower = new MulticastLink(new LinkSettings(Loopback, group), clock);
            client = new TimeClient(follower, clock, settings, Posts.Add);
            follower.Start(OnDatagram, OnStamp, Turn);
        }

        public EventLog<TimeSyncRequest> Requests { get; } = new("requests");

        public EventLog<IReadOnlyList<NodeInput>> Posts { get; } = new("posts");

        public void Burst(long first, int count, Nanos patience) => client.Begin(new NodeAction.SendSyncBurst(first, count, leader.Link.Self, patience));

        public void Answer(TimeSyncRequest request)
        {
            long now = leader.Clock.WallNow().Nanoseconds;
            TimeSyncResponse response = new("cam1", request.T1Micros, now / 1_000, now / 1_000) { Sequence = request.Sequence, T1Ns = request.T1Ns, T2Ns = now, T3Ns = now };
            Assert.True(leader.Link.SendTo(follower.Self, PacketCodec.Encode(response)));
        }

        public void ReleaseStamps()
        {
            hold = false;
            follower.Wake();
            Assert.True(released.Wait(EventLog<int>.Patience));
        }

        private int Turn()
        {
            if (!hold)
            {
                foreach ((uint id, LocalTime at) in held)
                    client.Stamped(id, at);
                held.Clear();
                released.Set();
            }
            return client.Turn();
        }

        private void OnStamp(uint sendId, LocalTime at)
        {
            if (hold)
                held.Add((sendId, at));
            else
                client.Stamped(sendId, at);
        }

        private void OnDatagram(in Datagram datagram)
        {
            Assert.Equal(DropReason.None, PacketCodec.TryDecode(datagram.Payload, out Message? message));
            client.TryTake(new NodeInput.PacketReceived(message!, datagram.Source, datagram.ReceivedAt));
        }

        public void Dispose()
        {
            follower.Dispose();
            leader.Dispose();
            released.Dispose();
        }
    }
}

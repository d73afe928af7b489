using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The leader's side of the exchange over real sockets (docs/protocol.md §4.1).</summary>
public sealed class TimeServerTests
{
    private static readonly InterfaceChoice Loopback = InterfaceChoice.Resolve("lo");
    private static readonly NodeSettings Leader = new("cam1", NodeRole.Leader, "host", new Nanos(1_795_395_175_000_000_000), 77, FrameRate.Default, false);

    [Fact]
    public void Answering_allocates_nothing_per_packet()
    {
        const int Warm = 500;
        const int Measured = 5_000;
        LocalClock clock = new();
        using MulticastLink link = new(new LinkSettings(Loopback, TestGroup.Next()), clock);
        TimeServer server = Serve(link, clock);
        int count = 0;
        long first = 0,
            last = 0;
        using ManualResetEventSlim all = new();
        link.Start(
            (in Datagram datagram) =>
            {
                bool answered = server.TryAnswer(in datagram);
                count += answered ? 1 : 0;
                if (count == Warm)
                    first = GC.GetAllocatedBytesForCurrentThread();
                if (count == Warm + Measured)
                {
                    last = GC.GetAllocatedBytesForCurrentThread();
                    all.Set();
                }
            },
            (sendId, at) => server.TryStamp(sendId, at)
        );
        using Socket follower = Follower(link.Self);

        for (int turn = 1; turn <= Warm + Measured; turn++)
            Assert.NotNull(Ask(follower, turn));

        Assert.True(all.Wait(EventLog<int>.Patience));
        Assert.Equal(Warm + Measured, server.Answered);
        Assert.Equal(0, last - first);
        // stamps were handled too, not left lying
        Assert.InRange(link.Counters.TransmitStamps, Warm + Measured - 1, Warm + Measured);
    }

    [Fact]
    public void Each_answer_tells_when_the_one_before_it_really_left()
    {
        LocalClock clock = new(SimulatedClock.Parse("offset=12,ppm=40"));
        using MulticastLink link = new(new LinkSettings(Loopback, TestGroup.Next()), clock);
        TimeServer server = Serve(link, clock);
        link.Start((in Datagram datagram) => server.TryAnswer(in datagram), (sendId, at) => server.TryStamp(sendId, at));
        using Socket follower = Follower(link.Self);
        using Socket other = Follower(link.Self);

        TimeSyncResponse before = Ask(follower, 1);
        Assert.Null(before.PreviousSequence);
        for (int turn = 2; turn <= 500; turn++)
        {
            // another follower's exchanges between do not get into it
            if (turn % 3 == 0)
                Assert.NotEqual(before.Sequence, Ask(other, 100_000 + turn).PreviousSequence);
            TimeSyncResponse response = Ask(follower, turn);
            Assert.Equal(before.Sequence, response.PreviousSequence);
            // later than the reading in the answer, and before the next request was even sent; 1 µs for the conversion
            Assert.InRange(response.PreviousT3Ns!.Value, before.T3Ns!.Value - 1_000, response.T2Ns!.Value + 1_000);
            before = response;
        }
    }

    [Fact]
    public void With_the_stamps_told_afterwards_an_exchange_is_nearer_the_truth()
    {
        LocalClock clock = new();
        using MulticastLink link = new(new LinkSettings(Loopback, TestGroup.Next()), clock);
        TimeServer server = Serve(link, clock);
        link.Start((in Datagram datagram) => server.TryAnswer(in datagram), (sendId, at) => server.TryStamp(sendId, at));
        using ListeningLink follower = new(Loopback, TestGroup.Next());
        SyncExchange exchange = new();
        List<long> plain = [],
            improved = [];

        for (int turn = 0; turn < 300; turn++)
        {
            follower.Arrivals.Clear();
            follower.TransmitStamps.Clear();
            long sequence = exchange.NextSequences(1);
            LocalTime t1 = follower.Clock.Now();
            exchange.Sent(sequence, t1.Nanoseconds / 1_000, t1.Nanoseconds, t1);
            byte[] request = PacketCodec.Encode(new TimeSyncRequestMessage(new TimeSyncRequest("cam2", t1.Nanoseconds / 1_000, sequence, t1.Nanoseconds)));
            Assert.True(follower.Link.SendTo(link.Self, request, out _));
            ListeningLink.Arrival arrival = follower.Arrivals.WaitFor(_ => true);
            exchange.Stamped(sequence, follower.TransmitStamps.WaitFor(_ => true).At);
            PacketCodec.TryDecode(arrival.Payload, out Message? message);
            TimeSyncResponse response = Assert.IsType<TimeSyncResponse>(message);
            plain.Add(exchange.Match(response, arrival.ReceivedAt)!.Value.DelayNs);
            if (exchange.Improve(response) is { } better)
                improved.Add(better.DelayNs);
        }

        // all but the last were told again, and shorter: what the leader needs to send is no longer taken for a way
        Assert.Equal(299, improved.Count);
        Assert.Equal(299, exchange.Improved);
        Assert.All(improved.Zip(plain), pair => Assert.True(pair.First <= pair.Second + 1_000, $"{pair.First} after {pair.Second}"));
        Assert.True(improved.Order().ElementAt(150) < plain.Order().ElementAt(150));
        Assert.All(improved, delay => Assert.InRange(delay, -1_000, long.MaxValue));
    }

    [Fact]
    public void A_thousand_followers_that_ask_at_the_same_moment_are_all_answered()
    {
        LocalClock clock = new();
        using MulticastLink link = new(new LinkSettings(Loopback, TestGroup.Next()), clock);
        TimeServer server = Serve(link, clock);
        using SemaphoreSlim release = new(0);
        using ManualResetEventSlim held = new();
        link.Start(
            (in Datagram datagram) =>
            {
                // the leader is kept from running while the whole crowd asks
                if (!server.TryAnswer(in datagram))
                {
                    held.Set();
                    Assert.True(release.Wait(EventLog<int>.Patience));
                }
            },
            (sendId, at) => server.TryStamp(sendId, at)
        );
        // without the right to a long queue, as many as the usual one holds
        using SafeFileHandle probe = Libc.Socket(Libc.AddressFamilyInternet, Libc.SocketDatagram);
        int crowd = Libc.SetOption(probe, Libc.LevelSocket, Libc.ReceiveBufferForce, 1 << 20) == 0 ? 1_000 : 200;
        Socket[] followers = [.. Enumerable.Range(0, crowd).Select(_ => Follower(link.Self))];
        try
        {
            followers[0].Send("hold"u8);
            Assert.True(held.Wait(EventLog<int>.Patience));
            for (int i = 0; i < followers.Length; i++)
                Send(followers[i], 1);
            release.Release();
            // one by one, so that the first that waits in vain ends the test
            foreach (Socket follower in followers)
                Assert.Equal(1, Receive(follower).Sequence);
            // and all stamps of these answers have found their followers
            int told = 0;
            for (int i = 0; i < followers.Length; i++)
            {
                Send(followers[i], 2);
                told += Receive(followers[i]).PreviousSequence == 1 ? 1 : 0;
            }
            Assert.InRange(told, crowd - 10, crowd);
            Assert.Equal(0, link.Counters.Overflows);
        }
        finally
        {
            foreach (Socket follower in followers)
                follower.Dispose();
        }
    }

    private static TimeServer Serve(MulticastLink link, LocalClock clock)
    {
        SharedClock network = new() { Mapping = new ClockMapping(clock.Now(), clock.WallNow(), 0, 0, 0), Led = "0000000000000077"u8.ToArray() };
        return new TimeServer(link, clock, network, Leader);
    }

    private static Socket Follower(Endpoint leader)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)EventLog<int>.Patience.TotalMilliseconds };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Connect(IPAddress.Loopback, leader.Port);
        return socket;
    }

    private static TimeSyncResponse Ask(Socket follower, long sequence)
    {
        Send(follower, sequence);
        TimeSyncResponse response = Receive(follower);
        Assert.Equal(sequence, response.Sequence);
        return response;
    }

    private static void Send(Socket follower, long sequence) =>
        follower.Send(Encoding.UTF8.GetBytes($$$"""{"TimeSyncRequest":{"node_id":"cam2","t1":1795395175255632,"seq":{{{sequence}}},"t1_ns":1795395175255632118}}"""));

    private static TimeSyncResponse Receive(Socket follower)
    {
        byte[] datagram = new byte[2_048];
        int length = follower.Receive(datagram);
        Assert.Equal(DropReason.None, PacketCodec.TryDecode(datagram.AsSpan(0, length), out Message? message));
        return Assert.IsType<TimeSyncResponse>(message);
    }
}

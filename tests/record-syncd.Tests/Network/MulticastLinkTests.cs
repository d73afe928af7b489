using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Two links on the loopback interface, as two nodes on one host have them.</summary>
public sealed class MulticastLinkTests
{
    private static readonly InterfaceChoice Loopback = InterfaceChoice.Resolve("lo");

    [Fact]
    public void Each_of_two_nodes_on_one_host_hears_the_group_and_has_an_address_of_its_own()
    {
        Endpoint group = TestGroup.Next();
        using ListeningLink one = new(Loopback, group);
        using ListeningLink two = new(Loopback, group);

        Assert.NotEqual(one.Link.Self, two.Link.Self);
        Assert.True(one.Link.SendToGroup("to all"u8));
        ListeningLink.Arrival toAll = two.Arrivals.WaitFor(arrival => arrival.Says("to all"));
        Assert.True(two.Link.SendTo(toAll.Source, "to one"u8));
        ListeningLink.Arrival toOne = one.Arrivals.WaitFor(arrival => arrival.Says("to one"));

        Assert.Equal((one.Link.Self, true, true), (toAll.Source, toAll.ViaMulticast, toAll.FromOwnHost));
        Assert.Equal((two.Link.Self, false, true), (toOne.Source, toOne.ViaMulticast, toOne.FromOwnHost));
        // neither its own multicast nor the other's unicast
        Assert.Single(one.Arrivals.All);
        Assert.Single(two.Arrivals.All);
    }

    [Fact]
    public void Own_ports_begin_behind_the_groups_usual_one()
    {
        using ListeningLink one = new(Loopback, TestGroup.Next());

        Assert.Equal("127.0.0.1", Endpoint.FormatAddress(one.Link.Self.Address));
        Assert.InRange(one.Link.Self.Port, (ushort)9943, (ushort)9999);
    }

    [Fact]
    public void Another_group_or_another_port_is_not_heard()
    {
        Endpoint group = TestGroup.Next();
        using ListeningLink node = new(Loopback, group);
        using ListeningLink otherAddress = new(Loopback, group with { Address = group.Address ^ 0x100 });
        using ListeningLink otherPort = new(Loopback, TestGroup.Next());
        using ListeningLink friend = new(Loopback, group);

        otherAddress.Link.SendToGroup("other address"u8);
        otherPort.Link.SendToGroup("other port"u8);
        friend.Link.SendToGroup("friend"u8);

        Assert.True(Assert.Single(node.Arrivals.WaitForCount(1)).Says("friend"));
    }

    [Fact]
    public void Receive_stamps_are_the_kernels_and_lie_between_sending_and_handling()
    {
        Endpoint group = TestGroup.Next();
        LocalClock clock = new(SimulatedClock.Parse("offset=1234.5,ppm=-77"));
        using ListeningLink sender = new(Loopback, group);
        using ListeningLink receiver = new(Loopback, group, clock);
        Assert.Equal(TimestampSource.Kernel, receiver.Link.Timestamps);
        // the kernel's stamping starts a moment after the first socket asks for it
        SendUntilStamped(sender, receiver);

        for (int turn = 0; turn < 200; turn++)
        {
            receiver.Arrivals.Clear();
            LocalTime before = clock.Now();
            Assert.True(turn % 2 == 0 ? sender.Link.SendToGroup("stamp me"u8) : sender.Link.SendTo(receiver.Link.Self, "stamp me"u8));
            ListeningLink.Arrival arrival = receiver.Arrivals.WaitFor(_ => true);

            Assert.Equal(StampSource.Kernel, arrival.Stamp);
            Assert.InRange(arrival.ReceivedAt.Nanoseconds, before.Nanoseconds - 2_000, arrival.HandledAt.Nanoseconds);
        }
    }

    [Fact]
    public void A_datagram_that_had_to_wait_is_stamped_when_it_came()
    {
        Endpoint group = TestGroup.Next();
        using ListeningLink sender = new(Loopback, group);
        using ManualResetEventSlim handling = new();
        using ManualResetEventSlim release = new();
        LocalClock clock = new();
        EventLog<(LocalTime ReceivedAt, StampSource Stamp)> stamps = new("stamps");
        using MulticastLink busy = new(new LinkSettings(Loopback, group), clock);
        busy.Start(
            (in Datagram datagram) =>
            {
                stamps.Add((datagram.ReceivedAt, datagram.Stamp));
                handling.Set();
                release.Wait();
            },
            (_, _) => { }
        );

        sender.Link.SendToGroup("first"u8);
        Assert.True(handling.Wait(EventLog<int>.Patience));
        sender.Link.SendToGroup("second"u8);
        LocalTime sent = clock.Now();
        release.Set();

        (LocalTime receivedAt, StampSource stamp) = stamps.WaitForCount(2)[1];
        Assert.Equal(StampSource.Kernel, stamp);
        // a stamp of the program's own would be later than the release
        Assert.InRange(receivedAt.Nanoseconds, stamps.All[0].ReceivedAt.Nanoseconds, sent.Nanoseconds);
    }

    [Fact]
    public void Transmit_stamps_come_back_with_the_id_of_their_send()
    {
        Endpoint group = TestGroup.Next();
        using ListeningLink sender = new(Loopback, group);
        using ListeningLink receiver = new(Loopback, group);
        Dictionary<uint, (LocalTime Before, LocalTime After)> sends = [];

        for (int turn = 0; turn < 600; turn++)
        {
            LocalTime before = sender.Clock.Now();
            bool sent = turn % 2 == 0 ? sender.Link.SendToGroup("x"u8, out uint sendId) : sender.Link.SendTo(receiver.Link.Self, "x"u8, out sendId);
            Assert.True(sent);
            sends.Add(sendId, (before, sender.Clock.Now()));
            // unstamped ones between do not take part in the counting
            sender.Link.SendToGroup("beacon"u8);
            sender.TransmitStamps.WaitForCount(turn + 1);
        }

        Assert.DoesNotContain(0u, sends.Keys);
        Assert.Equal(600, sender.TransmitStamps.All.Count);
        Assert.All(
            sender.TransmitStamps.All,
            stamp => Assert.InRange(stamp.At.Nanoseconds, sends[stamp.SendId].Before.Nanoseconds - 2_000, sends[stamp.SendId].After.Nanoseconds + 2_000)
        );
        Assert.Equal(600, sender.Link.Counters.TransmitStamps);
    }

    [Fact]
    public void After_a_send_that_failed_stamps_still_find_their_sends()
    {
        using ListeningLink sender = new(Loopback, TestGroup.Next());
        byte[] tooLong = new byte[65_508];

        for (int turn = 1; turn <= 10; turn++)
        {
            Assert.False(sender.Link.SendToGroup(tooLong, out _));
            LocalTime before = sender.Clock.Now();
            Assert.True(sender.Link.SendToGroup("x"u8, out uint sendId));
            (_, LocalTime at) = sender.TransmitStamps.WaitFor(stamp => stamp.SendId == sendId);
            Assert.InRange(at.Nanoseconds, before.Nanoseconds - 2_000, sender.Clock.Now().Nanoseconds);
        }
        Assert.Equal(10, sender.Link.SendErrors);
        Assert.IsType<LinkState.Up>(sender.Link.State);
    }

    [Fact]
    public void The_stamp_of_a_request_comes_before_its_answer()
    {
        Endpoint group = TestGroup.Next();
        using ListeningLink answering = new(Loopback, group);
        EventLog<string> events = new("events");
        using SemaphoreSlim release = new(0);
        using MulticastLink asking = new(new LinkSettings(Loopback, group), new LocalClock());
        asking.Start(
            (in Datagram datagram) =>
            {
                events.Add(Encoding.UTF8.GetString(datagram.Payload));
                if (datagram.Payload.SequenceEqual("hold"u8))
                    Assert.True(release.Wait(EventLog<int>.Patience));
            },
            (sendId, _) => events.Add($"stamp {sendId}")
        );

        for (int turn = 0; turn < 50; turn++)
        {
            // while the receiving thread is held, both the stamp and the answer come in
            events.Clear();
            answering.Link.SendTo(asking.Self, "hold"u8);
            events.WaitForCount(1);
            asking.SendTo(answering.Link.Self, "ask"u8, out uint sendId);
            answering.Arrivals.WaitForCount(turn + 1);
            answering.Link.SendTo(asking.Self, "answer"u8);
            release.Release();
            events.WaitForCount(3);
            Assert.Equal(["hold", $"stamp {sendId}", "answer"], events.All);
        }
    }

    [Fact]
    public void Receiving_and_answering_allocates_nothing()
    {
        Endpoint group = TestGroup.Next();
        using ListeningLink sender = new(Loopback, group);
        using MulticastLink receiver = new(new LinkSettings(Loopback, group), new LocalClock());
        const int Warm = 200;
        const int Measured = 1_000;
        // in four parts, of which the least counts: Allocations says why
        const int Part = Measured / 4;
        long begun = 0,
            least = long.MaxValue;
        int count = 0,
            answered = 0;
        using ManualResetEventSlim all = new();
        using SemaphoreSlim one = new(0);
        receiver.Start(
            (in Datagram datagram) =>
            {
                if (++count >= Warm && (count - Warm) % Part == 0)
                {
                    long now = GC.GetAllocatedBytesForCurrentThread();
                    least = count == Warm ? least : Math.Min(least, now - begun);
                    begun = now;
                }
                if (receiver.SendTo(datagram.Source, datagram.Payload, out _))
                    answered++;
                if (count == Warm + Measured)
                    all.Set();
            },
            (_, _) => { }
        );

        for (int turn = 0; turn < Warm + Measured; turn++)
        {
            sender.Link.SendToGroup("0123456789"u8);
            // one after the other: no datagram may be lost to a full queue
            sender.Arrivals.WaitForCount(1);
            sender.Arrivals.Clear();
        }

        Assert.True(all.Wait(EventLog<int>.Patience));
        Assert.Equal(Warm + Measured, answered);
        Assert.Equal(0, least);
        // the last one may still be under way
        Assert.InRange(receiver.Counters.TransmitStamps, Warm + Measured - 1, Warm + Measured);
    }

    [Fact]
    public void What_the_kernel_dropped_because_nobody_read_is_counted()
    {
        Endpoint group = TestGroup.Next();
        using ListeningLink sender = new(Loopback, group);
        using SemaphoreSlim release = new(0);
        EventLog<int> lengths = new("datagrams");
        using MulticastLink slow = new(new LinkSettings(Loopback, group), new LocalClock());
        slow.Start(
            (in Datagram datagram) =>
            {
                lengths.Add(datagram.Payload.Length);
                if (datagram.Payload.Length == 1)
                    Assert.True(release.Wait(EventLog<int>.Patience));
            },
            (_, _) => { }
        );

        sender.Link.SendTo(slow.Self, new byte[1]);
        lengths.WaitForCount(1);
        byte[] large = new byte[60_000];
        for (int turn = 0; turn < 500; turn++)
            sender.Link.SendTo(slow.Self, large);
        release.Release();
        // the count comes with the first datagram that finds room again
        for (int turn = 0; slow.Counters.Overflows == 0; turn++)
        {
            Assert.True(turn < 100);
            sender.Link.SendTo(slow.Self, new byte[2]);
            lengths.WaitFor(length => length == 2);
        }

        int arrived = lengths.All.Count(length => length == large.Length);
        Assert.Equal(500, arrived + slow.Counters.Overflows);
    }

    [Fact]
    public void Empty_and_largest_datagrams_pass_whole()
    {
        Endpoint group = TestGroup.Next();
        using ListeningLink sender = new(Loopback, group);
        using ListeningLink receiver = new(Loopback, group);
        byte[] largest = new byte[65_507];
        new Random(1).NextBytes(largest);

        Assert.True(sender.Link.SendToGroup([]));
        Assert.True(sender.Link.SendTo(receiver.Link.Self, largest));

        receiver.Arrivals.WaitFor(arrival => arrival.Payload.Length == 0);
        Assert.Equal(largest, receiver.Arrivals.WaitFor(arrival => arrival.Payload.Length > 0).Payload);
    }

    [Fact]
    public void Many_threads_may_send_at_once()
    {
        Endpoint group = TestGroup.Next();
        using ListeningLink sender = new(Loopback, group);
        using ListeningLink receiver = new(Loopback, group);
        EventLog<uint> ids = new("send ids");

        Parallel.For(
            0,
            4,
            _ =>
            {
                for (int turn = 0; turn < 50; turn++)
                {
                    if (sender.Link.SendTo(receiver.Link.Self, "x"u8, out uint sendId))
                        ids.Add(sendId);
                }
            }
        );

        Assert.Equal(200, ids.All.Distinct().Count());
        Assert.Equal(ids.All.Order(), sender.TransmitStamps.WaitForCount(200).Select(stamp => stamp.SendId).Order());
    }

    [Fact]
    public void A_port_that_a_program_does_not_share_is_refused_with_its_name()
    {
        Endpoint group = TestGroup.Next();
        using Socket greedy = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        greedy.Bind(new IPEndPoint(IPAddress.Any, group.Port));

        string message = Assert.Throws<NetworkException>(() => new MulticastLink(new LinkSettings(Loopback, group), new LocalClock())).Message;

        string self = File.ReadAllText("/proc/self/comm").Trim();
        Assert.Equal(
            $"UDP port {group.Port} is taken by {self} (process {Environment.ProcessId}), which does not share it. "
                + "Stop that program, or give all nodes another group with --group 239.255.42.99:PORT.",
            message
        );
    }

    [Fact]
    public void A_program_that_has_the_port_on_all_addresses_keeps_its_unicast()
    {
        Endpoint group = TestGroup.Next();
        using ListeningLink before = new(Loopback, group);
        using VersionOnePeer peer = new("old", "Follower", "127.0.0.1", group.ToString());
        using ListeningLink after = new(Loopback, group);
        byte[] status = """{"Status":{"node_id":"new","state":"Idle","timestamp":1}}"""u8.ToArray();

        for (int turn = 0; turn < 20; turn++)
            before.Link.SendTo(new Endpoint(Loopback.Address, group.Port), status);

        peer.WaitForCount(20);
        Assert.Empty(after.Arrivals.All);
    }

    [Fact]
    public void Nothing_is_sent_after_the_end()
    {
        ListeningLink node = new(Loopback, TestGroup.Next());
        node.Dispose();

        Assert.False(node.Link.SendToGroup("late"u8));
        Assert.False(node.Link.SendToGroup("late"u8, out _));
        node.Dispose();
    }

    private static void SendUntilStamped(ListeningLink sender, ListeningLink receiver)
    {
        for (int turn = 1; turn <= 1_000; turn++)
        {
            sender.Link.SendToGroup("warm up"u8);
            if (receiver.Arrivals.WaitForCount(turn)[^1].Stamp == StampSource.Kernel)
                return;
        }
        Assert.Fail("no datagram was stamped by the kernel");
    }
}

using System.Text;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The group key over real sockets (docs/protocol.md §8).</summary>
public sealed class SealedLinkTests : IDisposable
{
    private static readonly InterfaceChoice Loopback = InterfaceChoice.Resolve("lo");
    private static readonly GroupKeyRing Ring = RingOf(1), Another = RingOf(2);

    private readonly Endpoint group = TestGroup.Next();
    private readonly List<ListeningLink> links = [];

    public void Dispose() => links.ForEach(link => link.Dispose());

    internal static GroupKeyRing RingOf(byte fill) => new(new GroupKey([.. Enumerable.Repeat(fill, GroupKey.Size)]));

    [Fact]
    public void The_first_words_of_strangers_arrive_both_ways_with_the_kernels_stamp()
    {
        ListeningLink alice = Join(Ring), bob = Join(Ring);
        LocalTime before = bob.Clock.Now();
        Assert.True(alice.Link.SendToGroup("to all"u8));
        ListeningLink.Arrival heard = bob.Arrivals.WaitFor(arrival => arrival.Says("to all"));
        Assert.Equal((alice.Link.Self, true, true), (heard.Source, heard.ViaMulticast, heard.FromOwnHost));
        Assert.InRange(heard.ReceivedAt.Nanoseconds, before.Nanoseconds - 1_000, heard.HandledAt.Nanoseconds);
        Assert.True(bob.Link.SendTo(alice.Link.Self, "to you"u8));
        heard = alice.Arrivals.WaitFor(arrival => arrival.Says("to you"));
        Assert.Equal((bob.Link.Self, false), (heard.Source, heard.ViaMulticast));
        Assert.Empty(bob.Warnings.All);
    }

    [Fact]
    public void Nothing_of_a_message_is_on_the_wire_in_clear()
    {
        ListeningLink alice = Join(Ring), spy = JoinPlain();
        Assert.True(alice.Link.SendToGroup("the take begins at noon"u8));
        ListeningLink.Arrival seen = spy.Arrivals.WaitFor(_ => true);
        Assert.Equal("the take begins at noon".Length + SealedHeader.Overhead, seen.Payload.Length);
        Assert.True(seen.Payload.AsSpan().IndexOf("noon"u8) < 0);
    }

    [Fact]
    public void Who_has_no_key_or_another_one_is_not_heard_and_is_named_once()
    {
        ListeningLink alice = Join(Ring), plain = JoinPlain(), other = Join(Another);
        byte[] beacon = PacketCodec.Encode(new Discovery("cam9", NodeRole.Leader, 1795395175255632));
        for (int turn = 0; turn < 5; turn++)
        {
            Assert.True(plain.Link.SendToGroup(beacon));
            Assert.True(plain.Link.SendTo(alice.Link.Self, beacon));
            Assert.True(other.Link.SendToGroup(beacon));
        }
        // what comes after it has come in order
        ListeningLink friend = Join(Ring);
        Assert.True(friend.Link.SendToGroup("last"u8));
        alice.Arrivals.WaitFor(arrival => arrival.Says("last"));
        Assert.Single(alice.Arrivals.All);
        Assert.Equal((10, 5), (alice.Link.DropsFor(DropReason.Unsealed), alice.Link.DropsFor(DropReason.UnknownKey)));
        Assert.Equal(
            [
                $"cam9 at {plain.Link.Self} has no key and is ignored: start it with this node's --key-file if it belongs here",
                $"{other.Link.Self} seals with another key ({Another.First.Name}) and is ignored: start it with this node's --key-file if it belongs here",
            ],
            alice.Warnings.All.Order(StringComparer.Ordinal).Reverse().OrderBy(warning => warning.Contains("another", StringComparison.Ordinal))
        );
        Assert.Equal(2, alice.Link.KeyStrangers.Count);
    }

    [Fact]
    public void What_a_spy_repeats_is_dropped_and_counted_and_told_once()
    {
        ListeningLink alice = Join(Ring), spy = JoinPlain(), bob = Join(Ring);
        Assert.True(alice.Link.SendToGroup("start"u8));
        bob.Arrivals.WaitFor(arrival => arrival.Says("start"));
        byte[] start = spy.Arrivals.WaitFor(_ => true).Payload;
        for (int turn = 0; turn < 3; turn++)
            Assert.True(spy.Link.SendToGroup(start));
        Assert.True(spy.Link.SendTo(bob.Link.Self, start));
        Assert.True(alice.Link.SendToGroup("last"u8));
        bob.Arrivals.WaitFor(arrival => arrival.Says("last"));
        // to its own address it came by another socket, and may be looked at a little later
        bob.Warnings.WaitForCount(2);
        Assert.Equal(2, bob.Arrivals.All.Count);
        Assert.Equal((3, 1), (bob.Link.DropsFor(DropReason.Replayed), bob.Link.DropsFor(DropReason.Redirected)));
        Assert.Equal(2, bob.Warnings.All.Count);
    }

    [Fact]
    public void Sealed_answers_to_sealed_time_requests_allocate_nothing_per_packet()
    {
        const int Warm = 500;
        const int Measured = 3_000;
        LocalClock clock = new();
        GroupKeys keys = new(Ring);
        using MulticastLink link = new(new LinkSettings(Loopback, group) { Keys = keys }, clock);
        SharedClock network = new() { Mapping = new ClockMapping(clock.Now(), clock.WallNow(), 0, 0, 0), Led = "0000000000000077"u8.ToArray() };
        TimeServer server = new(link, clock, network, new NodeSettings("cam1", NodeRole.Leader, "host", new Nanos(1_795_395_175_000_000_000), 77, FrameRate.Default, false));
        (int count, long first, long last) = (0, 0, 0);
        link.Start(
            (in Datagram datagram) =>
            {
                count += server.TryAnswer(in datagram) ? 1 : 0;
                if (count == Warm)
                    first = GC.GetAllocatedBytesForCurrentThread();
                if (count == Warm + Measured)
                    last = GC.GetAllocatedBytesForCurrentThread();
            },
            (sendId, at) => server.TryStamp(sendId, at)
        );
        using SemaphoreSlim answered = new(0);
        using MulticastLink asking = new(new LinkSettings(Loopback, group) { Keys = keys, FirstPort = 0 }, clock);
        asking.Start((in Datagram datagram) => answered.Release(), (_, _) => { });
        for (int turn = 1; turn <= Warm + Measured; turn++)
        {
            Assert.True(asking.SendTo(link.Self, Encoding.UTF8.GetBytes($$$"""{"TimeSyncRequest":{"node_id":"cam2","t1":1795395175255632,"seq":{{{turn}}},"t1_ns":1795395175255632118}}""")));
            Assert.True(answered.Wait(EventLog<int>.Patience));
        }
        Assert.Equal(Warm + Measured, server.Answered);
        Assert.Equal(0, last - first);
    }

    [Fact]
    public void Keys_are_exchanged_under_running_links()
    {
        GroupKeys one = new(Ring), two = new(Ring);
        ListeningLink alice = Join(one), bob = Join(two);
        Assert.True(alice.Link.SendToGroup("1"u8));
        bob.Arrivals.WaitFor(arrival => arrival.Says("1"));
        (one.Ring, two.Ring) = (new GroupKeyRing(Another.First, Ring.First), new GroupKeyRing(Ring.First, Another.First));
        Assert.True(alice.Link.SendToGroup("2"u8));
        bob.Arrivals.WaitFor(arrival => arrival.Says("2"));
        Assert.True(bob.Link.SendTo(alice.Link.Self, "3"u8));
        alice.Arrivals.WaitFor(arrival => arrival.Says("3"));
        (one.Ring, two.Ring) = (Another, Another);
        Assert.True(bob.Link.SendToGroup("4"u8));
        alice.Arrivals.WaitFor(arrival => arrival.Says("4"));
        Assert.Empty(alice.Warnings.All.Concat(bob.Warnings.All));
    }

    private ListeningLink JoinPlain() => Join((GroupKeys?)null);

    private ListeningLink Join(GroupKeyRing ring) => Join(new GroupKeys(ring));

    private ListeningLink Join(GroupKeys? keys)
    {
        ListeningLink link = new(Loopback, group, keys: keys);
        links.Add(link);
        return link;
    }
}

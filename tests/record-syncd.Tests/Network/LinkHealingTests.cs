using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Two machines on a switch; the second one's network suffers, and it must find back by itself.</summary>
public sealed class LinkHealingTests
{
    private static readonly Endpoint Group = LinkSettings.DefaultGroup;

    [Fact]
    public void Datagrams_and_stamps_cross_from_machine_to_machine()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using ListeningLink one = Open(machines, 0);
        using ListeningLink two = Open(machines, 1);

        Assert.True(one.Link.SendToGroup("hello"u8, out uint sendId));
        ListeningLink.Arrival arrival = two.Arrivals.WaitFor(found => found.Says("hello"));
        (_, LocalTime sentAt) = one.TransmitStamps.WaitFor(stamp => stamp.SendId == sendId);

        Assert.Equal(Endpoint.Parse("10.77.0.1:9943"), arrival.Source);
        Assert.False(arrival.FromOwnHost);
        // one kernel, one clock: the way takes some microseconds, never less than nothing
        Assert.InRange(sentAt.Nanoseconds, arrival.ReceivedAt.Nanoseconds - 1_000_000_000, arrival.ReceivedAt.Nanoseconds + 2_000);
    }

    [Fact]
    public void A_cable_that_is_pulled_and_plugged_in_again_is_noticed()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using ListeningLink one = Open(machines, 0);
        using ListeningLink two = Open(machines, 1);

        machines.SetCable(1, pluggedIn: false);
        two.States.WaitFor(state => state == new LinkState.Down("eth0 has no link (is the cable plugged in?)"));
        machines.SetCable(1, pluggedIn: true);
        two.States.WaitFor(state => state == new LinkState.Up(two.Link.Self));
        // joined again, so that the switch hears of the membership
        Assert.True(two.Link.Counters.Rejoined >= 1);

        AssertConnected(one, two);
    }

    [Fact]
    public void An_interface_that_goes_down_and_up_is_rejoined()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using ListeningLink one = Open(machines, 0);
        using ListeningLink two = Open(machines, 1);
        Endpoint self = two.Link.Self;

        machines.Ip(1, "link set eth0 down");
        two.States.WaitFor(state => state == new LinkState.Down("eth0 is down"));
        Assert.False(two.Link.SendToGroup("in vain"u8));
        Assert.Equal(1, two.Link.SendErrors);
        machines.Ip(1, "link set eth0 up");
        two.States.WaitFor(state => state == new LinkState.Up(self));

        AssertConnected(one, two);
    }

    [Fact]
    public void An_address_that_is_taken_away_and_put_back_is_bound_again_with_the_same_port()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using ListeningLink one = Open(machines, 0);
        using ListeningLink two = Open(machines, 1);
        Endpoint self = two.Link.Self;

        machines.Ip(1, "addr flush dev eth0");
        two.States.WaitFor(state => state == new LinkState.Down("eth0 has no IPv4 address"));
        machines.Ip(1, "addr add 10.77.0.2/24 dev eth0");
        two.States.WaitFor(state => state == new LinkState.Up(self));

        AssertConnected(one, two);
    }

    [Fact]
    public void Another_address_becomes_the_nodes_own()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using ListeningLink one = Open(machines, 0);
        using ListeningLink two = Open(machines, 1);

        machines.Ip(1, "addr add 10.77.0.99/24 dev eth0");
        machines.Ip(1, "addr del 10.77.0.2/24 dev eth0");
        // removing the first address of a subnet takes the others with it, unless told otherwise
        two.States.WaitForCount(1);
        machines.Ip(1, "addr replace 10.77.0.99/24 dev eth0");
        two.States.WaitFor(state => state == new LinkState.Up(Endpoint.Parse("10.77.0.99:9943")));

        Assert.Equal(Endpoint.Parse("10.77.0.99:9943"), two.Link.Self);
        AssertConnected(one, two);
    }

    [Fact]
    public void An_interface_that_is_deleted_and_made_again_is_joined_under_its_new_number()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using ListeningLink one = Open(machines, 0);
        using ListeningLink two = Open(machines, 1);
        Endpoint self = two.Link.Self;

        machines.Ip(1, "link del eth0");
        two.States.WaitFor(state => state == new LinkState.Down("eth0 is gone"));
        machines.Plug(1);
        machines.Ip(1, "addr add 10.77.0.2/24 dev eth0");
        two.States.WaitFor(state => state == new LinkState.Up(self));

        AssertConnected(one, two);
    }

    [Fact]
    public void A_short_interruption_between_two_looks_is_healed_as_well()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using ListeningLink one = Open(machines, 0);
        using ListeningLink two = Open(machines, 1);
        using ManualResetEventSlim over = new();

        // holds the receiving thread while the interface goes and returns: it can only see that all is well again
        two.Link.StateChanged += _ => Assert.True(over.Wait(EventLog<int>.Patience));
        machines.Ip(1, "link set eth0 down");
        two.States.WaitFor(state => state is LinkState.Down);
        machines.Ip(1, "link set eth0 up");
        machines.Ip(1, "link del eth0");
        machines.Plug(1);
        machines.Ip(1, "addr add 10.77.0.2/24 dev eth0");
        over.Set();

        two.States.WaitFor(state => state is LinkState.Up);
        AssertConnected(one, two);
    }

    [Fact]
    public void A_link_by_address_follows_it_to_another_interface()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using ListeningLink one = Open(machines, 0);
        using ListeningLink two = machines.Inside(1, () => new ListeningLink(InterfaceChoice.Resolve("10.77.0.2"), Group));
        Endpoint self = two.Link.Self;

        machines.Ip(1, "link set eth0 down");
        two.States.WaitFor(state => state == new LinkState.Down("eth0 is down"));
        machines.Ip(1, "link set eth0 name cam0");
        machines.Ip(1, "link set cam0 up");
        two.States.WaitFor(state => state == new LinkState.Up(self));

        AssertConnected(one, two);
    }

    [Fact]
    public void Failing_sends_are_reported_once_and_again_when_they_work()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(1);
        using ListeningLink node = Open(machines, 0);

        machines.Ip(0, "xfrm policy add dst 239.0.0.0/8 dir out action block");
        for (int turn = 0; turn < 5; turn++)
            Assert.False(node.Link.SendToGroup("blocked"u8));
        node.States.WaitForCount(1);
        Assert.False(node.Link.SendToGroup("blocked"u8));
        machines.Ip(0, "xfrm policy flush");
        Assert.True(node.Link.SendToGroup("free"u8));
        node.States.WaitForCount(2);

        LinkState blocked = new LinkState.Down($"eth0 cannot send to {Group}: Operation not permitted");
        Assert.Equal([blocked, new LinkState.Up(node.Link.Self)], node.States.All);
        Assert.Equal((6, 1), (node.Link.Counters.SendErrors, node.Link.Counters.Sent));
    }

    [Fact]
    public void A_machine_that_forbids_multicast_is_told_so_at_the_start()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(1);
        machines.Ip(0, "xfrm policy add dst 239.0.0.0/8 dir out action block");

        string message = Assert.Throws<NetworkException>(() => Open(machines, 0)).Message;

        Assert.Equal($"This machine forbids sending to {Group} on eth0 (Operation not permitted). Look at ip xfrm policy and the firewall.", message);
    }

    [Fact]
    public void A_machine_without_any_route_can_still_multicast()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        machines.Ip(0, "route flush table main");
        machines.Ip(1, "route add unreachable 239.0.0.0/8");
        using ListeningLink one = Open(machines, 0);
        using ListeningLink two = Open(machines, 1);

        one.Link.SendToGroup("from one"u8);
        two.Link.SendToGroup("from two"u8);

        two.Arrivals.WaitFor(arrival => arrival.Says("from one"));
        one.Arrivals.WaitFor(arrival => arrival.Says("from two"));
    }

    private static ListeningLink Open(NetworkNamespaces machines, int node) =>
        machines.Inside(node, () => new ListeningLink(InterfaceChoice.Resolve(NetworkNamespaces.InterfaceName), Group));

    private static void AssertConnected(ListeningLink one, ListeningLink two)
    {
        one.Arrivals.Clear();
        two.Arrivals.Clear();
        // a switch port that was down needs a moment to forward: what is lost is sent again
        Repeat(() => one.Link.SendToGroup("to the group"u8), () => two.Arrivals.WaitFor(a => a is { ViaMulticast: true, Stamp: StampSource.Kernel }, Moment));
        Repeat(() => two.Link.SendToGroup("to the group"u8), () => one.Arrivals.WaitFor(a => a.ViaMulticast && a.Source == two.Link.Self, Moment));
        Repeat(() => one.Link.SendTo(two.Link.Self, "to one"u8), () => two.Arrivals.WaitFor(a => !a.ViaMulticast, Moment));
        uint sendId = 0;
        Repeat(() => two.Link.SendTo(one.Link.Self, "stamped"u8, out sendId), () => two.TransmitStamps.WaitFor(s => s.SendId == sendId, Moment));
    }

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    private static void Repeat(Func<bool> send, Action wait)
    {
        for (int attempt = 1; ; attempt++)
        {
            send();
            try
            {
                wait();
                return;
            }
            catch (TimeoutException) when (attempt < 20)
            {
                // again
            }
        }
    }
}

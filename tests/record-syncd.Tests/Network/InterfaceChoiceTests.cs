using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class InterfaceChoiceTests
{
    private const uint Loopback = 0x7F000001;

    [Theory]
    [InlineData("lo", false)]
    [InlineData("127.0.0.1", true)]
    public void The_loopback_interface_works_when_asked_for(string asked, bool byAddress)
    {
        InterfaceChoice choice = InterfaceChoice.Resolve(asked);

        Assert.Equal(("lo", 1, Loopback, byAddress), (choice.Name, choice.Index, choice.Address, choice.ByAddress));
        Assert.Equal("lo (127.0.0.1), as asked for", choice.ToString());
    }

    [Theory]
    [InlineData("nosuch0", "There is no network interface \"nosuch0\". This machine has lo (127.0.0.1)")]
    [InlineData("203.0.113.77", "No interface of this machine has the address 203.0.113.77. It has lo (127.0.0.1)")]
    [InlineData("fe80::1", "speaks IPv4 only")]
    public void An_interface_that_is_not_there_is_refused_with_those_that_are(string asked, string expected)
    {
        string message = Refusal(asked);

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.EndsWith("Choose one of them with --interface.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_choice_the_default_route_decides()
    {
        using NetworkNamespaces machine = NetworkNamespaces.Create(1);
        machine.Ip(0, "link add second type veth peer name far");
        machine.Ip(0, "addr add 10.78.0.1/24 dev second");
        machine.Ip(0, "link set far up");
        machine.Ip(0, "link set second up");

        machine.Ip(0, "route add default via 10.78.0.254 metric 200");
        InterfaceChoice first = machine.Inside(0, () => InterfaceChoice.Resolve(null));
        machine.Ip(0, "route add default via 10.77.0.254 metric 100");
        InterfaceChoice better = machine.Inside(0, () => InterfaceChoice.Resolve(null));

        Assert.Equal(("second", "the interface of the default route"), (first.Name, first.Reason));
        Assert.Equal("eth0 (10.77.0.1), the interface of the default route", better.ToString());
    }

    [Fact]
    public void Without_a_default_route_the_only_interface_is_taken_and_of_several_the_first()
    {
        using NetworkNamespaces machine = NetworkNamespaces.Create(1);

        InterfaceChoice only = machine.Inside(0, () => InterfaceChoice.Resolve(null));
        machine.Ip(0, "link add second type veth peer name far");
        machine.Ip(0, "addr add 10.78.0.1/24 dev second");
        machine.Ip(0, "link set far up");
        machine.Ip(0, "link set second up");
        InterfaceChoice ofTwo = machine.Inside(0, () => InterfaceChoice.Resolve(null));

        Assert.Equal("eth0 (10.77.0.1), the only interface that can multicast", only.ToString());
        Assert.EndsWith("the first that can multicast: choose another with --interface", ofTwo.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_interface_that_cannot_be_used_is_refused_with_the_remedy()
    {
        using NetworkNamespaces machine = NetworkNamespaces.Create(1);

        machine.Ip(0, "link set eth0 multicast off");
        Assert.Equal(
            "The interface eth0 has multicast switched off. Switch it on: ip link set eth0 multicast on",
            machine.Inside(0, () => Refusal("eth0"))
        );
        machine.Ip(0, "link set eth0 multicast on");
        machine.Ip(0, "addr flush dev eth0");
        Assert.StartsWith(
            "The interface eth0 has no IPv4 address. Give it one: ip addr add 10.0.0.1/24 dev eth0",
            machine.Inside(0, () => Refusal("eth0")),
            StringComparison.Ordinal
        );
        machine.Ip(0, "link set eth0 down");
        Assert.Equal("The interface eth0 is down. Bring it up: ip link set eth0 up", machine.Inside(0, () => Refusal("eth0")));
        string nothing = machine.Inside(0, () => Refusal(null));
        Assert.StartsWith("No network interface is up with an IPv4 address. This machine has lo (127.0.0.1), eth0 (down).", nothing, StringComparison.Ordinal);
        Assert.EndsWith("or try alone on this machine with --interface lo.", nothing, StringComparison.Ordinal);
    }

    private static string Refusal(string? asked) => Assert.Throws<NetworkException>(() => InterfaceChoice.Resolve(asked)).Message;
}

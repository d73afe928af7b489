using System.Net;
using System.Net.Sockets;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>What keeps a node from starting is told with its remedy, and the exit code says that the network is unavailable.</summary>
[Collection(Processes.Name)]
public sealed class UnusableNetworkTests
{
    private const int ExitUnavailable = 69;

    [Theory]
    [InlineData("nope0", "There is no network interface \"nope0\". This machine has lo (127.0.0.1)", "Choose one of them with --interface.")]
    [InlineData("192.0.2.7", "No interface of this machine has the address 192.0.2.7. It has lo (127.0.0.1)", "Choose one of them with --interface.")]
    [InlineData("::1", "is no IPv4 address", "--interface")]
    public void An_interface_that_does_not_exist_is_answered_by_those_that_do(string asked, string fault, string remedy)
    {
        using WiredGroup group = new();
        using RunningNode node = RunningNode.Start("--role", "leader", "-i", asked, "--group", $"{group.Group}", "--camera", "none");

        AssertRefused(node, fault, remedy);
    }

    [Theory]
    [InlineData("link set eth0 down", "eth0 is down", "ip link set eth0 up")]
    [InlineData("addr flush dev eth0", "eth0 has no IPv4 address", "ip addr add 10.0.0.1/24 dev eth0")]
    [InlineData("link set eth0 multicast off", "eth0 has multicast switched off", "ip link set eth0 multicast on")]
    public void An_interface_that_cannot_be_used_is_answered_by_the_command_that_mends_it(string broken, string fault, string remedy)
    {
        using WiredGroup group = new(NetworkNamespaces.Create(1));
        group.Machines!.Ip(0, broken);

        AssertRefused(group.StartOn(0, "leader", "cam1", ["-i", "eth0", .. WiredGroup.NoCamera]), fault, remedy);
    }

    [Fact]
    public void Without_any_network_a_node_says_how_to_connect_one_or_to_go_without()
    {
        using WiredGroup group = new(NetworkNamespaces.Create(1));
        group.Machines!.Ip(0, "link set eth0 down");

        AssertRefused(group.StartOn(0, "leader", "cam1", WiredGroup.NoCamera), "No network interface is up with an IPv4 address", "--interface lo");
    }

    [Fact]
    public void A_port_that_is_not_shared_is_answered_by_who_holds_it()
    {
        using WiredGroup group = new();
        using Socket holder = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        holder.Bind(new IPEndPoint(IPAddress.Any, group.Group.Port));

        AssertRefused(
            group.Start("leader", "cam1", WiredGroup.NoCamera),
            $"UDP port {group.Group.Port} is taken by",
            $"(process {Environment.ProcessId})",
            "Stop that program, or give all nodes another group with --group"
        );
    }

    private static void AssertRefused(RunningNode node, params string[] parts)
    {
        int code = node.WaitForExit();
        Assert.True(code == ExitUnavailable, $"ended with {code}: {node.Output}");
        Assert.StartsWith("record-syncd: ", node.Output, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, node.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", node.Output, StringComparison.Ordinal);
    }
}

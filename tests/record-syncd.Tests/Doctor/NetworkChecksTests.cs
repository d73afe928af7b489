using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>What /proc and /sys say of an interface.</summary>
public sealed class NetworkChecksTests
{
    // a laptop with a cable and Wi-Fi, Linux 6.1
    private const string Routes =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        + "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
        + "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
        + "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n";

    private const string Memberships =
        "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
        + "1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n"
        + "4\teth0      :     2      V3\n\t\t\t\t632AFFEF     2 0:00000000\t\t1\n\t\t\t\t010000E0     1 0:00000000\t\t0\n";

    private static readonly InterfaceChoice Chosen = new("eth0", 4, 0x0A00_0005, false, "the interface of the default route");

    [Theory]
    [InlineData("239.255.42.99", "eth0")]
    [InlineData("192.168.1.9", "eth0")]
    public void The_route_with_the_lowest_metric_of_the_most_particular_counts(string address, string leads)
    {
        Assert.True(Endpoint.TryParseAddress(address, out uint number));
        Assert.Equal(leads, NetworkChecks.RouteInterface(Routes, number));
        Assert.Equal("wlan0", NetworkChecks.RouteInterface(Routes + "wlan0\t000000EF\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n", 0xEFFF_2A63));
    }

    [Fact]
    public void Without_a_route_the_evidence_says_so_and_that_none_is_needed()
    {
        Finding finding = NetworkChecks.Route(Chosen, LinkSettings.DefaultGroup, "Iface\tDestination\n");

        Assert.Equal(FindingVerdict.Ok, finding.Verdict);
        Assert.Contains("no route to 239.255.42.99", finding.Evidence, StringComparison.Ordinal);
        Assert.Contains("ip route add 239.0.0.0/8 dev eth0", finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Membership_is_that_of_the_chosen_interface()
    {
        Assert.Equal(FindingVerdict.Ok, NetworkChecks.Membership(Chosen, LinkSettings.DefaultGroup, Memberships).Verdict);
        Assert.Equal(FindingVerdict.Problem, NetworkChecks.Membership(Chosen with { Name = "lo" }, LinkSettings.DefaultGroup, Memberships).Verdict);
        Assert.False(NetworkChecks.IsMember(Memberships, "eth0", 0xEFFF_2A64));
    }

    [Theory]
    [InlineData(1500L, false, nameof(FindingVerdict.Ok))]
    [InlineData(65536L, true, nameof(FindingVerdict.Ok))]
    [InlineData(9000L, false, nameof(FindingVerdict.Warning))]
    [InlineData(576L, false, nameof(FindingVerdict.Warning))]
    [InlineData(null, false, nameof(FindingVerdict.Skipped))]
    public void Mtu_other_than_the_usual_is_told(long? mtu, bool loopback, string verdict)
    {
        Finding finding = NetworkChecks.Mtu("eth0", mtu, loopback);

        Assert.Equal(verdict, finding.Verdict.ToString());
        Assert.Equal(verdict == nameof(FindingVerdict.Warning), finding.Remedy?.Contains("sudo ip link set eth0 mtu 1500", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void The_cable_is_judged_by_speed_duplex_and_errors()
    {
        using SystemTree tree = new();
        tree.Write("sys/class/net/eth0/speed", "1000");
        tree.Write("sys/class/net/eth0/duplex", "full");
        tree.Write("sys/class/net/eth0/statistics/rx_packets", "200000");
        tree.Write("sys/class/net/eth0/statistics/rx_dropped", "900");
        Assert.Equal(Finding.Ok("cable", "eth0 at 1000 Mbit/s, full; rx_dropped 900 in 200000 packets"), NetworkChecks.Cable("eth0", tree.Kernel));

        tree.Write("sys/class/net/eth0/statistics/rx_crc_errors", "400");
        Assert.Equal(FindingVerdict.Warning, NetworkChecks.Cable("eth0", tree.Kernel).Verdict);
        tree.Write("sys/class/net/eth0/duplex", "half");
        Assert.Equal(FindingVerdict.Problem, NetworkChecks.Cable("eth0", tree.Kernel).Verdict);
        tree.Write("sys/class/net/wlan0/wireless/beacon", "0");
        Assert.Contains("Wi-Fi", NetworkChecks.Cable("wlan0", tree.Kernel).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bridge_that_snoops_without_a_querier_is_told_how_to_be_one()
    {
        using SystemTree tree = new();
        Assert.Null(NetworkChecks.Bridge("br0", tree.Kernel));
        tree.Write("sys/class/net/br0/bridge/multicast_snooping", "1");
        tree.Write("sys/class/net/br0/bridge/multicast_querier", "0");
        Assert.Equal("sudo ip link set dev br0 type bridge mcast_querier 1", NetworkChecks.Bridge("br0", tree.Kernel)?.Remedy);
        tree.Write("sys/class/net/br0/bridge/multicast_querier", "1");
        Assert.Equal(FindingVerdict.Ok, NetworkChecks.Bridge("br0", tree.Kernel)?.Verdict);
    }

    [Theory]
    [InlineData("1", "0", true)]
    [InlineData("1", "2", false)]
    [InlineData("0", "0", false)]
    public void Reverse_path_filtering_is_the_larger_of_two_settings(string all, string own, bool strict)
    {
        using SystemTree tree = new();
        tree.Write("proc/sys/net/ipv4/conf/all/rp_filter", all);
        tree.Write("proc/sys/net/ipv4/conf/eth0/rp_filter", own);

        Assert.Equal(strict, NetworkChecks.ReversePathIsStrict("eth0", tree.Kernel));
    }

    [Fact]
    public void Time_stamps_of_the_card_are_a_matter_of_what_was_asked_for()
    {
        Assert.Equal(FindingVerdict.Ok, NetworkChecks.Timestamps("eth0", TimestampSource.Kernel, "has no hardware time stamps", HardwareChoice.Auto).Verdict);
        Assert.Equal(FindingVerdict.Problem, NetworkChecks.Timestamps("eth0", TimestampSource.Kernel, "has no hardware time stamps", HardwareChoice.On).Verdict);
        Assert.Equal(FindingVerdict.Warning, NetworkChecks.Timestamps("eth0", TimestampSource.KernelReceiveOnly, null, HardwareChoice.Auto).Verdict);
        Assert.Contains("can stamp in hardware", NetworkChecks.Timestamps("eth0", TimestampSource.Kernel, null, HardwareChoice.Auto).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_interfaces_without_a_default_route_want_a_word()
    {
        NetworkInterface[] two = [Interface("eth0", 0x0A00_0005), Interface("eth1", 0x0A01_0005)];

        Assert.Equal(FindingVerdict.Ok, NetworkChecks.Interface(Chosen, two).Verdict);
        Finding first = NetworkChecks.Interface(Chosen with { Reason = "the first that can multicast: choose another with --interface" }, two);
        Assert.Equal((FindingVerdict.Warning, "say which one the group is on: --interface eth0"), (first.Verdict, first.Remedy));
        Assert.Contains("eth1 (10.1.0.5)", first.Evidence, StringComparison.Ordinal);
        NetworkInterface unplugged = new("eth0", InterfaceFlags.Up | InterfaceFlags.Multicast) { Index = 4 };
        Assert.Equal(FindingVerdict.Problem, NetworkChecks.Interface(Chosen, [unplugged]).Verdict);
    }

    private static NetworkInterface Interface(string name, uint address)
    {
        NetworkInterface row = new(name, InterfaceFlags.Up | InterfaceFlags.Running | InterfaceFlags.Multicast);
        row.Addresses.Add(address);
        return row;
    }
}

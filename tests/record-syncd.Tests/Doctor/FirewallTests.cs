using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>What real firewalls say, and what becomes of the group's packets in them.</summary>
public sealed class FirewallTests
{
    private const uint Own = 0x0A4D_0001;

    private static readonly Endpoint Group = LinkSettings.DefaultGroup;

    [Fact]
    public void The_rule_of_nftables_that_drops_the_group_is_named_with_the_command_against_it()
    {
        Finding finding = Judge(NftRules.Parse(Captured("nft.json")));

        Assert.Equal(FindingVerdict.Problem, finding.Verdict);
        Assert.Contains("multicast to 239.255.42.99:9942 from eth0 is dropped in the chain input of table inet filter (ip daddr 224.0.0.0/4 udp dport 9942 drop)", finding.Evidence, StringComparison.Ordinal);
        Assert.Equal("sudo nft insert rule inet filter input udp dport '{ 9942, 9943 }' accept", finding.Remedy);
    }

    [Theory]
    [InlineData(5353, nameof(PacketFate.Passes))]
    [InlineData(6005, nameof(PacketFate.Passes))]
    [InlineData(9942, nameof(PacketFate.Dropped))]
    // a rule with a rate limit may let it pass, and one with a map may decide
    [InlineData(7000, nameof(PacketFate.Unclear))]
    [InlineData(54, nameof(PacketFate.Unclear))]
    public void Packets_go_through_nftables_as_through_the_kernel(int port, string fate)
    {
        Firewall firewall = new(NftRules.Parse(Captured("nft.json")));

        Assert.Equal(fate, firewall.Judge(new TrialPacket("eth0", true, Own ^ 1, Group.Address, (ushort)port)).Fate.ToString());
    }

    [Fact]
    public void Loopback_and_what_goes_out_pass_a_firewall_that_closes_the_rest()
    {
        Firewall firewall = new(NftRules.Parse(Captured("nft.json")));

        Assert.Equal(PacketFate.Passes, firewall.Judge(new TrialPacket("lo", true, Own, Group.Address, Group.Port)).Fate);
        Assert.Equal(PacketFate.Passes, firewall.Judge(new TrialPacket("eth0", false, Own, Group.Address, Group.Port)).Fate);
    }

    [Fact]
    public void The_rules_of_ufw_drop_by_policy_and_the_remedy_is_ufws_own()
    {
        Finding finding = Judge(IptablesRules.Parse(Captured("ufw.iptables-save")));

        Assert.Equal(FindingVerdict.Problem, finding.Verdict);
        Assert.Contains("the chain INPUT of iptables' table filter (its policy is drop)", finding.Evidence, StringComparison.Ordinal);
        Assert.Equal("sudo ufw allow 9942:9943/udp", finding.Remedy);
    }

    [Fact]
    public void What_ufw_writes_after_its_remedy_lets_the_group_in()
    {
        // as ufw 0.36.2 adds it
        string opened = Captured("ufw.iptables-save").Replace("COMMIT", "-A ufw-user-input -p udp -m multiport --dports 9942:9943 -j ACCEPT\nCOMMIT", StringComparison.Ordinal);

        Assert.Equal(FindingVerdict.Ok, Judge(IptablesRules.Parse(opened)).Verdict);
    }

    [Fact]
    public void A_rule_of_iptables_is_named_as_it_was_written_down()
    {
        // iptables-save v1.8.9
        const string Saved = """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD ACCEPT [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -p udp -m udp --dport 9942 -m comment --comment "no -j cameras" -j DROP
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            COMMIT
            """;
        Finding finding = Judge(IptablesRules.Parse(Saved));

        Assert.Equal(FindingVerdict.Problem, finding.Verdict);
        Assert.Contains("--comment \"no -j cameras\" -j DROP", finding.Evidence, StringComparison.Ordinal);
        Assert.Equal("sudo iptables -I INPUT -p udp -m multiport --dports 9942,9943 -j ACCEPT", finding.Remedy);
    }

    [Theory]
    [InlineData("-A INPUT ! -i eth0 -j DROP", nameof(PacketFate.Passes))]
    [InlineData("-A INPUT -s 10.77.0.0/24 -p udp -j DROP", nameof(PacketFate.Dropped))]
    [InlineData("-A INPUT -s 10.78.0.0/24 -p udp -j DROP", nameof(PacketFate.Passes))]
    [InlineData("-A INPUT -p tcp -j DROP", nameof(PacketFate.Passes))]
    [InlineData("-A INPUT -m pkttype --pkt-type multicast -j REJECT --reject-with icmp-port-unreachable", nameof(PacketFate.Dropped))]
    [InlineData("-A INPUT -m set --match-set cameras src -j DROP", nameof(PacketFate.Unclear))]
    [InlineData("-A INPUT -m socket -j DROP", nameof(PacketFate.Unclear))]
    [InlineData("-A INPUT -i eth+ -p udp -m multiport --dports 53,9000:9999 -j DROP", nameof(PacketFate.Dropped))]
    [InlineData("-A INPUT -p udp -j LOG --log-prefix \"seen -j DROP\"", nameof(PacketFate.Passes))]
    public void Conditions_of_iptables_match_as_they_do_in_the_kernel(string rule, string fate)
    {
        Firewall firewall = new(IptablesRules.Parse($"*filter\n:INPUT ACCEPT [0:0]\n{rule}\nCOMMIT\n"));

        Assert.Equal(fate, firewall.Judge(new TrialPacket("eth0", true, Own ^ 2, Group.Address, Group.Port)).Fate.ToString());
    }

    [Fact]
    public void A_rule_that_is_not_understood_is_no_finding_but_a_reason()
    {
        Finding finding = Judge(IptablesRules.Parse("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m set --match-set cameras src -j DROP\nCOMMIT\n"));

        Assert.Equal(FindingVerdict.Skipped, finding.Verdict);
        Assert.Contains("--match-set cameras", finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Established_connections_of_an_old_nft_are_not_new_ones()
    {
        // nft v1.0.2, Ubuntu 22.04: flags are joined by a bar
        const string Json = """{"nftables": [{"chain": {"family": "inet", "table": "t", "name": "in", "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}}, {"rule": {"family": "inet", "table": "t", "chain": "in", "expr": [{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": {"|": ["established", "related"]}}}, {"accept": null}]}}]}""";

        Assert.Equal(FindingVerdict.Problem, Judge(NftRules.Parse(Json)).Verdict);
    }

    [Fact]
    public void Without_rules_everything_passes() =>
        // nft v1.0.6 in an empty namespace
        Assert.Equal(Finding.Ok("firewall", "there are no rules"), Judge(NftRules.Parse("""{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}]}""")));

    private static Finding Judge(IReadOnlyList<FilterChain> chains) => FirewallCheck.Judge(new Firewall(chains), "eth0", Own, Group);

    private static string Captured(string name) => File.ReadAllText(Path.Join(Repository.Root, "tests/record-syncd.Tests/Doctor/Captured", name));
}

using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>What the packets of a group tell of it.</summary>
public sealed class GroupJudgementTests
{
    private static readonly Endpoint Peer = Endpoint.Parse("10.0.0.7:9943");
    private static readonly GroupSurroundings Around = new("eth0", LinkSettings.DefaultGroup, "cam1", null, false, []);

    [Fact]
    public void A_group_whose_nodes_are_heard_is_well()
    {
        HeardGroup heard = new() { HeardOneself = true };
        Take(heard, Beacon("cam2", 1), Peer, viaMulticast: true);
        Take(heard, new TimeSyncResponse("cam2", 1, 2, 3), Peer, viaMulticast: false);

        IEnumerable<Finding> findings = GroupJudgement.Judge(heard, Around);
        Assert.All(findings, finding => Assert.Equal(FindingVerdict.Ok, finding.Verdict));
        Assert.Contains("1 node heard: cam2 at 10.0.0.7:9943", Of(heard, "peers").Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Snooping_is_suspected_when_a_peer_answers_whose_multicast_never_comes()
    {
        HeardGroup heard = new() { HeardOneself = true };
        Take(heard, new TimeSyncResponse("cam2", 1, 2, 3), Peer, viaMulticast: false);

        Finding finding = Of(heard, "IGMP snooping");
        Assert.Equal(FindingVerdict.Problem, finding.Verdict);
        Assert.Contains("10.0.0.7 answers this machine by unicast", finding.Evidence, StringComparison.Ordinal);
        Assert.Contains("IGMP querier", finding.Remedy, StringComparison.Ordinal);

        // a machine that does not even hear itself has another trouble
        heard.HeardOneself = false;
        Assert.Equal(FindingVerdict.Warning, Of(heard, "IGMP snooping").Verdict);
        Assert.Equal(FindingVerdict.Problem, Of(heard, "own multicast").Verdict);
    }

    [Fact]
    public void Without_evidence_there_is_no_suspicion()
    {
        HeardGroup heard = new() { HeardOneself = true };

        Assert.Equal(FindingVerdict.Skipped, Of(heard, "IGMP snooping").Verdict);
        Finding peers = Of(heard, "peers");
        Assert.Equal(FindingVerdict.Warning, peers.Verdict);
        Assert.DoesNotContain("rp_filter", peers.Remedy, StringComparison.Ordinal);
        Assert.Contains("rp_filter=2", Of(heard, "peers", Around with { ReversePath = true }).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_on_another_interface_is_found_there()
    {
        Finding finding = Of(new HeardGroup { HeardOneself = true }, "peers", Around with { Elsewhere = [("eth1", "cam2")] });

        Assert.Equal((FindingVerdict.Problem, "record-syncd --interface eth1 …"), (finding.Verdict, finding.Remedy));
    }

    [Fact]
    public void Version_one_foreign_packets_and_doubled_names_are_told()
    {
        HeardGroup heard = new() { HeardOneself = true };
        Take(heard, new Discovery("old1", NodeRole.Follower, 1), Endpoint.Parse("10.0.0.8:9942"), viaMulticast: true);
        Take(heard, Beacon("cam2", 1), Peer, viaMulticast: true);
        Take(heard, Beacon("cam2", 2), Endpoint.Parse("10.0.0.9:9943"), viaMulticast: true);
        Take(heard, Beacon("cam1", 3), Endpoint.Parse("10.0.0.10:9943"), viaMulticast: true);
        heard.Take(DropReason.NotJson, null, Endpoint.Parse("10.0.0.11:5000"), viaMulticast: true, fromOwnHost: false);
        heard.Take(DropReason.NotJson, null, Endpoint.Parse("10.0.0.11:5000"), viaMulticast: true, fromOwnHost: false);

        Assert.Contains("old1 at 10.0.0.8:9942", Of(heard, "version 1").Evidence, StringComparison.Ordinal);
        Assert.Contains("2 packets of 10.0.0.11", Of(heard, "foreign packets").Evidence, StringComparison.Ordinal);
        List<Finding> names = [.. GroupJudgement.Judge(heard, Around).Where(finding => finding.Check == "names")];
        Assert.Equal(2, names.Count);
        Assert.Contains("several nodes are called cam2", names[0].Evidence, StringComparison.Ordinal);
        Assert.Contains("cam1 at 10.0.0.10:9943 has the name that this node is to have", names[1].Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_leaders_and_a_node_that_leaves()
    {
        HeardGroup heard = new() { HeardOneself = true };
        Take(heard, Beacon("a", 1) with { Role = NodeRole.Leader }, Peer, viaMulticast: true);
        Take(heard, Beacon("b", 2) with { Role = NodeRole.Leader }, Endpoint.Parse("10.0.0.9:9943"), viaMulticast: true);
        Assert.Equal(FindingVerdict.Warning, Of(heard, "leaders").Verdict);

        Take(heard, Beacon("b", 2) with { Leaving = true }, Endpoint.Parse("10.0.0.9:9943"), viaMulticast: true);
        Assert.DoesNotContain(GroupJudgement.Judge(heard, Around), finding => finding.Check == "leaders");
    }

    [Fact]
    public void What_cannot_be_sent_is_the_first_trouble()
    {
        Finding finding = Of(new HeardGroup(), "own multicast", Around with { SendFault = "eth0 cannot send to 239.255.42.99:9942: Operation not permitted" });

        Assert.Equal(FindingVerdict.Problem, finding.Verdict);
        Assert.Contains("Operation not permitted", finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_of_another_port_of_the_group_are_named_and_nothing_else_is()
    {
        using ForeignGroups foreign = new(LinkSettings.DefaultGroup);
        byte[] beacon = new byte[512];
        int length = PacketCodec.Encode(Beacon("stranger", 1), beacon);
        foreign.Take(Packet(LinkSettings.DefaultGroup, beacon.AsSpan(0, length)));
        foreign.Take(Packet(LinkSettings.DefaultGroup with { Port = 9950 }, "hello"u8));
        foreign.Take(Packet(Endpoint.Parse("10.0.0.7:9950"), beacon.AsSpan(0, length)));
        foreign.Take([0x45, 0, 0]);
        foreign.Take([0x4F, .. new byte[24]]);
        Assert.Equal(FindingVerdict.Ok, foreign.Judge(alone: true).Verdict);

        foreign.Take(Packet(LinkSettings.DefaultGroup with { Port = 9950 }, beacon.AsSpan(0, length)));
        Finding finding = foreign.Judge(alone: true);
        Assert.Equal((FindingVerdict.Warning, "the same --group for all: --group 239.255.42.99:9950"), (finding.Verdict, finding.Remedy));
        Assert.Contains("239.255.42.99:9950 (stranger)", finding.Evidence, StringComparison.Ordinal);
        Assert.Equal(FindingVerdict.Ok, foreign.Judge(alone: false).Verdict);
    }

    private static byte[] Packet(Endpoint to, ReadOnlySpan<byte> payload)
    {
        byte[] packet = [0x45, .. new byte[27], .. payload];
        packet[9] = 17;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(16), to.Address);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), to.Port);
        return packet;
    }

    private static Finding Of(HeardGroup heard, string check, GroupSurroundings? around = null) => GroupJudgement.Judge(heard, around ?? Around).Single(finding => finding.Check == check);

    private static Discovery Beacon(string id, long instance) => new(id, NodeRole.Follower, 1) { Version = 2, Instance = instance, State = NodeState.Ready };

    private static void Take(HeardGroup heard, Message message, Endpoint source, bool viaMulticast) => heard.Take(DropReason.None, message, source, viaMulticast, fromOwnHost: false);
}

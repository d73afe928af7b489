namespace RecordSync.Daemon;

/// <summary>What is known beside the heard packets, for judging them.</summary>
/// <param name="SendFault">Why nothing could be sent to the group; null where it could.</param>
/// <param name="ReversePath">Strict reverse path filtering is on (rp_filter).</param>
/// <param name="Elsewhere">Beacons of this group that came in on other interfaces: the interface and the node.</param>
internal sealed record GroupSurroundings(string Interface, Endpoint Group, string? OwnId, string? SendFault, bool ReversePath, IReadOnlyList<(string Interface, string Node)> Elsewhere);

/// <summary>Judges what was heard. Pure.</summary>
internal static class GroupJudgement
{
    public static IEnumerable<Finding> Judge(HeardGroup heard, GroupSurroundings around) =>
        [OwnMulticast(heard, around), Beacons(heard, around), Snooping(heard, around), Versions(heard), Strangers(heard, around.Group), .. Names(heard, around), .. Leaders(heard)];

    private static Finding OwnMulticast(HeardGroup heard, GroupSurroundings around)
    {
        const string Check = "own multicast";
        if (around.SendFault is { } fault)
            return Finding.Problem(Check, $"nothing can be sent to the group: {fault}", $"let UDP to {around.Group} out: sudo nft list ruleset shows the rules, ip route get {Endpoint.FormatAddress(around.Group.Address)} the route");
        return heard.HeardOneself
            ? Finding.Ok(Check, $"comes back on {around.Interface}")
            : Finding.Problem(Check, $"what this machine sends to {around.Group} does not come back to it, and so will nobody's packets come in", $"let UDP port {around.Group.Port} in: the check of the firewall names the rule; sudo nft list ruleset shows all");
    }

    private static Finding Beacons(HeardGroup heard, GroupSurroundings around)
    {
        const string Check = "peers";
        List<HeardNode> peers = [.. heard.Nodes];
        if (peers.Count > 0)
            return Finding.Ok(Check, $"{(peers.Count == 1 ? "1 node" : $"{peers.Count} nodes")} heard: {string.Join(", ", peers.Take(12))}");
        if (around.Elsewhere.Count > 0)
        {
            (string other, string node) = around.Elsewhere[0];
            return Finding.Problem(Check, $"no node is heard on {around.Interface}, but {PeersTable.Clean(node)} is on {other}", $"record-syncd --interface {other} …");
        }
        string filter = around.ReversePath ? $" Strict reverse path filtering drops senders that the routes do not lead to over {around.Interface}: sudo sysctl -w net.ipv4.conf.{around.Interface}.rp_filter=2 net.ipv4.conf.all.rp_filter=2" : "";
        return Finding.Warning(
            Check,
            $"no beacon of another node in 5 s in the group {around.Group} on {around.Interface}",
            $"if other nodes run now: same switch and same network? same --group? the doctor has to be run there too.{filter} If none runs, start one and run the doctor again"
        );
    }

    /// <summary>Only with evidence: somebody answers our multicast by unicast, and nothing that he sends to the group comes.</summary>
    private static Finding Snooping(HeardGroup heard, GroupSurroundings around)
    {
        const string Check = "IGMP snooping";
        HashSet<uint> multicasting = [.. heard.Multicasting.Select(source => source.Address)];
        List<uint> oneWay = [.. heard.Answering.Select(source => source.Address).Distinct().Where(address => !multicasting.Contains(address))];
        if (oneWay.Count == 0)
        {
            return heard.Answering.Count == 0
                ? Finding.Skipped(Check, "no peer has answered by unicast, so nothing tells whether a switch holds multicast back")
                : Finding.Ok(Check, "no sign of it: every peer that answers is heard by multicast too");
        }
        string who = string.Join(", ", oneWay.Select(Endpoint.FormatAddress));
        return heard.HeardOneself
            ? Finding.Problem(
                Check,
                $"{who} answers this machine by unicast, this machine hears its own multicast, but none of {who}: the switch holds multicast back",
                "on the switch: enable the IGMP querier, or switch IGMP snooping off"
            )
            : Finding.Warning(Check, $"{who} answers by unicast and is not heard by multicast; neither is this machine itself, so it is this machine that drops it", "look at the firewall first");
    }

    private static Finding Versions(HeardGroup heard)
    {
        const string Check = "version 1";
        List<HeardNode> old = [.. heard.Nodes.Where(node => node.VersionOne)];
        return old.Count == 0
            ? Finding.Ok(Check, "no version-1 program in the group")
            : Finding.Warning(Check, $"version-1 programs in the group: {string.Join(", ", old)}; they acknowledge nothing, and a follower of theirs starts late or early by what its clock is off", "install this version there; until then keep their wall clocks close by NTP");
    }

    private static Finding Strangers(HeardGroup heard, Endpoint group)
    {
        const string Check = "foreign packets";
        return heard.Undecodable.Count == 0
            ? Finding.Ok(Check, $"nothing but record-syncd is sent to {group}")
            : Finding.Warning(
                Check,
                $"{string.Join(", ", heard.Undecodable.Take(8).Select(sender => $"{sender.Value} packets of {Endpoint.FormatAddress(sender.Key)}"))} to {group} are none of ours",
                "give all nodes another group: --group 239.255.42.100:9942"
            );
    }

    private static IEnumerable<Finding> Names(HeardGroup heard, GroupSurroundings around)
    {
        foreach (IGrouping<string, HeardNode> same in heard.Nodes.GroupBy(node => node.NodeId).Where(same => same.Count() > 1))
            yield return Finding.Problem("names", $"several nodes are called {PeersTable.Clean(same.Key)}: {string.Join(", ", same.Select(node => node.Address))}", "give each a --node-id of its own");
        if (around.OwnId is { } id && heard.Nodes.FirstOrDefault(node => node.NodeId == id && !node.OnThisHost) is { } other)
            yield return Finding.Problem("names", $"{other} has the name that this node is to have", "give one of them another --node-id");
    }

    private static IEnumerable<Finding> Leaders(HeardGroup heard)
    {
        List<HeardNode> leaders = [.. heard.Nodes.Where(node => node.Role == NodeRole.Leader)];
        if (leaders.Count > 1)
            yield return Finding.Warning("leaders", $"{leaders.Count} nodes lead at once: {string.Join(", ", leaders)}", "they do not hear each other, or have just met: run the doctor on their machines");
    }
}

namespace RecordSync.Daemon;

/// <summary>A node's state in a sentence: what <c>systemctl status</c> shows.</summary>
internal static class ServiceStatus
{
    public static string Of(NodeSnapshot node)
    {
        string state = node.State switch
        {
            NodeState.Recording when node.Take is { } take => $"Recording {take.Plan.Name}{(take.File is { } file ? $" to {file}" : "")}",
            NodeState.Error => $"Error: {node.Fault ?? node.NotReady}",
            _ when node.NotReady is { } reason => $"{node.State}, not ready for a take: {reason}",
            _ => $"{node.State}",
        };
        string leads = node.Leads ? "leads" : node.Leader is { } leader ? $"follows {leader}" : "no leader is known";
        // a line break would end the sentence for systemd
        return $"{state}; {leads}; {node.Peers.Count(peer => !peer.Lost)} other nodes".ReplaceLineEndings(" ");
    }
}

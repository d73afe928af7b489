using System.Globalization;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// /metrics in the text format of Prometheus 0.0.4. By hand: it is one loop over what a snapshot holds, while the client library keeps registries, timers and collectors of its own
/// that a node at rest would pay for.
/// </summary>
internal sealed class NodeMetrics(NodeSnapshot node, NodeLoop loop, EventHub events)
{
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();

    private (string, string) Self => ("node", node.NodeId);

    public static string Of(NodeSnapshot node, NodeLoop loop, EventHub events) => new NodeMetrics(node, loop, events).Render();

    private string Render()
    {
        Help("record_syncd_info", "gauge", "The program; always 1");
        Line("record_syncd_info", 1, Self, ("version", ProgramVersion.Text));
        Ours("up", "gauge", "1 while the node's thread answers", 1);
        Ours("leader", "gauge", "1 on the node that leads", node.Leads ? 1 : 0);
        Ours("term_round", "gauge", "The term of office that this node knows of", node.Term.Round);
        Ours("leader_changes_total", "counter", "How often this node has got another leader, or become one", loop.LeaderChanges);
        Ours("elections_won_total", "counter", "How often this node has become the leader", loop.ElectionsWon);
        Ours("ready", "gauge", "1 while a START would be obeyed", node.NotReady is null ? 1 : 0);
        Help("record_syncd_state", "gauge", "1 for the state that the node is in");
        foreach (NodeState state in Enum.GetValues<NodeState>())
            Line("record_syncd_state", node.State == state ? 1 : 0, Self, ("state", WireNames.Of(state).ToLowerInvariant()));
        Clocks();
        Take();
        Ours("disk_seconds_left", "gauge", "How long the disk lasts at the bitrate of the recording", node.DiskSecondsLeft);
        Ours("beacons_sent_total", "counter", "Beacons sent, to the group and to single nodes", loop.BeaconsSent);
        Ours("beacons_received_total", "counter", "Beacons heard, of all nodes", loop.BeaconsReceived);
        Help("record_syncd_packets_dropped_total", "counter", "Datagrams that were none of ours, or broken, by reason");
        foreach (DropReason reason in Enum.GetValues<DropReason>().Where(reason => reason != DropReason.None))
            Line("record_syncd_packets_dropped_total", loop.DropsFor(reason), Self, ("reason", SnakeCase(reason.ToString())));
        Ours("peers", "gauge", "Nodes that this one hears", node.Peers.Count(peer => !peer.Lost));
        Help("record_syncd_peer_up", "gauge", "1 while the peer is heard, 0 when it is lost");
        foreach (PeerSnapshot peer in node.Peers)
            Line("record_syncd_peer_up", peer.Lost ? 0 : 1, Self, ("peer", peer.NodeId));
        Ours("event_clients", "gauge", "Pages and programs that follow the events", events.Clients);
        return text.ToString();
    }

    private void Clocks()
    {
        (string Name, string Help, Func<ClockReport, long?> Value, double Unit)[] figures =
        [
            ("clock_offset_seconds", "Network time minus the wall clock", clock => clock.OffsetNs, 1e-9),
            ("clock_error_bound_seconds", "What the offset can be wrong by", clock => clock.ErrorNs, 1e-9),
            ("clock_round_trip_seconds", "Round trip of the time requests", clock => clock.DelayNs, 1e-9),
            ("clock_rate_ratio", "How much faster network time runs than the local clock", clock => clock.RatePpb, 1e-9),
            ("clock_dispersion_seconds", "How far a burst of time requests moves the estimate", clock => clock.DispersionNs, 1e-9),
        ];
        foreach (var (name, help, value, unit) in figures)
        {
            Ours(name, "gauge", help, value(node.Clock) * unit);
            Help($"record_syncd_peer_{name}", "gauge", $"{help}, of the peer, as it says itself");
            foreach (PeerSnapshot peer in node.Peers.Where(peer => !peer.Lost))
            {
                if (peer.Clock is { } clock && value(clock) is { } figure)
                    Line($"record_syncd_peer_{name}", figure * unit, Self, ("peer", peer.NodeId));
            }
        }
        Ours("clock_synchronised", "gauge", "1 while this node's time is the leader's, or it leads", node.Clock.State is "leader" or "synchronised" ? 1 : 0);
    }

    /// <summary>Of the take that is being recorded; nothing between takes.</summary>
    private void Take()
    {
        Ours("recording", "gauge", "1 while a take is recorded", node.State == NodeState.Recording ? 1 : 0);
        TakeCounts? counts = node.Take is { Phase: not TakePhase.Leading } take ? take.Counts : null;
        Ours("take_frames", "gauge", "Frames in the file of this take", counts?.Frames);
        Ours("take_repeated_frames", "gauge", "Of these, how many show the picture before", counts?.Repeated);
        Ours("take_dropped_frames", "gauge", "Grid points that are missing from the file", counts?.Dropped);
        Ours("take_duplicate_frames", "gauge", "Camera frames that were left out", counts?.Duplicated);
        Ours("take_late_frames", "gauge", "Frames that came late", counts?.Late);
        Ours("take_bytes", "gauge", "Size of the file", counts?.Bytes);
        Ours("encoder_queue_frames", "gauge", "Coded frames that wait for the disk", counts?.Queued);
    }

    private void Ours(string name, string type, string help, double? value)
    {
        Help($"record_syncd_{name}", type, help);
        if (value is { } known)
            Line($"record_syncd_{name}", known, Self);
    }

    private void Help(string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private void Line(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(name);
        for (int i = 0; i < labels.Length; i++)
            text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"").Append(labels[i].Value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append('"');
        text.Append(labels.Length > 0 ? "} " : " ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string SnakeCase(string name) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}

namespace RecordSync.Daemon;

/// <summary>What <c>peers</c> and <c>status</c> show, asked of the node on its own thread.</summary>
internal sealed class NodeView(
    NodeLoop loop,
    MulticastLink link,
    SharedClock network,
    NodeOptions options,
    NodeSettings settings,
    OutputPath output,
    InterfaceChoice chosen,
    Recorder? recorder
)
{
    private const int PipeWidth = 120;

    public string Peers() => Answer((node, now) => PeersTable.Render(RowsOf(node, now), Width, LineEditor.Interactive));

    public string Status() => Answer((node, now) => StatusText.Render(StatusOf(node, now)));

    private static int Width => LineEditor.Interactive ? LineEditor.Width() : PipeWidth;

    private string Answer(Func<Node, LocalTime, string> question)
    {
        try
        {
            return loop.Ask(question).GetAwaiter().GetResult();
        }
        catch (TaskCanceledException)
        {
            return "this node is leaving";
        }
    }

    private List<PeerRow> RowsOf(Node node, LocalTime now)
    {
        ClockReport own = node.ClockReport(now);
        PeerRow self = new(
            node.NodeId,
            WireNames.Of(node.Role),
            WireNames.Of(node.State),
            link.Self.ToString(),
            own.OffsetNs,
            own.ErrorNs,
            own.DelayNs,
            null,
            node.Fault ?? WithDisk(WithPhase(node.Records, node.Phase), node.DiskSecondsLeft) ?? (settings.HasCamera ? null : "no camera"),
            Self: true,
            HoldoverNs: own.AgeNs
        );
        return [self, .. node.Peers.All.Select(peer => RowOf(peer, now))];
    }

    private static PeerRow RowOf(Peer peer, LocalTime now) =>
        new(
            peer.NodeId,
            WireNames.Of(peer.Role),
            WireNames.Of(peer.State),
            peer.Address.ToString(),
            peer.Clock?.OffsetNs,
            peer.Clock?.ErrorNs,
            peer.Clock?.DelayNs,
            (now - peer.LastSeen).Value,
            peer.Error ?? WithDisk(WithPhase(peer.Records, peer.Phase), peer.LastStatus?.DiskSecondsLeft),
            peer.Lost,
            peer.IsVersionOne,
            HoldoverNs: peer.Clock?.AgeNs
        );

    private static string? WithPhase(string? records, string? phase) => records is null || phase is null ? records : $"{records}, {phase}";

    private static string? WithDisk(string? records, long? secondsLeft) =>
        secondsLeft is { } left && records is not null ? $"{records}, disk for {Quantity.Duration(left)}" : records;

    private NodeStatus StatusOf(Node node, LocalTime now)
    {
        ClockReport report = node.ClockReport(now);
        long? free = settings.HasCamera ? OutputCheck.FreeBytes(output, settings.NodeId) : null;
        IEnumerable<DropReason> reasons = Enum.GetValues<DropReason>().Where(reason => loop.DropsFor(reason) > 0);
        return new NodeStatus(
            node.NodeId,
            WireNames.Of(node.Role).ToLowerInvariant(),
            WireNames.Of(node.State),
            node.Fault,
            chosen.ToString(),
            settings.HasCamera ? WithPhase(node.Records, recorder?.Phase?.Sentence) ?? "warming up" : "none",
            recorder?.Encoder ?? options.Encoder ?? "none yet",
            output.Pattern,
            node.Leads ? node.NodeId : node.Clock.Leader?.NodeId,
            report.OffsetNs,
            report.ErrorNs,
            report.RatePpb,
            report.DelayNs,
            node.DiskSecondsLeft,
            free,
            TakeOf(node, now),
            [.. reasons.Select(reason => KeyValuePair.Create(reason.ToString(), loop.DropsFor(reason)))]
        )
        {
            DispersionNs = report.DispersionNs,
            HoldoverNs = report.AgeNs,
            NotReady = node.NotReadyFor(now),
            OthersNotReady = node.Leads ? node.UnreadyPeers(now) : [],
            Term = node.Term.Value == 0 ? null : node.Term.ToString(),
            Stamps = link.DescribeStamps(),
            Sound = recorder?.SoundInWords,
        };
    }

    private TakeStatus? TakeOf(Node node, LocalTime now)
    {
        if (node.Take.Plan is not { } plan)
            return null;
        long elapsed = network.Mapping is { } mapping ? (mapping.At(now) - plan.Start).Value : 0;
        TakeCounts counts = node.Take.Counts;
        return new TakeStatus(plan.Name, node.Take.File ?? "", Math.Max(0, elapsed), counts.Frames, counts.Repeated, counts.Dropped, counts.Queued);
    }
}

namespace RecordSync.Daemon;

/// <summary>What <c>peers</c> and <c>status</c> show.</summary>
internal sealed class NodeView(
    NodeSnapshots snapshots,
    NodeLoop loop,
    MulticastLink link,
    NodeOptions options,
    NodeSettings settings,
    OutputPath output,
    InterfaceChoice chosen,
    Recorder? recorder
)
{
    private const int PipeWidth = 120;

    public string Peers() => Answer(node => PeersTable.Render(RowsOf(node), Width, LineEditor.Interactive));

    public string Status() => Answer(node => StatusText.Render(StatusOf(node)));

    private static int Width => LineEditor.Interactive ? LineEditor.Width() : PipeWidth;

    private string Answer(Func<NodeSnapshot, string> table)
    {
        try
        {
            return table(snapshots.Now().GetAwaiter().GetResult());
        }
        catch (TaskCanceledException)
        {
            return "this node is leaving";
        }
    }

    private List<PeerRow> RowsOf(NodeSnapshot node)
    {
        PeerRow self = new(
            node.NodeId,
            WireNames.Of(node.Role),
            WireNames.Of(node.State),
            link.Self.ToString(),
            node.Clock.OffsetNs,
            node.Clock.ErrorNs,
            node.Clock.DelayNs,
            null,
            node.Fault ?? WithDisk(WithPhase(node.Records, node.Phase), node.DiskSecondsLeft) ?? (settings.HasCamera ? null : "no camera"),
            Self: true,
            HoldoverNs: node.Clock.AgeNs
        );
        return [self, .. node.Peers.Select(RowOf)];
    }

    private static PeerRow RowOf(PeerSnapshot peer) =>
        new(
            peer.NodeId,
            WireNames.Of(peer.Role),
            WireNames.Of(peer.State),
            peer.Address.ToString(),
            peer.Clock?.OffsetNs,
            peer.Clock?.ErrorNs,
            peer.Clock?.DelayNs,
            peer.Silence.Value,
            peer.Error ?? WithDisk(WithPhase(peer.Records, peer.Phase), peer.LastStatus?.DiskSecondsLeft),
            peer.Lost,
            peer.IsVersionOne,
            HoldoverNs: peer.Clock?.AgeNs
        );

    private static string? WithPhase(string? records, string? phase) => records is null || phase is null ? records : $"{records}, {phase}";

    private static string? WithDisk(string? records, long? secondsLeft) =>
        secondsLeft is { } left && records is not null ? $"{records}, disk for {Quantity.Duration(left)}" : records;

    private NodeStatus StatusOf(NodeSnapshot node)
    {
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
            node.Leader,
            node.Clock.OffsetNs,
            node.Clock.ErrorNs,
            node.Clock.RatePpb,
            node.Clock.DelayNs,
            node.DiskSecondsLeft,
            free,
            TakeOf(node),
            [.. reasons.Select(reason => KeyValuePair.Create(reason.ToString(), loop.DropsFor(reason)))]
        )
        {
            DispersionNs = node.Clock.DispersionNs,
            HoldoverNs = node.Clock.AgeNs,
            NotReady = node.NotReady,
            OthersNotReady = node.Leads ? node.Unready : [],
            Term = node.Term.Value == 0 ? null : node.Term.ToString(),
            Stamps = link.DescribeStamps(),
            Key = link.Key,
            Sound = recorder?.SoundInWords,
            FrameTimes = recorder?.CaptureTimesInWords,
        };
    }

    private static TakeStatus? TakeOf(NodeSnapshot node)
    {
        if (node.Take is not { } take)
            return null;
        long elapsed = node.Network is { } now ? (now - take.Plan.Start).Value : 0;
        return new TakeStatus(take.Plan.Name, take.File ?? "", Math.Max(0, elapsed), take.Counts.Frames, take.Counts.Repeated, take.Counts.Dropped, take.Counts.Queued);
    }
}

namespace RecordSync.Daemon;

/// <summary>The one large state of the group, and the sentence that goes with it.</summary>
internal sealed record GroupReadiness(string State, string Sentence, bool CanStart, bool CanStop, ApiGroupTake? Take, IReadOnlyList<ApiReason> Reasons)
{
    public const string NoCamera = "no camera";
    public const string Stopping = "stopping";

    /// <param name="stopping">The take that was being stopped when this was last asked: it does not record again because the last word of it comes later.</param>
    public static GroupReadiness Of(NodeSnapshot node, bool hasCamera, string? stopping = null)
    {
        List<ApiReason> reasons = [];
        if ((node.Fault ?? (hasCamera || node.Network is null ? node.NotReady : null)) is { } own)
            reasons.Add(new ApiReason(node.NodeId, own));
        reasons.AddRange(node.Peers.Select(peer => (peer, reason: peer.Error ?? ReasonOf(peer))).Where(x => x.reason is not null).Select(x => new ApiReason(x.peer.NodeId, x.reason!)));
        string wrong = string.Join("; ", reasons.Select(reason => $"{reason.Node}: {reason.Reason}"));
        int cameras = (hasCamera ? 1 : 0) + node.Peers.Count(peer => peer.Records != NoCamera && !peer.IsVersionOne && !peer.Lost);
        bool othersRecord = node.Peers.Any(peer => peer is { State: NodeState.Recording, Lost: false });
        if (TakeOf(node) is { } take)
        {
            if (take.Name == stopping)
                take = take with { Phase = Stopping };
            // "is recording" is no reason against a take that runs
            string troubles = string.Join("; ", reasons.Where(reason => reason.Reason != IsRecording).Select(reason => $"{reason.Node}: {reason.Reason}"));
            string sentence = $"{Said(take.Phase)} {take.Name}{(troubles.Length > 0 ? $"; {troubles}" : "")}";
            return new GroupReadiness(take.Phase, sentence, CanStart: false, CanStop: take.Phase != Stopping, take, reasons);
        }
        bool error = node.State == NodeState.Error || node.Peers.Any(peer => peer.Lost || peer.State == NodeState.Error);
        if (node.Leader is null)
            return new GroupReadiness(error ? "error" : "idle", wrong.Length > 0 ? $"no leader is known; {wrong}" : "no leader is known", false, othersRecord, null, reasons);
        if (cameras == 0 && !node.Peers.Any(peer => peer.IsVersionOne))
            return new GroupReadiness("idle", "no node with a camera is here", false, othersRecord, null, reasons);
        if (node.BeingSet is { } asked && !error)
            // a camera that is opened anew is not ready, and nobody's trouble
            return new GroupReadiness("idle", $"the cameras are being set to {asked.InWords}", false, othersRecord, null, reasons);
        return reasons.Count > 0
            ? new GroupReadiness(error ? "error" : "idle", wrong, false, othersRecord, null, reasons)
            : new GroupReadiness("ready", cameras == 1 ? "1 camera is ready" : $"{cameras} cameras are ready", true, false, null, reasons);
    }

    private const string IsRecording = "it is recording";

    /// <summary>Why a START would be refused for its sake.</summary>
    public static string? ReasonOf(PeerSnapshot peer) =>
        peer.Lost ? $"lost, nothing heard from it for {peer.Silence.Seconds:0} s"
        : peer.IsVersionOne || peer.Records == NoCamera ? null
        : peer.NotReady ?? (peer.State == NodeState.Recording ? IsRecording : null);

    private static string Said(string phase) =>
        phase switch
        {
            "armed" => "about to record",
            Stopping => "ending",
            _ => "recording",
        };

    /// <summary>This node's own take, or the one that the leader tells of, or that others record.</summary>
    private static ApiGroupTake? TakeOf(NodeSnapshot node)
    {
        if (node.Take is { } own)
        {
            bool begun = node.Network is { } now && now >= own.Plan.Start;
            string phase = own.Phase switch
            {
                TakePhase.Armed => "armed",
                TakePhase.Stopping => Stopping,
                _ => begun ? "recording" : "armed",
            };
            return Of(own.Plan, phase, own.StopAt);
        }
        if (node.Peers.FirstOrDefault(peer => peer is { Lost: false, Take: not null } && peer.NodeId == node.Leader)?.Take is { } told)
            return Of(told, node.Network is { } now && now >= told.Start ? "recording" : "armed", null);
        return null;
    }

    private static ApiGroupTake Of(TakePlan plan, string phase, NetworkTime? stop) => new(plan.Name, phase, plan.Rate.ToString(), plan.Start.Nanoseconds / 1_000, stop?.Nanoseconds / 1_000, AsksOf(plan.Settings));

    private static ApiTakeSettings? AsksOf(TakeSettings? asked) => asked is null ? null : new(asked.Size?.ToString(), asked.Rate?.ToString(), asked.Bitrate, asked.LockExposure, asked.LockWhiteBalance);
}

using System.Net;
using System.Text.Json;

namespace RecordSync.Daemon;

/// <summary>The group as the API shows it, made of a snapshot once and kept as bytes: many who ask cost one look at the node and one text.</summary>
internal sealed class GroupView(NodeSnapshots snapshots, MulticastLink link, NodeSettings settings, InterfaceChoice chosen)
{
    private readonly Lock gate = new();
    private readonly TakePace pace = new();
    private Rendered? latest;

    /// <param name="Json">/api/v1/group.</param>
    /// <param name="NodesJson">/api/v1/nodes.</param>
    /// <param name="Gist">The same as before as long as nothing has changed that is worth telling at once: without ages and the clocks' figures.</param>
    internal sealed record Rendered(NodeSnapshot Snapshot, ApiGroup Group, byte[] Json, byte[] NodesJson, string Gist);

    /// <exception cref="TaskCanceledException">The node has left.</exception>
    public async Task<Rendered> Recent()
    {
        NodeSnapshot snapshot = await snapshots.Recent();
        lock (gate)
        {
            // of two that were asked for one after the other, the later may come first
            if (latest is null || (latest.Snapshot != snapshot && latest.Snapshot.At < snapshot.At))
                latest = Render(snapshot);
            return latest;
        }
    }

    private Rendered Render(NodeSnapshot snapshot)
    {
        ApiGroup group = GroupOf(snapshot);
        ApiGroup gist = group with { NowUs = null, Nodes = [.. group.Nodes.Select(node => node with { LastSeenMs = null, Clock = new ApiClock(node.Clock.State, null, null, null, null, null, null, node.Clock.Stamps, node.Clock.Source, node.Clock.Alarm) })] };
        return new Rendered(
            snapshot,
            group,
            JsonSerializer.SerializeToUtf8Bytes(group, ApiJson.Wire.ApiGroup),
            JsonSerializer.SerializeToUtf8Bytes(group.Nodes, ApiJson.Wire.IReadOnlyListApiNode),
            JsonSerializer.Serialize(gist, ApiJson.Wire.ApiGroup)
        );
    }

    private ApiGroup GroupOf(NodeSnapshot snapshot)
    {
        GroupReadiness readiness = GroupReadiness.Of(snapshot, settings.HasCamera, latest?.Group.Take is { Phase: GroupReadiness.Stopping } ending ? ending.Name : null);
        pace.Forget(snapshot);
        return new ApiGroup(
            snapshot.NodeId,
            ProgramVersion.Text,
            settings.Host,
            snapshot.Leader,
            snapshot.Term.Value == 0 ? null : snapshot.Term.ToString(),
            snapshot.Timescale,
            link.Group.ToString(),
            chosen.Name,
            readiness.State,
            readiness.Sentence,
            readiness.CanStart,
            readiness.CanStop,
            snapshot.Network?.Nanoseconds / 1_000,
            readiness.Take,
            [SelfOf(snapshot), .. snapshot.Peers.Select(peer => PeerOf(peer, snapshot))]
        );
    }

    private ApiNode SelfOf(NodeSnapshot snapshot)
    {
        ApiNodeTake? take = snapshot.Take is { } own && settings.HasCamera && own.Phase != TakePhase.Leading ? TakeOf(own) : null;
        (double? fps, long? kbps) = pace.Of(snapshot.NodeId, take, snapshot.At.Nanoseconds / 1_000);
        return new ApiNode(
            snapshot.NodeId,
            Self: true,
            WireNames.Of(snapshot.Role).ToLowerInvariant(),
            snapshot.Leads,
            VersionOne: false,
            Lost: false,
            WireNames.Of(snapshot.State).ToLowerInvariant(),
            snapshot.Fault ?? (settings.HasCamera ? snapshot.NotReady : null),
            link.Self.ToString(),
            LastSeenMs: null,
            snapshot.Records ?? (settings.HasCamera ? null : GroupReadiness.NoCamera),
            snapshot.Phase,
            settings.Http is { } http ? $"http://{http}" : null,
            ClockOf(snapshot.Clock),
            take,
            fps,
            kbps,
            snapshot.DiskSecondsLeft
        );
    }

    private static ApiNodeTake TakeOf(TakeSnapshot take) =>
        new(take.Plan.Name, take.Counts.Frames, take.Counts.Dropped, take.Counts.Repeated, take.Counts.Duplicated, take.Counts.Bytes, take.Counts.Queued, take.File);

    private ApiNode PeerOf(PeerSnapshot peer, NodeSnapshot snapshot)
    {
        ApiNodeTake? take =
            peer is { State: NodeState.Recording, LastStatus: { Take: { } name } status } ? new ApiNodeTake(name, status.Frames, status.Dropped, null, status.Duplicated, status.Bytes, status.Queued, status.File) : null;
        (double? fps, long? kbps) = pace.Of(peer.NodeId, take, peer.LastStatus?.TimestampMicros ?? 0);
        return new ApiNode(
            peer.NodeId,
            Self: false,
            WireNames.Of(peer.Role).ToLowerInvariant(),
            snapshot.Leader == peer.NodeId,
            peer.IsVersionOne,
            peer.Lost,
            WireNames.Of(peer.State).ToLowerInvariant(),
            peer.Error ?? (peer is { State: NodeState.Recording, Lost: false } ? null : GroupReadiness.ReasonOf(peer)),
            peer.Address.ToString(),
            peer.Silence.Value / 1_000_000,
            peer.Records,
            peer.Phase,
            PageOf(peer),
            peer.Clock is { } clock ? ClockOf(clock) : new ApiClock(null, null, null, null, null, null, null, null, null, null),
            take,
            fps,
            kbps,
            peer.LastStatus?.DiskSecondsLeft
        );
    }

    /// <summary>A page on another machine's loopback address is no use to anybody here; and what comes from the network must be an address before it becomes a link.</summary>
    private string? PageOf(PeerSnapshot peer)
    {
        if (!PageOptions.TryParse(peer.Http ?? "", out IPEndPoint? page) || page!.Port == 0)
            return null;
        bool here = peer.Address.Address == link.Self.Address;
        return IPAddress.IsLoopback(page.Address) && !here ? null : $"http://{page}";
    }

    private static ApiClock ClockOf(ClockReport clock) =>
        new(clock.State, clock.OffsetNs, clock.ErrorNs, clock.DelayNs, clock.RatePpb, clock.DispersionNs, clock.AgeNs, clock.Stamps, clock.Source ?? "builtin", clock.Alarm);
}

/// <summary>How fast the files of the nodes grow, from the counts that they tell about once a second.</summary>
internal sealed class TakePace
{
    private const long LongestUs = 5_000_000;

    private readonly Dictionary<string, List<(string Take, long AtUs, long Frames, long Bytes)>> told = [];

    /// <param name="atUs">When the node told these counts, by any clock that is steady between two of them.</param>
    /// <returns>Frames a second and kbit/s over the last seconds; null until two different counts are known.</returns>
    public (double? Fps, long? Kbps) Of(string node, ApiNodeTake? take, long atUs)
    {
        if (take is not { Frames: { } frames })
        {
            told.Remove(node);
            return (null, null);
        }
        if (!told.TryGetValue(node, out var points))
            told[node] = points = [];
        if (points.Count > 0 && points[^1].Take != take.Name)
            points.Clear();
        if (points.Count == 0 || points[^1].Frames != frames)
            points.Add((take.Name, atUs, frames, take.Bytes ?? 0));
        points.RemoveAll(point => point.AtUs < points[^1].AtUs - LongestUs);
        (string _, long fromUs, long fromFrames, long fromBytes) = points[0];
        long us = points[^1].AtUs - fromUs;
        // one that tells nothing any more records at no known pace
        return us < 500_000 || atUs - points[^1].AtUs > LongestUs
            ? (null, null)
            : (Math.Round((points[^1].Frames - fromFrames) * 1e6 / us, 1), (points[^1].Bytes - fromBytes) * 8_000 / us);
    }

    /// <summary>Nodes that are gone.</summary>
    public void Forget(NodeSnapshot snapshot)
    {
        foreach (string gone in told.Keys.Where(node => node != snapshot.NodeId && !snapshot.Peers.Any(peer => peer.NodeId == node)).ToList())
            told.Remove(gone);
    }
}

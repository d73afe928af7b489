using System.Collections.Concurrent;

namespace RecordSync.Daemon;

/// <summary>What a listener knows of a node from its beacons and states.</summary>
internal sealed record WatchedNode(string NodeId, NodeRole Role, NodeState State, ClockReport? Clock, string? Error, string? Phase = null, string? NotReady = null)
{
    public long? DiskSecondsLeft { get; init; }

    public bool IsReady => State == NodeState.Ready && NotReady is null && (Role == NodeRole.Leader || Clock is { State: "synchronised" });
}

/// <summary>Listens to a group on the loopback interface without being a node of it: nothing is sent, but to prove itself to a group with a key.</summary>
internal sealed class GroupWatcher : IDisposable
{
    private readonly ConcurrentDictionary<string, WatchedNode> nodes = new(StringComparer.Ordinal);
    private readonly MulticastLink link;
    private readonly SemaphoreSlim changed = new(0);

    /// <param name="keys">Null: the group has none.</param>
    public GroupWatcher(Endpoint group, GroupKeys? keys = null)
    {
        link = new MulticastLink(new LinkSettings(InterfaceChoice.Resolve("lo"), group) { Keys = keys }, new LocalClock());
        link.Start(OnDatagram, (_, _) => { });
    }

    public IReadOnlyDictionary<string, WatchedNode> Nodes => nodes;

    /// <summary>Returns after the next word from any node.</summary>
    public Task Changed(CancellationToken stop) => changed.WaitAsync(stop);

    public void Dispose()
    {
        link.Dispose();
        changed.Dispose();
    }

    private void OnDatagram(in Datagram datagram)
    {
        if (PacketCodec.TryDecode(datagram.Payload, out Message? message) != DropReason.None)
            return;
        if (message is Discovery { State: { } state } beacon)
            nodes[beacon.NodeId] = new WatchedNode(beacon.NodeId, beacon.Role, state, beacon.Clock, beacon.Error, beacon.Phase, beacon.NotReady)
            {
                DiskSecondsLeft = nodes.GetValueOrDefault(beacon.NodeId)?.DiskSecondsLeft,
            };
        else if (message is Status { Ask: null, Got: null, Verdict: null } status && nodes.TryGetValue(status.NodeId, out WatchedNode? known))
            nodes[status.NodeId] = known with { State = status.State, Clock = status.Clock ?? known.Clock, Error = status.Error, NotReady = status.NotReady, DiskSecondsLeft = status.DiskSecondsLeft ?? known.DiskSecondsLeft };
        changed.Release();
    }
}

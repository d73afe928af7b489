namespace RecordSync.Daemon;

/// <summary>Hears the nodes of a group, and asks each for its clock, without being a node: no beacon, no name in anybody's table (docs/protocol.md §3.1, the query).</summary>
internal sealed class ClockListener : IDisposable
{
    private const string OwnName = "clock-view";

    /// <summary>Four times a second, less what the caller's timer is early by.</summary>
    private static readonly Nanos AtLeastApart = Nanos.FromMilliseconds(200);

    /// <summary>A thousand nodes are asked every two and a half seconds, not all at once.</summary>
    private const int MostAtOnce = 100;

    private readonly LocalClock clock = new();
    private readonly WatchedClocks clocks;
    private readonly MulticastLink link;
    private readonly Lock gate = new();
    private readonly byte[] datagram = new byte[512];
    private volatile bool sealedHeard;

    /// <exception cref="NetworkException">The group cannot be listened to.</exception>
    public ClockListener(InterfaceChoice chosen, Endpoint group, string? only, GroupKeys? keys = null)
    {
        clocks = new WatchedClocks(only);
        link = new MulticastLink(new LinkSettings(chosen, group) { FirstPort = 0, Keys = keys }, clock);
        link.Start(OnDatagram, (_, _) => { });
    }

    public LocalTime Now() => clock.Now();

    public LinkState State => link.State;

    /// <summary>Why nodes that are there say nothing to this listener; null where that is not known.</summary>
    public string? Obstacle =>
        sealedHeard ? "it has a key; show it with --key-file"
        : link.KeyStrangers is [var stranger, ..] ? $"{stranger}"
        : null;

    public IReadOnlyList<WatchedClock> Look()
    {
        lock (gate)
            return clocks.Look(clock.Now());
    }

    /// <summary>The nodes that are there beside the one that is looked at.</summary>
    public IReadOnlyList<string> Others()
    {
        lock (gate)
            return [.. clocks.Others];
    }

    /// <summary>Asks those whose turn it is; called four times a second.</summary>
    public void Ask()
    {
        IReadOnlyList<Endpoint> due;
        lock (gate)
            due = clocks.Ask(clock.Now(), AtLeastApart, MostAtOnce);
        if (due.Count == 0)
            return;
        Discovery query = new(OwnName, NodeRole.Follower, Math.Max(0, clock.WallNow().Nanoseconds / 1_000)) { Version = 2, Query = true };
        int length = PacketCodec.Encode(query, datagram);
        foreach (Endpoint node in due)
            link.SendTo(node, datagram.AsSpan(0, length));
    }

    public void Dispose() => link.Dispose();

    private void OnDatagram(in Datagram received)
    {
        DropReason drop = PacketCodec.TryDecode(received.Payload, out Message? message);
        sealedHeard |= drop == DropReason.Sealed;
        if (drop != DropReason.None)
            return;
        // waited longer than a stamp holds, while this process was stopped: nobody knows when it came, and it would bend the charts
        if (received.Stamp == StampSource.User && link.Timestamps != TimestampSource.User && message is not Discovery { Leaving: true })
            return;
        lock (gate)
            clocks.Take(message!, received.Source, received.ReceivedAt);
    }
}

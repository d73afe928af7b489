namespace RecordSync.Daemon;

/// <summary>The clocks of a group's nodes, from what they say. No socket in here; the caller sees to it that one thread uses it at a time.</summary>
/// <param name="only">The one node that is looked at; null: all.</param>
internal sealed class WatchedClocks(string? only = null)
{
    private readonly SortedDictionary<string, Entry> nodes = new(StringComparer.Ordinal);

    /// <summary>Other nodes than the one that is looked at: to tell who is there when it is not.</summary>
    private readonly SortedSet<string> others = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Others => others;

    /// <summary>Notes what a datagram says.</summary>
    public void Take(Message message, Endpoint source, LocalTime at)
    {
        switch (message)
        {
            case Discovery { Query: true }:
                break;
            case Discovery discovery when only is not null && discovery.NodeId != only:
                if (discovery.Leaving)
                    others.Remove(discovery.NodeId);
                else if (others.Count < PeerTable.Capacity)
                    others.Add(discovery.NodeId);
                break;
            case Discovery { Leaving: true } goodbye:
                nodes.Remove(goodbye.NodeId);
                break;
            case Discovery beacon:
                Find(beacon.NodeId)?.Take(beacon, source, at);
                break;
            case Status { Clock: { } report } status when nodes.TryGetValue(status.NodeId, out Entry? known):
                known.Take(report, at);
                break;
        }
    }

    /// <summary>The nodes as they are now, the leaders first.</summary>
    public IReadOnlyList<WatchedClock> Look(LocalTime now) => [.. nodes.Values.Select(entry => entry.Look(now)).OrderBy(clock => clock.Role)];

    /// <summary>Whom to ask next: version-2 nodes that are there, those first that have been asked least lately.</summary>
    /// <param name="most">At most so many.</param>
    public IReadOnlyList<Endpoint> Ask(LocalTime now, Nanos atLeastApart, int most)
    {
        Entry[] due =
        [
            .. nodes
                .Values.Where(entry => entry.Latest is { Version: >= 2 } clock && !clock.IsLost(now) && !(now - entry.Asked < atLeastApart))
                .OrderBy(entry => entry.Asked?.Nanoseconds ?? long.MinValue)
                .Take(most),
        ];
        foreach (Entry entry in due)
            entry.Asked = now;
        return [.. due.Select(entry => entry.Latest.Address)];
    }

    private Entry? Find(string nodeId)
    {
        if (nodes.TryGetValue(nodeId, out Entry? known))
            return known;
        // a flood of invented names must not fill the memory
        return nodes.Count < PeerTable.Capacity ? nodes[nodeId] = new Entry(nodeId) : null;
    }

    private sealed class Entry(string nodeId)
    {
        /// <summary>Several times what a node is asked for; a flood of invented beacons must not fill the memory.</summary>
        private const int MostPoints = 4_096;

        private readonly Queue<ClockPoint> points = new();

        public WatchedClock Latest { get; private set; } = new(nodeId, NodeRole.Follower, default, default);

        public LocalTime? Asked { get; set; }

        public void Take(Discovery beacon, Endpoint source, LocalTime at)
        {
            // another process or another time scale: no line joins its offsets with those of before
            if (beacon.Instance != Latest.Instance || beacon.Timescale != Latest.Timescale)
                points.Clear();
            Latest = Latest with
            {
                Role = beacon.Role,
                Address = source,
                Heard = at,
                Version = beacon.Version,
                Host = beacon.Host,
                Instance = beacon.Instance,
                Timescale = beacon.Timescale,
            };
            if (beacon.Clock is { } report)
                Take(report, at);
        }

        public void Take(ClockReport report, LocalTime at)
        {
            Latest = Latest with { Report = report, Heard = at };
            points.Enqueue(new ClockPoint(at, report.OffsetNs, report.DelayNs, report.ErrorNs));
            while (at - points.Peek().At > WatchedClock.Kept || points.Count > MostPoints)
                points.Dequeue();
        }

        public WatchedClock Look(LocalTime now) => Latest with { Points = [.. points.Where(point => now - point.At <= WatchedClock.Kept)] };
    }
}

namespace RecordSync.Daemon;

/// <summary>A node that the doctor has heard.</summary>
/// <param name="Instance">Of its process; null for a version-1 program.</param>
internal sealed record HeardNode(string NodeId, Endpoint Address, bool OnThisHost, NodeRole Role, bool VersionOne, string? Host, long? Instance, NodeState? State)
{
    public bool Records => State == NodeState.Recording;

    public override string ToString() => $"{PeersTable.Clean(NodeId)} at {Address}";
}

/// <summary>What comes from the wire in the seconds of listening, sorted by what it tells. No socket in here; one thread at a time.</summary>
internal sealed class HeardGroup
{
    /// <summary>A flood of invented names must not fill the memory.</summary>
    private const int Most = 256;

    private readonly Dictionary<(string, long?), HeardNode> nodes = [];
    private readonly HashSet<Endpoint> answering = [];
    private readonly HashSet<Endpoint> multicasting = [];
    private readonly Dictionary<uint, int> undecodable = [];
    private readonly HashSet<Endpoint> sealing = [];

    public IReadOnlyCollection<HeardNode> Nodes => nodes.Values;

    /// <summary>Those whose unicast has come: an answer to a question that went to the group.</summary>
    public IReadOnlySet<Endpoint> Answering => answering;

    /// <summary>Those whose multicast has come.</summary>
    public IReadOnlySet<Endpoint> Multicasting => multicasting;

    /// <summary>Datagrams to the group that nobody of ours sends, by sender.</summary>
    public IReadOnlyDictionary<uint, int> Undecodable => undecodable;

    /// <summary>Those who seal what they say, where the doctor has no key.</summary>
    public IReadOnlySet<Endpoint> Sealing => sealing;

    /// <summary>The doctor's own multicast has come back.</summary>
    public bool HeardOneself { get; set; }

    public void Take(DropReason drop, Message? message, Endpoint source, bool viaMulticast, bool fromOwnHost)
    {
        if (multicasting.Count + answering.Count < Most)
            (viaMulticast ? multicasting : answering).Add(source);
        if (drop == DropReason.Sealed && sealing.Count < Most)
            sealing.Add(source);
        if (drop != DropReason.None)
        {
            if (viaMulticast && drop != DropReason.Sealed && (undecodable.Count < Most || undecodable.ContainsKey(source.Address)))
                undecodable[source.Address] = undecodable.GetValueOrDefault(source.Address) + 1;
            return;
        }
        if (message is Discovery { Query: false } beacon)
            Take(beacon, source, fromOwnHost);
    }

    /// <summary>The node that the doctor runs in is no peer.</summary>
    public void Forget(string self)
    {
        foreach (HeardNode own in nodes.Values.Where(node => node.OnThisHost && node.NodeId == self).ToList())
            nodes.Remove((own.NodeId, own.Instance));
    }

    private void Take(Discovery beacon, Endpoint source, bool fromOwnHost)
    {
        (string, long?) key = (beacon.NodeId, beacon.Instance);
        if (beacon.Leaving)
            nodes.Remove(key);
        else if (nodes.Count < Most || nodes.ContainsKey(key))
            nodes[key] = new HeardNode(beacon.NodeId, source, fromOwnHost, beacon.Role, beacon.Version is null or < 2, beacon.Host, beacon.Instance, beacon.State);
    }
}

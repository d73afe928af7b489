namespace RecordSync;

/// <summary>What this node knows of another.</summary>
internal sealed class Peer(string nodeId)
{
    /// <summary>Machines from one image have one name: as many of them are told apart.</summary>
    private const int KnownStarts = 16;

    private readonly List<(long Instance, Endpoint Address)> starts = [];

    public string NodeId { get; } = nodeId;

    public NodeRole Role { get; set; }

    public NodeState State { get; set; }

    public Endpoint Address { get; set; }

    public LocalTime LastSeen { get; set; }

    /// <summary>Silent for three beacons. Shown as lost, not forgotten.</summary>
    public bool Lost { get; set; }

    /// <summary>Its first beacon has been heard, and answered.</summary>
    public bool Introduced { get; set; }

    /// <summary>Null: a version-1 program.</summary>
    public long? Version { get; set; }

    public long? Instance { get; set; }

    /// <summary>It has been told that more than one node has this name.</summary>
    public bool NamesakesTold { get; set; }

    public string? Host { get; set; }

    public string? Timescale { get; set; }

    public ClockReport? Clock { get; set; }

    public string? Records { get; set; }

    /// <summary>How its camera's exposures stand to the group's grid.</summary>
    public string? Phase { get; set; }

    public string? Error { get; set; }

    /// <summary>Where it serves the group's page, "address:port".</summary>
    public string? Http { get; set; }

    public Status? LastStatus { get; set; }

    /// <summary>Its own term where it leads, else the highest that it has heard of.</summary>
    public Term Term { get; set; }

    /// <summary>Null: it never leads.</summary>
    public long? Priority { get; set; }

    public bool Preferred { get; set; }

    /// <summary>Why it could not obey a START now; null when it could.</summary>
    public string? NotReady { get; set; }

    /// <summary>From a leader: the take that is armed or recorded.</summary>
    public TakePlan? Take { get; set; }

    /// <summary>A STOP of that take has been given.</summary>
    public bool TakeIsEnding { get; set; }

    public bool IsVersionOne => Version is null;

    public bool CanLead => Priority is not null;

    public Rank Rank => new(Priority ?? long.MaxValue, Preferred, Rank.ClassOf(Clock), NodeId);

    /// <summary>Of two that say that they lead: the later round, and of equal rounds the better rank. Version 1 comes last.</summary>
    public bool LeadsRatherThan(Peer other) =>
        IsVersionOne != other.IsVersionOne ? !IsVersionOne
        : !IsVersionOne && (Term.Round != other.Term.Round ? Term.Round > other.Term.Round : Rank.Beats(other.Rank));

    /// <summary>Where this start of a process was heard from; null when it is a new one.</summary>
    public Endpoint? FindStart(long? instance)
    {
        foreach ((long known, Endpoint address) in starts)
        {
            if (known == instance)
                return address;
        }
        return null;
    }

    /// <summary>Remembers the present <see cref="Address"/> for it.</summary>
    public void NoteStart(long? instance)
    {
        if (instance is not { } known || FindStart(known) is not null)
            return;
        if (starts.Count == KnownStarts)
            starts.RemoveAt(0);
        starts.Add((known, Address));
    }
}

/// <summary>The peers, by node id, in the order of their names.</summary>
internal sealed class PeerTable
{
    /// <summary>A flood of invented names must not fill the memory.</summary>
    public const int Capacity = 1024;

    private static readonly Nanos Overtaking = Nanos.FromSeconds(3);

    private List<(string NodeId, long? Instance, LocalTime At)> departed = [];
    private readonly SortedDictionary<string, Peer> peers = new(StringComparer.Ordinal);

    public int Count => peers.Count;

    public IEnumerable<Peer> All => peers.Values;

    public Peer? Find(string nodeId) => peers.GetValueOrDefault(nodeId);

    /// <summary>The peer of this name, made when it is new. Null when the table is full of peers that are all alive.</summary>
    public Peer? Meet(string nodeId, out bool isNew)
    {
        isNew = false;
        if (peers.TryGetValue(nodeId, out Peer? known))
            return known;
        if (peers.Count >= Capacity)
        {
            Peer? gone = peers.Values.FirstOrDefault(peer => peer.Lost);
            if (gone is null)
                return null;
            peers.Remove(gone.NodeId);
        }
        isNew = true;
        return peers[nodeId] = new Peer(nodeId);
    }

    public void Forget(Peer peer) => peers.Remove(peer.NodeId);

    /// <summary>It has said goodbye, and is forgotten.</summary>
    public void Leaves(Peer peer, LocalTime now)
    {
        peers.Remove(peer.NodeId);
        departed = departed.FindAll(left => now - left.At < Overtaking);
        departed.Add((peer.NodeId, peer.Instance, now));
    }

    /// <summary>A packet that the goodbye has overtaken must not bring back who has left: it would be missed forever.</summary>
    public bool HasJustLeft(string nodeId, long? instance, LocalTime now) =>
        departed.Exists(left => left.NodeId == nodeId && now - left.At < Overtaking && (instance is null || instance == left.Instance));

    /// <summary>Marks those that have been silent since before <paramref name="deadline"/>, and returns them once.</summary>
    public List<Peer> LoseSilent(LocalTime deadline)
    {
        List<Peer> silent = [.. peers.Values.Where(peer => !peer.Lost && peer.LastSeen < deadline)];
        foreach (Peer peer in silent)
            peer.Lost = true;
        return silent;
    }
}

namespace RecordSync;

/// <summary>
/// A command of ours on its way: repeated, unicast, to each version-2 follower that has not accepted it, with growing pauses, until
/// its target has passed (docs/protocol.md §5.2). A lost datagram must not be a lost take.
/// </summary>
internal sealed class PendingCommand(RecordingCommand command, IReadOnlyCollection<Peer> expected)
{
    private readonly Dictionary<string, Peer> waiting = expected.ToDictionary(peer => peer.NodeId, StringComparer.Ordinal);
    private readonly HashSet<string> refused = new(StringComparer.Ordinal);
    private readonly int asked = expected.Count;
    private readonly GrowingPause pause = new(Nanos.FromMilliseconds(50), Nanos.FromMilliseconds(800));

    public RecordingCommand Command { get; } = command;

    public IEnumerable<Peer> Waiting => waiting.Values;

    /// <summary>Who had to answer.</summary>
    public string InWords => asked == 1 ? "the follower" : $"all {asked} followers";

    public bool IsDone => waiting.Count == 0;

    public bool Answered(string nodeId) => waiting.Remove(nodeId);

    /// <summary>A refusal is asked again: what stood in its way (a clock not yet synchronised, a camera that warms up) may pass before the target.</summary>
    /// <returns>True the first time.</returns>
    public bool Refused(string nodeId) => waiting.ContainsKey(nodeId) && refused.Add(nodeId);

    public bool WasRefusedBy(string nodeId) => refused.Contains(nodeId);

    public Nanos NextPause() => pause.Next();
}

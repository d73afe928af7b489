namespace RecordSync;

/// <summary>Who asked for a command, and is told what became of it.</summary>
/// <param name="Ticket">Of somebody at this node; null: nobody waits here.</param>
/// <param name="Wish">The id of another node's request, which came from <paramref name="From"/>.</param>
internal sealed record Requester(string? Ticket, string? Wish = null, Endpoint From = default);

/// <summary>
/// A command of ours on its way: repeated, unicast, to each version-2 follower that has not accepted it, with growing pauses, until
/// its target has passed (docs/protocol.md §5.2). A lost datagram must not be a lost take.
/// </summary>
/// <param name="settled">The nodes of which the answer is known beforehand: this one, those that cannot answer and those that are not there.</param>
internal sealed class PendingCommand(RecordingCommand command, IReadOnlyCollection<Peer> expected, IEnumerable<NodeOutcome> settled, Requester? requester, LocalTime sentAt)
{
    private readonly Dictionary<string, Peer> waiting = expected.ToDictionary(peer => peer.NodeId, StringComparer.Ordinal);
    private readonly SortedDictionary<string, NodeOutcome> outcomes = new(
        settled.Concat(expected.Select(peer => new NodeOutcome(peer.NodeId, NodeAnswer.Silent))).ToDictionary(outcome => outcome.Node, StringComparer.Ordinal),
        StringComparer.Ordinal
    );
    private readonly int asked = expected.Count;
    private readonly GrowingPause pause = new(Nanos.FromMilliseconds(50), Nanos.FromMilliseconds(800));

    public RecordingCommand Command { get; } = command;

    public LocalTime SentAt { get; } = sentAt;

    /// <summary>Null when nobody has asked, or he has been told.</summary>
    public Requester? Requester { get; set; } = requester;

    public IEnumerable<Peer> Waiting => waiting.Values;

    /// <summary>Who had to answer.</summary>
    public string InWords => asked == 1 ? "the follower" : $"all {asked} followers";

    public bool IsDone => waiting.Count == 0;

    public CommandReport Report =>
        new(Command.Command)
        {
            Id = Command.Id,
            Take = Command.Take,
            Leader = Command.Leader,
            Term = Command.Term,
            TargetNs = Command.Target.Nanoseconds,
            Nodes = [.. outcomes.Values],
        };

    public bool Answered(string nodeId)
    {
        if (!waiting.Remove(nodeId))
            return false;
        outcomes[nodeId] = new NodeOutcome(nodeId, NodeAnswer.Acknowledged);
        return true;
    }

    /// <summary>A refusal is asked again: what stood in its way (a clock not yet synchronised, a camera that warms up) may pass before the target.</summary>
    /// <returns>True the first time.</returns>
    public bool Refused(string nodeId, string reason)
    {
        if (!waiting.ContainsKey(nodeId))
            return false;
        bool first = !WasRefusedBy(nodeId);
        outcomes[nodeId] = new NodeOutcome(nodeId, NodeAnswer.Refused, reason);
        return first;
    }

    public bool WasRefusedBy(string nodeId) => outcomes[nodeId].Answer == NodeAnswer.Refused;

    public Nanos NextPause() => pause.Next();
}

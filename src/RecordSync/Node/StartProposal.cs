namespace RecordSync;

/// <summary>
/// A START that is being agreed upon: everyone is asked whether it would obey, and only when all have said so does the START itself go out. What was never
/// sent needs no recall: a START that is withdrawn is recorded by nobody, whatever the network does (docs/protocol.md §5.5).
/// </summary>
internal sealed class StartProposal(RecordingCommand command, LocalTime deadline, IReadOnlyCollection<Peer> asked, Requester? requester)
{
    private readonly Dictionary<string, Peer> waiting = asked.ToDictionary(peer => peer.NodeId, StringComparer.Ordinal);
    private readonly Dictionary<string, string> refusals = new(StringComparer.Ordinal);
    private readonly HashSet<string> final = new(StringComparer.Ordinal);
    private readonly GrowingPause pause = new(Nanos.FromMilliseconds(50), Nanos.FromMilliseconds(400));

    /// <summary>The START as it will be sent.</summary>
    public RecordingCommand Command { get; } = command;

    /// <summary>When it is withdrawn if not all have agreed.</summary>
    public LocalTime Deadline { get; private set; } = deadline;

    /// <summary>Null: nobody waits for what comes of it.</summary>
    public Requester? Requester { get; } = requester;

    public IReadOnlyCollection<Peer> Asked { get; } = asked;

    /// <summary>Who is still to be asked: has not agreed, and has not refused for good.</summary>
    public IEnumerable<Peer> Waiting => waiting.Values.Where(peer => !final.Contains(peer.NodeId));

    /// <summary>Nobody's answer can change any more.</summary>
    public bool IsDecided => !AwaitsOwnCamera && final.Count == waiting.Count;

    /// <summary>Who has refused for good, and why.</summary>
    public IReadOnlyList<NodeOutcome> RefusedForGood => [.. final.Order(StringComparer.Ordinal).Select(OutcomeOf)];

    /// <summary>The leader's own camera is not yet as the START asks.</summary>
    public bool AwaitsOwnCamera { get; set; }

    /// <summary>Those who have not agreed by the deadline are left out.</summary>
    public bool GoesOnWithout { get; init; }

    public bool IsAgreed => waiting.Count == 0 && !AwaitsOwnCamera;

    public bool Agrees(string nodeId) => waiting.Remove(nodeId);

    /// <param name="isFinal">It stands. Else it is asked again: what is in its way may pass before the deadline.</param>
    /// <returns>True when somebody has refused for good who had not before.</returns>
    public bool Refuses(string nodeId, string reason, bool isFinal)
    {
        if (!waiting.ContainsKey(nodeId))
            return false;
        refusals[nodeId] = reason;
        return isFinal && final.Add(nodeId);
    }

    /// <summary>It cannot come to be any more; who else has a reason is given until then to say so.</summary>
    public void EndBy(LocalTime soon) => Deadline = soon < Deadline ? soon : Deadline;

    /// <summary>Who has not agreed and why, in words.</summary>
    public string MissingInWords =>
        string.Join(
            "; ",
            [
                .. waiting.Keys.Order(StringComparer.Ordinal).Select(name => refusals.TryGetValue(name, out string? reason) ? $"{name}: {reason}" : $"{name} has not answered"),
                .. AwaitsOwnCamera ? [$"{Command.Leader}: {StillSetting}"] : Array.Empty<string>(),
            ]
        );

    /// <summary>At the deadline: who has agreed, who has not and why.</summary>
    public IReadOnlyList<NodeOutcome> Outcomes =>
        [
            .. Asked.Select(peer => OutcomeOf(peer.NodeId)).Concat(AwaitsOwnCamera ? [new(Command.Leader!, NodeAnswer.Refused, StillSetting)] : Array.Empty<NodeOutcome>()).OrderBy(node => node.Node, StringComparer.Ordinal),
        ];

    private string StillSetting => $"the camera is still being set to {Command.Settings?.InWords}; give it a longer delay";

    /// <param name="blamed">Who it is withdrawn for: before the deadline, those who have not answered yet are not.</param>
    public CommandReport Report(string refusal, IReadOnlyList<NodeOutcome> blamed) =>
        CommandReport.Refused(CommandKind.Start, refusal) with
        {
            Id = Command.Id,
            Take = Command.Take,
            Leader = Command.Leader,
            Term = Command.Term,
            TargetNs = Command.Target.Nanoseconds,
            Nodes = blamed,
        };

    private NodeOutcome OutcomeOf(string nodeId) =>
        !waiting.ContainsKey(nodeId) ? new(nodeId, NodeAnswer.Acknowledged)
        : refusals.TryGetValue(nodeId, out string? reason) ? new(nodeId, NodeAnswer.Refused, reason)
        : new(nodeId, NodeAnswer.Silent);

    public Nanos NextPause() => pause.Next();
}

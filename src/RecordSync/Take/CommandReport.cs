namespace RecordSync;

/// <summary>What became of a START or STOP at one node.</summary>
internal enum NodeAnswer
{
    Acknowledged,
    Refused,

    /// <summary>Asked again and again, and never heard.</summary>
    Silent,

    /// <summary>A version-1 program: told, and unable to answer.</summary>
    BestEffort,

    /// <summary>Lost when the command was given: nobody could tell it.</summary>
    Absent,
}

/// <param name="Reason">Why, where it is not acknowledged; null: nothing more is known.</param>
internal sealed record NodeOutcome(string Node, NodeAnswer Answer, string? Reason = null);

/// <summary>A START or STOP and what every node has answered to it (docs/protocol.md §5.9): for whoever asked for it, and for the take's record.</summary>
internal sealed record CommandReport(CommandKind Command)
{
    /// <summary>Null where it never got so far as to be a command.</summary>
    public string? Id { get; init; }

    public string? Take { get; init; }

    public string? Leader { get; init; }

    public long? Term { get; init; }

    /// <summary>The instant that was commanded, network time.</summary>
    public long? TargetNs { get; init; }

    /// <summary>Why nothing was commanded; null when it was.</summary>
    public string? Refusal { get; init; }

    /// <summary>In the order of their names. Empty where a successor does not know what was answered to its predecessor.</summary>
    public IReadOnlyList<NodeOutcome> Nodes { get; init; } = [];

    public static CommandReport Refused(CommandKind command, string why) => new(command) { Refusal = why };

    /// <summary>In one line, for the one who asked.</summary>
    public string InWords
    {
        get
        {
            string what = $"{WireNames.Of(Command).ToUpperInvariant()}{(Take is null ? "" : $" of take {Take}")}";
            if (Refusal is not null)
                return $"{what}: {Refusal}";
            string[] others = [.. Nodes.Where(node => node.Answer is NodeAnswer.Refused or NodeAnswer.Silent or NodeAnswer.Absent).Select(Describe)];
            int good = Nodes.Count(node => node.Answer == NodeAnswer.Acknowledged);
            string acknowledged = $"acknowledged by {good} {(good == 1 ? "node" : "nodes")}";
            return others.Length == 0 ? $"{what} {acknowledged}" : $"{what} {acknowledged}, but {string.Join("; ", others)}";
        }
    }

    private static string Describe(NodeOutcome outcome) =>
        outcome.Answer switch
        {
            NodeAnswer.Refused => $"{outcome.Node} refused: {outcome.Reason ?? "no reason given"}",
            NodeAnswer.Silent => $"{outcome.Node} has not answered",
            _ => $"{outcome.Node} was absent{(outcome.Reason is null ? "" : $": {outcome.Reason}")}",
        };
}

namespace RecordSync;

/// <summary>
/// What the leader knows of a take that has ended, on its way to everyone who took part (docs/protocol.md §5.9): who was in it and what was commanded. The
/// verdicts themselves travel one by one.
/// </summary>
/// <param name="Serial">Grows with every change.</param>
internal sealed record TakeRecord(string Take, int Serial)
{
    /// <summary>Whose verdicts are in it, and in which revision.</summary>
    public IReadOnlyList<RecordedPart> Parts { get; init; } = [];

    public IReadOnlyList<string> Missing { get; init; } = [];

    public IReadOnlyList<string> VersionOne { get; init; } = [];

    public CommandReport? Start { get; init; }

    public CommandReport? Stop { get; init; }

    public string Receipt => $"{Take}/record/{Serial}";
}

internal sealed record RecordedPart(string Node, int Revision);

/// <summary>Names the verdict that a Status carries for another node than its sender, or that it asks for.</summary>
internal sealed record PartOfTake(string Take, string Node);

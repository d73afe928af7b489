namespace RecordSync;

/// <summary>What was typed at this node, which does not lead, on its way to the leader: repeated until it is taken, and then until it is known what came of it.</summary>
internal sealed class OperatorsWish(RecordingCommand command, string? ticket, LocalTime deadline)
{
    private readonly GrowingPause pause = new(Nanos.FromMilliseconds(50), Nanos.FromMilliseconds(800));

    public RecordingCommand Command { get; } = command;

    public string? Ticket { get; } = ticket;

    public LocalTime Deadline { get; private set; } = deadline;

    /// <summary>The leader that has taken it: no other is to be asked for the same again.</summary>
    public string? TakenBy { get; private set; }

    public string Word => WireNames.Of(Command.Command).ToLowerInvariant();

    public void Taken(string leader, LocalTime deadline) => (TakenBy, Deadline) = (leader, deadline);

    public Nanos NextPause() => pause.Next();
}

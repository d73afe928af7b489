namespace RecordSync;

/// <summary>
/// The verdict of one take on its way together: who has answered, who is still asked. A question is repeated with growing pauses until its deadline; then those
/// who have not answered are named (docs/protocol.md §5.4).
/// </summary>
internal sealed class VerdictGathering(string take, IEnumerable<string> expected, IReadOnlyList<string> versionOne)
{
    private readonly SortedSet<string> expected = new(expected, StringComparer.Ordinal);
    private readonly SortedDictionary<string, NodeVerdict> received = new(StringComparer.Ordinal);
    private readonly GrowingPause pause = new(Nanos.FromMilliseconds(200), Nanos.FromMilliseconds(1600));

    public string Take { get; } = take;

    /// <summary>Null while the take is being recorded: then nobody is asked.</summary>
    public LocalTime? Deadline { get; private set; }

    /// <summary>Shown once; what comes later changes the file only.</summary>
    public bool Shown { get; set; }

    /// <summary>The take has ended, and not all is known yet.</summary>
    public bool IsOpen => Deadline is not null && !Shown;

    public IEnumerable<string> Missing => expected.Where(name => !received.ContainsKey(name));

    public bool IsComplete => !Missing.Any();

    /// <summary>Somebody who was not counted on takes part too.</summary>
    public void Expect(string nodeId) => expected.Add(nodeId);

    /// <returns>False for one that is known already.</returns>
    public bool Add(NodeVerdict verdict)
    {
        if (received.TryGetValue(verdict.Node, out NodeVerdict? known) && known.Revision >= verdict.Revision)
            return false;
        received[verdict.Node] = verdict;
        return true;
    }

    /// <summary>Asks those who are missing, until then; again after it was shown, to show it again.</summary>
    public void Open(LocalTime until)
    {
        (Deadline, Shown) = (until, false);
        pause.Restart();
    }

    public Nanos NextPause() => pause.Next();

    public GroupVerdict ToVerdict() => GroupVerdict.Of(Take, [.. received.Values], [.. Missing], versionOne);
}

/// <summary>This node's own verdict on its way to the take's leader: sent until the leader says that it has it, or patience ends.</summary>
internal sealed class VerdictDelivery(NodeVerdict verdict, LocalTime deadline)
{
    private readonly GrowingPause pause = new(Nanos.FromMilliseconds(100), Nanos.FromSeconds(2));

    public NodeVerdict Verdict { get; } = verdict;

    public LocalTime Deadline { get; } = deadline;

    public static string ReceiptOf(NodeVerdict verdict) => $"{verdict.Take}/{verdict.Revision}";

    public Nanos NextPause() => pause.Next();
}

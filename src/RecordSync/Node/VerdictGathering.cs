namespace RecordSync;

/// <summary>
/// The verdict of one take on its way together: who has answered, who is still asked. A question is repeated with growing pauses until its deadline; then those
/// who have not answered are named (docs/protocol.md §5.4). The leader's is put together from what the nodes send; everyone else's is a copy of the leader's, its
/// keeper (§5.9).
/// </summary>
internal sealed class VerdictGathering(string take, IEnumerable<string> expected, IReadOnlyList<string> versionOne)
{
    private readonly SortedSet<string> expected = new(expected, StringComparer.Ordinal);
    private readonly SortedDictionary<string, NodeVerdict> received = new(StringComparer.Ordinal);
    private readonly GrowingPause pause = new(Nanos.FromMilliseconds(200), Nanos.FromMilliseconds(1600));
    private IReadOnlyList<string> versionOne = versionOne;
    private TakeRecord? head;
    private int saved;

    public string Take { get; } = take;

    /// <summary>The START as this node has sent it, and the STOP; null where another node has.</summary>
    public PendingCommand? Start { get; set; }

    public PendingCommand? Stop { get; set; }

    /// <summary>What a successor knows of the START.</summary>
    public TakePlan? Plan { get; set; }

    /// <summary>Whose record this is a copy of; null: it is put together here.</summary>
    public string? Keeper { get; set; }

    /// <summary>By the one that commanded the take, or its successor; not where an operator has only asked.</summary>
    public bool IsShared { get; init; }

    /// <summary>The record on its way to the others; null before it is shown, and where this is a copy.</summary>
    public RecordSharing? Sharing { get; set; }

    /// <summary>Null while the take is being recorded: then nobody is asked.</summary>
    public LocalTime? Deadline { get; private set; }

    /// <summary>Shown once; what comes later changes the file only.</summary>
    public bool Shown { get; set; }

    /// <summary>An operator at this node waits for it, who sees it when it is there.</summary>
    public bool IsAsked { get; set; }

    /// <summary>The take has ended, and not all is known yet.</summary>
    public bool IsOpen => Deadline is not null && !Shown;

    /// <summary>Who has to be asked.</summary>
    public IEnumerable<string> Missing => head is { } known ? known.Parts.Where(Lacks).Select(part => part.Node) : expected.Where(name => !received.ContainsKey(name));

    public bool IsComplete => !Missing.Any();

    /// <summary>A copy that is complete and not yet on this node's disk in this form.</summary>
    public bool IsToBeSaved => head is { } known && known.Serial > saved && IsComplete;

    public bool IsSaved => saved > 0;

    public TakeRecord? Head => head;

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

    public NodeVerdict? Find(string nodeId) => received.GetValueOrDefault(nodeId);

    /// <summary>From now on this is a copy of what that node keeps.</summary>
    public void Follow(TakeRecord record, string keeper)
    {
        if (keeper != Keeper || head is null)
            saved = 0;
        else if (record.Serial < head.Serial)
            return;
        (Keeper, head, versionOne) = (keeper, record, record.VersionOne);
    }

    public void Saved() => saved = head?.Serial ?? saved;

    /// <summary>Asks those who are missing, until then; again after it was shown, to show it again.</summary>
    public void Open(LocalTime until)
    {
        (Deadline, Shown) = (until, false);
        pause.Restart();
    }

    public Nanos NextPause() => pause.Next();

    public IEnumerable<NodeVerdict> Received => received.Values;

    public TakeRecord ToRecord(int serial) =>
        new(Take, serial)
        {
            Parts = [.. received.Values.Select(verdict => new RecordedPart(verdict.Node, verdict.Revision))],
            Missing = [.. Missing],
            VersionOne = versionOne,
            Start = StartReport,
            Stop = StopReport,
        };

    public GroupVerdict ToVerdict() =>
        GroupVerdict.Of(Take, [.. received.Values], head is { } known ? [.. known.Missing.Concat(Missing).Order(StringComparer.Ordinal)] : [.. Missing], versionOne, StartReport, StopReport);

    private CommandReport? StartReport =>
        Start?.Report
        ?? head?.Start
        ?? (Plan is { } plan ? new CommandReport(CommandKind.Start) { Id = plan.Id, Take = plan.Name, Leader = plan.Leader, TargetNs = plan.Start.Nanoseconds } : null);

    private CommandReport? StopReport => Stop?.Report ?? head?.Stop;

    private bool Lacks(RecordedPart part) => !received.TryGetValue(part.Node, out NodeVerdict? known) || known.Revision < part.Revision;
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

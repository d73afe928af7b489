namespace RecordSync;

/// <summary>
/// A take's record on its way from the leader to everyone who took part (docs/protocol.md §5.9). The verdicts go to the group, each once and a few at a time;
/// then the head, first to the group and then again to each who has not said that it has all.
/// </summary>
internal sealed class RecordSharing(VerdictGathering gathering)
{
    /// <summary>So many verdicts in one go: a few kilobytes each, and a switch's queue is not endless.</summary>
    private const int AtOnce = 16;

    private static readonly Nanos BetweenBatches = Nanos.FromMilliseconds(20);

    private readonly Dictionary<string, int> sentRevisions = new(StringComparer.Ordinal);
    private readonly Queue<NodeVerdict> parts = new();
    private readonly Dictionary<string, Peer> waiting = new(StringComparer.Ordinal);
    private readonly GrowingPause pause = new(Nanos.FromMilliseconds(100), Nanos.FromMilliseconds(1600));
    private TakeRecord? head;
    private bool headSent;
    private LocalTime deadline;
    private int serial;

    /// <summary>When the record goes out again, because something in it has changed.</summary>
    public LocalTime? DueAt { get; set; }

    public bool IsActive => waiting.Count > 0;

    /// <param name="others">Those who took part, are there, and can be told.</param>
    public void Begin(IEnumerable<Peer> others, LocalTime until)
    {
        DueAt = null;
        (deadline, headSent) = (until, false);
        pause.Restart();
        head = gathering.ToRecord(++serial);
        parts.Clear();
        waiting.Clear();
        foreach (Peer peer in others)
            waiting[peer.NodeId] = peer;
        foreach (NodeVerdict verdict in gathering.Received.Where(verdict => sentRevisions.GetValueOrDefault(verdict.Node) < verdict.Revision))
            parts.Enqueue(verdict);
    }

    public void Has(string nodeId, string receipt)
    {
        if (head?.Receipt == receipt)
            waiting.Remove(nodeId);
    }

    /// <summary>A node that leaves waits no longer than this.</summary>
    public void EndBy(LocalTime latest) => deadline = latest < deadline ? latest : deadline;

    /// <summary>What is to be sent now, and to whom (null: to the group).</summary>
    /// <returns>When there is more to send; null when that was all.</returns>
    public LocalTime? Step(LocalTime now, Action<Status, Endpoint?> send, Func<Status> letter)
    {
        if (now >= deadline)
            waiting.Clear();
        if (!IsActive)
            return null;
        for (int sent = 0; sent < AtOnce && parts.TryDequeue(out NodeVerdict? verdict); sent++)
        {
            send(letter() with { Part = new PartOfTake(gathering.Take, verdict.Node), Verdict = verdict }, null);
            sentRevisions[verdict.Node] = verdict.Revision;
        }
        if (parts.Count > 0)
            return now + BetweenBatches;
        Status told = letter() with { Record = head };
        if (!headSent)
            send(told, null);
        else
        {
            foreach (Peer peer in waiting.Values)
                send(told, peer.Address);
        }
        headSent = true;
        return now + pause.Next();
    }
}

namespace RecordSync.Daemon;

/// <summary>
/// The kernel's departure stamps of this node's own time requests, kept for the moment at which the answer is looked at: so that a stamp
/// wakes no one but the thread that reads it. That thread writes, the node's loop reads.
/// </summary>
internal sealed class RequestStamps
{
    private readonly Lock guard = new();
    private readonly (uint SendId, LocalTime At)[] stamps = new (uint, LocalTime)[64];
    private readonly (long Sequence, uint SendId)[] requests = new (long, uint)[64];

    public void Stamp(uint sendId, LocalTime at)
    {
        lock (guard)
            stamps[sendId % stamps.Length] = (sendId, at);
    }

    public void Sent(long sequence, uint sendId)
    {
        lock (guard)
            requests[sequence % requests.Length] = (sequence, sendId);
    }

    public bool TryFind(long sequence, out LocalTime at)
    {
        lock (guard)
        {
            (long known, uint sendId) = requests[sequence % requests.Length];
            (uint stamped, at) = stamps[sendId % stamps.Length];
            return known == sequence && sendId != 0 && stamped == sendId;
        }
    }
}

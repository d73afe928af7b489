namespace RecordSync.Daemon;

/// <summary>
/// Sends whose kernel stamp is awaited, by the kernel's key. Holds the latest few: a driver that never stamps costs nothing.
/// Sending threads add, the receiving thread takes.
/// </summary>
internal sealed class PendingStamps
{
    // a thousand followers may ask at once, and a card's stamps take their time
    private const int Capacity = 1024;

    // a stamp earlier than its own send belongs to another send; clock reads of two kinds agree to this
    private const long ClockDisagreementNs = 50_000;

    private readonly Lock guard = new();
    private readonly (uint SendId, uint Key, long BeforeNs)[] entries = new (uint, uint, long)[Capacity];
    private uint nextKey;
    private int waiting;

    /// <summary>No lock: a stale answer costs one system call more or comes right at the next datagram.</summary>
    public bool Any => Volatile.Read(ref waiting) > 0;

    /// <param name="sendId">Never 0.</param>
    /// <param name="beforeNs">Local time just before the send.</param>
    public void Add(uint sendId, long beforeNs)
    {
        lock (guard)
        {
            ref (uint SendId, uint Key, long BeforeNs) entry = ref entries[nextKey % Capacity];
            if (entry.SendId == 0)
                waiting++;
            entry = (sendId, nextKey++, beforeNs);
        }
    }

    /// <summary>The send that this stamp belongs to. The first stamp counts: a bridge to another namespace stamps again.</summary>
    public bool TryTake(uint key, long atNs, out uint sendId)
    {
        lock (guard)
        {
            ref (uint SendId, uint Key, long BeforeNs) entry = ref entries[key % Capacity];
            sendId = entry.SendId;
            if (sendId == 0 || entry.Key != key || atNs < entry.BeforeNs - ClockDisagreementNs)
                return false;
            entry.SendId = 0;
            waiting--;
            return true;
        }
    }

    /// <summary>The kernel counts from 0 again.</summary>
    public void Restart()
    {
        lock (guard)
        {
            Array.Clear(entries);
            (nextKey, waiting) = (0, 0);
        }
    }
}

namespace RecordSync.Daemon;

/// <summary>
/// What all threads may leave for one that works it off in batches. That one is woken once, however much arrives until it comes for it, and sleeps in
/// one place for one reason: a node at rest costs little more than its wake-ups. Thread-safe; one thread takes.
/// </summary>
internal sealed class Inbox<T>
{
    // an object, because a Lock cannot be waited on
    private readonly object gate = new();
    private List<T> arrived = [];
    private bool asleep;
    private bool closed;

    /// <returns>False when it is closed: nobody will ever look at the item.</returns>
    public bool TryPost(T item) => TryPost(item, int.MaxValue);

    /// <param name="most">So many may wait already.</param>
    /// <returns>False when it is closed, or too much waits.</returns>
    public bool TryPost(T item, int most)
    {
        lock (gate)
        {
            if (closed || arrived.Count >= most)
                return false;
            arrived.Add(item);
            if (asleep)
                Monitor.Pulse(gate);
            asleep = false;
            return true;
        }
    }

    /// <summary>Nothing comes in any more; what is in can still be taken.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Exchanges the worked-off batch for all that has arrived since, in its order. Waits for it if there is nothing yet.</summary>
    /// <param name="patience">How long, in ms; -1 for ever. The batch may be empty then.</param>
    /// <returns>False when it is closed and empty.</returns>
    public bool Take(ref List<T> batch, int patience)
    {
        batch.Clear();
        lock (gate)
        {
            if (arrived.Count == 0 && !closed && patience != 0)
            {
                asleep = true;
                Monitor.Wait(gate, patience);
                asleep = false;
            }
            (arrived, batch) = (batch, arrived);
            return batch.Count > 0 || !closed;
        }
    }
}

namespace RecordSync;

/// <summary>
/// Pairs answers with requests. A version-1 leader multicasts answers that belong to others, networks duplicate and reorder: a
/// response counts only if it echoes an outstanding request of ours, once, and carries its sequence number where it has one.
/// </summary>
internal sealed class SyncExchange
{
    private const int Slots = 64;

    private readonly Outstanding[] requests = new Outstanding[Slots];
    private long next;

    private record struct Outstanding(bool Open, long Sequence, long T1Micros, long T1Ns, LocalTime T1);

    public long Matched { get; private set; }

    public long Unmatched { get; private set; }

    public long NextSequence() => next = (next + 1) & uint.MaxValue;

    /// <summary>The request has left with these stamps in it; <paramref name="t1"/> is the sender's own reading, until the kernel's comes.</summary>
    public void Sent(long sequence, long t1Micros, long t1Ns, LocalTime t1) =>
        requests[sequence % Slots] = new Outstanding(true, sequence, t1Micros, t1Ns, t1);

    /// <summary>The kernel's transmit stamp: later, and truer, than the reading in the datagram.</summary>
    public void Stamped(long sequence, LocalTime t1)
    {
        ref Outstanding request = ref requests[sequence % Slots];
        if (request.Open && request.Sequence == sequence && t1 >= request.T1)
            request.T1 = t1;
    }

    public ClockSample? Match(TimeSyncResponse response, LocalTime t4)
    {
        for (int i = 0; i < Slots; i++)
        {
            ref Outstanding request = ref requests[i];
            if (!request.Open || !Echoes(request, response))
                continue;
            request.Open = false;
            Matched++;
            return new ClockSample(
                request.T1,
                new NetworkTime(response.T2Ns ?? response.T2Micros * 1_000),
                new NetworkTime(response.T3Ns ?? response.T3Micros * 1_000),
                t4
            );
        }
        Unmatched++;
        return null;
    }

    public void Forget() => Array.Clear(requests);

    private static bool Echoes(in Outstanding request, TimeSyncResponse response) =>
        response.T1Micros == request.T1Micros
        && (response.Sequence is not { } sequence || sequence == request.Sequence)
        && (response.T1Ns is not { } t1 || t1 == request.T1Ns);
}

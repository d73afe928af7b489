namespace RecordSync;

/// <summary>
/// Pairs answers with requests. A version-1 leader multicasts answers that belong to others, networks duplicate and reorder: a
/// response counts only if it echoes an outstanding request of ours, once, and carries its sequence number where it has one.
///
/// Interleaved (RFC 9769): when an answer really left is known to its leader's kernel only afterwards, so it travels in a later answer, as
/// <c>prev_seq</c>, <c>prev_t2_ns</c> and <c>prev_t3_ns</c>. Then the earlier exchange is told again with the better t3.
/// </summary>
internal sealed class SyncExchange
{
    private const int Slots = 64;

    private readonly Exchange[] exchanges = new Exchange[Slots];
    private long next;

    private enum Progress
    {
        None,
        Asked,
        Answered,
    }

    private record struct Exchange(Progress Progress, long Sequence, long T1Micros, long T1Ns, LocalTime T1, ClockSample Sample);

    public long Matched { get; private set; }

    public long Unmatched { get; private set; }

    /// <summary>Exchanges whose t3 came from the leader's kernel.</summary>
    public long Improved { get; private set; }

    /// <returns>The first of <paramref name="count"/> numbers that follow one another.</returns>
    public long NextSequences(int count)
    {
        long first = next + count > uint.MaxValue ? 1 : next + 1;
        next = first + count - 1;
        return first;
    }

    /// <summary>The request has left with these stamps in it; <paramref name="t1"/> is the sender's own reading, until the kernel's comes.</summary>
    public void Sent(long sequence, long t1Micros, long t1Ns, LocalTime t1) =>
        exchanges[sequence % Slots] = new Exchange(Progress.Asked, sequence, t1Micros, t1Ns, t1, default);

    /// <summary>The kernel's transmit stamp: later, and truer, than the reading in the datagram.</summary>
    public void Stamped(long sequence, LocalTime t1)
    {
        ref Exchange exchange = ref exchanges[sequence % Slots];
        if (exchange.Progress == Progress.Asked && exchange.Sequence == sequence && t1 >= exchange.T1)
            exchange.T1 = t1;
    }

    /// <summary>The exchange that this response completes, with the t3 that is in it; null when it answers none of ours.</summary>
    public ClockSample? Match(TimeSyncResponse response, LocalTime t4)
    {
        for (int i = 0; i < Slots; i++)
        {
            ref Exchange exchange = ref exchanges[i];
            if (exchange.Progress != Progress.Asked || !Echoes(exchange, response))
                continue;
            exchange.Progress = Progress.Answered;
            Matched++;
            exchange.Sample = new ClockSample(
                exchange.T1,
                new NetworkTime(response.T2Ns ?? response.T2Micros * 1_000),
                new NetworkTime(response.T3Ns ?? response.T3Micros * 1_000),
                t4
            );
            return exchange.Sample;
        }
        Unmatched++;
        return null;
    }

    /// <summary>The earlier exchange of which this response, which has been matched, brings the true t3; once.</summary>
    public ClockSample? Improve(TimeSyncResponse response)
    {
        if (response is not { PreviousSequence: { } sequence, PreviousT2Ns: { } t2, PreviousT3Ns: { } t3 })
            return null;
        ref Exchange exchange = ref exchanges[sequence % Slots];
        // a kernel that stamps a send before the program began it, or long after, is not believed
        if (
            exchange.Progress != Progress.Answered
            || exchange.Sequence != sequence
            || exchange.Sample.T2.Nanoseconds != t2
            || t3 < exchange.Sample.T3.Nanoseconds - LongestDisagreement.Value
            || t3 > exchange.Sample.T3.Nanoseconds + LongestSend.Value
        )
            return null;
        exchange.Progress = Progress.None;
        Improved++;
        return exchange.Sample with { T3 = new NetworkTime(t3) };
    }

    public void Forget() => Array.Clear(exchanges);

    /// <summary>Two readings of one instant by program and kernel differ by no more than this.</summary>
    private static readonly Nanos LongestDisagreement = Nanos.FromMicroseconds(50);

    private static readonly Nanos LongestSend = Nanos.FromSeconds(1);

    private static bool Echoes(in Exchange exchange, TimeSyncResponse response) =>
        response.T1Micros == exchange.T1Micros
        && (response.Sequence is not { } sequence || sequence == exchange.Sequence)
        && (response.T1Ns is not { } t1 || t1 == exchange.T1Ns);
}

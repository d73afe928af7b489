using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>Requests and answers, docs/protocol.md §4.1; interleaved mode as in RFC 9769.</summary>
public sealed class SyncExchangeTests
{
    private const long Second = 1_000_000_000;

    /// <summary>A leader as the follower sees it: it knows the true departure of its latest answer once that has left.</summary>
    private sealed class Leader
    {
        private (long Sequence, long T2, long T3)? previous;

        /// <summary>The kernel's departure of each answer, by its t2.</summary>
        public Dictionary<long, long> Left { get; } = [];

        public TimeSyncResponse Answer(long sequence, long t1, long t2, long sendTook)
        {
            TimeSyncResponse answer = new("lead", t1 / 1_000, t2 / 1_000, (t2 + 500) / 1_000)
            {
                Sequence = sequence,
                T1Ns = t1,
                T2Ns = t2,
                T3Ns = t2 + 500,
                PreviousSequence = previous?.Sequence,
                PreviousT2Ns = previous?.T2,
                PreviousT3Ns = previous?.T3,
            };
            Left[t2] = t2 + 500 + sendTook;
            previous = (sequence, t2, Left[t2]);
            return answer;
        }
    }

    [Fact]
    public void Whatever_is_lost_doubled_or_overtaken_each_improved_exchange_has_its_own_departure() =>
        Gen.Select(Gen.Int[0, 9].Array[200], Gen.Int[0, 1_000_000])
            .Sample(
                (fates, seed) =>
                {
                    Random random = new(seed);
                    SyncExchange exchange = new();
                    Leader leader = new();
                    Dictionary<LocalTime, long> sequences = [];
                    List<(TimeSyncResponse Answer, LocalTime At)> underway = [];
                    long now = Second;
                    int improved = 0;
                    foreach (int fate in fates)
                    {
                        now += random.NextInt64(10_000, 3_000_000);
                        long sequence = exchange.NextSequences(1);
                        LocalTime t1 = new(now);
                        sequences[t1] = sequence;
                        exchange.Sent(sequence, now / 1_000, now, t1);
                        if (fate == 0)
                            continue; // the request is lost
                        TimeSyncResponse answer = leader.Answer(sequence, now, now + 40_000, random.NextInt64(0, 9_000));
                        if (fate != 1) // 1: the answer is lost
                            underway.Add((answer, new LocalTime(now + 90_000)));
                        if (fate == 2)
                            underway.Add((answer, new LocalTime(now + 95_000)));
                        if (fate == 4) // the request was doubled, and is answered again
                            underway.Insert(random.Next(underway.Count + 1), (leader.Answer(sequence, now, now + 55_000, random.NextInt64(0, 9_000)), new LocalTime(now + 105_000)));
                        // 3: the next answer overtakes this one
                        while (underway.Count > (fate == 3 ? 1 : 0))
                        {
                            (TimeSyncResponse arrived, LocalTime at) = underway[^1];
                            underway.RemoveAt(underway.Count - 1);
                            if (exchange.Match(arrived, at) is null)
                                continue;
                            if (exchange.Improve(arrived) is not { } better)
                                continue;
                            improved++;
                            Assert.Equal(leader.Left[better.T2.Nanoseconds], better.T3.Nanoseconds);
                            Assert.True(sequences.ContainsKey(better.T1));
                        }
                    }
                    Assert.True(improved > 60, $"only {improved} of 200 were improved");
                    Assert.Equal(improved, exchange.Improved);
                },
                iter: 200
            );

    [Fact]
    public void The_same_departure_counts_once()
    {
        SyncExchange exchange = new();
        exchange.Sent(1, 1_000_000, Second, new LocalTime(Second));
        exchange.Sent(2, 1_000_001, Second + 1_000, new LocalTime(Second + 1_000));
        exchange.Sent(3, 1_000_002, Second + 2_000, new LocalTime(Second + 2_000));
        Leader leader = new();
        TimeSyncResponse first = leader.Answer(1, Second, Second + 40_000, 3_000);
        TimeSyncResponse second = leader.Answer(2, Second + 1_000, Second + 41_000, 3_000);
        TimeSyncResponse third = leader.Answer(3, Second + 2_000, Second + 42_000, 3_000) with { PreviousSequence = 1, PreviousT2Ns = second.PreviousT2Ns, PreviousT3Ns = second.PreviousT3Ns };
        Assert.NotNull(exchange.Match(first, new LocalTime(Second + 90_000)));
        Assert.Null(exchange.Improve(first));
        Assert.NotNull(exchange.Match(second, new LocalTime(Second + 91_000)));
        Assert.NotNull(exchange.Improve(second));
        Assert.NotNull(exchange.Match(third, new LocalTime(Second + 92_000)));
        Assert.Null(exchange.Improve(third));
    }

    [Theory]
    [InlineData(-60_000)]
    [InlineData(2_000_000_000)]
    public void A_departure_that_cannot_be_is_not_believed(long afterNs)
    {
        SyncExchange exchange = new();
        exchange.Sent(1, 1_000_000, Second, new LocalTime(Second));
        TimeSyncResponse answer = new("lead", 1_000_000, 2, 2) { Sequence = 1, T1Ns = Second, T2Ns = 5 * Second, T3Ns = 5 * Second };
        Assert.NotNull(exchange.Match(answer, new LocalTime(Second + 1_000)));
        Assert.Null(exchange.Improve(answer with { PreviousSequence = 1, PreviousT2Ns = 5 * Second, PreviousT3Ns = 5 * Second + afterNs }));
    }

    [Fact]
    public void An_answer_to_somebody_else_is_not_ours()
    {
        SyncExchange exchange = new();
        exchange.Sent(7, 1_000_000, Second, new LocalTime(Second));
        Assert.Null(exchange.Match(new TimeSyncResponse("lead", 1_000_000, 2, 2) { Sequence = 8, T1Ns = Second }, new LocalTime(Second + 9)));
        Assert.Null(exchange.Match(new TimeSyncResponse("lead", 1_000_001, 2, 2), new LocalTime(Second + 9)));
        Assert.Equal(2, exchange.Unmatched);
        Assert.NotNull(exchange.Match(new TimeSyncResponse("lead", 1_000_000, 2, 2), new LocalTime(Second + 9)));
    }

    [Fact]
    public void Sequence_numbers_stay_within_thirty_two_bits_and_a_burst_never_wraps()
    {
        SyncExchange exchange = new();
        long last = 0;
        for (int i = 0; i < 10; i++)
        {
            long first = exchange.NextSequences(500_000_000);
            Assert.InRange(first, 1, uint.MaxValue);
            Assert.InRange(first + 500_000_000 - 1, 1, uint.MaxValue);
            Assert.NotEqual(last, first);
            last = first;
        }
    }
}

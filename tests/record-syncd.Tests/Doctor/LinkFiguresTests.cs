using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Loss, order, delay and the signs of asymmetry, from exchanges whose truth is known.</summary>
public sealed class LinkFiguresTests
{
    private const double Offset = 2_500_000_123;

    [Fact]
    public void Clocks_that_run_apart_are_no_asymmetry()
    {
        // 80 ppm: over three seconds the clocks part by 240 µs, more than what counts as a wait
        LinkFigures figures = LinkFigures.OfExchanges("cam1", 60, 0, Exchanges(60, 80e-6, _ => 20_000, _ => 20_000));

        Assert.InRange(figures.LeastDelay, 239_000, 241_000);
        Assert.InRange(figures.ForwardWait!.Value, 0, 25_000);
        Assert.InRange(figures.BackwardWait!.Value, 0, 25_000);
        Assert.All(figures.Judge(), finding => Assert.Equal(FindingVerdict.Ok, finding.Verdict));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_queue_on_one_way_only_is_told(bool forward)
    {
        Random random = new(7);
        long Queue(int _) => random.Next(4) == 0 ? 0 : random.Next(300_000, 2_000_000);
        LinkFigures figures = LinkFigures.OfExchanges("cam1", 60, 0, Exchanges(60, -30e-6, forward ? Queue : _ => 0, forward ? _ => 0 : Queue));

        Finding finding = figures.Judge().Single(finding => finding.Check == "symmetry to cam1");
        Assert.Equal(FindingVerdict.Warning, finding.Verdict);
        Assert.Equal(forward, figures.ForwardWait > figures.BackwardWait);
    }

    [Theory]
    [InlineData(60, 60, 0, nameof(FindingVerdict.Ok))]
    [InlineData(60, 59, 0, nameof(FindingVerdict.Ok))]
    [InlineData(60, 57, 0, nameof(FindingVerdict.Warning))]
    [InlineData(60, 50, 0, nameof(FindingVerdict.Problem))]
    [InlineData(60, 0, 0, nameof(FindingVerdict.Problem))]
    [InlineData(60, 60, 2, nameof(FindingVerdict.Warning))]
    public void Loss_and_order_are_judged(int asked, int answered, int reordered, string verdict)
    {
        LinkFigures figures = LinkFigures.OfExchanges("cam1", asked, reordered, Exchanges(answered, 0, _ => 1_000, _ => 1_000));

        Assert.Equal(verdict, figures.Judge().First().Verdict.ToString());
    }

    [Fact]
    public void Delays_alone_give_no_symmetry_and_a_long_one_is_told()
    {
        Assert.Equal(FindingVerdict.Ok, Assert.Single(LinkFigures.OfDelays("cam2", 3, 0, [900_000, 300_000, 500_000]).Judge()).Verdict);
        LinkFigures slow = LinkFigures.OfDelays("cam2", 3, 0, [9_000_000, 8_000_000, 30_000_000]);
        Assert.Equal((8_000_000, 9_000_000, 30_000_000), (slow.LeastDelay, slow.MedianDelay, slow.MostDelay));
        Assert.Equal(FindingVerdict.Warning, Assert.Single(slow.Judge()).Verdict);
    }

    /// <summary>50 ms apart, 100 µs each way beside the queues, 40 µs at the peer, whose clock runs faster by <paramref name="rate"/>.</summary>
    private static TimedAnswer[] Exchanges(int count, double rate, Func<int, long> forward, Func<int, long> backward) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(number =>
                {
                    long t1 = 1_000_000_000 + number * 50_000_000L;
                    long arrives = t1 + 100_000 + forward(number), leaves = arrives + 40_000, back = leaves + 100_000 + backward(number);
                    return new TimedAnswer(t1, There(arrives, rate), There(leaves, rate), back);
                }),
        ];

    private static long There(long local, double rate) => (long)(local * (1 + rate) + Offset);
}

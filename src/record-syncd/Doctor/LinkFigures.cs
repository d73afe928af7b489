namespace RecordSync.Daemon;

/// <summary>A time request and its answer: t1 and t4 by this machine's clock, t2 and t3 by the peer's, ns.</summary>
internal readonly record struct TimedAnswer(long T1, long T2, long T3, long T4)
{
    public long Delay => T4 - T1 - (T3 - T2);

    /// <summary>The peer's clock less ours, twice.</summary>
    public long TwiceOffset => T2 - T1 + (T3 - T4);
}

/// <summary>What a few seconds of questions have told of the way to a peer and back. Times are ns.</summary>
/// <param name="Reordered">Answers that came after one to a later question.</param>
/// <param name="ForwardWait">By how much the median packet to the peer took longer than the quickest; null where its clock was not told.</param>
internal sealed record LinkFigures(string Node, int Asked, int Answered, int Reordered, long LeastDelay, long MedianDelay, long MostDelay, long? ForwardWait = null, long? BackwardWait = null)
{
    private const int FewestForFit = 16;

    /// <summary>Below, a wait is the scheduler's and not the link's.</summary>
    private const long NotableWaitNs = 200_000;
    private const long NotableRatio = 3;

    /// <summary>A switch and two cables take a tenth of this.</summary>
    private const long LongDelayNs = 5_000_000;

    private int Lost => Asked - Answered;

    public static LinkFigures OfExchanges(string node, int asked, int reordered, IReadOnlyList<TimedAnswer> answers)
    {
        LinkFigures plain = OfDelays(node, asked, reordered, [.. answers.Select(answer => answer.Delay)]);
        if (answers.Count < FewestForFit)
            return plain;
        // the two clocks run at different rates: 50 ppm over three seconds is as much as a busy queue. The quickest half knows the offset best
        TimedAnswer[] quickest = [.. answers.OrderBy(answer => answer.Delay).Take((answers.Count + 1) / 2)];
        (double offset, double rate) = Line([.. quickest.Select(answer => ((double)(answer.T1 - answers[0].T1), answer.TwiceOffset / 2.0))]);
        double[] forward = [.. answers.Select(answer => answer.T2 - answer.T1 - OffsetAt(answer))], backward = [.. answers.Select(answer => answer.T4 - answer.T3 + OffsetAt(answer))];
        return plain with { ForwardWait = Wait(forward), BackwardWait = Wait(backward) };

        double OffsetAt(TimedAnswer answer) => offset + rate * (answer.T1 - answers[0].T1);

        static long Wait(double[] ways)
        {
            Array.Sort(ways);
            return (long)(ways[ways.Length / 2] - ways[0]);
        }
    }

    public static LinkFigures OfDelays(string node, int asked, int reordered, long[] delays)
    {
        Array.Sort(delays);
        return delays.Length == 0 ? new(node, asked, 0, reordered, 0, 0, 0) : new(node, asked, delays.Length, reordered, delays[0], delays[delays.Length / 2], delays[^1]);
    }

    public ApiLink ToContract() =>
        Answered == 0
            ? new ApiLink(PeersTable.Clean(Node), Asked, 0, Reordered, null, null, null, null, null)
            : new ApiLink(PeersTable.Clean(Node), Asked, Answered, Reordered, LeastDelay, MedianDelay, MostDelay, ForwardWait, BackwardWait);

    /// <summary>Loss, order and delay; then, where the peer's clock was told, the signs of asymmetry.</summary>
    public IEnumerable<Finding> Judge()
    {
        string check = $"way to {PeersTable.Clean(Node)}";
        if (Answered == 0)
        {
            yield return Finding.Problem(check, $"none of {Asked} questions was answered, though its beacons are heard", "let UDP out and its answers in on both machines (their firewalls), and look for a second machine with the same address: arping");
            yield break;
        }
        string figures = $"{Answered} of {Asked} answered, {Reordered} out of order, there and back {Quantity.Span(LeastDelay)} at the least, {Quantity.Span(MedianDelay)} median, {Quantity.Span(MostDelay)} at the most";
        if (Lost * 10 > Asked)
            yield return Finding.Problem(check, $"{figures}: more than a tenth is lost", "use a cable instead of Wi-Fi; try another cable and another port of the switch");
        else if (Lost >= 2 && Lost * 100 > Asked)
            yield return Finding.Warning(check, $"{figures}: {Lost} are lost", "use a cable instead of Wi-Fi; try another cable and another port of the switch");
        else if (Reordered > 0)
            yield return Finding.Warning(check, $"{figures}: the order changes on the way", "no bonded links and no second path between the two machines");
        else if (LeastDelay > LongDelayNs)
            yield return Finding.Warning(check, $"{figures}: no switch takes as long", "put both machines on one switch by cable; Wi-Fi, VPN and power line adapters take milliseconds");
        else
            yield return Finding.Ok(check, figures);
        if (ForwardWait is { } forward && BackwardWait is { } backward)
            yield return JudgeSymmetry($"symmetry to {PeersTable.Clean(Node)}", forward, backward);
    }

    private static Finding JudgeSymmetry(string check, long forward, long backward)
    {
        string figures = $"the median packet there waited {Quantity.Span(forward)}, back {Quantity.Span(backward)}, beyond the quickest";
        (long more, long less) = (Math.Max(forward, backward), Math.Min(forward, backward));
        return more > NotableWaitNs && more > NotableRatio * Math.Max(1, less)
            ? Finding.Warning(check, $"{figures}: one way is busier than the other, and the clocks may be off by up to half of it", "find what sends there (iftop), give the group a switch of its own, and the same link speed to all machines")
            : Finding.Ok(check, figures);
    }

    /// <summary>Least squares.</summary>
    private static (double At0, double Slope) Line((double X, double Y)[] points)
    {
        double x = points.Average(point => point.X), y = points.Average(point => point.Y);
        double spread = points.Sum(point => (point.X - x) * (point.X - x));
        double slope = spread == 0 ? 0 : points.Sum(point => (point.X - x) * (point.Y - y)) / spread;
        return (y - slope * x, slope);
    }
}

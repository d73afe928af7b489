namespace RecordSync;

/// <summary>A straight line through pairs of instants of two clocks, by least squares. Instants are taken relative to the first pair, so that doubles keep the nanoseconds of a day.</summary>
internal sealed class ClockLine
{
    private readonly long originX;
    private readonly long originY;
    private readonly double meanX;
    private readonly double meanY;
    private readonly double slopeLessOne;

    private ClockLine(long originX, long originY, double meanX, double meanY, double slopeLessOne)
    {
        this.originX = originX;
        this.originY = originY;
        this.meanX = meanX;
        this.meanY = meanY;
        this.slopeLessOne = slopeLessOne;
    }

    /// <summary>How much faster y runs than x, in parts per million.</summary>
    public double RatePpm => slopeLessOne * 1e6;

    /// <summary>Null when there are fewer than two pairs.</summary>
    public static ClockLine? Through(IReadOnlyList<(long X, long Y)> pairs)
    {
        if (pairs.Count < 2)
            return null;
        (long x0, long y0) = pairs[0];
        double sumX = 0, sumD = 0;
        foreach ((long x, long y) in pairs)
        {
            sumX += x - x0;
            sumD += y - y0 - (x - x0);
        }
        double meanX = sumX / pairs.Count, meanD = sumD / pairs.Count;
        double xx = 0, xd = 0;
        // the difference of the two clocks is fitted, not y itself: it is small, so nothing is lost to rounding
        foreach ((long x, long y) in pairs)
        {
            double dx = x - x0 - meanX;
            xx += dx * dx;
            xd += dx * (y - y0 - (x - x0) - meanD);
        }
        return new ClockLine(x0, y0, meanX, meanX + meanD, xx > 0 ? xd / xx : 0);
    }

    /// <summary>How far y lies from the line, in ns.</summary>
    public double Residual(long x, long y)
    {
        double dx = x - originX - meanX;
        return y - originY - meanY - dx - slopeLessOne * dx;
    }
}

/// <summary>Nearest-rank percentiles of a set of absolute values, in ns.</summary>
internal readonly record struct Distribution(int Count, double P50, double P99, double Max)
{
    public static Distribution? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Select(Math.Abs)];
        if (sorted.Length == 0)
            return null;
        Array.Sort(sorted);
        return new Distribution(sorted.Length, At(sorted, 0.50), At(sorted, 0.99), sorted[^1]);
    }

    /// <summary>The median of signed values: where a file lies, as against how far it scatters.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        return sorted.Length == 0 ? 0 : At(sorted, 0.50);
    }

    private static double At(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}

namespace RecordSync;

/// <summary>
/// When a sound card took each of its samples, on the node's own monotonic clock. The card has an oscillator of its own, some parts per million off; what is known of it is when its
/// blocks of samples came, and those come late by as much as the machine pleases, never early. So of each quarter of a second the earliest block counts, and a line through
/// these points of the last 30 s is the card's clock: its slope the card's rate, its level the instant of any sample.
///
/// A block that is late is no news. Blocks that have been late by the same for half a second are: the card or its driver has lost samples.
/// </summary>
/// <param name="rate">Nominal, samples per second.</param>
internal sealed class SampleClock(int rate)
{
    private const long Bucket = 250_000_000;
    private const int MostPoints = 120;

    /// <summary>From this length on the slope is the points' own; before, it is that of the stretch before, or nominal.</summary>
    private const double ShortestSlope = 4e9;

    /// <summary>From this length on the slope is good enough to be told to people.</summary>
    private const double ShortestPpm = 8e9;

    /// <summary>No card is as wrong as this; a machine under load, for some seconds, may make it look so.</summary>
    private const double LargestSlope = 1_000e-6;

    private const int LeastPoints = 6;

    /// <summary>A shift by more than this that lasts is a loss, less than this is the line's to follow.</summary>
    private const double LargestStep = 2e6;

    private readonly double period = 1e9 / rate;
    private readonly List<(double X, double Y)> points = [];
    private long originSample;
    private long originNs;
    private long bucket;
    private (double X, double Y)? earliest;
    private double? suspected;
    private double slope;
    private double level;

    /// <summary>How much faster than nominal the card runs against the node's clock, parts per million; null: not known yet.</summary>
    public double? Ppm { get; private set; }

    /// <summary>Whether there is a line at all.</summary>
    public bool Runs { get; private set; }

    /// <summary>When a sample was taken: ns of the monotonic clock.</summary>
    public double TimeOf(long sample)
    {
        double x = (sample - originSample) * period;
        return originNs + x + level + slope * x;
    }

    /// <summary>Which sample was taken at an instant, as a number with a fraction.</summary>
    public double SampleAt(double ns) => originSample + (ns - originNs - level) / (1 + slope) / period;

    /// <param name="sample">Number of the block's first sample.</param>
    /// <param name="ns">When that was taken, as the block's arrival tells: not before the truth.</param>
    /// <returns>Samples that have been lost before this block: the numbers from here on must be raised by this. Nearly always 0.</returns>
    public long Add(long sample, long ns)
    {
        if (!Runs)
            (Runs, originSample, originNs, bucket, earliest) = (true, sample, ns, ns / Bucket, null);
        double x = (sample - originSample) * period, y = ns - originNs - x;
        long lost = 0;
        if (ns / Bucket != bucket && earliest is { } closed)
        {
            lost = Close(closed);
            (bucket, earliest) = (ns / Bucket, null);
            x += lost * period;
            y -= lost * period;
        }
        if (earliest is not { } before || y - slope * x < before.Y - slope * before.X)
            earliest = (x, y);
        if (points.Count == 0)
            level = earliest.Value.Y - slope * earliest.Value.X;
        return lost;
    }

    /// <summary>The card has been opened again: its rate is believed on, its instants are learned anew.</summary>
    public void Restart()
    {
        points.Clear();
        Runs = false;
        suspected = null;
    }

    private long Close((double X, double Y) point)
    {
        double off = points.Count < 2 ? 0 : point.Y - level - slope * point.X;
        if (off < -LargestStep)
            // nothing comes before it was taken: what was known of the level came late
            points.Clear();
        if (off <= LargestStep)
        {
            suspected = null;
            Learn(point);
            return 0;
        }
        if (suspected is not { } before || Math.Abs(before - off) > LargestStep)
        {
            suspected = off;
            return 0;
        }
        // twice the same: it lasts
        suspected = null;
        return (long)Math.Round(off / period);
    }

    private void Learn((double X, double Y) point)
    {
        points.Add(point);
        if (points.Count > MostPoints)
            points.RemoveAt(0);
        double length = points[^1].X - points[0].X;
        if (length < ShortestSlope)
        {
            // the newest only: with an unknown slope older ones are off
            level = points.TakeLast(2).Min(known => known.Y - slope * known.X);
            return;
        }
        // late, never early: the half that came soonest after it was taken decides, and of that again
        List<(double X, double Y)> soonest = points;
        for (int turn = 0; turn < 3; turn++)
        {
            (slope, level) = Line(soonest);
            slope = Math.Clamp(slope, -LargestSlope, LargestSlope);
            if (turn < 2)
                soonest = [.. soonest.OrderBy(known => known.Y - slope * known.X).Take(Math.Max(LeastPoints, soonest.Count / 2))];
        }
        double[] above = [.. soonest.Select(known => known.Y - slope * known.X).Order()];
        level = above[above.Length / 10];
        if (length >= ShortestPpm)
            Ppm = -slope * 1e6;
    }

    private static (double Slope, double Level) Line(List<(double X, double Y)> points)
    {
        double meanX = points.Average(point => point.X), meanY = points.Average(point => point.Y);
        double slope = points.Sum(point => (point.X - meanX) * (point.Y - meanY)) / points.Sum(point => (point.X - meanX) * (point.X - meanX));
        return (slope, meanY - slope * meanX);
    }
}

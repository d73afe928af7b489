namespace RecordSync;

/// <summary>
/// What a node believed about its clock in the course of a take, and what is to be believed of it afterwards.
///
/// At capture time a frame is mapped by the estimate of that moment, which knows the past only, stands at the edge of its window and is still being slewed. When the take is over, every
/// instant but the last has estimates on both sides: a line through those of ±10 s, weighted by their nearness and steadiness, is better than each of them, and a
/// stretch of holdover is bridged from both ends. A leader has no estimates: its mapping is the time scale.
/// </summary>
internal sealed class ClockHistory(ClockMapping first)
{
    /// <summary>Of all estimates in so long a stretch the steadiest is kept: 8 h are 29,000.</summary>
    private const long Bucket = 1_000_000_000;

    private const double Reach = 10e9;

    /// <summary>No estimate is believed to be steadier than this, or one lucky second would outvote its neighbours.</summary>
    private const double LeastDispersionNs = 500;

    private readonly List<ClockEstimate> kept = [];

    public int Count => kept.Count;

    /// <summary>In the order of time; one that is older than the newest is not learned from.</summary>
    public void Add(in ClockEstimate estimate)
    {
        if (kept.Count == 0 || estimate.At.Nanoseconds / Bucket > kept[^1].At.Nanoseconds / Bucket)
            kept.Add(estimate);
        else if (estimate.At >= kept[^1].At && estimate.DispersionNs <= kept[^1].DispersionNs)
            kept[^1] = estimate;
    }

    /// <summary>The best line that the take as a whole allows.</summary>
    public TakeClock Settle()
    {
        if (kept.Count == 0)
            return new TakeClock(first, [], []);
        LocalTime origin = kept[0].At;
        var nodes = new (double X, double Y, double Weight)[kept.Count];
        for (int i = 0; i < nodes.Length; i++)
        {
            double dispersion = Math.Max(kept[i].DispersionNs, LeastDispersionNs);
            nodes[i] = ((kept[i].At - origin).Value, kept[i].OffsetNs - kept[0].OffsetNs, 1 / (dispersion * dispersion));
        }
        var knots = new TakeClock.Knot[nodes.Length];
        var slopes = new double[nodes.Length];
        for (int i = 0, from = 0; i < nodes.Length; i++)
        {
            while (nodes[from].X < nodes[i].X - Reach)
                from++;
            (double y, slopes[i]) = Fit(nodes, from, nodes[i].X, kept[i].Rate);
            knots[i] = new TakeClock.Knot(kept[i].At, kept[0].OffsetNs + (long)Math.Round(y));
        }
        return new TakeClock(first, knots, slopes);
    }

    /// <summary>Weighted line through the nodes from <paramref name="from"/> on that are within reach of x, at x.</summary>
    private static (double Y, double Slope) Fit((double X, double Y, double Weight)[] nodes, int from, double x, double rate)
    {
        double sum = 0, sumX = 0, sumY = 0, sumXX = 0, sumXY = 0;
        for (int j = from; j < nodes.Length && nodes[j].X <= x + Reach; j++)
        {
            double u = (nodes[j].X - x) / Reach, near = 1 - Math.Abs(u * u * u), weight = nodes[j].Weight * near * near * near;
            // against the rate believed here, so that what is left is small numbers
            double rest = nodes[j].Y - rate * (nodes[j].X - x);
            sum += weight;
            sumX += weight * u;
            sumY += weight * rest;
            sumXX += weight * u * u;
            sumXY += weight * u * rest;
        }
        double spread = sumXX * sum - sumX * sumX;
        // a line needs estimates that lie apart; one or two neighbours make a level
        if (spread < 1e-3 * sum * sum)
            return (sumY / sum, rate);
        double slope = (sumXY * sum - sumX * sumY) / spread;
        return ((sumY - slope * sumX) / sum, rate + slope / Reach);
    }
}

/// <summary>A take's clock as it is known when the take is over: straight between the knots, and on by the rate at the ends.</summary>
internal sealed class TakeClock(ClockMapping mapping, TakeClock.Knot[] knots, double[] slopes)
{
    /// <summary>A frame whose capture time is moved by more than this is flagged.</summary>
    public static readonly Nanos Notable = Nanos.FromMicroseconds(100);

    private int found;

    /// <param name="OffsetNs">Network − local there.</param>
    internal readonly record struct Knot(LocalTime At, long OffsetNs);

    /// <summary>False on a leader, whose frames need no correction.</summary>
    public bool Corrects => knots.Length > 0;

    /// <summary>Quick for instants that are asked for in the order of time.</summary>
    public NetworkTime At(LocalTime local)
    {
        if (knots.Length == 0)
            return mapping.At(local);
        if (local <= knots[0].At)
            return Along(knots[0], slopes[0], local);
        if (local >= knots[^1].At)
            return Along(knots[^1], slopes[^1], local);
        if (knots[found].At > local)
            found = 0;
        while (knots[found + 1].At < local)
            found++;
        (Knot a, Knot b) = (knots[found], knots[found + 1]);
        double share = (double)(local - a.At).Value / (b.At - a.At).Value;
        return new NetworkTime(local.Nanoseconds + a.OffsetNs + (long)Math.Round((b.OffsetNs - a.OffsetNs) * share));
    }

    private static NetworkTime Along(Knot knot, double slope, LocalTime local) =>
        new(local.Nanoseconds + knot.OffsetNs + (long)Math.Round((local - knot.At).Value * slope));
}

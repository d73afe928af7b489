namespace RecordSync.Laboratory;

/// <summary>What a relay did, and how well: lateness is the real delay, up to the sending, less the requested one.</summary>
internal sealed class RelayReport
{
    private const int Buckets = 100_000;

    private readonly long[] late = new long[Buckets];
    private long lastOrder = -1;

    public long Received { get; set; }

    public long Sent { get; private set; }

    public long Lost { get; set; }

    public long Duplicated { get; set; }

    /// <summary>Sent after one that had come later.</summary>
    public long Overtaken { get; private set; }

    /// <summary>Refused by the interface.</summary>
    public long Refused { get; private set; }

    /// <summary>How often there was no memory for another frame.</summary>
    public long Full { get; set; }

    public double LatestUs { get; private set; }

    public void CountSent(bool accepted, long latenessNs, long order)
    {
        Sent += accepted ? 1 : 0;
        Refused += accepted ? 0 : 1;
        Overtaken += order < lastOrder ? 1 : 0;
        lastOrder = Math.Max(order, lastOrder);
        // tenths of a microsecond, the last bucket for all beyond ten milliseconds
        late[Math.Clamp(latenessNs / 100, 0, Buckets - 1)]++;
        LatestUs = Math.Max(LatestUs, latenessNs / 1e3);
    }

    /// <summary>How late that part of the frames was at most, µs.</summary>
    public double LatenessUs(double quantile)
    {
        long sought = (long)Math.Ceiling(quantile * (Sent + Refused));
        for (int bucket = 0; bucket < Buckets; bucket++)
        {
            sought -= late[bucket];
            if (sought <= 0)
                return bucket == Buckets - 1 ? LatestUs : bucket / 10.0;
        }
        return LatestUs;
    }

    public override string ToString() =>
        $"{Received} frames received, {Sent} sent, {Lost} lost, {Duplicated} duplicated, {Overtaken} overtaken, {Refused + Full} refused; "
        + $"real less requested delay: p50 {LatenessUs(0.5):0.0} µs, p99 {LatenessUs(0.99):0.0} µs, max {LatestUs:0.0} µs";
}

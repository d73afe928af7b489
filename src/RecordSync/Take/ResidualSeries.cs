namespace RecordSync;

/// <summary>
/// How far one node's frames lie from the grid, thinned out so that a take of any length fits a datagram and can be laid beside another node's,
/// index by index. Whole microseconds; null where the node has no frame of its own.
///
/// Two views, because neither alone is honest. <see cref="Samples"/> are single frames, of the same indices on every node: what follows
/// from them is exact for these indices and an estimate for the rest. <see cref="Low"/> and <see cref="High"/> are the extremes of all frames: what
/// follows from them is a bound that no frame breaks, and too large where the residual wanders within a span.
/// </summary>
/// <param name="Step">Sample j is of grid point j · Step; a power of two.</param>
/// <param name="Span">Extremes j are of the points from j · Span up to, and without, (j + 1) · Span; a power of two.</param>
internal sealed record ResidualSeries(long Step, IReadOnlyList<int?> Samples, long Span, IReadOnlyList<int?> Low, IReadOnlyList<int?> High)
{
    public const int MostSamples = 128;
    public const int MostSpans = 32;

    public static readonly ResidualSeries Empty = new(1, [], 1, [], []);

    /// <summary>False for one that no <see cref="ResidualTally"/> makes.</summary>
    public bool IsSound =>
        IsStep(Step) && IsStep(Span) && Samples is not null && Low is not null && High is not null && Samples.Count <= MostSamples && Low.Count <= MostSpans && Low.Count == High.Count;

    /// <summary>The sample of a grid point that is a multiple of <see cref="Step"/>.</summary>
    public int? SampleAt(long index) => index / Step is var j && j < Samples.Count ? Samples[(int)j] : null;

    private static bool IsStep(long points) => long.IsPow2(points) && points <= TakeSense.MostFrames;

    /// <summary>Lowest and highest residual in [from, to), multiples of a power of two that is not smaller than <see cref="Span"/>.</summary>
    public (int Low, int High)? Extremes(long from, long to)
    {
        (int Low, int High)? found = null;
        for (long j = from / Span; j < Math.Min(to / Span, Low.Count); j++)
        {
            if (Low[(int)j] is { } low && High[(int)j] is { } high)
                found = found is { } before ? (Math.Min(before.Low, low), Math.Max(before.High, high)) : (low, high);
        }
        return found;
    }
}

/// <summary>Makes a <see cref="ResidualSeries"/> frame by frame in constant memory: when it is full, every second sample goes and neighbouring spans become one.</summary>
internal sealed class ResidualTally
{
    private readonly int?[] samples = new int?[ResidualSeries.MostSamples];
    private readonly int?[] low = new int?[ResidualSeries.MostSpans];
    private readonly int?[] high = new int?[ResidualSeries.MostSpans];
    private long step = 1;
    private long span = 1;
    private long points;

    public void Add(long index, long residualNs)
    {
        Reach(index);
        if (index % step == 0)
            samples[index / step] = Micro(Math.Round(residualNs / 1e3));
        int bucket = (int)(index / span);
        // outwards, so that a bound that is made of them is one
        low[bucket] = Math.Min(low[bucket] ?? int.MaxValue, Micro(Math.Floor(residualNs / 1e3)));
        high[bucket] = Math.Max(high[bucket] ?? int.MinValue, Micro(Math.Ceiling(residualNs / 1e3)));
    }

    /// <summary>Makes room up to this grid point, which may have no frame of its own.</summary>
    public void Reach(long index)
    {
        points = Math.Max(points, index + 1);
        while (index >= step * samples.Length)
        {
            for (int i = 0; i < samples.Length; i++)
                samples[i] = i * 2 < samples.Length ? samples[i * 2] : null;
            step *= 2;
        }
        while (index >= span * low.Length)
        {
            Merge(low, Math.Min);
            Merge(high, Math.Max);
            span *= 2;
        }
    }

    public ResidualSeries ToSeries() =>
        new(step, samples[..(int)((points + step - 1) / step)], span, low[..(int)((points + span - 1) / span)], high[..(int)((points + span - 1) / span)]);

    private static void Merge(int?[] values, Func<int, int, int> better)
    {
        for (int i = 0; i < values.Length; i++)
        {
            int? a = i * 2 < values.Length ? values[i * 2] : null, b = i * 2 < values.Length ? values[i * 2 + 1] : null;
            values[i] = a is { } x && b is { } y ? better(x, y) : a ?? b;
        }
    }

    private static int Micro(double microseconds) => (int)Math.Clamp(microseconds, -1e9, 1e9);
}

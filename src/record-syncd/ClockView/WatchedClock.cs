namespace RecordSync.Daemon;

/// <summary>What a node said of its clock at one instant of the viewer's time. Null is not known.</summary>
internal readonly record struct ClockPoint(LocalTime At, long? OffsetNs, long? DelayNs, long? ErrorNs);

/// <summary>A node's clock as a viewer sees it: what it last said, and what it said in the last minutes.</summary>
internal sealed record WatchedClock(string NodeId, NodeRole Role, Endpoint Address, LocalTime Heard)
{
    public static readonly Nanos Kept = Nanos.FromSeconds(180);

    /// <summary>Null: a version-1 program, which tells nothing of its clock.</summary>
    public long? Version { get; init; }

    public string? Host { get; init; }

    public long? Instance { get; init; }

    public string? Timescale { get; init; }

    public ClockReport? Report { get; init; }

    /// <summary>Oldest first, of the last <see cref="Kept"/>, and of one time scale.</summary>
    public IReadOnlyList<ClockPoint> Points { get; init; } = [];

    public bool IsLost(LocalTime now) => now - Heard > NodeSettings.SilenceToLose;

    /// <summary>The offset's points less the straight line through them: what the rate between the two clocks does not explain.</summary>
    public IReadOnlyList<ChartPoint> OffsetWithoutDrift()
    {
        ChartPoint[] points = [.. OffsetFromMean()];
        if (points.Length < 2)
            return points;
        double meanAt = points.Average(point => point.At);
        double squares = points.Sum(point => (point.At - meanAt) * (point.At - meanAt));
        double slope = squares == 0 ? 0 : points.Sum(point => (point.At - meanAt) * point.Value) / squares;
        return [.. points.Select(point => point with { Value = point.Value - slope * (point.At - meanAt) })];
    }

    /// <summary>The offset's points less their mean.</summary>
    public IReadOnlyList<ChartPoint> OffsetFromMean()
    {
        ClockPoint[] known = [.. Points.Where(point => point.OffsetNs is not null)];
        if (known.Length == 0)
            return [];
        // an offset of decades in nanoseconds leaves a double no nanoseconds; its changes do
        long first = known[0].OffsetNs!.Value;
        double mean = known.Average(point => (double)(point.OffsetNs!.Value - first));
        return [.. known.Select(point => new ChartPoint(Seconds(point.At), point.OffsetNs!.Value - first - mean))];
    }

    public IReadOnlyList<ChartPoint> Delay() => Known(point => point.DelayNs);

    public IReadOnlyList<ChartPoint> Bound() => Known(point => point.ErrorNs);

    public static double Seconds(LocalTime at) => at.Nanoseconds / 1e9;

    private ChartPoint[] Known(Func<ClockPoint, long?> value) =>
        [.. Points.Where(point => value(point) is not null).Select(point => new ChartPoint(Seconds(point.At), value(point)!.Value))];
}

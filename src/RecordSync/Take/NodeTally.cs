namespace RecordSync;

/// <summary>
/// Counts a node's take row by row, as they go into the sidecar, and makes its <see cref="NodeVerdict"/> at the end. Constant memory, so that
/// a take of eight hours costs what one of eight seconds does. The recorder feeds it live, verify from the file: the same code, so that they can be compared.
/// </summary>
internal sealed class NodeTally(FrameGrid grid)
{
    private readonly ResidualTally residuals = new();
    private readonly SensorLine sensor = new(grid.Rate);
    private long recorded;
    private readonly IndexRuns repeated = new();
    private readonly IndexRuns late = new();
    private readonly IndexRuns dropped = new();
    private readonly IndexRuns duplicates = new();
    private readonly IndexRuns gaps = new();
    private (long Index, long Residual)? first;
    private (long Index, long Residual)? last;
    private (long Index, long Residual)? worst;

    /// <param name="captureNs">Network time; null where the recorder had none to write.</param>
    public void Add(long index, long? captureNs, SidecarFlags flags)
    {
        bool isDropped = flags.HasFlag(SidecarFlags.Dropped), isRepeated = flags.HasFlag(SidecarFlags.Repeated);
        if (isDropped)
            dropped.Add(index);
        else
            recorded++;
        if (isRepeated && !isDropped)
            repeated.Add(index);
        if (flags.HasFlag(SidecarFlags.Late))
            late.Add(index);
        if (index < 0)
            return;
        residuals.Reach(index);
        if (isDropped || isRepeated)
        {
            gaps.Add(index);
            return;
        }
        if (captureNs is not { } capture)
            return;
        long residual = grid.Residual(new NetworkTime(capture), index).Value;
        residuals.Add(index, residual);
        sensor.Add(capture);
        first ??= (index, residual);
        last = (index, residual);
        if (worst is not { } far || Math.Abs(residual) > Math.Abs(far.Residual))
            worst = (index, residual);
    }

    /// <summary>A camera frame was left out because this point had one.</summary>
    public void AddDuplicate(long index) => duplicates.Add(index);

    public NodeVerdict Close(in NodeFacts facts)
    {
        NodeVerdict verdict = new()
        {
            Take = facts.Take,
            Node = facts.Node,
            Fps = grid.Rate.ToString(),
            StartNs = grid.Start.Nanoseconds,
            Expected = facts.Expected,
            Recorded = recorded,
            Repeated = repeated.Count,
            Duplicates = facts.Duplicates,
            Late = late.Count,
            Dropped = dropped.Count,
            FirstIndex = first?.Index,
            LastIndex = last?.Index,
            FirstResidualNs = first?.Residual,
            LastResidualNs = last?.Residual,
            WorstResidualNs = worst?.Residual,
            WorstIndex = worst?.Index,
            LongestGap = gaps.Longest.Length,
            LongestGapIndex = gaps.Longest.First,
            ClockErrorNs = facts.ClockErrorNs,
            ClockState = facts.ClockState,
            SensorPpb = sensor.Ppb,
            Phase = facts.Phase,
            FragmentsSynced = facts.FragmentsSynced,
            Error = facts.Error,
            Residuals = residuals.ToSeries(),
        };
        List<VerdictReason> reasons = NodeLimits.Judge(verdict, grid.Rate, facts.ArmedLateNs, new NodePlaces($"{repeated}", $"{dropped}", $"{duplicates}", $"{late}"));
        return verdict with { Word = reasons.Count == 0 ? TakeGrade.Pass : reasons.Max(reason => reason.Weight), Reasons = [.. reasons.Select(reason => reason.Text)] };
    }
}

/// <summary>
/// The camera's own period in network time: a straight line through its capture instants, whatever points of the grid they were given. How many
/// periods lie between two frames follows from their distance, so that lost frames do no harm.
/// </summary>
internal sealed class SensorLine(FrameRate rate)
{
    /// <summary>Below this many frames jitter is all that one would see.</summary>
    private const int FewestFrames = 30;

    private long origin;
    private long previous;
    private long periods;
    private int count;
    private double meanX;
    private double meanY;
    private double sumXx;
    private double sumXy;

    public void Add(long captureNs)
    {
        if (count == 0)
            origin = previous = captureNs;
        periods += (long)Math.Round((captureNs - previous) / (double)rate.Period.Value);
        previous = captureNs;
        count++;
        // the deviation from nominal is fitted, not the instant itself: it is small, so nothing is lost to rounding
        double x = periods, y = captureNs - origin - rate.TimeOf(periods).Value;
        double dx = x - meanX;
        meanX += dx / count;
        meanY += (y - meanY) / count;
        sumXx += dx * (x - meanX);
        sumXy += dx * (y - meanY);
    }

    public long? Ppb => count < FewestFrames || sumXx <= 0 ? null : (long)Math.Round(sumXy / sumXx / rate.Period.Value * 1e9);
}

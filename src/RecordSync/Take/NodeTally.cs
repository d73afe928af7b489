namespace RecordSync;

/// <summary>
/// Counts a node's take row by row, as they go into the sidecar, and makes its <see cref="NodeVerdict"/> at the end. Constant memory, so that
/// a take of eight hours costs what one of eight seconds does. The recorder feeds it live, verify from the file: the same code, so that they can be compared.
/// </summary>
internal sealed class NodeTally(FrameGrid grid)
{
    private readonly ResidualTally residuals = new();
    private readonly SensorRate sensor = new(grid.Rate);
    private long recorded;
    private readonly IndexRuns repeated = new();
    private long late;
    private readonly IndexRuns dropped = new();
    private readonly IndexRuns missing = new();
    private readonly IndexRuns away = new();
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
            (flags.HasFlag(SidecarFlags.Away) ? away : flags.HasFlag(SidecarFlags.Missing) ? missing : dropped).Add(index);
        else
            recorded++;
        if (flags.HasFlag(SidecarFlags.Away))
            sensor.BeginAnew();
        if (isRepeated && !isDropped)
            repeated.Add(index);
        if (flags.HasFlag(SidecarFlags.Duplicate) && !isRepeated)
            duplicates.Add(index);
        if (flags.HasFlag(SidecarFlags.Late))
            late++;
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
        sensor.Add(new NetworkTime(capture));
        first ??= (index, residual);
        last = (index, residual);
        if (worst is not { } far || Math.Abs(residual) > Math.Abs(far.Residual))
            worst = (index, residual);
    }

    public NodeVerdict Close(in NodeFacts facts)
    {
        NodeVerdict verdict = new()
        {
            Take = facts.Take,
            Node = facts.Node,
            Fps = grid.Rate.ToString(),
            StartNs = grid.Start.Nanoseconds,
            Expected = facts.Expected,
            JoinedIndex = facts.JoinedIndex > 0 ? facts.JoinedIndex : null,
            Recorded = recorded,
            Repeated = repeated.Count,
            Duplicates = facts.Duplicates,
            Late = late,
            Dropped = dropped.Count + missing.Count + away.Count,
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
            SensorPpb = sensor.Estimate() is { } rate ? (long)Math.Round(rate.Ppm * 1e3) : null,
            Phase = facts.Phase,
            FragmentsSynced = facts.FragmentsSynced,
            Error = facts.Error,
            Residuals = residuals.ToSeries(),
        };
        List<VerdictReason> reasons = NodeLimits.Judge(verdict, grid.Rate, facts.ArmedLateNs, new NodePlaces(repeated, dropped, missing, duplicates, away));
        reasons.AddRange(TakeGap.Judge(facts.Gaps ?? [], away, grid.Rate, verdict.Recorded + verdict.Dropped));
        if (facts.Sound is { } wrong)
            reasons.Add(new VerdictReason(TakeGrade.Warn, wrong));
        return verdict with { Word = reasons.Count == 0 ? TakeGrade.Pass : reasons.Max(reason => reason.Weight), Reasons = [.. reasons.Select(reason => reason.Text)] };
    }
}

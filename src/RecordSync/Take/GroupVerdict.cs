namespace RecordSync;

/// <summary>How far frames of the same index are apart, from the nodes' decimated residuals.</summary>
/// <param name="Indices">So many indices were compared one by one: those that every node's series has.</param>
/// <param name="P99Us">Over these indices, the distance between the earliest and the latest node.</param>
/// <param name="WorstUs">The largest at these indices: the true worst is not smaller.</param>
/// <param name="WorstBoundUs">From the extremes of all frames: the true worst is not larger.</param>
/// <param name="Earliest">The two nodes that are farthest apart there.</param>
internal sealed record GroupSkew(int Indices, double MedianUs, double P99Us, double WorstUs, long WorstIndex, double WorstBoundUs, string Earliest, string Latest);

/// <summary>
/// The verdict on a take as its leader can give it at once, from what every node has said of its own part (<see cref="NodeVerdict"/>). Written to take.json.
/// The judgement from the files themselves, all frames and no decimation, is <c>record-syncd verify</c>.
/// </summary>
internal sealed record GroupVerdict
{
    /// <summary>Tells this file from a node's manifest.</summary>
    public string Kind { get; init; } = TheKind;
    public required string Take { get; init; }
    public TakeGrade Word { get; init; }
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Nodes that were in the take and have said nothing.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];
    public bool FrameCountsEqual { get; init; }

    /// <summary>Between the first own frames of the nodes; frames is 0 where all begin with the same grid point.</summary>
    public long StartSkewFrames { get; init; }
    public double? StartSkewUs { get; init; }
    public long StopSkewFrames { get; init; }
    public double? StopSkewUs { get; init; }
    public GroupSkew? Skew { get; init; }

    /// <summary>What the skew may be wrong by: the sum of the two largest bounds on the nodes' clocks.</summary>
    public double ClockErrorUs { get; init; }

    /// <summary>What was commanded, and what every node has answered; null where nobody who is left knows it.</summary>
    public CommandReport? Start { get; init; }
    public CommandReport? Stop { get; init; }
    public IReadOnlyList<NodeVerdict> Nodes { get; init; } = [];

    public const string TheKind = "record-syncd take";

    /// <param name="missing">Nodes that should have answered.</param>
    /// <param name="versionOne">Nodes that were told to record and cannot answer.</param>
    public static GroupVerdict Of(string take, IReadOnlyList<NodeVerdict> nodes, IReadOnlyList<string> missing, IReadOnlyList<string> versionOne, CommandReport? start = null, CommandReport? stop = null)
    {
        List<VerdictReason> reasons = [];
        foreach (string name in missing)
            reasons.Add(new(TakeGrade.Fail, $"{name} has not answered: nothing is known of its recording."));
        foreach (string name in versionOne)
            reasons.Add(new(TakeGrade.Warn, $"{name} is a version-1 program and gives no verdict: look at its file."));
        foreach (NodeOutcome absent in start?.Nodes ?? [])
        {
            if (absent.Answer is NodeAnswer.Absent or NodeAnswer.Refused or NodeAnswer.Silent && !missing.Contains(absent.Node) && nodes.All(node => node.Node != absent.Node))
                reasons.Add(new(TakeGrade.Warn, $"{absent.Node} is not in this take: {absent.Reason ?? "it has not answered to START"}."));
        }
        foreach (NodeVerdict node in nodes)
            reasons.AddRange(node.Reasons.Select(text => new VerdictReason(node.Word, $"{node.Node}: {text}")));
        if (nodes.Count == 0 && missing.Count == 0)
            reasons.Add(new(TakeGrade.Fail, "No node has recorded."));
        bool equal = nodes.Select(node => node.Recorded).Distinct().Count() <= 1;
        if (!equal)
        {
            string counts = string.Join(", ", nodes.Select(node => $"{node.Node} {node.Recorded}"));
            // where points were left out and are known, index and time are still one: the sidecars tell
            bool samePoints = nodes.Select(node => (node.JoinedIndex ?? 0) + node.Recorded + node.Dropped).Distinct().Count() <= 1;
            string cause = nodes.Any(node => node.JoinedIndex is not null) ? "points were left out, or came before a node joined" : "points were left out";
            reasons.Add(
                samePoints
                    ? new(TakeGrade.Warn, $"The files do not have the same number of frames, because {cause} ({counts}): go by the frames' times, not by counting them.")
                    : new(TakeGrade.Fail, $"The nodes do not have the same number of frames: {counts}.")
            );
        }
        if (nodes.Select(node => (node.Fps, node.StartNs)).Distinct().Count() > 1)
            reasons.Add(new(TakeGrade.Fail, "The nodes do not agree on the start and the rate of the grid."));
        GroupSkew? skew = GroupSkewCalculation.Of(nodes);
        JudgeSkew(skew, nodes, reasons);
        reasons.Sort((a, b) => b.Weight.CompareTo(a.Weight));
        (long startFrames, double? startUs) = EndSkew(nodes, node => (node.FirstIndex, node.FirstResidualNs));
        (long stopFrames, double? stopUs) = EndSkew(nodes, node => (node.LastIndex, node.LastResidualNs));
        return new GroupVerdict
        {
            Take = take,
            Word = reasons.Count == 0 ? TakeGrade.Pass : reasons.Max(reason => reason.Weight),
            Reasons = [.. reasons.Select(reason => reason.Text)],
            Missing = missing,
            FrameCountsEqual = equal,
            StartSkewFrames = startFrames,
            StartSkewUs = startUs,
            StopSkewFrames = stopFrames,
            StopSkewUs = stopUs,
            Skew = skew,
            ClockErrorUs = nodes.Select(node => node.ClockErrorNs).OrderDescending().Take(2).Sum() / 1e3,
            Start = start,
            Stop = stop,
            Nodes = nodes,
        };
    }

    private static void JudgeSkew(GroupSkew? skew, IReadOnlyList<NodeVerdict> nodes, List<VerdictReason> reasons)
    {
        if (skew is null)
        {
            if (nodes.Count(node => node.Recorded > 0) > 1)
                reasons.Add(new(TakeGrade.Fail, "The nodes have no frame index in common."));
            return;
        }
        double period = nodes[0].Grid is { } grid ? grid.Rate.Period.Microseconds : FrameRate.Default.Period.Microseconds;
        if (skew.WorstUs > period)
            reasons.Add(
                new(
                    TakeGrade.Fail,
                    $"Frame {skew.WorstIndex} of {skew.Earliest} and of {skew.Latest} were captured {TakeVerdict.Text(skew.WorstUs * 1e3)} apart; the limit is one frame period, {TakeVerdict.Text(period * 1e3)}."
                )
            );
    }

    private static (long Frames, double? Us) EndSkew(IReadOnlyList<NodeVerdict> nodes, Func<NodeVerdict, (long? Index, long? ResidualNs)> end)
    {
        List<(long Index, long Instant)> ends = [];
        foreach (NodeVerdict node in nodes)
        {
            if (end(node) is { Index: { } index, ResidualNs: { } residual } && node.Grid is { } grid)
                ends.Add((index, grid.At(index).Nanoseconds + residual));
        }
        return ends.Count < 2 ? (0, null) : (ends.Max(e => e.Index) - ends.Min(e => e.Index), (ends.Max(e => e.Instant) - ends.Min(e => e.Instant)) / 1e3);
    }
}

internal static class GroupSkewCalculation
{
    /// <summary>Null when fewer than two nodes have frames of a common index.</summary>
    public static GroupSkew? Of(IReadOnlyList<NodeVerdict> nodes)
    {
        NodeVerdict[] usable = [.. nodes.Where(node => node.Residuals.Samples.Count > 0)];
        if (usable.Length < 2)
            return null;
        // steps are powers of two: the multiples of the coarsest one are in every series
        long step = usable.Max(node => node.Residuals.Step), end = usable.Max(node => node.Residuals.Samples.Count * node.Residuals.Step);
        List<double> distances = [];
        (double Distance, long Index, string Earliest, string Latest) worst = (-1, 0, "", "");
        for (long index = 0; index < end; index += step)
        {
            (string Node, int Residual)[] there =
            [
                .. usable.Select(node => (node.Node, Residual: node.Residuals.SampleAt(index))).Where(x => x.Residual is not null).Select(x => (x.Node, x.Residual!.Value)),
            ];
            if (there.Length < 2)
                continue;
            (string Node, int Residual) early = there.MinBy(x => x.Residual), late = there.MaxBy(x => x.Residual);
            double distance = late.Residual - early.Residual;
            distances.Add(distance);
            if (distance > worst.Distance)
                worst = (distance, index, early.Node, late.Node);
        }
        if (Distribution.Of(distances) is not { } spread)
            return null;
        return new GroupSkew(spread.Count, spread.P50, spread.P99, spread.Max, worst.Index, Bound(usable), worst.Earliest, worst.Latest);
    }

    private static double Bound(NodeVerdict[] nodes)
    {
        long span = nodes.Max(node => node.Residuals.Span), end = nodes.Max(node => node.Residuals.Low.Count * node.Residuals.Span);
        double bound = 0;
        for (long from = 0; from < end; from += span)
        {
            (int Low, int High)[] there = [.. nodes.Select(node => node.Residuals.Extremes(from, from + span)).OfType<(int, int)>()];
            for (int a = 0; a < there.Length; a++)
            {
                for (int b = 0; b < there.Length; b++)
                {
                    if (a != b)
                        bound = Math.Max(bound, there[a].High - there[b].Low);
                }
            }
        }
        return bound;
    }
}

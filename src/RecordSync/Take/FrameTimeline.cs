namespace RecordSync;

internal enum SlotKind
{
    /// <summary>Captured before the first grid point that is recorded.</summary>
    Before,

    /// <summary>Belongs to grid point <see cref="Slot.Index"/>; points from <see cref="Slot.FirstMissing"/> up to it got no frame.</summary>
    Frame,

    /// <summary>Its grid point has a frame that is nearer.</summary>
    Duplicate,

    /// <summary>Takes the place of the frame that was placed last: both belong to one point, and this one is nearer.</summary>
    Nearer,
}

internal readonly record struct Slot(SlotKind Kind, long Index, long FirstMissing, Nanos Residual);

/// <summary>
/// Puts captured frames on the grid, one per point. The frame that was placed last may still be exchanged for a nearer one of the same point, until one of a
/// later point comes: whoever writes the file holds it back for so long.
///
/// A free-running camera meets the grid at some phase φ in (−P/2, P/2]. Rounding each frame on its own goes wrong when φ is near
/// half a period: a millisecond of jitter then throws frames to both sides, and every throw is a duplicate and a drop. So the phase is
/// learned (the median over the frames before the start, then a slow average), frames are rounded relative to it, and it may wander past half a period by a margin
/// as wide as the camera's own scatter before the camera is shifted by one point: one drop or duplicate per slip and not hundreds, and a steady camera is never
/// further from its point than half a period and that margin.
/// </summary>
/// <param name="first">The first grid point that is recorded: frames before it only teach the phase.</param>
internal sealed class FrameTimeline(FrameGrid grid, long first = 0)
{
    private const int PhaseFrames = 31;
    private const double Smoothing = 1.0 / 16;
    private const double ScatterSmoothing = 1.0 / 64;

    /// <summary>The margin beyond half a period, in periods. The average of 16 frames strays by a fifth of the scatter of one: the scatter itself is four to five sigma of it.</summary>
    private const double LeastMargin = 0.005;
    private const double LargestMargin = 0.25;

    private readonly double[] phases = new double[PhaseFrames];
    private int phaseCount;
    private long learnedIndex = long.MinValue;
    private double? phase;
    private double scatter;
    private double kept;
    private readonly long begin = first;
    private long next = first;

    /// <summary>The next grid point that has no frame yet.</summary>
    public long Next => next;

    public Slot Place(NetworkTime captured)
    {
        double period = grid.Rate.Period.Value;
        if (captured < grid.At(begin) - new Nanos((long)(period * 1.5)))
        {
            Learn(captured);
            return new Slot(SlotKind.Before, -1, 0, default);
        }
        if (phase is null)
        {
            phase = kept = LearnedPhase(captured, period);
            scatter = LearnedScatter(phase.Value, period);
        }
        double phaseNow = phase.Value;
        long index = grid.Nearest(captured - new Nanos((long)phaseNow));
        Nanos residual = grid.Residual(captured, index);
        if (index < begin)
            return new Slot(SlotKind.Before, index, 0, residual);
        if (index < next)
            return Second(index, residual, phaseNow);
        // the point before is settled only now
        if (next > begin)
            Follow(phaseNow, period);
        kept = residual.Value;
        Slot slot = new(SlotKind.Frame, index, next, residual);
        next = index + 1;
        return slot;
    }

    private Slot Second(long index, Nanos residual, double phaseNow)
    {
        if (index != next - 1 || Math.Abs(residual.Value - phaseNow) >= Math.Abs(kept - phaseNow))
            return new Slot(SlotKind.Duplicate, index, next, residual);
        kept = residual.Value;
        return new Slot(SlotKind.Nearer, index, next, residual);
    }

    /// <summary>Of a camera that is faster than the grid, the frame nearest to each point: it is the one that will be recorded.</summary>
    private void Learn(NetworkTime captured)
    {
        long index = grid.Nearest(captured);
        double residual = grid.Residual(captured, index).Value;
        bool again = index == learnedIndex && phaseCount > 0;
        if (again && Math.Abs(residual) >= Math.Abs(phases[(phaseCount - 1) % PhaseFrames]))
            return;
        learnedIndex = index;
        phases[(again ? phaseCount - 1 : phaseCount++) % PhaseFrames] = residual;
    }

    /// <summary>The circular median: residuals live on a circle of one period, and near half a period they come out on both sides.</summary>
    private double LearnedPhase(NetworkTime captured, double period)
    {
        int have = Math.Min(phaseCount, PhaseFrames);
        double reference = have > 0 ? phases[0] : grid.Residual(captured, grid.Nearest(captured)).Value;
        Span<double> around = stackalloc double[PhaseFrames];
        for (int i = 0; i < have; i++)
            around[i] = Wrap(phases[i] - reference, period);
        around[..have].Sort();
        return Wrap(reference + (have > 0 ? around[have / 2] : 0), period);
    }

    private double LearnedScatter(double around, double period)
    {
        int have = Math.Min(phaseCount, PhaseFrames);
        double sum = 0;
        for (int i = 0; i < have; i++)
            sum += Math.Abs(Wrap(phases[i] - around, period));
        return have > 0 ? sum / have : 0;
    }

    private void Follow(double phaseNow, double period)
    {
        double off = Wrap(kept - phaseNow, period);
        scatter += (Math.Abs(off) - scatter) * ScatterSmoothing;
        double followed = phaseNow + off * Smoothing;
        double bound = period / 2 + Math.Clamp(scatter, LeastMargin * period, LargestMargin * period);
        phase = Math.Abs(followed) > bound ? followed - Math.CopySign(period, followed) : followed;
    }

    private static double Wrap(double value, double period) => value - period * Math.Round(value / period);
}

namespace RecordSync;

internal enum SlotKind
{
    /// <summary>Captured before the take's first grid point.</summary>
    Before,

    /// <summary>Belongs to grid point <see cref="Slot.Index"/>; points from <see cref="Slot.FirstMissing"/> up to it got no frame.</summary>
    Frame,

    /// <summary>Its grid point has a frame already.</summary>
    Duplicate,
}

internal readonly record struct Slot(SlotKind Kind, long Index, long FirstMissing, Nanos Residual);

/// <summary>
/// Puts captured frames on the grid, one per point.
///
/// A free-running camera meets the grid at some phase φ in (−P/2, P/2]. Rounding each frame on its own goes wrong when φ is near
/// half a period: a millisecond of jitter then throws frames to both sides, and every throw is a duplicate and a drop. So the phase is
/// learned (the median over the frames before the start, then a slow average), frames are rounded relative to it, and it may wander
/// to three quarters of a period before the camera is shifted by one point: hysteresis, one drop or duplicate per slip and not hundreds.
/// </summary>
internal sealed class FrameTimeline(FrameGrid grid)
{
    private const int PhaseFrames = 31;
    private const double Hysteresis = 0.75;
    private const double Smoothing = 1.0 / 16;

    private readonly double[] phases = new double[PhaseFrames];
    private int phaseCount;
    private double? phase;
    private long next;

    /// <summary>The next grid point that has no frame yet.</summary>
    public long Next => next;

    public Slot Place(NetworkTime captured)
    {
        double period = grid.Rate.Period.Value;
        if (captured < grid.Start - new Nanos((long)(period * 1.5)))
        {
            Learn(captured);
            return new Slot(SlotKind.Before, -1, 0, default);
        }
        double phaseNow = phase ??= LearnedPhase(captured, period);
        long index = grid.Nearest(captured - new Nanos((long)phaseNow));
        Nanos residual = grid.Residual(captured, index);
        if (index < 0)
            return new Slot(SlotKind.Before, index, 0, residual);
        if (index < next)
            return new Slot(SlotKind.Duplicate, index, next, residual);
        phase = Follow(phaseNow, residual.Value, period);
        Slot slot = new(SlotKind.Frame, index, next, residual);
        next = index + 1;
        return slot;
    }

    private void Learn(NetworkTime captured)
    {
        phases[phaseCount++ % PhaseFrames] = grid.Residual(captured, grid.Nearest(captured)).Value;
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

    private static double Follow(double phase, double residual, double period)
    {
        double followed = phase + (residual - phase) * Smoothing;
        return Math.Abs(followed) > Hysteresis * period ? followed - Math.CopySign(period, followed) : followed;
    }

    private static double Wrap(double value, double period) => value - period * Math.Round(value / period);
}

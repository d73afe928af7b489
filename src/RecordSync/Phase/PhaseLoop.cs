namespace RecordSync;

/// <summary>
/// Brings the exposures of a camera onto the grid that all cameras of a rate share before there is any take: the multiples of the period since the epoch of network
/// time. Fed with the capture time of every frame, it answers with the frame length to ask for.
///
/// First it listens, at a constant frame length, and fits a line: that gives the camera's rate against network time, its phase and its jitter. One long frame then
/// moves the phase, whatever it was, to nearly nothing. From then on a filter follows phase and rate, and every frame's length is chosen so that the error that
/// is predicted for the time when it counts (commands are obeyed some frames late, and those on their way are known) shrinks by a part; what the camera's quantum rounds away
/// is carried over to the next frame, so that the mean length is exact.
///
/// While a take is recorded there are no long frames, because each would be a missing picture: a camera that has lost its phase slides back, two per cent a frame.
/// </summary>
internal sealed class PhaseLoop
{
    private const int LearnFrames = 20;
    private const double Gain = 0.3;
    private const double LargestTrim = 1.0 / 50;
    private const int DisbelievedAtMost = 5;
    private const int KicksAtMost = 6;
    private const int LongestGap = 10;
    private const int FramesToProve = 6;
    private const double LeastRateDeviation = 5e-6;
    private const double LeastWander = 1_000;

    /// <summary>The slope of a line through n points of scatter σ strays by σ·√(12/n³).</summary>
    private static readonly double SlopePerScatter = Math.Sqrt(12.0 / (LearnFrames * LearnFrames * LearnFrames));

    /// <summary>Aligned is reached within this, and lost beyond twice as much.</summary>
    private static readonly Nanos Close = Nanos.FromMicroseconds(50);

    private readonly FrameGrid grid;
    private readonly FrameLengths lengths;
    private readonly double period;
    private readonly List<(long Frame, long Captured)> learned = [];
    private readonly double[] commands = new double[64];
    private long frame = -1;
    private NetworkTime last;
    private PhaseFilter? filter;
    private double carry;
    private int blind;
    private int kicks;
    private int proved;
    private Nanos asked;

    public PhaseLoop(FrameRate rate, FrameLengths lengths)
    {
        grid = FrameGrid.Common(rate);
        this.lengths = lengths;
        // exact, where Period is rounded to the nanosecond
        period = 1e9 * rate.Denominator / rate.Numerator;
        asked = lengths.Nearest(period);
        Array.Fill(commands, asked.Value);
    }

    public PhaseState State { get; private set; } = PhaseState.Aligning;

    /// <summary>How late the exposures are, as the filter sees it; null while it is still listening.</summary>
    public Nanos? Error => filter is { } tracking ? new Nanos((long)tracking.Error) : null;

    /// <summary>A take is being recorded: no long frames.</summary>
    public bool Gentle { get; set; }

    /// <summary>A frame has been captured.</summary>
    /// <returns>The frame length to ask for from now on.</returns>
    public Nanos Next(NetworkTime captured)
    {
        if (frame >= 0 && (captured - last).Value < period / 2)
            // the same picture twice, or time ran back: nothing to learn
            return asked;
        if (!Count(captured))
            Listen();
        last = captured;
        if (filter is null)
            Learn(captured);
        else
            Track(captured);
        asked = filter is null ? lengths.Nearest(period) : Choose(filter);
        commands[frame % commands.Length] = asked.Value;
        return asked;
    }

    /// <summary>The frame intervals since the last capture, with what was asked of each; false when there were too many to tell.</summary>
    private bool Count(NetworkTime captured)
    {
        if (frame < 0)
        {
            frame = 0;
            return true;
        }
        double rate = 1 + (filter?.Rate ?? 0), gone = (captured - last).Value;
        for (int intervals = 0; intervals < LongestGap; intervals++)
        {
            double length = InForce(frame);
            frame++;
            // between two frames nothing was asked anew
            commands[frame % commands.Length] = commands[(frame - 1) % commands.Length];
            filter?.Advance(length);
            gone -= length * rate;
            if (gone < period / 2)
                return true;
        }
        frame++;
        return false;
    }

    private double InForce(long interval) => commands[Math.Max(0, interval - lengths.Latency) % commands.Length];

    private void Listen()
    {
        filter = null;
        learned.Clear();
        (carry, blind, proved) = (0, lengths.Latency + 1, 0);
        if (State != PhaseState.NoHeadroom)
            State = PhaseState.Aligning;
    }

    private void Learn(NetworkTime captured)
    {
        // lengths that were asked for earlier are still coming out
        if (blind > 0)
        {
            blind--;
            return;
        }
        learned.Add((frame, captured.Nanoseconds));
        if (learned.Count < LearnFrames)
            return;
        (double slope, double at, double noise) = RobustLine.Through([.. learned.Select(point => ((double)(point.Frame - frame), (double)(point.Captured - captured.Nanoseconds)))]);
        NetworkTime now = captured + new Nanos((long)at);
        filter = new PhaseFilter(period, Residual(now), slope / lengths.Nearest(period).Value - 1, noise, Math.Max(LeastRateDeviation, noise * SlopePerScatter / period), Math.Max(LeastWander, lengths.Quantum.Value / 8.0));
    }

    private void Track(NetworkTime captured)
    {
        if (blind > 0)
        {
            if (--blind == 0)
                filter!.DoubtPhase();
            return;
        }
        filter!.Measure(Residual(captured));
        if (filter.Disbelieved > DisbelievedAtMost)
        {
            Listen();
            return;
        }
        double error = Math.Abs(filter.Error);
        proved = error < Close.Value ? proved + 1 : error > 2 * Close.Value ? 0 : proved;
        if (proved >= FramesToProve)
            kicks = 0;
    }

    private double Residual(NetworkTime captured) => grid.Residual(captured, grid.Nearest(captured)).Value;

    private Nanos Choose(PhaseFilter tracking)
    {
        double rate = 1 + tracking.Rate, needed = period / rate;
        State =
            !lengths.Reaches(needed) ? PhaseState.NoHeadroom
            : proved >= FramesToProve ? PhaseState.Aligned
            : PhaseState.Aligning;
        if (State == PhaseState.NoHeadroom)
            return lengths.Nearest(needed);
        // where the error will be when this command counts
        double predicted = tracking.Error;
        for (long interval = frame; interval < frame + lengths.Latency; interval++)
            predicted += InForce(interval) * rate - period;
        predicted = PhaseFilter.Wrap(predicted, period);
        double trim = LargestTrim * period;
        if (Math.Abs(predicted) > trim && blind == 0 && !Gentle && kicks < KicksAtMost)
            return Kick(predicted, needed, rate);
        double wish = needed - Math.Clamp(blind > 0 ? 0 : Gain * predicted, -trim, trim) / rate + carry;
        Nanos chosen = lengths.Nearest(wish);
        carry = Math.Clamp(wish - chosen.Value, -lengths.Quantum.Value, lengths.Quantum.Value);
        return chosen;
    }

    /// <summary>One frame that is longer by what is missing to the next grid point: never shorter, which few cameras can be.</summary>
    private Nanos Kick(double predicted, double needed, double rate)
    {
        kicks++;
        proved = 0;
        carry = 0;
        // until it has come out, and a frame more, nothing is measured
        blind = lengths.Latency + 2;
        double missing = predicted > 0 ? period - predicted : -predicted;
        return lengths.Nearest(needed + missing / rate);
    }
}

/// <summary>A line through points of which some may lie.</summary>
internal static class RobustLine
{
    /// <returns>Slope, value at x = 0, and the scatter of the points as a standard deviation.</returns>
    public static (double Slope, double AtZero, double Scatter) Through((double X, double Y)[] points)
    {
        // the median of all slopes does not care about a third of the points
        List<double> slopes = [];
        for (int i = 0; i < points.Length; i++)
            for (int j = i + 1; j < points.Length; j++)
                slopes.Add((points[j].Y - points[i].Y) / (points[j].X - points[i].X));
        double rough = Median(slopes), level = Median([.. points.Select(point => point.Y - rough * point.X)]);
        double scatter = Median([.. points.Select(point => Math.Abs(point.Y - level - rough * point.X))]) * 1.4826;
        (double X, double Y)[] good = [.. points.Where(point => Math.Abs(point.Y - level - rough * point.X) <= Math.Max(1, 3.5 * scatter))];
        double meanX = good.Average(point => point.X), meanY = good.Average(point => point.Y);
        double slope = good.Sum(point => (point.X - meanX) * (point.Y - meanY)) / good.Sum(point => (point.X - meanX) * (point.X - meanX));
        return (slope, meanY - slope * meanX, scatter);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}

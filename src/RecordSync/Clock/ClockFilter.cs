namespace RecordSync;

/// <summary>
/// Samples in, estimate out: the joint lower envelope.
///
/// Delay noise is one-sided: a packet is never early, so forward (t2 − t1) and backward (t4 − t3) each have a hard floor, and only
/// the exchanges that touch it speak. Both floors have the same slope, the rate s between the two clocks. Over a sliding window we take
/// the s that maximises
///
///     g(s) = min(forward − s·x) + min(backward + s·x)
///
/// (concave in s; the maximum-likelihood estimate for one-sided noise, compare Moon, Skelly and Towsley 1999), and then
///
///     offset(x) = (a_f − a_b) / 2 + s·x,   delay = a_f + a_b
///
/// where a_f and a_b are the two minima. A weak prior pulls s to zero while the window is shorter than it takes to see a rate, so the
/// first burst already gives a usable estimate.
///
/// An offset outside [−backward, forward] is physically impossible (a delay would be negative). When whole bursts say so, somebody's
/// clock has stepped: the window is emptied and learned anew.
/// </summary>
internal sealed class ClockFilter
{
    /// <summary>How far back a sample may speak. Longer averages more, shorter follows a wandering oscillator (docs/clock.md).</summary>
    public static readonly Nanos Window = Nanos.FromSeconds(30);

    /// <summary>No oscillator in use is worse than this against another, including NTP's own slewing.</summary>
    private const double LargestRate = 600e-6;

    /// <summary>Strength of the prior: so many ns of envelope are given up for a rate of 50 ppm.</summary>
    private const double PriorNs = 2_000;
    private const double PriorRate = 50e-6;

    /// <summary>Differences between delays below this are the stamps' own noise.</summary>
    private const double NoiseFloorNs = 2_000;

    /// <summary>A step smaller than this beyond the bound is not worth forgetting everything for: the envelope follows it by itself.</summary>
    private const double StepNs = 20_000;

    /// <summary>How fast a quartz in a warm box wanders, per second of age: the bound of a clock that is left alone.</summary>
    private const double Wander = 0.1e-6;

    private const int Capacity = 512;

    /// <summary>So many samples in a row that contradict the estimate mean a stepped clock, not a bad packet: a burst and a half.</summary>
    private const int ContradictionsToReset = 12;

    private readonly double[] x = new double[Capacity];
    private readonly double[] forward = new double[Capacity];
    private readonly double[] backward = new double[Capacity];
    private readonly double[] sorted = new double[Capacity];
    private int first;
    private int count;
    private LocalTime origin;
    private long baseOffset;
    private int contradictions;

    public ClockEstimate? Estimate { get; private set; }

    /// <summary>How often the window was emptied because a clock had stepped.</summary>
    public int Resets { get; private set; }

    /// <returns>False when the sample was impossible (negative delay) and was thrown away.</returns>
    public bool Add(in ClockSample sample)
    {
        if (sample.DelayNs < 0 || sample.T4 < sample.T1)
            return false;
        if (count == 0)
        {
            origin = sample.T4;
            baseOffset = sample.OffsetNs;
        }
        double at = sample.T4.Nanoseconds - origin.Nanoseconds;
        double ahead = sample.Forward - baseOffset;
        double behind = sample.Backward + baseOffset;
        if (Contradicts(sample, ahead, behind))
        {
            if (++contradictions < ContradictionsToReset)
                return false;
            Reset();
            Resets++;
            return Add(sample);
        }
        contradictions = 0;
        Keep(at, ahead, behind);
        Estimate = Solve(sample.T4);
        return true;
    }

    public void Reset()
    {
        first = count = contradictions = 0;
        Estimate = null;
    }

    private bool Contradicts(in ClockSample sample, double ahead, double behind)
    {
        if (Estimate is not { } estimate)
            return false;
        // a better sample may well lie beside the estimate; only one that leaves no room inside its bound contradicts it
        double believed = estimate.OffsetAt(sample.T4) - baseOffset;
        double slack = estimate.ErrorAt(sample.T4) + StepNs;
        return believed - slack > ahead || believed + slack < -behind;
    }

    private void Keep(double at, double ahead, double behind)
    {
        if (count == Capacity)
            DropOldest();
        int slot = (first + count) % Capacity;
        (x[slot], forward[slot], backward[slot]) = (at, ahead, behind);
        count++;
        while (count > 1 && at - x[first] > Window.Value)
            DropOldest();
    }

    private void DropOldest()
    {
        first = (first + 1) % Capacity;
        count--;
    }

    private ClockEstimate Solve(LocalTime now)
    {
        // x counted from now: the offset is then simply the envelopes' height at zero, and the rate is hardly correlated with it
        double shift = now.Nanoseconds - origin.Nanoseconds;
        double low = -LargestRate, high = LargestRate;
        // golden-section search: g is concave, so 40 steps narrow 1200 ppm down to 10^-11
        const double Golden = 0.6180339887498949;
        double left = high - Golden * (high - low), right = low + Golden * (high - low);
        double atLeft = Height(left, shift, out _, out _), atRight = Height(right, shift, out _, out _);
        for (int i = 0; i < 40; i++)
        {
            if (atLeft < atRight)
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + Golden * (high - low);
                atRight = Height(right, shift, out _, out _);
            }
            else
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - Golden * (high - low);
                atLeft = Height(left, shift, out _, out _);
            }
        }
        double rate = (low + high) / 2;
        double height = Height(rate, shift, out double ahead, out double behind);
        double noise = Math.Max(0, TypicalDelay() - (ahead + behind));
        // rates whose envelope is hardly lower explain the samples as well: the true one may be any of them
        double tolerated = height - noise - NoiseFloorNs;
        double slowest = Edge(rate, -LargestRate, tolerated, shift);
        double fastest = Edge(rate, LargestRate, tolerated, shift);
        double offset = (ahead - behind) / 2;
        double error = Math.Max(Reach(rate, shift, offset), Math.Max(Reach(slowest, shift, offset), Reach(fastest, shift, offset)));
        long dispersion = (long)(noise / Math.Sqrt(count)) + 200;
        return new ClockEstimate(
            now,
            baseOffset + (long)Math.Round(offset),
            rate,
            dispersion,
            (long)Math.Max(0, ahead + behind),
            (long)error + dispersion,
            Math.Max(fastest - rate, rate - slowest) + Wander,
            count
        );
    }

    /// <summary>The rate between the best one and <paramref name="far"/> where the envelope has fallen to <paramref name="tolerated"/>.</summary>
    private double Edge(double best, double far, double tolerated, double shift)
    {
        double inside = best, outside = far;
        for (int i = 0; i < 20; i++)
        {
            double middle = (inside + outside) / 2;
            if (Height(middle, shift, out _, out _) >= tolerated)
                inside = middle;
            else
                outside = middle;
        }
        return outside;
    }

    /// <summary>How far the true offset can be from <paramref name="offset"/> if this is the rate: no delay is negative, so it lies in [−a_b, a_f].</summary>
    private double Reach(double rate, double shift, double offset)
    {
        Height(rate, shift, out double ahead, out double behind);
        return Math.Max(ahead - offset, offset + behind);
    }

    private double Height(double rate, double shift, out double ahead, out double behind)
    {
        ahead = behind = double.MaxValue;
        for (int i = 0; i < count; i++)
        {
            int slot = first + i;
            if (slot >= Capacity)
                slot -= Capacity;
            double rise = rate * (x[slot] - shift);
            ahead = Math.Min(ahead, forward[slot] - rise);
            behind = Math.Min(behind, backward[slot] + rise);
        }
        double prior = rate / PriorRate;
        return ahead + behind - PriorNs * prior * prior;
    }

    private double TypicalDelay()
    {
        for (int i = 0; i < count; i++)
        {
            int slot = (first + i) % Capacity;
            sorted[i] = forward[slot] + backward[slot];
        }
        sorted.AsSpan(0, count).Sort();
        return sorted[count / 2];
    }
}

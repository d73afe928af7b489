namespace RecordSync;

/// <summary>What the two floors say at one instant.</summary>
/// <param name="Rate">The common slope.</param>
/// <param name="Ahead">Floor of offset + delay out: the offset cannot be more.</param>
/// <param name="Behind">Floor of delay back − offset: the offset cannot be less than minus this.</param>
internal readonly record struct Floors(double Rate, double Ahead, double Behind)
{
    public double Offset => (Ahead - Behind) / 2;

    public double Delay => Ahead + Behind;

    /// <summary>How far the offset can be from <paramref name="offset"/>: no delay is negative, so it lies in [−Behind, Ahead].</summary>
    public double Reach(double offset) => Math.Max(Ahead - offset, offset + Behind);
}

/// <summary>
/// Both directions' floors with the common slope that holds them highest, for one idea of how fast the oscillators wander (see
/// <see cref="ClockFilter"/> for the equations).
/// </summary>
internal sealed class JointEnvelope
{
    /// <summary>Strength of the prior: so many ns of height are given up for a rate of 50 ppm.</summary>
    private const double PriorNs = 2_000;
    private const double PriorRate = 50e-6;

    /// <summary>Rates less likely than e to minus this are left out of the mean.</summary>
    private const double Unlikely = 5;
    private const int MeanSteps = 32;

    private readonly SampleWindow window;
    private readonly Envelope forward = new(SampleWindow.Capacity);
    private readonly Envelope backward = new(SampleWindow.Capacity);
    private int built;
    private int generation;

    /// <param name="wander">By how much the rate can change, per second.</param>
    public JointEnvelope(SampleWindow window, double wander)
    {
        this.window = window;
        forward.Wander = backward.Wander = wander * 1e-9;
    }

    /// <summary>The floors at their best common slope between ±<paramref name="largestRate"/>.</summary>
    public Floors Solve(double now, double largestRate)
    {
        Build();
        // the height is concave in the slope, and its derivative is how much later the backward floor rests than the forward one
        double low = -largestRate, high = largestRate;
        for (int i = 0; i < 48; i++)
        {
            double middle = (low + high) / 2;
            forward.Floor(middle, now, out double forwardRests);
            backward.Floor(-middle, now, out double backwardRests);
            double rises = backwardRests - forwardRests - 2 * PriorNs * middle / (PriorRate * PriorRate);
            if (rises > 0)
                low = middle;
            else
                high = middle;
        }
        return At((low + high) / 2, now);
    }

    public Floors At(double rate, double now) => new(rate, forward.Floor(rate, now, out _), backward.Floor(-rate, now, out _));

    /// <summary>The rate furthest towards <paramref name="far"/> whose floors are at most <paramref name="tolerated"/> ns lower than the best.</summary>
    public Floors Edge(in Floors best, double far, double now, double tolerated)
    {
        double lowest = Height(best) - tolerated;
        double inside = best.Rate, outside = far;
        for (int i = 0; i < 20; i++)
        {
            double middle = (inside + outside) / 2;
            if (Height(At(middle, now)) >= lowest)
                inside = middle;
            else
                outside = middle;
        }
        return At(outside, now);
    }

    /// <summary>
    /// The mean over all rates, each weighted by its likelihood exp(height / scale): where the noise is one-sided the most likely rate is a corner
    /// of what is possible, and the mean, a point inside, errs less.
    /// </summary>
    /// <param name="scale">By how many ns of height a rate becomes e times less likely.</param>
    public Floors Mean(in Floors best, double now, double largestRate, double scale)
    {
        double slowest = Edge(best, -largestRate, now, Unlikely * scale).Rate, fastest = Edge(best, largestRate, now, Unlikely * scale).Rate;
        double step = (fastest - slowest) / MeanSteps;
        double weights = 0, rate = 0, ahead = 0, behind = 0;
        for (int i = 0; i <= MeanSteps; i++)
        {
            Floors floors = At(slowest + i * step, now);
            double weight = Math.Exp(Math.Min(0, (Height(floors) - Height(best)) / scale));
            weights += weight;
            rate += weight * floors.Rate;
            ahead += weight * floors.Ahead;
            behind += weight * floors.Behind;
        }
        return new Floors(rate / weights, ahead / weights, behind / weights);
    }

    private static double Height(in Floors floors)
    {
        double prior = floors.Rate / PriorRate;
        return floors.Delay - PriorNs * prior * prior;
    }

    private void Build()
    {
        if (generation != window.Generation || built > window.Count)
        {
            forward.Clear();
            backward.Clear();
            (built, generation) = (0, window.Generation);
        }
        for (; built < window.Count; built++)
        {
            forward.Add(window.At[built], window.Forward[built]);
            backward.Add(window.At[built], window.Backward[built]);
        }
    }
}

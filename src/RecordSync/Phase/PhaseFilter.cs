namespace RecordSync;

/// <summary>
/// Where a camera's exposures are against the grid and how fast its clock runs: a Kalman filter over (phase error, rate), moved on by the frame lengths that were asked
/// for and corrected by the capture times that came. Errors in ns, rate dimensionless: how much longer a frame is in network time than was asked for.
/// </summary>
internal sealed class PhaseFilter
{
    private const double LeastNoise = 2_000;
    private const double RateWander = 5e-9;
    private const double Gate = 6;
    private const double LeastGate = 80_000;

    private readonly double period;
    private readonly double wander;
    private double pEE;
    private double pER;
    private double pRR;
    private double noise;

    /// <param name="noise">Standard deviation of one capture time, ns.</param>
    /// <param name="wander">How far a frame's length may be from what was asked, ns: a command that comes a frame late is a quantum of that.</param>
    public PhaseFilter(double period, double error, double rate, double noise, double rateDeviation, double wander)
    {
        (this.period, this.wander) = (period, wander);
        (Error, Rate) = (error, rate);
        this.noise = Math.Max(noise, LeastNoise);
        (pEE, pRR) = (this.noise * this.noise, rateDeviation * rateDeviation);
    }

    /// <summary>Of the newest frame, ns: positive is late.</summary>
    public double Error { get; private set; }

    public double Rate { get; private set; }

    /// <summary>Measurements in a row that the filter did not believe.</summary>
    public int Disbelieved { get; private set; }

    /// <summary>One frame on, whose interval was asked to be so long.</summary>
    public void Advance(double length)
    {
        Error += length * (1 + Rate) - period;
        pEE += 2 * length * pER + length * length * pRR + wander * wander;
        pER += length * pRR;
        pRR += RateWander * RateWander;
    }

    /// <summary>After a long frame nobody knows whether it came as asked: the next measurements say where the camera is.</summary>
    public void DoubtPhase() => (pEE, pER) = (period * period, 0);

    /// <param name="measured">Distance of the capture time to the nearest grid point.</param>
    public void Measure(double measured)
    {
        double innovation = Wrap(measured - Error, period);
        double variance = pEE + noise * noise;
        if (Math.Abs(innovation) > Math.Max(LeastGate, Gate * Math.Sqrt(variance)))
        {
            Disbelieved++;
            return;
        }
        Disbelieved = 0;
        double gainE = pEE / variance, gainR = pER / variance;
        // the grid has a point every period: half-way between two, the next one may become the nearer
        Error = Wrap(Error + gainE * innovation, period);
        Rate += gainR * innovation;
        (pEE, pER, pRR) = ((1 - gainE) * pEE, (1 - gainE) * pER, pRR - gainR * pER);
        // what is left of the innovation when phase and rate are known is the camera's jitter
        if (pEE < noise * noise)
            noise = Math.Max(LeastNoise, Math.Sqrt(noise * noise + (innovation * innovation - noise * noise) / 64));
    }

    public static double Wrap(double value, double period) => value - period * Math.Round(value / period);
}

namespace RecordSync;

/// <param name="Window">How far back a sample may speak, at most: so long it takes until a route that has become slower is believed.</param>
/// <param name="Wanders">Ideas of how fast the rate changes, per second; the first is used until another proves better.</param>
/// <param name="Mean">The mean over the likely rates, not the most likely one.</param>
internal sealed record ClockFilterTuning(Nanos Window, double[] Wanders, bool Mean = true)
{
    /// <summary>A quartz in a quiet box, one in a draught, one beside a processor under changing load.</summary>
    public static ClockFilterTuning Default { get; } = new(Nanos.FromSeconds(90), [5e-9, 3e-8, 2e-7]);
}

/// <summary>
/// Samples in, estimate out: the joint lower envelope of an oscillator that wanders.
///
/// Delay noise is one-sided: a packet is never early, so forward (t2 − t1) and backward (t4 − t3) each have a hard floor, and only the exchanges
/// that touch it speak. Every fault of a stamp is late, too (a stamp taken in the program and not in the kernel, a pre-empted thread), so it costs
/// nothing as long as some exchanges are good. Both floors have the same slope, the rate s between the two clocks, and that rate changes by at most
/// w a second: a sample of age a still bounds the offset, within ½·w·a². With x the time before now, take the s that holds both floors highest:
///
///     a_f(s) = min(forward − s·x + ½·w·x²)        a_b(s) = min(backward + s·x + ½·w·x²)
///     s = argmax a_f(s) + a_b(s) − p(s)           offset = (a_f − a_b)/2,  delay = a_f + a_b
///
/// (concave in s; with w = 0 the maximum-likelihood estimate for one-sided noise, compare Moon, Skelly and Towsley 1999). The lift ½·w·x² is a window
/// that fits itself to the link: where the noise is 0.3 µs a sample speaks for seconds, where it is a millisecond, for the whole window. p is a weak
/// prior that pulls s to zero while the window is shorter than it takes to see a rate, so the first burst already gives a usable estimate.
///
/// How much the oscillators really wander is learned: three filters with different w run side by side on the same samples, and the one that foretells
/// the next burst best is used.
///
/// An offset outside [−a_b, a_f] is physically impossible (a delay would be negative). That is the bound. When a burst and a half says so of the
/// estimate, somebody's clock has stepped: the window is emptied and learned anew.
/// </summary>
internal sealed class ClockFilter
{
    /// <summary>No oscillator in use is worse than this against another, including NTP's own slewing.</summary>
    private const double LargestRate = 600e-6;

    /// <summary>Differences between delays below this are the stamps' own noise.</summary>
    private const double NoiseFloorNs = 1_000;
    private const double LeastNoiseNs = 50;

    /// <summary>A contradiction smaller than this beyond the bound is not worth forgetting everything for: the envelope follows it by itself.</summary>
    private const double StepNs = 20_000;

    /// <summary>A clock that is left alone drifts off by no less than this per second, however quiet it has been.</summary>
    private const double LeastWander = 0.1e-6;

    private const double LongAgoNs = 10e9;

    /// <summary>When the floors leave so little of the bound that was, a way that was clogged is open again.</summary>
    private const double Relief = 0.1;

    /// <summary>Fewer samples do not tell how noisy the link is.</summary>
    private const int Young = 2 * NodeSettings.BurstLength;

    /// <summary>Samples so long after a burst's first are of the next: longer than a burst takes, shorter than any pace but the first seconds'.</summary>
    private const double BurstGapNs = 80e6;

    /// <summary>So many samples in a row that contradict the estimate mean a stepped clock, not a bad packet: a burst and a half.</summary>
    private const int ContradictionsToReset = 12;

    private readonly bool mean;
    private readonly double[] wanders;
    private readonly SampleWindow window;
    private readonly JointEnvelope[] envelopes;
    private readonly WanderWatch watch;
    private readonly double[] sorted = new double[SampleWindow.Capacity];
    private readonly Floors[] foretold;
    private readonly double[] missed;
    private LocalTime foretoldFor;
    private (LocalTime Start, double Ahead, double Behind, int Count) burst;
    private double noise;
    private double noiseNearFloor;
    private double leastRoundTrip;
    private int contradictions;

    public ClockFilter()
        : this(ClockFilterTuning.Default) { }

    /// <summary>With another tuning, for comparison.</summary>
    public ClockFilter(ClockFilterTuning tuning)
    {
        (wanders, mean) = (tuning.Wanders, tuning.Mean);
        window = new SampleWindow(tuning.Window);
        envelopes = [.. wanders.Select(wander => new JointEnvelope(window, wander))];
        foretold = new Floors[wanders.Length];
        missed = new double[wanders.Length];
        watch = new WanderWatch(wanders.Length);
    }

    public ClockEstimate? Estimate { get; private set; }

    /// <summary>How often the window was emptied because a clock had stepped.</summary>
    public int Resets { get; private set; }

    /// <summary>The latest sample contradicted the estimate: more samples, soon, would tell whether a clock was stepped.</summary>
    public bool IsContradicted => contradictions > 0;

    /// <returns>False when the sample was impossible (negative delay) or contradicts the estimate, and was not used.</returns>
    public bool Add(in ClockSample sample)
    {
        if (sample.DelayNs < 0 || sample.T4 < sample.T1)
            return false;
        if (Contradicts(sample))
        {
            if (++contradictions < ContradictionsToReset)
                return false;
            Reset();
            Resets++;
        }
        contradictions = 0;
        bool opens = burst.Count == 0 || (sample.T4 - burst.Start).Value > BurstGapNs;
        if (opens)
            CloseBurst(sample.T4);
        window.Add(sample, Estimate?.Rate ?? 0);
        if (opens || window.Count <= 16)
            MeasureNoise();
        NoteInBurst(sample);
        Estimate = Solve();
        return true;
    }

    public void Reset()
    {
        window.Clear();
        watch.Clear();
        burst = default;
        contradictions = 0;
        Estimate = null;
    }

    private bool Contradicts(in ClockSample sample)
    {
        if (Estimate is not { } estimate)
            return false;
        // a better sample may well lie beside the estimate; only one that leaves no room inside its bound contradicts it
        long believed = estimate.OffsetAt(sample.T4);
        double slack = estimate.ErrorAt(sample.T4) + StepNs;
        return believed - slack > sample.Forward || believed + slack < -sample.Backward;
    }

    /// <summary>A burst is over when the next one begins: how well was it foretold, and what is foretold of the next?</summary>
    private void CloseBurst(LocalTime next)
    {
        if (burst.Count >= NodeSettings.BurstLength / 2 && foretoldFor == burst.Start)
        {
            double said = (burst.Ahead - burst.Behind) / 2;
            for (int i = 0; i < missed.Length; i++)
                missed[i] = Math.Abs(foretold[i].Offset - said);
            watch.Note(missed);
        }
        if (Estimate is { } estimate)
        {
            if (foretoldFor == burst.Start && burst.Count > 0)
                watch.NoteInnovation(window.Relative(estimate.OffsetAt(burst.Start)) - foretold[watch.Best].Offset, noise / Math.Sqrt(window.Count));
            watch.NoteRate(estimate.At, estimate.Rate, estimate.RateUncertainty - LeastWander);
            double now = window.Since(estimate.At), ahead = (next - estimate.At).Value;
            for (int i = 0; i < envelopes.Length; i++)
            {
                Floors floors = envelopes[i].Solve(now, LargestRate, Scale(i));
                foretold[i] = floors with { Ahead = floors.Ahead + floors.Rate * ahead, Behind = floors.Behind - floors.Rate * ahead };
            }
            foretoldFor = next;
        }
        burst = (next, double.MaxValue, double.MaxValue, 0);
    }

    private void NoteInBurst(in ClockSample sample)
    {
        double rate = Estimate?.Rate ?? 0;
        double ahead = window.Relative(sample.Forward) - rate * (sample.T1 - burst.Start).Value;
        double behind = -window.Relative(-sample.Backward) + rate * (sample.T4 - burst.Start).Value;
        burst = (burst.Start, Math.Min(burst.Ahead, ahead), Math.Min(burst.Behind, behind), burst.Count + 1);
    }

    private ClockEstimate Solve()
    {
        double now = window.At[window.Count - 1];
        int used = watch.Best;
        Floors best = envelopes[used].Solve(now, LargestRate, Scale(used));
        double bent = wanders[used] * 1e-9 * (now - best.RestsOn) * (now - best.RestsOn);
        // one way has had no good packet for long: a quick wander cannot be followed then, and allowing for it only loosens what was known
        if (now - best.RestsOn > LongAgoNs && used > 0)
            (used, best) = (0, envelopes[0].Solve(now, LargestRate, Scale(0)));
        // floors that have crossed: the clocks bend more than this idea of their wander allows
        while (best.Delay < 0 && used < envelopes.Length - 1)
        {
            used++;
            best = envelopes[used].Solve(now, LargestRate, Scale(used));
        }
        // rates whose floors are hardly lower explain the samples as well: the true one may be any of them
        // and before two bursts have been seen the noise itself is not known: then any rate that a clock can have
        double tolerated = window.Count < Young ? double.MaxValue : Math.Max(0, noise) + NoiseFloorNs;
        Floors slowest = envelopes[used].Edge(best, -LargestRate, now, tolerated);
        Floors fastest = envelopes[used].Edge(best, LargestRate, now, tolerated);
        Floors chosen = mean ? envelopes[used].Mean(best, now, LargestRate, Scale(used)) : best;
        double offset = chosen.Offset;
        double reach = Math.Max(best.Reach(offset), Math.Max(slowest.Reach(offset), fastest.Reach(offset)));
        // the shortest round trip is what it is, whatever the clocks do; floors that are closer than that were squeezed by bending clocks
        double squeezed = Math.Max(0, leastRoundTrip - best.Delay);
        if (Estimate is { } before && reach + squeezed < before.ErrorNs * Relief)
            watch.ForgetInnovation();
        double dispersion = (watch.Innovation > 0 ? watch.Innovation : Math.Max(0, noise) / Math.Sqrt(window.Count)) + 200;
        return new ClockEstimate(
            window.TimeAt(now),
            window.Absolute(offset),
            chosen.Rate,
            (long)dispersion,
            (long)Math.Max(0, best.Delay),
            (long)(reach + dispersion + bent + squeezed),
            Math.Max(fastest.Rate - chosen.Rate, chosen.Rate - slowest.Rate) + Math.Max(LeastWander, watch.RateSpread),
            window.Count,
            (long)noise
        );
    }

    /// <summary>
    /// By how many ns of the floors' height a rate becomes e times less likely: the noise near the floor, shared by the samples that still speak,
    /// which are those that are lifted by less than it.
    /// </summary>
    private double Scale(int idea)
    {
        double near = Math.Max(noiseNearFloor, LeastNoiseNs);
        double oldest = window.At[window.Count - 1] - Math.Sqrt(2 * near / (wanders[idea] * 1e-9));
        int first = window.At.AsSpan(0, window.Count).BinarySearch(oldest);
        return near / (window.Count - (first < 0 ? ~first : first));
    }

    /// <summary>
    /// How much longer than the shortest round trip the others are, ns: the median, and the lower quartile, which stays what it was when one direction
    /// is congested for a while. (For exponential noise of mean λ each way the quartile of the sum is 0.96 λ.)
    /// </summary>
    private void MeasureNoise()
    {
        double least = double.MaxValue;
        for (int i = 0; i < window.Count; i++)
        {
            sorted[i] = window.Forward[i] + window.Backward[i];
            least = Math.Min(least, sorted[i]);
        }
        sorted.AsSpan(0, window.Count).Sort();
        leastRoundTrip = least;
        noise = sorted[window.Count / 2] - least;
        noiseNearFloor = sorted[window.Count / 4] - least;
    }
}

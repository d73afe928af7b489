namespace RecordSync;

/// <summary>
/// How much the oscillators wander, learned from what has been: which of several ideas of the wander foretold the next burst best, how far
/// each burst moved the estimate, and over what range the rate has gone in the last minutes.
/// </summary>
internal sealed class WanderWatch(int ideas)
{
    /// <summary>Bursts that are remembered, as the time constant of an average.</summary>
    private const double Memory = 16;

    /// <summary>Another idea must foretell so much better before it is believed.</summary>
    private const double ClearlyBetter = 0.6;

    private const int Rates = 32;

    /// <summary>A rate that is known worse than this says nothing of its wander.</summary>
    private const double KnownRate = 1e-6;
    private static readonly Nanos RateSpacing = Nanos.FromSeconds(4);

    private readonly double[] misses = new double[ideas];
    private readonly double[] rates = new double[Rates];
    private int rateCount;
    private LocalTime lastRate;
    private int bursts;

    /// <summary>Average distance between what a burst said and what had been foretold, ns, of the idea in use.</summary>
    public double Innovation { get; private set; }

    /// <summary>The idea in use.</summary>
    public int Best { get; private set; }

    /// <summary>Largest less smallest rate of the last two minutes or so, dimensionless.</summary>
    public double RateSpread
    {
        get
        {
            if (rateCount == 0)
                return 0;
            ReadOnlySpan<double> known = rates.AsSpan(0, Math.Min(rateCount, Rates));
            double least = known[0], most = known[0];
            foreach (double rate in known)
                (least, most) = (Math.Min(least, rate), Math.Max(most, rate));
            return most - least;
        }
    }

    public void Clear()
    {
        Array.Clear(misses);
        (Best, bursts, rateCount, Innovation) = (0, 0, 0, 0);
    }

    /// <summary>How far each idea missed the last burst, ns.</summary>
    public void Note(ReadOnlySpan<double> missed)
    {
        bursts++;
        // a plain average first, then one that forgets
        double weight = Math.Max(1.0 / bursts, 1 / Memory);
        for (int i = 0; i < missed.Length; i++)
            misses[i] += weight * (missed[i] - misses[i]);
        if (bursts < Memory / 2)
            return;
        int best = Best;
        for (int i = 0; i < missed.Length; i++)
        {
            if (misses[i] < misses[best])
                best = i;
        }
        if (misses[best] < ClearlyBetter * misses[Best])
            Best = best;
    }

    /// <summary>How far a burst has moved the estimate, ns.</summary>
    public void NoteInnovation(double moved, double first) => Innovation = bursts <= 1 ? first : Innovation + (Math.Abs(moved) - Innovation) / Memory;

    /// <summary>How far the estimate moved while a way was clogged says nothing of the clocks.</summary>
    public void ForgetInnovation() => Innovation = 0;

    public void NoteRate(LocalTime at, double rate, double uncertainty)
    {
        if (uncertainty > KnownRate || (rateCount > 0 && at - lastRate < RateSpacing))
            return;
        rates[rateCount++ % Rates] = rate;
        lastRate = at;
    }
}

using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>
/// A wrong oscillator: local = monotonic · (1 + ppm·10⁻⁶) + offset, and with wander a rate that swings by ± that many ppm over a
/// minute. Exact integer arithmetic: at any uptime the mapping is monotonic and <see cref="ToMonotonic"/> its inverse to the
/// nanosecond. The truth stays CLOCK_MONOTONIC, which tests and the simulated camera know.
/// </summary>
internal sealed class SimulatedClock
{
    private const long Billion = 1_000_000_000;
    private const long WanderPeriodNs = 60 * Billion;
    private const decimal LargestOffsetSeconds = 315_576_000; // ten years
    private const decimal LargestPpm = 10_000;

    private readonly long rate; // parts per billion
    private readonly double wanderPhase; // amplitude of the wander's phase, in 10⁻⁹ ns

    public SimulatedClock(decimal offsetSeconds, decimal ppm, decimal wanderPpm = 0)
    {
        Require(offsetSeconds, "offset", LargestOffsetSeconds, "seconds");
        Require(ppm, "ppm", LargestPpm, "ppm");
        Require(wanderPpm, "wander", LargestPpm, "ppm");
        (OffsetSeconds, Ppm, WanderPpm) = (offsetSeconds, ppm, wanderPpm);
        Offset = new Nanos((long)(offsetSeconds * Billion));
        rate = (long)(ppm * 1_000);
        wanderPhase = (double)wanderPpm * 1e-6 * WanderPeriodNs / Math.Tau * Billion;
    }

    public decimal OffsetSeconds { get; }

    public decimal Ppm { get; }

    public decimal WanderPpm { get; }

    public Nanos Offset { get; }

    /// <summary>The instant rate against CLOCK_MONOTONIC at that time, in ppm.</summary>
    public double RatePpm(long monotonicNs) => (double)Ppm + (double)WanderPpm * Math.Sin(Angle(monotonicNs));

    public LocalTime FromMonotonic(long monotonicNs) => new((long)(FloorDivide(Scaled(monotonicNs), Billion) + Offset.Value));

    /// <summary>The first monotonic nanosecond at which the simulated clock shows this time (or, running fast, has passed it).</summary>
    public long ToMonotonic(LocalTime time)
    {
        Int128 target = ((Int128)time.Nanoseconds - Offset.Value) * Billion;
        long monotonic = CeilingDivide(target, Billion + rate);
        if (wanderPhase == 0)
            return monotonic;
        // a contraction by the wander's rate (10⁻⁶ or so) per turn; then to the exact nanosecond
        for (int turn = 0; turn < 4; turn++)
            monotonic = CeilingDivide(target - Wander(monotonic), Billion + rate);
        while (Scaled(monotonic - 1) >= target)
            monotonic--;
        while (Scaled(monotonic) < target)
            monotonic++;
        return monotonic;
    }

    public static SimulatedClock Parse(string text)
    {
        decimal offset = 0,
            ppm = 0,
            wander = 0;
        HashSet<string> seen = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] pair = part.Split('=', StringSplitOptions.TrimEntries);
            if (pair.Length != 2)
                throw new FormatException($"A simulated clock is written like offset=1.5,ppm=20,wander=0.5: \"{part}\" is no key=value.");
            if (!seen.Add(pair[0]))
                throw new FormatException($"The simulated clock names {pair[0]} twice.");
            const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
            if (!decimal.TryParse(pair[1], Style, CultureInfo.InvariantCulture, out decimal value))
                throw new FormatException($"The simulated clock's {pair[0]} is \"{pair[1]}\", which is no number like 1.5 or -20.");
            switch (pair[0])
            {
                case "offset":
                    offset = value;
                    break;
                case "ppm":
                    ppm = value;
                    break;
                case "wander":
                    wander = value;
                    break;
                default:
                    throw new FormatException($"A simulated clock has no \"{pair[0]}\": use offset (seconds), ppm and wander (ppm).");
            }
        }
        return new SimulatedClock(offset, ppm, wander);
    }

    /// <summary>In the form that <see cref="Parse"/> takes.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"offset={OffsetSeconds},ppm={Ppm},wander={WanderPpm}");

    private static void Require(decimal value, string key, decimal limit, string unit)
    {
        if (Math.Abs(value) > limit)
            throw new FormatException($"The simulated clock's {key} must lie within ±{limit} {unit}; it is {value}.");
    }

    /// <summary>Local time without the offset, in 10⁻⁹ ns.</summary>
    private Int128 Scaled(long monotonicNs) => (Int128)monotonicNs * (Billion + rate) + Wander(monotonicNs);

    private Int128 Wander(long monotonicNs) => wanderPhase == 0 ? 0 : (long)(wanderPhase * (1 - Math.Cos(Angle(monotonicNs))));

    private static double Angle(long monotonicNs)
    {
        long phase = monotonicNs % WanderPeriodNs;
        return Math.Tau * phase / WanderPeriodNs;
    }

    private static Int128 FloorDivide(Int128 dividend, long divisor)
    {
        Int128 quotient = dividend / divisor;
        return dividend < 0 && quotient * divisor != dividend ? quotient - 1 : quotient;
    }

    private static long CeilingDivide(Int128 dividend, long divisor) => (long)-FloorDivide(-dividend, divisor);
}

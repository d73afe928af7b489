using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>The frame clock of a simulated sensor: free-running, with a phase, a frequency error and a jitter of its own, as <c>--camera test:phase=4,ppm=-12,jitter=50</c> sets them. What is not set is drawn at random once per process, as no two cameras are alike.</summary>
/// <param name="PhaseMs">Frame 0 comes this long after a multiple of the period on CLOCK_MONOTONIC.</param>
/// <param name="Ppm">How much longer than nominal the period is, in parts per million.</param>
/// <param name="JitterUs">Standard deviation of the capture instants, µs; cut off at three of them and at a quarter of a period.</param>
/// <param name="Drop">Probability that the sensor loses a frame. Its number is used up.</param>
/// <param name="DelayMs">From capture to delivery: exposure, readout and driver of a real camera.</param>
/// <param name="StopAfterSeconds">The camera breaks off after this time, as if unplugged; 0 never.</param>
internal sealed record SensorTiming(double PhaseMs, double Ppm, double JitterUs, double Drop, double DelayMs, double StopAfterSeconds, int Seed, string Label)
{
    public const string Help = "phase=MS,ppm=X,jitter=US,drop=P,delay=MS,stop=SECONDS,seed=N,label=TEXT";

    private const double DefaultJitterUs = 100;
    private const double LargestRandomPpm = 30;

    /// <summary>Reads the text after "test:"; empty is a camera with random phase and frequency error.</summary>
    public static bool TryParse(string options, FrameRate rate, Random random, out SensorTiming timing, out string error)
    {
        int seed = random.Next();
        timing = new SensorTiming(random.NextDouble() * rate.Period.Milliseconds, (random.NextDouble() * 2 - 1) * LargestRandomPpm, DefaultJitterUs, 0, 0, 0, seed, "");
        error = "";
        foreach (string option in options.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] pair = option.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length != 2)
                return Refuse($"'{option}' in --camera test:{options} is not name=value; possible are {Help}.", out error);
            if (pair[0] == "label")
            {
                timing = timing with { Label = pair[1].ToUpperInvariant() };
                continue;
            }
            if (!double.TryParse(pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
                return Refuse($"'{pair[1]}' in --camera test:{options} is not a number.", out error);
            if (!TryApply(pair[0], value, ref timing, out string range))
                return Refuse(range.Length > 0 ? $"{pair[0]}={pair[1]} in --camera test:{options}: {range}." : $"--camera test has no option '{pair[0]}'; possible are {Help}.", out error);
        }
        return true;
    }

    /// <summary>Capture instants in ns after that of frame 0 on the nominal grid. The same seed gives the same jitter.</summary>
    public long CaptureInstant(long gridStart, long frame, FrameRate rate, Random noise)
    {
        double nominal = rate.TimeOf(frame).Value;
        double jitter = Gaussian(noise) * JitterUs * 1e3;
        double limit = Math.Min(3 * JitterUs * 1e3, rate.Period.Value / 4.0);
        return gridStart + (long)(PhaseMs * 1e6) + rate.TimeOf(frame).Value + (long)(nominal * Ppm * 1e-6 + Math.Clamp(jitter, -limit, limit));
    }

    public override string ToString() =>
        $"simulated camera{(Label.Length > 0 ? $" {Label}" : "")}, phase {PhaseMs:0.0} ms, {Ppm:+0.0;-0.0;0} ppm, jitter {JitterUs:0} µs{(Drop > 0 ? $", loses {Drop:P1} of its frames" : "")}";

    private static bool TryApply(string name, double value, ref SensorTiming timing, out string range)
    {
        range = "";
        (SensorTiming? changed, string bounds) = name switch
        {
            "phase" => (value is >= 0 and <= 10_000 ? timing with { PhaseMs = value } : null, "from 0 to 10000 milliseconds"),
            "ppm" => (value is >= -100_000 and <= 100_000 ? timing with { Ppm = value } : null, "from -100000 to 100000 parts per million"),
            "jitter" => (value is >= 0 and <= 1e6 ? timing with { JitterUs = value } : null, "from 0 to 1000000 microseconds"),
            "drop" => (value is >= 0 and < 1 ? timing with { Drop = value } : null, "a probability from 0 to less than 1"),
            "delay" => (value is >= 0 and <= 1000 ? timing with { DelayMs = value } : null, "from 0 to 1000 milliseconds"),
            "stop" => (value >= 0 ? timing with { StopAfterSeconds = value } : null, "seconds, 0 for never"),
            "seed" => (value is >= 0 and <= int.MaxValue && value == Math.Floor(value) ? timing with { Seed = (int)value } : null, "a whole number from 0"),
            _ => (null, ""),
        };
        if (changed is null)
            range = bounds;
        else
            timing = changed;
        return changed is not null;
    }

    private static bool Refuse(string text, out string error)
    {
        error = text;
        return false;
    }

    private static double Gaussian(Random noise) => Math.Sqrt(-2 * Math.Log(1 - noise.NextDouble())) * Math.Cos(2 * Math.PI * noise.NextDouble());
}

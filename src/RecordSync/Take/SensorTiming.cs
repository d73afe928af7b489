using System.Globalization;

namespace RecordSync;

/// <summary>
/// A simulated sensor and what it does wrong, as <c>--camera test:phase=4,ppm=-12,drop=@90+91</c> sets it: free-running, with a phase, a frequency error
/// and a jitter of its own. What is not set of these three is drawn at random once per process, as no two cameras are alike; it
/// does nothing else wrong by itself. Frames are numbered from 0 when the camera is opened, the number is in the pixels, and every injected
/// fault is a function of it: <see cref="Loses"/> and <see cref="Doubles"/> are the truth that a verdict must find.
/// </summary>
/// <param name="PhaseMs">Frame 0 comes this long after a multiple of the period on CLOCK_MONOTONIC.</param>
/// <param name="Ppm">How much longer than nominal the period is, in parts per million.</param>
/// <param name="JitterUs">Standard deviation of the capture instants, µs; cut off at three of them and at a quarter of a period.</param>
/// <param name="Drop">Frames that the sensor loses. Their numbers are used up.</param>
/// <param name="Dup">Frames that are delivered twice: same picture, same number, same instant.</param>
/// <param name="Stall">Nothing comes in this time after frame 0; the numbers are used up.</param>
/// <param name="DelayMs">From capture to delivery: exposure, readout and driver of a real camera.</param>
/// <param name="StopAfterSeconds">The camera breaks off after this time, as if unplugged; 0 never.</param>
/// <param name="Steer">Its frame length can be set, in lines (<see cref="SimulatedSensor"/>).</param>
/// <param name="ShortestUs">The shortest frame length that it can be steered to, µs; 0: 2 % below nominal.</param>
internal sealed record SensorTiming(
    double PhaseMs,
    double Ppm,
    double JitterUs,
    FramePick Drop,
    FramePick Dup,
    SensorStall Stall,
    double DelayMs,
    double StopAfterSeconds,
    bool Steer,
    double ShortestUs,
    int Seed,
    string Label
)
{
    /// <summary>Its cable is pulled this time after the first frame 0, and plugged in again after so many seconds; then frames are numbered from 0 anew.</summary>
    public SensorStall Die { get; init; }

    public const string Help = "phase=MS,ppm=X,jitter=US,drop=RATE|@N+N-M+N/STEP,dup=RATE|@…,stall=AT+SECONDS,delay=MS,stop=SECONDS,die=AT+SECONDS,steer,shortest=US,seed=N,label=TEXT";

    private const double DefaultJitterUs = 100;
    private const double LargestRandomPpm = 30;
    private const int DropSalt = 1;
    private const int DupSalt = 2;
    private const int JitterSalt = 3;

    /// <summary>Reads the text after "test:"; empty is a camera with random phase and frequency error.</summary>
    public static bool TryParse(string options, FrameRate rate, Random random, out SensorTiming timing, out string error)
    {
        int seed = random.Next();
        double phase = random.NextDouble() * rate.Period.Milliseconds, ppm = (random.NextDouble() * 2 - 1) * LargestRandomPpm;
        timing = new SensorTiming(phase, ppm, DefaultJitterUs, FramePick.None, FramePick.None, default, 0, 0, Steer: false, 0, seed, "");
        error = "";
        foreach (string option in options.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] pair = option.Split('=', 2, StringSplitOptions.TrimEntries);
            if (option == "steer")
                timing = timing with { Steer = true };
            else if (pair.Length != 2)
                return Refuse($"'{option}' in --camera test:{options} is not name=value; possible are {Help}.", out error);
            else if (Fault(pair[0], pair[1], ref timing) is { } wrong)
                return Refuse(wrong.Length > 0 ? $"{pair[0]}={pair[1]} in --camera test:{options}: {wrong}." : $"--camera test has no option '{pair[0]}'; possible are {Help}.", out error);
        }
        return true;
    }

    /// <summary>Whether the sensor gives no picture for this frame: dropped or stalled.</summary>
    public bool Loses(long frame, FrameRate rate) => Drop.Hits(frame, Seed, DropSalt) || Stall.Covers(rate.TimeOf(frame));

    public bool Doubles(long frame, FrameRate rate) => !Loses(frame, rate) && Dup.Hits(frame, Seed, DupSalt);

    /// <summary>How far the capture instant of a frame is off its place, ns. The same seed gives the same jitter.</summary>
    public double JitterOf(long frame, FrameRate rate)
    {
        double limit = Math.Min(3 * JitterUs * 1e3, rate.Period.Value / 4.0);
        return JitterUs == 0 ? 0 : Math.Clamp(SensorNoise.Gaussian(Seed, JitterSalt, frame) * JitterUs * 1e3, -limit, limit);
    }

    public override string ToString()
    {
        string text = $"simulated camera{(Label.Length > 0 ? $" {Label}" : "")}, phase {PhaseMs:0.0} ms, {Ppm:+0.0;-0.0;0} ppm, jitter {JitterUs:0} µs";
        if (!Drop.IsNone)
            text += $", loses frames {Drop}";
        if (!Dup.IsNone)
            text += $", doubles frames {Dup}";
        if (Stall.Seconds > 0)
            text += $", stalls at {Stall.At:0.###} s for {Stall.Seconds:0.###} s";
        if (Die.Seconds > 0)
            text += $", unplugged at {Die.At:0.###} s for {Die.Seconds:0.###} s";
        return Steer ? text + ", can be steered" : text;
    }

    /// <summary>All that was set or drawn, as <see cref="TryParse"/> reads it.</summary>
    public string ToOptions()
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"phase={PhaseMs:0.######},ppm={Ppm:0.######},jitter={JitterUs:0.######}");
        if (!Drop.IsNone)
            text += $",drop={Drop}";
        if (!Dup.IsNone)
            text += $",dup={Dup}";
        if (Stall.Seconds > 0)
            text += string.Create(CultureInfo.InvariantCulture, $",stall={Stall.At}+{Stall.Seconds}");
        if (DelayMs > 0)
            text += string.Create(CultureInfo.InvariantCulture, $",delay={DelayMs}");
        if (StopAfterSeconds > 0)
            text += string.Create(CultureInfo.InvariantCulture, $",stop={StopAfterSeconds}");
        if (Die.Seconds > 0)
            text += string.Create(CultureInfo.InvariantCulture, $",die={Die.At}+{Die.Seconds}");
        if (Steer)
            text += ",steer";
        if (ShortestUs > 0)
            text += string.Create(CultureInfo.InvariantCulture, $",shortest={ShortestUs}");
        return text + $",seed={Seed}{(Label.Length > 0 ? $",label={Label}" : "")}";
    }

    /// <returns>Null: taken over. Empty: no such option. Else what the value has to be.</returns>
    private static string? Fault(string name, string value, ref SensorTiming timing)
    {
        switch (name)
        {
            case "label":
                timing = timing with { Label = value.ToUpperInvariant() };
                return null;
            case "drop" or "dup":
                if (!FramePick.TryParse(value, out FramePick pick))
                    return "a probability from 0 to less than 1, or frame numbers as in @90+120-124+300/30 (the last: every 30th from 300)";
                timing = name == "drop" ? timing with { Drop = pick } : timing with { Dup = pick };
                return null;
            case "stall" or "die":
                if (!SensorStall.TryParse(value, out SensorStall stall))
                    return "seconds after frame 0, and for how many seconds, as in 4+0.5";
                timing = name == "stall" ? timing with { Stall = stall } : timing with { Die = stall };
                return null;
        }
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            return Array.IndexOf(["phase", "ppm", "jitter", "delay", "stop", "shortest", "seed"], name) >= 0 ? $"'{value}' is not a number" : "";
        return FaultOfNumber(name, number, ref timing);
    }

    private static string? FaultOfNumber(string name, double value, ref SensorTiming timing)
    {
        (SensorTiming? changed, string bounds) = name switch
        {
            "phase" => (value is >= 0 and <= 10_000 ? timing with { PhaseMs = value } : null, "from 0 to 10000 milliseconds"),
            "ppm" => (value is >= -100_000 and <= 100_000 ? timing with { Ppm = value } : null, "from -100000 to 100000 parts per million"),
            "jitter" => (value is >= 0 and <= 1e6 ? timing with { JitterUs = value } : null, "from 0 to 1000000 microseconds"),
            "delay" => (value is >= 0 and <= 1000 ? timing with { DelayMs = value } : null, "from 0 to 1000 milliseconds"),
            "stop" => (value >= 0 ? timing with { StopAfterSeconds = value } : null, "seconds, 0 for never"),
            "shortest" => (value is >= 0 and <= 1e7 ? timing with { ShortestUs = value } : null, "from 0 to 10000000 microseconds"),
            "seed" => (value is >= 0 and <= int.MaxValue && value == Math.Floor(value) ? timing with { Seed = (int)value } : null, "a whole number from 0"),
            _ => (null, ""),
        };
        if (changed is null)
            return bounds;
        timing = changed;
        return null;
    }

    private static bool Refuse(string text, out string error)
    {
        error = text;
        return false;
    }
}

/// <summary>A time without pictures: from <paramref name="At"/> seconds after frame 0 on, for so many seconds.</summary>
internal readonly record struct SensorStall(double At, double Seconds)
{
    public static bool TryParse(string text, out SensorStall stall)
    {
        stall = default;
        string[] parts = text.Split('+');
        if (parts.Length != 2 || !TrySeconds(parts[0], out double at) || !TrySeconds(parts[1], out double seconds))
            return false;
        stall = new SensorStall(at, seconds);
        return true;
    }

    public bool Covers(Nanos sinceFirst) => Seconds > 0 && sinceFirst.Seconds >= At && sinceFirst.Seconds < At + Seconds;

    private static bool TrySeconds(string text, out double seconds) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds) && seconds is >= 0 and <= 1e6;
}

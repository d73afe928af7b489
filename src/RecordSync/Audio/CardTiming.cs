using System.Globalization;

namespace RecordSync;

/// <summary>
/// A simulated sound card and what it does wrong, as <c>--audio test:ppm=80,lose=3+0.2</c> sets it. It hears <see cref="TickSound"/>. Its frequency error is drawn at random once per process where it
/// is not set; it does nothing else wrong by itself.
/// </summary>
/// <param name="Ppm">How much faster than nominal it samples, parts per million.</param>
/// <param name="OffsetMs">By so much its stamps are behind the truth, as those of a card with a delay that nobody knows of.</param>
/// <param name="JitterUs">Its blocks come late by up to this, evenly distributed.</param>
/// <param name="Lose">It loses all samples of this time after it was opened, and says nothing.</param>
/// <param name="StopAfterSeconds">It breaks off after this time, as if unplugged, and does not come back; 0 never.</param>
internal sealed record CardTiming(double Ppm, double OffsetMs, double JitterUs, SensorStall Lose, double StopAfterSeconds, int Rate, int Channels, int Seed)
{
    public const string Help = "ppm=X,offset=MS,jitter=US,lose=AT+SECONDS,stop=SECONDS,rate=HZ,channels=N,seed=N";

    private const double DefaultJitterUs = 500;
    private const double LargestRandomPpm = 60;

    /// <summary>Reads the text after "test:"; empty is a card with a random frequency error.</summary>
    public static bool TryParse(string options, Random random, out CardTiming timing, out string error)
    {
        int seed = random.Next();
        timing = new CardTiming((random.NextDouble() * 2 - 1) * LargestRandomPpm, 0, DefaultJitterUs, default, 0, 48_000, 2, seed);
        error = "";
        foreach (string option in options.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] pair = option.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length != 2)
                error = $"'{option}' in --audio test:{options} is not name=value; possible are {Help}.";
            else if (Fault(pair[0], pair[1], ref timing) is { } wrong)
                error = wrong.Length > 0 ? $"{pair[0]}={pair[1]} in --audio test:{options}: {wrong}." : $"--audio test has no option '{pair[0]}'; possible are {Help}.";
            if (error.Length > 0)
                return false;
        }
        return true;
    }

    public SoundFormat Format => new(Rate, Channels);

    /// <summary>Seconds from one sample to the next, as a share of a second: the card's true rate.</summary>
    public double PeriodNs => 1e9 / (Rate * (1 + Ppm * 1e-6));

    public override string ToString() => $"simulated sound card, {Ppm:+0.0;-0.0;0} ppm";

    /// <summary>All that was set or drawn, as <see cref="TryParse"/> reads it.</summary>
    public string ToOptions()
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"ppm={Ppm:0.######},jitter={JitterUs:0.######},rate={Rate},channels={Channels}");
        if (OffsetMs != 0)
            text += string.Create(CultureInfo.InvariantCulture, $",offset={OffsetMs}");
        if (Lose.Seconds > 0)
            text += string.Create(CultureInfo.InvariantCulture, $",lose={Lose.At}+{Lose.Seconds}");
        if (StopAfterSeconds > 0)
            text += string.Create(CultureInfo.InvariantCulture, $",stop={StopAfterSeconds}");
        return text + $",seed={Seed}";
    }

    /// <returns>Null: taken over. Empty: no such option. Else what the value has to be.</returns>
    private static string? Fault(string name, string value, ref CardTiming timing)
    {
        if (name == "lose")
        {
            if (!SensorStall.TryParse(value, out SensorStall lose))
                return "seconds after it was opened, and for how many seconds, as in 4+0.5";
            timing = timing with { Lose = lose };
            return null;
        }
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            return Array.IndexOf(["ppm", "offset", "jitter", "stop", "rate", "channels", "seed"], name) >= 0 ? $"'{value}' is not a number" : "";
        bool whole = number == Math.Floor(number);
        (CardTiming? changed, string bounds) = name switch
        {
            "ppm" => (number is >= -500 and <= 500 ? timing with { Ppm = number } : null, "from -500 to 500 parts per million"),
            "offset" => (number is >= 0 and <= 1_000 ? timing with { OffsetMs = number } : null, "from 0 to 1000 milliseconds"),
            "jitter" => (number is >= 0 and <= 100_000 ? timing with { JitterUs = number } : null, "from 0 to 100000 microseconds"),
            "stop" => (number >= 0 ? timing with { StopAfterSeconds = number } : null, "seconds, 0 for never"),
            "rate" => (number is >= 8_000 and <= 192_000 && whole ? timing with { Rate = (int)number } : null, "from 8000 to 192000 samples per second"),
            "channels" => (number is >= 1 and <= 64 && whole ? timing with { Channels = (int)number } : null, "from 1 to 64"),
            "seed" => (number is >= 0 and <= int.MaxValue && whole ? timing with { Seed = (int)number } : null, "a whole number from 0"),
            _ => (null, ""),
        };
        if (changed is null)
            return bounds;
        timing = changed;
        return null;
    }
}

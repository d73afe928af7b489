using System.Globalization;

namespace RecordSync;

/// <summary>
/// Which frames a fault of the simulated camera hits: a share of them ("0.01"), or frames by their numbers
/// ("@90+120-124+300/30": 90, 120 to 124, and every thirtieth from 300). What it answers is a function of seed and frame number
/// alone, so that whoever judges the recording can ask it what was injected.
/// </summary>
internal sealed record FramePick
{
    public const string Help = "RATE or @N+N-M+N/STEP";

    public static readonly FramePick None = new(0, []);

    private readonly double rate;
    private readonly Range[] ranges;

    private FramePick(double rate, Range[] ranges) => (this.rate, this.ranges) = (rate, ranges);

    /// <summary>First and last frame, and the distance of those that are meant.</summary>
    private readonly record struct Range(long First, long Last, long Step)
    {
        public bool Has(long frame) => frame >= First && frame <= Last && (frame - First) % Step == 0;

        public override string ToString() =>
            Last == First ? $"{First}"
            : Last == long.MaxValue ? $"{First}/{Step}"
            : $"{First}-{Last}";
    }

    public bool IsNone => rate == 0 && ranges.Length == 0;

    public static bool TryParse(string text, out FramePick pick)
    {
        pick = None;
        if (!text.StartsWith('@'))
        {
            bool share = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and < 1;
            if (share)
                pick = new FramePick(value, []);
            return share;
        }
        List<Range> ranges = [];
        foreach (string part in text[1..].Split('+'))
        {
            if (!TryRange(part, out Range range))
                return false;
            ranges.Add(range);
        }
        pick = new FramePick(0, [.. ranges]);
        return true;
    }

    /// <param name="salt">Tells the faults of one seed apart.</param>
    public bool Hits(long frame, int seed, int salt) =>
        (rate > 0 && SensorNoise.Uniform(seed, salt, frame) < rate) || Array.Exists(ranges, range => range.Has(frame));

    public bool Equals(FramePick? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => ranges.Length == 0 ? rate.ToString(CultureInfo.InvariantCulture) : $"@{string.Join('+', ranges)}";

    private static bool TryRange(string text, out Range range)
    {
        range = default;
        string[] stepped = text.Split('/'), spanned = text.Split('-');
        if (stepped.Length == 2 && TryNumber(stepped[0], out long from) && TryNumber(stepped[1], out long step) && step > 0)
            range = new Range(from, long.MaxValue, step);
        else if (spanned.Length == 2 && TryNumber(spanned[0], out long first) && TryNumber(spanned[1], out long last) && last >= first)
            range = new Range(first, last, 1);
        else if (TryNumber(text, out long only))
            range = new Range(only, only, 1);
        else
            return false;
        return true;
    }

    private static bool TryNumber(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>Noise that is a function of seed and frame and of nothing before it: frame 1000 comes out the same whether or not frame 999 was asked for.</summary>
internal static class SensorNoise
{
    /// <summary>From 0 to less than 1.</summary>
    public static double Uniform(int seed, int salt, long frame)
    {
        // SplitMix64
        ulong z = (ulong)frame * 0x9E3779B97F4A7C15UL + ((ulong)(uint)seed << 32 | (uint)salt);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        z ^= z >> 31;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z ^= z >> 27;
        return (z >> 11) * (1.0 / (1UL << 53));
    }

    public static double Gaussian(int seed, int salt, long frame) =>
        Math.Sqrt(-2 * Math.Log(1 - Uniform(seed, salt, frame))) * Math.Cos(2 * Math.PI * Uniform(seed, salt + 1, frame));
}

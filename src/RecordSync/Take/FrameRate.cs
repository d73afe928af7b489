using System.Globalization;

namespace RecordSync;

/// <summary>Frames per second as an exact fraction, so that 29.97 is 30000/1001 and frame 1,000,000 of a take is where it should be.</summary>
internal readonly record struct FrameRate(int Numerator, int Denominator)
{
    public static readonly FrameRate Default = new(30, 1);

    /// <summary>The nominal distance between two frames, rounded to the nanosecond. For the time of frame k use <see cref="TimeOf"/>, which does not accumulate the rounding.</summary>
    public Nanos Period => TimeOf(1);

    public double PerSecond => (double)Numerator / Denominator;

    /// <summary>Time of frame k after frame 0: floor(k · 10⁹ · denominator / numerator), in nanoseconds.</summary>
    public Nanos TimeOf(long frame)
    {
        Int128 scaled = (Int128)frame * 1_000_000_000 * Denominator;
        Int128 quotient = scaled / Numerator;
        return new((long)(scaled < 0 && quotient * Numerator != scaled ? quotient - 1 : quotient));
    }

    /// <summary>How many frames fit before <paramref name="span"/>: the number of k ≥ 0 with TimeOf(k) &lt; span, to the nearest frame (a stop is never asked for between two frames on purpose).</summary>
    public long FramesIn(Nanos span) =>
        span.Value <= 0
            ? 0
            : (long)(((Int128)span.Value * Numerator * 2 + (Int128)1_000_000_000 * Denominator) / ((Int128)2_000_000_000 * Denominator));

    /// <summary>Reads "30", "29.97", "23.976" or "30000/1001". The /1.001 rates are recognised in their usual decimal spellings.</summary>
    public static bool TryParse(string? text, out FrameRate rate)
    {
        rate = default;
        if (string.IsNullOrWhiteSpace(text))
            return false;
        string[] parts = text.Trim().Split('/');
        if (parts.Length == 2)
            return TryWhole(parts[0], out int n) && TryWhole(parts[1], out int d) && TryMake(n, d, out rate);
        if (parts.Length != 1)
            return false;
        if (TryWhole(parts[0], out int whole))
            return TryMake(whole, 1, out rate);
        if (!decimal.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) || value is <= 0 or > 1000)
            return false;
        int nominal = (int)Math.Round(value);
        if (nominal > 0 && Math.Abs(nominal * 1000m / 1001m - value) < 0.005m && value != nominal)
            return TryMake(nominal * 1000, 1001, out rate);
        return TryMake((int)Math.Round(value * 1000), 1000, out rate);
    }

    /// <summary>In lowest terms, as <see cref="TryParse"/> gives it.</summary>
    public FrameRate Reduced()
    {
        int divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(Numerator, Denominator);
        return new FrameRate(Numerator / divisor, Denominator / divisor);
    }

    public override string ToString() => Denominator == 1 ? Numerator.ToString(CultureInfo.InvariantCulture) : $"{Numerator}/{Denominator}";

    private static bool TryWhole(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;

    private static bool TryMake(int numerator, int denominator, out FrameRate rate)
    {
        rate = default;
        if (numerator <= 0 || denominator <= 0 || (double)numerator / denominator is < 0.1 or > 1000)
            return false;
        rate = new FrameRate(numerator, denominator).Reduced();
        return true;
    }
}

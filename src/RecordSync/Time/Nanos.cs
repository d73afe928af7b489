using System.Globalization;

namespace RecordSync;

/// <summary>A duration in nanoseconds. TimeSpan ticks at 100 ns, which is too coarse for a clock that is good to a microsecond.</summary>
internal readonly record struct Nanos(long Value) : IComparable<Nanos>
{
    public static readonly Nanos Zero;

    private static readonly (long Size, string Unit)[] Units = [(3_600_000_000_000, "h"), (60_000_000_000, "min"), (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];

    public static Nanos FromMicroseconds(long microseconds) => new(checked(microseconds * 1_000));

    public static Nanos FromMilliseconds(long milliseconds) => new(checked(milliseconds * 1_000_000));

    public static Nanos FromSeconds(long seconds) => new(checked(seconds * 1_000_000_000));

    public double Microseconds => Value / 1e3;

    public double Milliseconds => Value / 1e6;

    public double Seconds => Value / 1e9;

    public int CompareTo(Nanos other) => Value.CompareTo(other.Value);

    public TimeSpan ToTimeSpan() => TimeSpan.FromTicks(Value / 100);

    public static Nanos operator +(Nanos a, Nanos b) => new(a.Value + b.Value);

    public static Nanos operator -(Nanos a, Nanos b) => new(a.Value - b.Value);

    public static Nanos operator -(Nanos a) => new(-a.Value);

    public static Nanos operator *(Nanos a, long factor) => new(a.Value * factor);

    public static bool operator <(Nanos a, Nanos b) => a.Value < b.Value;

    public static bool operator >(Nanos a, Nanos b) => a.Value > b.Value;

    public static bool operator <=(Nanos a, Nanos b) => a.Value <= b.Value;

    public static bool operator >=(Nanos a, Nanos b) => a.Value >= b.Value;

    /// <summary>As people write it: the largest unit in which it is a whole number.</summary>
    public override string ToString()
    {
        foreach ((long size, string unit) in Units)
        {
            if (Value != 0 && Value % size == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{Value / size}{unit}");
        }
        return string.Create(CultureInfo.InvariantCulture, $"{Value}ns");
    }
}

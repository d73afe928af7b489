namespace RecordSync;

/// <summary>An instant on this node's own monotonic clock (CLOCK_MONOTONIC, or the simulated oscillator that stands in for it): the clock that frames and packets are stamped with. It means nothing on another node.</summary>
internal readonly record struct LocalTime(long Nanoseconds) : IComparable<LocalTime>
{
    public int CompareTo(LocalTime other) => Nanoseconds.CompareTo(other.Nanoseconds);

    public static LocalTime operator +(LocalTime time, Nanos span) => new(time.Nanoseconds + span.Value);

    public static LocalTime operator -(LocalTime time, Nanos span) => new(time.Nanoseconds - span.Value);

    public static Nanos operator -(LocalTime later, LocalTime earlier) => new(later.Nanoseconds - earlier.Nanoseconds);

    public static bool operator <(LocalTime a, LocalTime b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(LocalTime a, LocalTime b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(LocalTime a, LocalTime b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(LocalTime a, LocalTime b) => a.Nanoseconds >= b.Nanoseconds;
}

namespace RecordSync;

/// <summary>An instant on the leader's time scale, nanoseconds since the UNIX epoch: the one clock that all nodes share. Set once from the leader's wall clock, then advanced by its monotonic clock, so it never steps.</summary>
internal readonly record struct NetworkTime(long Nanoseconds) : IComparable<NetworkTime>
{
    public int CompareTo(NetworkTime other) => Nanoseconds.CompareTo(other.Nanoseconds);

    public static NetworkTime operator +(NetworkTime time, Nanos span) => new(time.Nanoseconds + span.Value);

    public static NetworkTime operator -(NetworkTime time, Nanos span) => new(time.Nanoseconds - span.Value);

    public static Nanos operator -(NetworkTime later, NetworkTime earlier) => new(later.Nanoseconds - earlier.Nanoseconds);

    public static bool operator <(NetworkTime a, NetworkTime b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(NetworkTime a, NetworkTime b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(NetworkTime a, NetworkTime b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(NetworkTime a, NetworkTime b) => a.Nanoseconds >= b.Nanoseconds;
}

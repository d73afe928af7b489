namespace RecordSync;

/// <summary>
/// One four-timestamp exchange (RFC 5905 §8): t1 and t4 in the follower's local time, t2 and t3 in network time. Only their
/// differences across the wire mean anything: forward = t2 − t1 = offset + delay out, backward = t4 − t3 = delay back − offset.
/// </summary>
internal readonly record struct ClockSample(LocalTime T1, NetworkTime T2, NetworkTime T3, LocalTime T4)
{
    /// <summary>((t2 − t1) + (t3 − t4)) / 2: how far network time is ahead of local time, exact when both ways take equally long.</summary>
    public long OffsetNs => (Forward - Backward) / 2;

    /// <summary>(t4 − t1) − (t3 − t2): time on the wire, the leader's own time taken out.</summary>
    public long DelayNs => (T4.Nanoseconds - T1.Nanoseconds) - (T3.Nanoseconds - T2.Nanoseconds);

    public long Forward => T2.Nanoseconds - T1.Nanoseconds;

    public long Backward => T4.Nanoseconds - T3.Nanoseconds;
}

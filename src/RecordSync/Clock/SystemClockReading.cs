namespace RecordSync;

/// <summary>Whose idea of the time a node uses.</summary>
internal enum ClockSource
{
    /// <summary>The system's where it is shown to be the better one, else our own.</summary>
    Auto,

    /// <summary>Our own exchange with the leader, whose clock makes the time scale.</summary>
    Builtin,

    /// <summary>CLOCK_REALTIME, which ptp4l and phc2sys, or chrony, keep in step with other machines.</summary>
    System,
}

/// <summary>The wall clock at one instant, and what the kernel believes of it (adjtimex(2)).</summary>
/// <param name="Synchronised">The kernel has been told so by a program that disciplines it, and lately (STA_UNSYNC is clear).</param>
/// <param name="MaxErrorNs">The kernel's bound: set by that program, then growing by 500 ppm.</param>
/// <param name="ByKernelLoop">The kernel's own loop steers it (STA_PLL), as simple clients have it: their maximum error says nothing.</param>
/// <param name="Rate">How much faster the wall clock runs than local time, dimensionless: 0, because the kernel slews both alike, but for a simulated clock.</param>
internal readonly record struct SystemClockReading(LocalTime At, NetworkTime Wall, bool Synchronised, long MaxErrorNs, bool ByKernelLoop, double Rate = 0)
{
    /// <summary>A clock that is worse than this is not chosen by itself.</summary>
    public static readonly Nanos GoodError = Nanos.FromMilliseconds(1);

    /// <summary>Good enough to be chosen without being asked for.</summary>
    public bool IsGood => Synchronised && !ByKernelLoop && MaxErrorNs <= GoodError.Value;

    public long OffsetNs => Wall.Nanoseconds - At.Nanoseconds;
}

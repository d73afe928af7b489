namespace RecordSync;

/// <summary>
/// What the filter believes: at local time <see cref="At"/> network time is ahead by <see cref="OffsetNs"/>, and gains
/// <see cref="Rate"/> seconds per second on it.
/// </summary>
/// <param name="At">The local instant that the estimate speaks of: that of its newest sample.</param>
/// <param name="OffsetNs">Network − local at that instant, ns.</param>
/// <param name="Rate">Dimensionless: 50e-6 is 50 ppm.</param>
/// <param name="DispersionNs">How steady the estimate is, ns: without any asymmetry of the path.</param>
/// <param name="DelayNs">Smallest round trip in the window, ns.</param>
/// <param name="ErrorNs">The bound on |error| at <paramref name="At"/>: all of the delay may be one way, which no two-way method can see.</param>
/// <param name="RateUncertainty">How wrong the rate may be, dimensionless: the bound grows by it with age.</param>
/// <param name="Samples">In the window.</param>
/// <param name="NoiseNs">How much longer than the shortest a round trip usually is.</param>
internal readonly record struct ClockEstimate(
    LocalTime At,
    long OffsetNs,
    double Rate,
    long DispersionNs,
    long DelayNs,
    long ErrorNs,
    double RateUncertainty,
    int Samples,
    long NoiseNs = 0
)
{
    public long OffsetAt(LocalTime local) => OffsetNs + (long)((local.Nanoseconds - At.Nanoseconds) * Rate);

    public long ErrorAt(LocalTime local) => ErrorNs + (long)(Math.Abs(local.Nanoseconds - At.Nanoseconds) * RateUncertainty);
}

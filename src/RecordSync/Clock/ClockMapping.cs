namespace RecordSync;

/// <summary>
/// Local time to network time, immutable, so that the camera's streaming thread reads it without a lock: a straight line, and a correction that is
/// slewed in over <paramref name="SlewSpan"/>, so that network time neither jumps nor runs back:
/// network = <paramref name="Network"/> + (local − <paramref name="Local"/>) · (1 + <paramref name="Rate"/>) + slew · min(local − Local, span).
/// </summary>
/// <param name="ErrorNs">The bound at <paramref name="Local"/>, ns, without what is still to be slewed.</param>
/// <param name="RateUncertainty">By which the bound grows with age, dimensionless.</param>
/// <param name="Slew">Dimensionless, beyond the rate.</param>
internal sealed record ClockMapping(
    LocalTime Local,
    NetworkTime Network,
    double Rate,
    long ErrorNs,
    double RateUncertainty,
    double Slew = 0,
    long SlewSpan = 0
)
{
    public NetworkTime At(LocalTime local)
    {
        long elapsed = local.Nanoseconds - Local.Nanoseconds;
        return new NetworkTime(Network.Nanoseconds + elapsed + (long)(elapsed * Rate + Slew * Math.Min(elapsed, SlewSpan)));
    }

    /// <summary>The inverse, good to some nanoseconds for rates below 1000 ppm and spans of hours.</summary>
    public LocalTime LocalAt(NetworkTime network)
    {
        double elapsed = network.Nanoseconds - Network.Nanoseconds;
        double inSlew = elapsed / (1 + Rate + Slew);
        double gained = inSlew <= SlewSpan ? inSlew * (Rate + Slew) : (elapsed - Slew * SlewSpan) / (1 + Rate) * Rate + Slew * SlewSpan;
        return new LocalTime(Local.Nanoseconds + (network.Nanoseconds - Network.Nanoseconds) - (long)Math.Round(gained));
    }

    public long ErrorAt(LocalTime local)
    {
        double elapsed = local.Nanoseconds - Local.Nanoseconds;
        double leftToSlew = Math.Abs(Slew) * Math.Clamp(SlewSpan - elapsed, 0, SlewSpan);
        return ErrorNs + (long)(Math.Abs(elapsed) * RateUncertainty + leftToSlew);
    }
}

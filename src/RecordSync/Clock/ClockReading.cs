namespace RecordSync;

/// <summary>What a node's clock says at one instant, and how sure it is: a row of <c>--sync-log</c>.</summary>
/// <param name="State">leader, unsynchronised, synchronising, synchronised or holdover.</param>
/// <param name="RatePpb">How much faster network time runs than local time, parts per billion.</param>
/// <param name="DelayNs">Smallest round trip of late.</param>
/// <param name="DispersionNs">How far a burst moves the estimate.</param>
/// <param name="ErrorNs">The bound on the error.</param>
/// <param name="Age">Of the newest sample.</param>
internal readonly record struct ClockReading(
    LocalTime Local,
    NetworkTime? Network,
    string State,
    long? RatePpb = null,
    long? DelayNs = null,
    long? DispersionNs = null,
    long? ErrorNs = null,
    int Samples = 0,
    Nanos Age = default
);

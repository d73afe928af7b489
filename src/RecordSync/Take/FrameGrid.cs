namespace RecordSync;

/// <summary>
/// The take's grid: point k is the instant <c>Start + k/fps</c> of network time. File frame k of every node is the frame that was
/// captured nearest to point k; its PTS in the file is k/fps. This, and not the cameras, makes the files equal.
/// </summary>
internal readonly record struct FrameGrid(NetworkTime Start, FrameRate Rate)
{
    /// <summary>The grid that all cameras of a rate share before there is any take: the multiples of the period since the epoch of network time. Cameras that can be steered are aligned to it.</summary>
    public static FrameGrid Common(FrameRate rate) => new(new NetworkTime(0), rate);

    /// <summary>The first point at or after an instant.</summary>
    public NetworkTime NextFrom(NetworkTime time) => At(IndexFrom(time));

    public long IndexFrom(NetworkTime time)
    {
        long nearest = Nearest(time);
        return At(nearest) < time ? nearest + 1 : nearest;
    }

    public NetworkTime At(long index) => Start + Rate.TimeOf(index);

    /// <summary>PTS of file frame k, ns from the beginning of the file.</summary>
    public Nanos Pts(long index) => Rate.TimeOf(index);

    public Nanos DurationOf(long index) => Rate.TimeOf(index + 1) - Rate.TimeOf(index);

    public long Nearest(NetworkTime time)
    {
        Int128 doubled = (Int128)(time - Start).Value * Rate.Numerator * 2 + (Int128)1_000_000_000 * Rate.Denominator;
        Int128 unit = (Int128)2_000_000_000 * Rate.Denominator;
        Int128 quotient = doubled / unit;
        return (long)(doubled < 0 && quotient * unit != doubled ? quotient - 1 : quotient);
    }

    public Nanos Residual(NetworkTime time, long index) => time - At(index);
}

namespace RecordSync;

/// <summary>
/// The exchanges that still speak, in the order of their arrival times, as plain numbers relative to an origin that moves along, so that days of
/// uptime cost no precision. Old ones leave in batches: what is built on the window is then rebuilt once per batch, and not per sample.
/// </summary>
internal sealed class SampleWindow
{
    public const int Capacity = 2048;

    /// <summary>Samples leave when they are older than the window by this part of it.</summary>
    private const double Overhang = 1.0 / 16;

    private readonly double length;
    private LocalTime origin;
    private long baseOffset;

    public SampleWindow(Nanos length) => this.length = length.Value;

    public int Count { get; private set; }

    /// <summary>Arrival (t4), ns since the origin.</summary>
    public double[] At { get; } = new double[Capacity];

    /// <summary>Offset plus delay out, ns, less the base offset.</summary>
    public double[] Forward { get; } = new double[Capacity];

    /// <summary>Delay back minus offset, ns, plus the base offset.</summary>
    public double[] Backward { get; } = new double[Capacity];

    /// <summary>Changes when samples have left, moved or come in between: what was built on them is void.</summary>
    public int Generation { get; private set; }

    public void Clear() => (Count, Generation) = (0, Generation + 1);

    public double Since(LocalTime time) => time.Nanoseconds - origin.Nanoseconds;

    public LocalTime TimeAt(double since) => new(origin.Nanoseconds + (long)since);

    public long Absolute(double offset) => baseOffset + (long)Math.Round(offset);

    public double Relative(long offset) => offset - baseOffset;

    /// <param name="rate">The rate as far as it is known: the request left at t1, and is spoken of as at t4.</param>
    public void Add(in ClockSample sample, double rate)
    {
        if (Count == 0)
            (origin, baseOffset, Generation) = (sample.T4, sample.OffsetNs, Generation + 1);
        double at = Since(sample.T4);
        if (Count == Capacity || (Count > 0 && at - At[0] > length * (1 + Overhang)))
        {
            Expire(at);
            at = Since(sample.T4);
        }
        double forward = sample.Forward - baseOffset + rate * (sample.T4 - sample.T1).Value;
        double backward = sample.Backward + baseOffset;
        int slot = Count++;
        // answers that overtook one another, or whose stamps came late: to its place in time
        for (; slot > 0 && At[slot - 1] > at; slot--)
            (At[slot], Forward[slot], Backward[slot]) = (At[slot - 1], Forward[slot - 1], Backward[slot - 1]);
        (At[slot], Forward[slot], Backward[slot]) = (at, forward, backward);
        if (slot != Count - 1)
            Generation++;
    }

    private void Expire(double now)
    {
        int gone = 0;
        while (gone < Count - 1 && now - At[gone] > length)
            gone++;
        gone = Math.Max(gone, Count - Capacity * 15 / 16);
        Count -= gone;
        double moved = At[gone];
        for (int i = 0; i < Count; i++)
            At[i] = At[gone + i] - moved;
        origin += new Nanos((long)moved);
        Array.Copy(Forward, gone, Forward, 0, Count);
        Array.Copy(Backward, gone, Backward, 0, Count);
        Generation++;
    }
}

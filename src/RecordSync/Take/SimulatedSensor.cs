namespace RecordSync;

/// <param name="Number">From 0 when the camera is opened; in the pixels.</param>
/// <param name="CaptureNs">On the true clock, CLOCK_MONOTONIC.</param>
/// <param name="Lost">No picture comes of it.</param>
/// <param name="Doubled">Its picture comes twice.</param>
internal readonly record struct SensorFrame(long Number, long CaptureNs, bool Lost, bool Doubled);

/// <summary>
/// The frame clock of a simulated sensor. A free-running one has the exact rate, off by its ppm. One that can be steered counts lines, as sensors
/// do: its frame length is a whole number of <see cref="Line"/>, so that its nominal rate is already off by up to half a line a frame; a new length
/// counts from the third frame interval after the command on, because two are on their way already.
/// </summary>
internal sealed class SimulatedSensor
{
    /// <summary>Time of one line.</summary>
    public static readonly Nanos Line = Nanos.FromMicroseconds(15);

    /// <summary>Frame intervals between a command and the first one that obeys it.</summary>
    public const int Latency = 2;

    private readonly SensorTiming timing;
    private readonly FrameRate rate;
    private readonly long start;
    private readonly long[] onTheirWay = new long[Latency - 1];
    private long lines;
    private long frame;
    private double elapsed;
    private long last = long.MinValue;

    /// <param name="notBefore">Frame 0 lies on the first multiple of the period at or after this, plus the sensor's phase.</param>
    public SimulatedSensor(SensorTiming timing, FrameRate rate, long notBefore)
    {
        (this.timing, this.rate) = (timing, rate);
        // on the grid of multiples of the period that all simulated sensors of this machine share: phase is against it
        start = rate.TimeOf(rate.FramesIn(new Nanos(notBefore)) + 1).Value + (long)(timing.PhaseMs * 1e6);
        lines = LinesOf(rate.Period);
        Array.Fill(onTheirWay, lines);
    }

    /// <summary>The frame length that is asked for now, by the sensor's own clock.</summary>
    public Nanos FrameLength => Line * Volatile.Read(ref lines);

    public Nanos ShortestFrame => Line * LinesOf(timing.ShortestUs > 0 ? new Nanos((long)(timing.ShortestUs * 1e3)) : new Nanos((long)(rate.Period.Value * 0.98)));

    public Nanos LongestFrame => Line * LinesOf(rate.Period * 4);

    /// <summary>Asks for another frame length: rounded to lines and kept within the sensor's bounds. From any thread.</summary>
    public void Steer(Nanos length)
    {
        long bounded = Math.Clamp(length.Value, ShortestFrame.Value, LongestFrame.Value);
        Volatile.Write(ref lines, LinesOf(new Nanos(bounded)));
    }

    /// <summary>The next frame; call it once the one before has been captured, so that a command takes its time.</summary>
    public SensorFrame Next()
    {
        long number = frame++;
        if (number > 0)
            elapsed += Line.Value * (double)NextLines();
        double place = timing.Steer ? elapsed : rate.TimeOf(number).Value;
        long capture = start + (long)Math.Round(place * (1 + timing.Ppm * 1e-6) + timing.JitterOf(number, rate));
        last = Math.Max(capture, last + 1);
        return new SensorFrame(number, last, timing.Loses(number, rate), timing.Doubles(number, rate));
    }

    private long NextLines()
    {
        long due = onTheirWay[0];
        Array.Copy(onTheirWay, 1, onTheirWay, 0, onTheirWay.Length - 1);
        onTheirWay[^1] = Volatile.Read(ref lines);
        return due;
    }

    private static long LinesOf(Nanos length) => (length.Value + Line.Value / 2) / Line.Value;
}

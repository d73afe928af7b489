namespace RecordSync;

/// <summary>
/// The samples of a take: sample m of a file is what was heard at the instant <c>Start + m/rate</c> of network time, as its frame k is what was seen at
/// <c>Start + k/fps</c>. The sound card's own clock does not appear in it.
/// </summary>
/// <param name="Rate">Samples per second in the file.</param>
internal readonly record struct SoundGrid(NetworkTime Start, int Rate)
{
    private const long Second = 1_000_000_000;

    public NetworkTime At(long sample) => Start + TimeOf(sample);

    /// <summary>From the start of the take.</summary>
    public Nanos TimeOf(long sample) => new((long)((Int128)sample * Second / Rate));

    /// <summary>The sample at a grid point of the pictures: where the sound of a file begins that begins with this frame. Nearest, so within 11 µs at 48 kHz.</summary>
    public long SampleOf(FrameRate frames, long index)
    {
        Int128 unit = frames.Numerator;
        return (long)(((Int128)index * frames.Denominator * Rate * 2 + unit) / (2 * unit));
    }
}

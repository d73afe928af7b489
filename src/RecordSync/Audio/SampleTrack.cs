namespace RecordSync;

/// <summary>How a sound card delivers: samples per second, and channels, of which the first two are recorded.</summary>
internal readonly record struct SoundFormat(int Rate, int Channels)
{
    public const int MostChannels = 2;

    public int Recorded => Math.Min(Channels, MostChannels);
}

/// <summary>
/// The last half minute of what a sound card has delivered, numbered by the card's own count; what was lost on the way is silence with numbers of its own, so that number and
/// instant stay on one line (<see cref="SampleClock"/>). One owner at a time.
/// </summary>
internal sealed class SampleTrack
{
    private const int SecondsKept = 30;

    private readonly float[] ring;
    private readonly long capacity;
    private readonly int channels;
    private readonly SampleClock clock;
    private readonly List<(long From, long To)> gaps = [];
    private long? nextOffset;

    public SampleTrack(SoundFormat format)
    {
        Format = format;
        channels = format.Recorded;
        capacity = (long)format.Rate * SecondsKept;
        ring = new float[capacity * channels];
        clock = new SampleClock(format.Rate);
    }

    public SoundFormat Format { get; }

    public SampleClock Clock => clock;

    /// <summary>The number of the sample that comes next.</summary>
    public long End { get; private set; }

    /// <summary>The number of the oldest sample that is still there.</summary>
    public long Begin { get; private set; }

    /// <summary>Samples that the card or its driver has lost since it was opened first.</summary>
    public long Lost { get; private set; }

    /// <param name="samples">A block, channels interleaved.</param>
    /// <param name="ns">When its first sample was taken, as its arrival tells.</param>
    /// <param name="offset">The source's own count of samples, where it has one: a jump in it is a loss that is known at once.</param>
    public void Add(ReadOnlySpan<float> samples, long ns, long? offset = null)
    {
        int count = samples.Length / Format.Channels;
        if (offset is { } told && nextOffset is { } expected && told > expected)
            Skip(told - expected);
        nextOffset = offset + count;
        if (!clock.Runs && End > 0)
        {
            // opened again: the time between is silence
            long missed = (long)Math.Round(clock.SampleAt(ns)) - End;
            Skip(missed);
        }
        Skip(clock.Add(End, ns));
        for (int i = 0; i < count; i++)
        {
            long at = (End + i) % capacity * channels;
            for (int channel = 0; channel < channels; channel++)
                ring[at + channel] = samples[i * Format.Channels + channel];
        }
        End += count;
        Trim();
    }

    /// <summary>The card is lost; when it comes back, what it missed is silence.</summary>
    public void Interrupt()
    {
        clock.Restart();
        nextOffset = null;
    }

    /// <summary>Samples from a number on, channels interleaved; zero where there are none.</summary>
    public void Read(long from, Span<float> into)
    {
        int count = into.Length / channels;
        for (int i = 0; i < count; i++)
        {
            long number = from + i;
            Span<float> sample = into.Slice(i * channels, channels);
            if (number < Begin || number >= End)
                sample.Clear();
            else
                ring.AsSpan((int)(number % capacity) * channels, channels).CopyTo(sample);
        }
    }

    /// <summary>How many of the samples between two numbers are not the card's.</summary>
    public long MissingIn(long from, long to)
    {
        long missing = Math.Max(0, Math.Min(to, Begin) - from) + Math.Max(0, to - Math.Max(from, End));
        foreach ((long start, long end) in gaps)
            missing += Math.Max(0, Math.Min(to, end) - Math.Max(from, start));
        return Math.Min(missing, to - from);
    }

    private void Skip(long count)
    {
        if (count <= 0)
            return;
        Lost += count;
        for (long i = Math.Max(0, count - capacity); i < count; i++)
            ring.AsSpan((int)((End + i) % capacity) * channels, channels).Clear();
        gaps.Add((End, End + count));
        End += count;
        Trim();
    }

    private void Trim()
    {
        Begin = Math.Max(Begin, End - capacity);
        gaps.RemoveAll(gap => gap.To <= Begin);
    }
}

namespace RecordSync;

/// <summary>
/// What the simulated world sounds like, at every instant of the true monotonic clock and for every simulated card alike: a tick at each whole second, and 200 ms to 790 ms
/// after it a quieter one that tells the second of the minute, 10 ms for each. Found in a recording, they say when it was heard.
/// </summary>
internal static class TickSound
{
    public const double Loudness = 0.5;
    private const double Second = 1e9;
    private const double Hertz = 1_000;
    private const double WidthNs = 2e6;
    private const double QuietShare = 0.4;

    /// <summary>Where the quieter tick of second 0 lies; 10 ms later for each second of the minute.</summary>
    public static readonly Nanos FirstMark = Nanos.FromMilliseconds(200);

    public static readonly Nanos MarkStep = Nanos.FromMilliseconds(10);

    /// <param name="ns">On CLOCK_MONOTONIC.</param>
    public static float At(double ns)
    {
        double second = Math.Floor(ns / Second), since = ns - second * Second;
        double mark = FirstMark.Value + MarkStep.Value * (second % 60);
        return (float)(Loudness * (Tick(since) + Tick(since - Second) + QuietShare * Tick(since - mark)));
    }

    /// <summary>The instants of the loud ticks in a recording, in samples with a fraction: the correlation with the tick's own shape, and its highest place.</summary>
    public static IReadOnlyList<double> Find(ReadOnlySpan<float> samples, int rate)
    {
        float[] envelope = Envelope(samples, rate);
        List<double> found = [];
        int reach = rate / 4;
        for (int i = 1; i < envelope.Length - 1; i++)
        {
            if (envelope[i] < 0.7 * Loudness || envelope[i] < envelope[i - 1] || envelope[i] < envelope[i + 1])
                continue;
            if (found.Count > 0 && i - found[^1] < reach)
            {
                if (envelope[i] > envelope[(int)Math.Round(found[^1])])
                    found[^1] = Summit(envelope, i);
                continue;
            }
            found.Add(Summit(envelope, i));
        }
        return found;
    }

    /// <summary>The second of the minute that the quiet tick behind a loud one tells; null where there is none.</summary>
    public static int? SecondBehind(ReadOnlySpan<float> samples, int rate, double tick)
    {
        int from = (int)(tick + rate * (FirstMark.Seconds - MarkStep.Seconds)), to = (int)(tick + rate * (FirstMark.Seconds + 60 * MarkStep.Seconds));
        if (from < 0 || to + rate / 50 > samples.Length)
            return null;
        int margin = rate / 50;
        float[] envelope = Envelope(samples[Math.Max(0, from - margin)..(to + margin)], rate);
        int best = Array.IndexOf(envelope, envelope.Max());
        double mark = ((Math.Max(0, from - margin) + best - tick) / rate - FirstMark.Seconds) / MarkStep.Seconds;
        return envelope[best] < 0.5 * QuietShare * Loudness ? null : Math.Clamp((int)Math.Round(mark), 0, 59);
    }

    private static double Summit(float[] envelope, int i)
    {
        double below = envelope[i - 1], here = envelope[i], above = envelope[i + 1], curve = below - 2 * here + above;
        return i + (curve == 0 ? 0 : 0.5 * (below - above) / curve);
    }

    /// <summary>How much of a tick is in the recording around each sample: its correlation with the tick as cosine and as sine, so that the phase that a filter turns does not matter.</summary>
    private static float[] Envelope(ReadOnlySpan<float> samples, int rate)
    {
        int half = (int)(3 * WidthNs / Second * rate);
        float[] cosine = new float[2 * half + 1], sine = new float[2 * half + 1];
        double norm = 0;
        for (int i = -half; i <= half; i++)
        {
            double seconds = (double)i / rate, window = Math.Exp(-Math.Pow(seconds * Second / WidthNs, 2));
            cosine[i + half] = (float)(window * Math.Cos(2 * Math.PI * Hertz * seconds));
            sine[i + half] = (float)(window * Math.Sin(2 * Math.PI * Hertz * seconds));
            norm += cosine[i + half] * cosine[i + half];
        }
        float[] envelope = new float[samples.Length];
        float threshold = (float)(Loudness * QuietShare / 16);
        for (int i = half; i < samples.Length - half; i++)
        {
            // most of a recording is silence
            if (Math.Abs(samples[i]) < threshold && (i + half / 8 >= samples.Length || Math.Abs(samples[i + half / 8]) < threshold) && Math.Abs(samples[i - half / 8]) < threshold)
                continue;
            float re = 0, im = 0;
            ReadOnlySpan<float> around = samples.Slice(i - half, 2 * half + 1);
            for (int k = 0; k < around.Length; k++)
            {
                re += around[k] * cosine[k];
                im += around[k] * sine[k];
            }
            envelope[i] = (float)(Math.Sqrt(re * re + im * im) / norm);
        }
        return envelope;
    }

    private static double Tick(double ns) => Math.Abs(ns) > 4 * WidthNs ? 0 : Math.Exp(-Math.Pow(ns / WidthNs, 2)) * Math.Cos(2 * Math.PI * Hertz * ns / Second);
}

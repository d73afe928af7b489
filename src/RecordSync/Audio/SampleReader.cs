namespace RecordSync;

/// <summary>
/// Reads a <see cref="SampleTrack"/> between its samples: so does sound that was sampled by one clock become sound that was sampled by another, without a sample left out or put in twice.
/// Band-limited interpolation by a windowed sinc (Kaiser, 96 dB) of 48 samples; wider, and with a lower corner, where the card is faster than the file.
/// </summary>
internal sealed class SampleReader
{
    private const int HalfWidth = 24;
    private const int Phases = 512;
    private const double Beta = 9.6;

    /// <summary>Share of the bandwidth that passes; the rest is for the slope of the filter.</summary>
    private const double Passband = 0.93;

    private readonly int half;
    private readonly float[] kernel;
    private float[] window = [];

    /// <param name="rate">Samples per second of the card.</param>
    /// <param name="wanted">Samples per second of the file.</param>
    public SampleReader(int rate, int wanted)
    {
        double corner = Math.Min(1, (double)wanted / rate) * Passband;
        half = (int)Math.Ceiling(HalfWidth / Math.Min(1, (double)wanted / rate));
        int taps = 2 * half;
        // one phase more than there are, to interpolate towards
        kernel = new float[(Phases + 1) * taps];
        for (int phase = 0; phase <= Phases; phase++)
        {
            double sum = 0;
            for (int tap = 0; tap < taps; tap++)
            {
                double distance = tap - (half - 1) - (double)phase / Phases;
                double value = corner * Sinc(corner * distance) * Kaiser(distance / half);
                kernel[phase * taps + tap] = (float)value;
                sum += value;
            }
            for (int tap = 0; tap < taps; tap++)
                kernel[phase * taps + tap] /= (float)sum;
        }
    }

    /// <summary>Samples that are needed behind a place to read there.</summary>
    public int Ahead => half + 1;

    /// <param name="from">Number of the first place, with a fraction.</param>
    /// <param name="step">From one place to the next.</param>
    /// <param name="into">Channels interleaved, as many as the track has.</param>
    public void Read(SampleTrack track, double from, double step, Span<float> into)
    {
        int channels = track.Format.Recorded, count = into.Length / channels, taps = 2 * half;
        long first = (long)Math.Floor(from) - half + 1;
        long last = (long)Math.Floor(from + step * (count - 1)) + half;
        int length = checked((int)(last - first + 1)) * channels;
        if (window.Length < length)
            window = new float[length * 2];
        track.Read(first, window.AsSpan(0, length));
        for (int i = 0; i < count; i++)
        {
            double place = from + step * i;
            long whole = (long)Math.Floor(place);
            double phase = (place - whole) * Phases;
            int below = (int)phase;
            float share = (float)(phase - below);
            ReadOnlySpan<float> a = kernel.AsSpan(below * taps, taps), b = kernel.AsSpan((below + 1) * taps, taps);
            int at = (int)(whole - half + 1 - first) * channels;
            for (int channel = 0; channel < channels; channel++)
            {
                float sum = 0;
                for (int tap = 0; tap < taps; tap++)
                    sum += window[at + tap * channels + channel] * (a[tap] + share * (b[tap] - a[tap]));
                into[i * channels + channel] = sum;
            }
        }
    }

    private static double Sinc(double x) => Math.Abs(x) < 1e-9 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    private static double Kaiser(double x) => Math.Abs(x) >= 1 ? 0 : Bessel(Beta * Math.Sqrt(1 - x * x)) / Bessel(Beta);

    /// <summary>The modified Bessel function of order 0, by its series.</summary>
    private static double Bessel(double x)
    {
        double sum = 1, term = 1;
        for (int k = 1; term > 1e-12 * sum; k++)
        {
            term *= x / 2 / k * (x / 2 / k);
            sum += term;
        }
        return sum;
    }
}

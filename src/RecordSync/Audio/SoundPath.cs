namespace RecordSync;

/// <summary>
/// The way of a take through the samples of a card: where to read next, and how far apart. The way goes on from where it was, and leans towards where it should be by at
/// most 500 ppm, which nobody hears: every correction of a clock, small as it is, would otherwise be a click.
/// </summary>
internal sealed class SoundPath
{
    private const double LargestLean = 500e-6;

    /// <summary>Farther than this from where it should be it jumps: another card, or a card that was opened again.</summary>
    public static readonly Nanos LargestLag = Nanos.FromMilliseconds(5);

    private readonly double farthest;
    private double? at;

    /// <param name="rate">Samples per second of the card.</param>
    public SoundPath(int rate) => farthest = LargestLag.Seconds * rate;

    /// <param name="from">Where reading should begin.</param>
    /// <param name="to">Where it should have come to after <paramref name="count"/> samples of the file.</param>
    public (double From, double Step) Next(double from, double to, int count)
    {
        double begin = at is { } there && Math.Abs(there - from) <= farthest ? there : from;
        double nominal = (to - from) / count;
        double step = Math.Clamp((to - begin) / count, nominal * (1 - LargestLean), nominal * (1 + LargestLean));
        at = begin + step * count;
        return (begin, step);
    }
}

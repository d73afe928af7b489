namespace RecordSync;

/// <param name="Ppm">How much longer than nominal the camera's frame period is, in network time, parts per million.</param>
/// <param name="ErrorPpm">Standard error of that.</param>
internal readonly record struct SensorRateEstimate(double Ppm, double ErrorPpm);

/// <summary>
/// The rate of a camera against network time: the slope of (capture time − frame number · nominal period). Frame numbers come from the distances of the capture times, so that
/// lost frames, slips of the grid and repeated points do not matter. Medians of a second each, a least-squares line through them, and once more without
/// those that lie off it: a hiccup of the machine or a step of the camera does not bend it.
/// </summary>
internal sealed class SensorRate(FrameRate rate)
{
    private const int LeastBlocks = 4;
    private const double Outlier = 4;

    /// <summary>A camera that paused longer than this may have begun anew, at another phase: what came before is another stretch.</summary>
    private static readonly Nanos LongestPause = Nanos.FromSeconds(2);

    private readonly int perBlock = (int)Math.Clamp(Math.Round(rate.PerSecond), 8, 240);
    private readonly List<(double X, double Y)> block = [];
    private readonly List<(double X, double Y)> stretch = [];
    private List<(double X, double Y)> longest = [];
    private long? firstNs;
    private long lastNs;
    private long number;
    private bool anew;

    /// <summary>The camera was away: when it gives pictures again it is at another phase.</summary>
    public void BeginAnew() => anew = true;

    /// <summary>A frame of its own of the camera, in the order of time.</summary>
    public void Add(NetworkTime captured)
    {
        double period = rate.Period.Value;
        long now = captured.Nanoseconds;
        if (anew || firstNs is null || now - lastNs > LongestPause.Value)
            Restart(now);
        else
            number += (long)Math.Round((now - lastNs) / period);
        lastNs = now;
        long nominal = rate.TimeOf(number).Value;
        block.Add((nominal, now - firstNs!.Value - nominal));
        if (block.Count == perBlock)
            CloseBlock();
    }

    /// <summary>Null: too short a take to tell.</summary>
    public SensorRateEstimate? Estimate()
    {
        List<(double X, double Y)> points = stretch.Count >= longest.Count ? stretch : longest;
        if (points.Count < LeastBlocks)
            return null;
        (double slope, double level) = Line(points);
        double typical = Typical(points, slope, level);
        List<(double X, double Y)> good = [.. points.Where(point => Math.Abs(point.Y - level - slope * point.X) <= Outlier * typical)];
        if (good.Count >= LeastBlocks)
            (slope, level) = Line(good);
        else
            good = points;
        return new SensorRateEstimate(slope * 1e6, StandardError(good, slope, level) * 1e6);
    }

    private void Restart(long now)
    {
        if (stretch.Count > longest.Count)
            longest = [.. stretch];
        stretch.Clear();
        block.Clear();
        firstNs = now;
        number = 0;
        anew = false;
    }

    private void CloseBlock()
    {
        double[] values = [.. block.Select(point => point.Y).Order()];
        stretch.Add((block.Average(point => point.X), values[values.Length / 2]));
        block.Clear();
    }

    private static (double Slope, double Level) Line(List<(double X, double Y)> points)
    {
        double meanX = points.Average(point => point.X), meanY = points.Average(point => point.Y);
        double slope = points.Sum(point => (point.X - meanX) * (point.Y - meanY)) / points.Sum(point => (point.X - meanX) * (point.X - meanX));
        return (slope, meanY - slope * meanX);
    }

    /// <summary>The median distance from the line, as a standard deviation; never less than a nanosecond.</summary>
    private static double Typical(List<(double X, double Y)> points, double slope, double level)
    {
        double[] distances = [.. points.Select(point => Math.Abs(point.Y - level - slope * point.X)).Order()];
        return Math.Max(1, distances[distances.Length / 2] * 1.4826);
    }

    private static double StandardError(List<(double X, double Y)> points, double slope, double level)
    {
        double meanX = points.Average(point => point.X);
        double left = points.Sum(point => Math.Pow(point.Y - level - slope * point.X, 2)) / Math.Max(1, points.Count - 2);
        return Math.Sqrt(left / points.Sum(point => (point.X - meanX) * (point.X - meanX)));
    }
}

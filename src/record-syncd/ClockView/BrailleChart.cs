namespace RecordSync.Daemon;

/// <summary>A value at an instant, in seconds and whatever unit the chart has.</summary>
internal readonly record struct ChartPoint(double At, double Value);

/// <summary>
/// A line chart in Braille characters (U+2800 and on): two columns and four rows of dots in each cell. Points that follow each other are joined,
/// unless so much time lies between that nothing is known of it.
/// </summary>
internal sealed class BrailleChart
{
    private const int DotsAcross = 2;
    private const int DotsDown = 4;
    private const char Blank = '\u2800';

    /// <summary>The bit of each dot of a cell, row by row (the two columns are numbered 1-3, 7 and 4-6, 8).</summary>
    private static readonly int[] Bits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

    private readonly int width;
    private readonly int height;
    private readonly char[][] cells;

    private BrailleChart(int width, int height)
    {
        (this.width, this.height) = (width * DotsAcross, height * DotsDown);
        cells = [.. Enumerable.Range(0, height).Select(_ => Enumerable.Repeat(Blank, width).ToArray())];
    }

    /// <param name="points">In order of time; what lies outside of the frame is left out.</param>
    /// <param name="from">Time at the left edge.</param>
    /// <param name="to">Time at the right edge.</param>
    /// <param name="longestGap">Points further apart than this are not joined.</param>
    /// <returns>Lines of <paramref name="width"/> characters, the top one first.</returns>
    public static string[] Draw(IReadOnlyList<ChartPoint> points, int width, int height, double from, double to, double low, double high, double longestGap)
    {
        BrailleChart chart = new(width, height);
        (int X, int Y)? before = null;
        double beforeAt = 0;
        foreach (ChartPoint point in points.Where(point => point.At >= from && point.At <= to && double.IsFinite(point.Value)))
        {
            (int X, int Y) dot = (chart.Across((point.At - from) / (to - from)), chart.Down((high - point.Value) / (high - low)));
            if (before is { } last && point.At - beforeAt <= longestGap)
                chart.Join(last, dot);
            else
                chart.Set(dot.X, dot.Y);
            (before, beforeAt) = (dot, point.At);
        }
        return [.. chart.cells.Select(row => new string(row))];
    }

    private int Across(double fraction) => Math.Clamp((int)Math.Round(fraction * (width - 1)), 0, width - 1);

    private int Down(double fraction) => double.IsNaN(fraction) ? height / 2 : Math.Clamp((int)Math.Round(fraction * (height - 1)), 0, height - 1);

    private void Join((int X, int Y) from, (int X, int Y) to)
    {
        int steps = Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y));
        for (int step = 0; step <= steps; step++)
        {
            double way = steps == 0 ? 0 : (double)step / steps;
            Set((int)Math.Round(from.X + way * (to.X - from.X)), (int)Math.Round(from.Y + way * (to.Y - from.Y)));
        }
    }

    private void Set(int x, int y) => cells[y / DotsDown][x / DotsAcross] |= (char)Bits[y % DotsDown * DotsAcross + x % DotsAcross];
}

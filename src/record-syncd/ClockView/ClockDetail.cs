using Spectre.Console;

namespace RecordSync.Daemon;

/// <summary>One node's clock, large: its figures in two lines, then its charts one below the other.</summary>
internal static class ClockDetail
{
    private const int LabelWidth = 9;
    private const int LeastRows = 2;
    private const int MostRows = 12;

    private sealed record Plot(string Title, IReadOnlyList<ChartPoint> Points, Style Colour, bool FromZero);

    public static string Render(WatchedClock clock, LocalTime now, int width, int height, bool colour)
    {
        double span = ClockFigures.Span([clock], now);
        double to = WatchedClock.Seconds(now), from = to - span;
        List<Plot> plots =
        [
            new("Offset, relative to its mean", clock.OffsetFromMean(), ClockFigures.OffsetColour, false),
            new("Offset, without its drift (the straight line through it)", clock.OffsetWithoutDrift(), ClockFigures.OffsetColour, false),
            new("Delay, smallest round trip", clock.Delay(), ClockFigures.DelayColour, true),
            new("Bound on the error", clock.Bound(), ClockFigures.BoundColour, true),
        ];
        const int Head = 3, Axis = 1;
        int rows = RowsOf(plots.Count, height - Head - Axis);
        if (rows < LeastRows + 1)
        {
            // what the other offset shows less closely goes first
            plots.RemoveAt(1);
            rows = RowsOf(plots.Count, height - Head - Axis);
        }
        Paragraph text = new();
        AppendFigures(text, clock, now, width);
        int across = Math.Max(8, width - LabelWidth - 2);
        foreach (Plot plot in plots)
            Append(text, plot, across, Math.Clamp(rows, LeastRows, MostRows), from, to);
        string left = $"{span:0} s ago";
        text.Append(new string(' ', LabelWidth + 2) + left + "now".PadLeft(Math.Max(4, across - left.Length)), ClockFigures.Dim);
        string drawn = PeersTable.Print(text, width, colour).Replace('\u2800', ' ');
        return string.Join('\n', drawn.Split('\n').Select(line => line.TrimEnd()));
    }

    private static int RowsOf(int plots, int height) => (height / plots) - 1;

    private static void AppendFigures(Paragraph text, WatchedClock clock, LocalTime now, int width)
    {
        ClockReport? report = clock.Report;
        text.Append(PeersTable.Clean(clock.NodeId) + "  ", new Style(decoration: Decoration.Bold));
        text.Append(ClockFigures.State(clock, now), ClockFigures.StateColour(clock, now));
        string place = $"  {clock.Address}{(clock.Host is null ? "" : $" on {PeersTable.Clean(clock.Host)}")}";
        text.Append(ClockFigures.Fit(place, Math.Max(0, width - clock.NodeId.Length - 2 - ClockFigures.State(clock, now).Length)) + "\n", ClockFigures.Dim);
        string figures =
            $"offset {Quantity.Offset(report?.OffsetNs, report?.ErrorNs)}, rate {ClockFigures.Rate(report?.RatePpb)}, delay {Quantity.Span(report?.DelayNs)}, dispersion {Quantity.Span(report?.DispersionNs)}";
        if (report?.Source is { } source)
            figures += $", from the {PeersTable.Clean(source)}'s clock";
        text.Append(ClockFigures.Fit(figures, width) + "\n");
        if (report?.Alarm is { } alarm)
            text.Append(ClockFigures.Fit(PeersTable.Clean(alarm), width) + "\n", new Style(Color.Red));
        text.Append("\n");
    }

    private static void Append(Paragraph text, Plot plot, int across, int rows, double from, double to)
    {
        ChartPoint[] points = [.. plot.Points.Where(point => point.At >= from)];
        double high = ClockFigures.Highest(points), low = plot.FromZero ? 0 : ClockFigures.Lowest(points);
        string title = points.Length == 0 ? $"{plot.Title}: nothing known" : plot.Title;
        text.Append($"{new string(' ', LabelWidth + 2)}{ClockFigures.Fit(title, across)}\n", ClockFigures.Dim);
        string[] lines = BrailleChart.Draw(points, across, rows, from, to, low, high, ClockFigures.LongestGap);
        for (int row = 0; row < rows; row++)
        {
            double value = high - (high - low) * row / (rows - 1);
            bool labelled = points.Length > 0 && (row == 0 || row == rows - 1 || (rows >= 5 && rows % 2 == 1 && row == rows / 2));
            string label = labelled ? Quantity.Span((long)Math.Round(value)) : "";
            text.Append($"{label,LabelWidth} {(labelled ? '┤' : '│')}", ClockFigures.Dim).Append(lines[row] + "\n", plot.Colour);
        }
    }
}

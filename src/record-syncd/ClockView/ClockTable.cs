using Spectre.Console;
using Spectre.Console.Rendering;

namespace RecordSync.Daemon;

/// <summary>The clocks of a group, a row each: figures, and small charts where there is room.</summary>
internal static class ClockTable
{
    /// <summary>Fewer columns hold no charts.</summary>
    private const int LeastWidth = 80;

    private const int LeastWidthForAir = 100;
    private const int LongestName = 24;
    private const int StateWidth = 18;
    private const int TallestChart = 3;

    /// <summary>For all figures and names of usual length.</summary>
    private const int WideEnough = 120;

    private static readonly string[] FigureTitles = ["Node", "State", "Offset", "Bound", "Delay", "Rate", "Dispersion"];

    /// <param name="height">Lines that there are; null: as many as it takes, and no charts.</param>
    /// <returns>Lines, none wider than <paramref name="width"/> where that holds the longest name and state.</returns>
    public static string Render(IReadOnlyList<WatchedClock> clocks, LocalTime now, int width, int? height, bool colour)
    {
        if (clocks.Count == 0)
            return "";
        const int Head = 2, Legend = 3;
        int chart = width < LeastWidth || height is null ? 0 : Math.Min(TallestChart, ((height.Value - Head - Legend) / clocks.Count) - 1);
        if (chart <= 0)
            return Figures(clocks, now, width, height, colour);
        double span = ClockFigures.Span(clocks, now);
        bool airy = (chart + 2) * clocks.Count - 1 <= height - Head - Legend && (chart > 1 || (height - Head - Legend) / clocks.Count > 2);
        string[] drawn = Charts(clocks, now, width, chart, airy, span, colour).Split('\n');
        string[] legend = ["", "Offset: network time less the node's wall clock; its chart without the drift.", $"Charts: the last {span:0} s; delay and bound from 0 up."];
        return string.Join('\n', [.. drawn, .. legend.Select(line => ClockFigures.Fit(line, width))]);
    }

    private static string Charts(IReadOnlyList<WatchedClock> clocks, LocalTime now, int width, int chart, bool airy, double span, bool colour)
    {
        int gap = width >= LeastWidthForAir ? 3 : 1;
        int name = Math.Clamp(clocks.Max(clock => Math.Max(clock.NodeId.Length, clock.Host?.Length ?? 0)), 4, width >= LeastWidthForAir ? LongestName : 10);
        int third = (width - name - StateWidth - 4 * gap) / 3;
        int offset = Math.Max(third, 18);
        int rest = (width - name - StateWidth - 4 * gap - offset) / 2;
        int[] widths = [name, StateWidth, offset, rest, rest];
        string[] titles = ["Node\n", "State\nRate, dispersion", "Offset ↕ range\n", "Delay ↑ highest\n", "Bound ↑ highest\n"];
        Table table = new() { Border = TableBorder.None, UseSafeBorder = false };
        for (int i = 0; i < widths.Length; i++)
            table.AddColumn(
                new TableColumn(new Text(titles[i], ClockFigures.Dim))
                {
                    Width = widths[i],
                    NoWrap = true,
                    Padding = new Padding(0, 0, i < widths.Length - 1 ? gap : 0, 0),
                }
            );
        foreach (WatchedClock clock in clocks)
        {
            table.AddRow(Cells(clock, now, widths, chart, span));
            if (airy && clock != clocks[^1])
                table.AddEmptyRow();
        }
        return Plain(PeersTable.Print(table, width, colour));
    }

    private static IRenderable[] Cells(WatchedClock clock, LocalTime now, int[] widths, int chart, double span)
    {
        double to = WatchedClock.Seconds(now), from = to - span;
        IReadOnlyList<ChartPoint> drift = Within(clock.OffsetWithoutDrift(), from), delay = Within(clock.Delay(), from), bound = Within(clock.Bound(), from);
        ClockReport? report = clock.Report;
        double low = ClockFigures.Lowest(drift), high = ClockFigures.Highest(drift), range = high - low;
        string host = PeersTable.Clean(clock.Host);
        Paragraph name = new Paragraph(ClockFigures.Fit(PeersTable.Clean(clock.NodeId), widths[0]))
            .Append("\n" + (host == Quantity.Unknown || host == clock.NodeId ? "" : ClockFigures.Fit(host, widths[0])), ClockFigures.Dim);
        string rate = report?.RatePpb is null || report is { State: "leader" } ? "" : $"{ClockFigures.Rate(report.Value.RatePpb)} ±{Quantity.Span(report.Value.DispersionNs)}";
        Paragraph state = new Paragraph(ClockFigures.State(clock, now), ClockFigures.StateColour(clock, now)).Append($"\n{ClockFigures.Fit(rate, widths[1])}");
        return
        [
            name,
            state,
            Cell(ClockFigures.Offset(report?.OffsetNs), range >= 1 ? $" ↕ {Quantity.Span((long)range)}" : "", widths[2], ClockFigures.OffsetColour, Draw(drift, widths[2], low, high)),
            Cell(Quantity.Span(report?.DelayNs), Top(delay), widths[3], ClockFigures.DelayColour, Draw(delay, widths[3], 0, ClockFigures.Highest(delay))),
            Cell(Quantity.Span(report?.ErrorNs), Top(bound), widths[4], ClockFigures.BoundColour, Draw(bound, widths[4], 0, ClockFigures.Highest(bound))),
        ];

        string[] Draw(IReadOnlyList<ChartPoint> points, int width, double least, double most) =>
            // a leader's figures are all zero: a line along the bottom would say no more than the zero itself
            least == most && most == 0 ? []
            : BrailleChart.Draw(points, width, chart, from, to, least, most, ClockFigures.LongestGap);

        static string Top(IReadOnlyList<ChartPoint> points) => ClockFigures.Highest(points) > 0 ? $" ↑ {Quantity.Span((long)ClockFigures.Highest(points))}" : "";
    }

    private static Paragraph Cell(string figure, string scale, int width, Style colour, string[] chart)
    {
        Paragraph cell = new Paragraph(figure).Append(figure.Length + scale.Length > width ? "" : scale, ClockFigures.Dim);
        foreach (string line in chart)
            cell.Append("\n" + line, colour);
        return cell;
    }

    private static IReadOnlyList<ChartPoint> Within(IReadOnlyList<ChartPoint> points, double from) => [.. points.Where(point => point.At >= from)];

    /// <summary>One line for each node, with as many figures as there is room for.</summary>
    private static string Figures(IReadOnlyList<WatchedClock> clocks, LocalTime now, int width, int? height, bool colour)
    {
        int shown = height is { } lines && clocks.Count > lines - 1 ? Math.Max(0, lines - 2) : clocks.Count;
        int columns = FigureTitles.Length;
        while (columns > 2 && Print(columns, withColour: false).Split('\n').Max(line => line.Length) > width)
            columns--;
        string drawn = Print(columns, colour);
        return shown < clocks.Count ? $"{drawn}\n… and {clocks.Count - shown} more: --node ID shows one" : drawn;

        string Print(int count, bool withColour) => PeersTable.Print(FigureTable([.. clocks.Take(shown)], now, count), Math.Max(width, WideEnough), withColour);
    }

    private static Table FigureTable(IReadOnlyList<WatchedClock> clocks, LocalTime now, int columns)
    {
        Table table = new() { Border = TableBorder.None, UseSafeBorder = false };
        foreach (string title in FigureTitles.Take(columns))
            table.AddColumn(
                new TableColumn(new Text(title, ClockFigures.Dim))
                {
                    NoWrap = true,
                    Padding = new Padding(0, 0, 2, 0),
                    Alignment = title is "Node" or "State" ? Justify.Left : Justify.Right,
                }
            );
        foreach (WatchedClock clock in clocks)
        {
            ClockReport? report = clock.Report;
            bool leads = report is { State: "leader" };
            Text[] cells =
            [
                new(ClockFigures.Fit(PeersTable.Clean(clock.NodeId), LongestName)),
                new(ClockFigures.State(clock, now), ClockFigures.StateColour(clock, now)),
                new(ClockFigures.Offset(report?.OffsetNs)),
                new(Quantity.Span(report?.ErrorNs)),
                new(Quantity.Span(report?.DelayNs)),
                new(leads ? Quantity.Unknown : ClockFigures.Rate(report?.RatePpb)),
                new(leads ? Quantity.Unknown : Quantity.Span(report?.DispersionNs)),
            ];
            table.AddRow(cells.Take(columns));
        }
        return table;
    }

    /// <summary>An empty Braille character is a space; some fonts show it as eight hollow dots.</summary>
    private static string Plain(string drawn) => string.Join('\n', drawn.Replace('\u2800', ' ').Split('\n').Select(line => line.TrimEnd()));
}

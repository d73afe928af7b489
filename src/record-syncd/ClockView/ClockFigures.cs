using System.Globalization;
using Spectre.Console;

namespace RecordSync.Daemon;

/// <summary>A clock's figures as both views show them: words, units, colours.</summary>
internal static class ClockFigures
{
    public static readonly Style OffsetColour = new(Color.Aqua);
    public static readonly Style DelayColour = new(Color.Blue);
    public static readonly Style BoundColour = new(Color.Fuchsia);
    public static readonly Style Dim = new(Color.Grey);

    /// <summary>The charts' frame: the shortest of these that holds all points, so that a viewer just started is not nearly empty.</summary>
    private static readonly double[] Spans = [15, 30, 60, 120, WatchedClock.Kept.Seconds];

    /// <summary>Nodes are asked four times a second; where nothing came for so long, nothing is drawn.</summary>
    public const double LongestGap = 3;

    public static string State(WatchedClock clock, LocalTime now) =>
        clock.IsLost(now) ? $"lost {Quantity.Age((now - clock.Heard).Value)}"
        : clock.Report is not { } report ? clock.Version is null ? "version 1" : "no clock"
        : report.Alarm is not null ? $"{PeersTable.Clean(report.State)} !"
        : report.AgeNs is { } age ? $"{PeersTable.Clean(report.State)} {Quantity.Age(age)}"
        : PeersTable.Clean(report.State);

    public static Style StateColour(WatchedClock clock, LocalTime now) =>
        clock.IsLost(now)
            ? new Style(Color.Red)
            : clock.Report is { Alarm: not null } ? new Style(Color.Red)
            : clock.Report?.State switch
            {
                "leader" => new Style(Color.Aqua),
                "synchronised" => new Style(Color.Green),
                "synchronising" or "holdover" => new Style(Color.Yellow),
                "unsynchronised" => new Style(Color.Red),
                _ => Style.Plain,
            };

    public static string Rate(long? ppb) =>
        ppb is not { } rate ? Quantity.Unknown
        : Math.Abs(rate) < 1_000_000 ? (rate / 1e3).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) + " ppm"
        : (rate / 1e3).ToString("+0;-0", CultureInfo.InvariantCulture) + " ppm";

    /// <summary>"+2.500 s": network time less the node's wall clock.</summary>
    public static string Offset(long? ns) => Quantity.Offset(ns, null);

    /// <summary>In whole seconds: as long as the charts are.</summary>
    public static double Span(IEnumerable<WatchedClock> clocks, LocalTime now)
    {
        double oldest = clocks.SelectMany(clock => clock.Points.Take(1)).Select(point => (now - point.At).Seconds).DefaultIfEmpty(0).Max();
        return Array.Find(Spans, span => span >= oldest) is > 0 and double fits ? fits : Spans[^1];
    }

    public static double Highest(IReadOnlyList<ChartPoint> points) => points.Count == 0 ? 0 : points.Max(point => point.Value);

    public static double Lowest(IReadOnlyList<ChartPoint> points) => points.Count == 0 ? 0 : points.Min(point => point.Value);

    public static string Fit(string text, int width) => text.Length <= width ? text : width <= 0 ? "" : string.Concat(text.AsSpan(0, width - 1), "…");
}

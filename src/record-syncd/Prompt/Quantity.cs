using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>Figures as people read them: three or four digits and a unit that fits.</summary>
internal static class Quantity
{
    public const string Unknown = "—";

    /// <summary>Nanoseconds as "12 µs", "3.4 ms", "2.500 s", "5 min 12 s".</summary>
    public static string Span(long? nanoseconds)
    {
        if (nanoseconds is not { } ns)
            return Unknown;
        string sign = ns < 0 ? "-" : "";
        double size = Math.Abs((double)ns);
        return sign
            + size switch
            {
                < 1 => "0 µs",
                < 995 => Text(size, "0") + " ns",
                < 9_950 => Text(size / 1e3, "0.0") + " µs",
                < 999_500 => Text(size / 1e3, "0") + " µs",
                < 9_950_000 => Text(size / 1e6, "0.0") + " ms",
                < 999_500_000 => Text(size / 1e6, "0") + " ms",
                < 99_950_000_000 => Text(size / 1e9, "0.000") + " s",
                < 7_200e9 => Clock((long)(size / 1e9), "min", "s"),
                < 172_800e9 => Clock((long)(size / 60e9), "h", "min"),
                _ => Text(size / 86_400e9, "#,0.0") + " days",
            };
    }

    /// <summary>"+2.500 s ± 12 µs"; without a bound only the offset.</summary>
    public static string Offset(long? nanoseconds, long? boundNs, string between = " ")
    {
        if (nanoseconds is not { } ns)
            return Unknown;
        string offset = (ns > 0 ? "+" : "") + Span(ns);
        return boundNs is { } bound ? $"{offset}{between}± {Span(bound)}" : offset;
    }

    /// <summary>"0.4 s" is precise enough for something that comes every two seconds.</summary>
    public static string Age(long? nanoseconds) =>
        nanoseconds is < 10_000_000_000 and { } ns ? Text(Math.Max(0, ns) / 1e9, "0.0") + " s" : Duration(nanoseconds / 1e9);

    public static string Bytes(long? bytes) =>
        bytes switch
        {
            null => Unknown,
            < 1_000 => $"{bytes} B",
            < 1_000_000 => Text(bytes.Value / 1e3, "0.0") + " kB",
            < 1_000_000_000 => Text(bytes.Value / 1e6, "0.0") + " MB",
            < 1_000_000_000_000 => Text(bytes.Value / 1e9, "0.0") + " GB",
            _ => Text(bytes.Value / 1e12, "0.0") + " TB",
        };

    /// <summary>Seconds as "42 s", "12 min", "3 h 20 min", "9.5 days": how long the disk lasts.</summary>
    public static string Duration(double? seconds) =>
        seconds switch
        {
            null => Unknown,
            < 120 => Text(Math.Max(0, seconds.Value), "0") + " s",
            < 7_200 => Text(seconds.Value / 60, "0") + " min",
            < 172_800 => Clock((long)(seconds.Value / 60), "h", "min"),
            _ => Text(seconds.Value / 86_400, "#,0.0") + " days",
        };

    private static string Clock(long small, string large, string unit) => $"{small / 60} {large} {small % 60} {unit}";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RecordSync.Daemon;

/// <summary>A node's clock at one instant, for programs: a line of <c>record-syncd clock --json</c>. What is not known is left out.</summary>
/// <param name="Time">When, by the viewer's wall clock; UTC.</param>
/// <param name="State">leader, unsynchronised, synchronising, synchronised or holdover, as the node said last; null for a version-1 program.</param>
/// <param name="OffsetNs">Network time less the node's own wall clock.</param>
/// <param name="RatePpb">How much faster network time runs than the node's clock.</param>
/// <param name="DelayNs">Smallest round trip.</param>
/// <param name="ErrorNs">The bound on the error.</param>
/// <param name="AgeNs">In holdover: for how long.</param>
/// <param name="Source">"system": the node goes by its wall clock.</param>
/// <param name="Alarm">What is wrong with its clock, in words.</param>
/// <param name="SilentNs">Since the node was heard last.</param>
/// <param name="Lost">Silent for three beacons.</param>
internal sealed record ClockLine(
    string Time,
    string Node,
    string Role,
    string? State,
    string Address,
    string? Host,
    long? OffsetNs,
    long? RatePpb,
    long? DelayNs,
    long? DispersionNs,
    long? ErrorNs,
    long? AgeNs,
    string? Source,
    string? Alarm,
    long SilentNs,
    bool Lost
)
{
    public static ClockLine Of(WatchedClock clock, LocalTime now, DateTime wall) =>
        new(
            wall.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            clock.NodeId,
            WireNames.Of(clock.Role).ToLowerInvariant(),
            clock.Report?.State,
            clock.Address.ToString(),
            clock.Host,
            clock.Report?.OffsetNs,
            clock.Report?.RatePpb,
            clock.Report?.DelayNs,
            clock.Report?.DispersionNs,
            clock.Report?.ErrorNs,
            clock.Report?.AgeNs,
            clock.Report?.Source,
            clock.Report?.Alarm,
            (now - clock.Heard).Value,
            clock.IsLost(now)
        );

    public string ToJson() => JsonSerializer.Serialize(this, ClockLineJson.Default.ClockLine);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ClockLine))]
internal sealed partial class ClockLineJson : JsonSerializerContext;

/// <summary>The same in columns, for people who read a log and for awk: one word in each, "-" where nothing is known.</summary>
internal static class ClockColumns
{
    public static string Header { get; } = Row("time", "node", "state", "age_s", "offset_s", "rate_ppm", "delay_us", "dispersion_us", "bound_us");

    public static string Row(ClockLine line) =>
        Row(
            line.Time,
            Word(line.Node),
            line.Lost ? "lost" : Word(line.State),
            Text((line.Lost ? line.SilentNs : line.AgeNs) / 1e9, "0.0"),
            Text(line.OffsetNs / 1e9, "+0.000000;-0.000000;0.000000"),
            Text(line.RatePpb / 1e3, "+0.000;-0.000;0.000"),
            Text(line.DelayNs / 1e3, "0.0"),
            Text(line.DispersionNs / 1e3, "0.0"),
            Text(line.ErrorNs / 1e3, "0.0")
        );

    private static string Row(string time, string node, string state, string age, string offset, string rate, string delay, string dispersion, string bound) =>
        $"{time,-24}  {node,-16}  {state,-14}  {age,7}  {offset,16}  {rate,10}  {delay,10}  {dispersion,13}  {bound,10}";

    private static string Word(string? text) =>
        string.IsNullOrEmpty(text) ? "-" : string.Concat(text.Select(c => char.IsWhiteSpace(c) ? '_' : char.IsControl(c) ? '?' : c));

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}

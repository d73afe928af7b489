using System.Text;

namespace RecordSync.Daemon;

/// <summary>The take that runs now.</summary>
internal sealed record TakeStatus(string Take, string File, long ElapsedNs, long Frames, long Repeated, long Dropped, long Queued = 0);

/// <summary>This node as <c>status</c> shows it. Null is not known (yet).</summary>
/// <param name="Fault">Why the node is in state Error.</param>
/// <param name="OffsetNs">Local clock minus network time, with its bound.</param>
/// <param name="RatePpb">Frequency error of the local clock against network time, parts per billion.</param>
/// <param name="Leader">Whose time it is.</param>
/// <param name="PacketsDropped">Datagrams thrown away, by reason.</param>
internal sealed record NodeStatus(
    string Node,
    string Role,
    string State,
    string? Fault,
    string Interface,
    string Camera,
    string Encoder,
    string Output,
    string? Leader,
    long? OffsetNs,
    long? ErrorBoundNs,
    long? RatePpb,
    long? RoundTripNs,
    double? DiskSecondsLeft,
    long? DiskFreeBytes,
    TakeStatus? Take,
    IReadOnlyList<KeyValuePair<string, long>> PacketsDropped
)
{
    /// <summary>How far a burst of time requests moves the clock.</summary>
    public long? DispersionNs { get; init; }

    /// <summary>For how long the clock has gone on without its leader; null while it hears it.</summary>
    public long? HoldoverNs { get; init; }

    /// <summary>Why a START could not be obeyed now; null when it could.</summary>
    public string? NotReady { get; init; }

    /// <summary>On a leader, who else is not ready and why.</summary>
    public IReadOnlyList<string> OthersNotReady { get; init; } = [];

    /// <summary>The leader's term of office.</summary>
    public string? Term { get; init; }

    /// <summary>Null on a node without sound.</summary>
    public string? Sound { get; init; }

    /// <summary>What the datagrams are sealed with, in words; null: with nothing.</summary>
    public string? Key { get; init; }

    /// <summary>By what the capture times of the frames are known.</summary>
    public string? FrameTimes { get; init; }

    /// <summary>What stamps the packets, in words.</summary>
    public string? Stamps { get; init; }
}

/// <summary>What <c>status</c> prints: one line per fact, aligned.</summary>
internal static class StatusText
{
    public static string Render(NodeStatus status)
    {
        var text = new StringBuilder();
        Line(text, "node", $"{status.Node}, {status.Role}, on {status.Interface}");
        Line(text, "leader", status.Leader is null ? "none" : $"{status.Leader}{(status.Term is null ? "" : $", {status.Term}")}");
        Line(text, "state", status.Fault is null ? status.State : $"{status.State}: {status.Fault}");
        Line(text, "ready", Ready(status));
        Line(text, "clock", Clock(status));
        Line(text, "stamps", status.Stamps ?? Quantity.Unknown);
        Line(text, "camera", status.Camera);
        if (status.FrameTimes is { } times)
            Line(text, "frame times", times);
        if (status.Sound is { } sound)
            Line(text, "sound", sound);
        Line(text, "encoder", status.Encoder);
        Line(text, "output", status.Output);
        Line(text, "disk", Disk(status));
        Line(text, "take", status.Take is { } take ? Take(take) : "none");
        Line(text, "group key", status.Key ?? "none: this network is trusted");
        Line(text, "packets dropped", Drops(status.PacketsDropped));
        return text.ToString().TrimEnd('\n');
    }

    private static string Ready(NodeStatus status)
    {
        List<string> reasons = [.. status.OthersNotReady];
        if (status.NotReady is { } own)
            reasons.Insert(0, own);
        return reasons.Count == 0 ? "yes" : $"no: {string.Join("; ", reasons)}";
    }

    private static string Clock(NodeStatus status)
    {
        if (status.OffsetNs is null)
            return status.Leader is null ? "not synchronised: no leader has been heard" : $"not synchronised to {status.Leader} yet";
        var parts = new List<string> { Quantity.Offset(status.OffsetNs, status.ErrorBoundNs) };
        if (status.HoldoverNs is not null)
            parts.Insert(0, $"holdover for {Quantity.Age(status.HoldoverNs)}");
        if (status.DispersionNs is not null && status.Leader != status.Node)
            parts.Add($"steady to {Quantity.Span(status.DispersionNs)}");
        if (status.RatePpb is { } rate)
            parts.Add(FormattableString.Invariant($"{rate / 1e3:+0.00;-0.00;0.00} ppm"));
        if (status.RoundTripNs is not null)
            parts.Add($"round trip {Quantity.Span(status.RoundTripNs)}");
        parts.Add(status.Leader is null ? "no leader now" : $"time of {status.Leader}");
        return string.Join(", ", parts);
    }

    private static string Disk(NodeStatus status)
    {
        if (status.DiskFreeBytes is null)
            return Quantity.Unknown;
        string free = $"{Quantity.Bytes(status.DiskFreeBytes)} free";
        return status.DiskSecondsLeft is null ? free : $"{free}, enough for {Quantity.Duration(status.DiskSecondsLeft)}";
    }

    private static string Take(TakeStatus take) =>
        $"{take.Take}: {Quantity.Span(take.ElapsedNs)}, {take.Frames} frames, {take.Repeated} repeated, {take.Dropped} dropped{(take.Queued > 0 ? $", {take.Queued} waiting for the disk" : "")} → {take.File}";

    private static string Drops(IReadOnlyList<KeyValuePair<string, long>> reasons)
    {
        string counted = string.Join(", ", reasons.Where(reason => reason.Value > 0).Select(reason => $"{reason.Value} {reason.Key}"));
        return counted.Length == 0 ? "none" : counted;
    }

    private static void Line(StringBuilder text, string name, string value) =>
        text.Append(name.PadRight(16)).Append(string.Concat(value.Select(c => char.IsControl(c) ? '?' : c))).Append('\n');
}

using System.Text.Json;

namespace RecordSync;

/// <summary>The spellings of version 1, both ways.</summary>
internal static class WireNames
{
    /// <summary>The longest node id that is accepted, in UTF-16 units.</summary>
    public const int LongestNodeId = 128;

    public static string Of(NodeRole role) => role == NodeRole.Leader ? "Leader" : "Follower";

    public static string Of(CommandKind command) => command == CommandKind.Start ? "Start" : "Stop";

    public static string Of(SyncState state) =>
        state switch
        {
            SyncState.Unsynchronised => "unsynchronised",
            SyncState.Synchronising => "synchronising",
            SyncState.Synchronised => "synchronised",
            _ => "holdover",
        };

    public static string Of(NodeState state) =>
        state switch
        {
            NodeState.Idle => "Idle",
            NodeState.Ready => "Ready",
            NodeState.Recording => "Recording",
            _ => "Error",
        };

    /// <summary>A node id that people can type and that needs no escaping in a datagram or a file name: 1 to 128 printable characters.</summary>
    public static bool IsNodeId(ReadOnlySpan<char> text)
    {
        foreach (char letter in text)
        {
            if (char.IsControl(letter))
                return false;
        }
        return text.Length is > 0 and <= LongestNodeId;
    }

    /// <summary>The same of the value that the reader stands at, without allocating it.</summary>
    /// <exception cref="InvalidOperationException">It has half a character in it, spelt as an escape.</exception>
    public static bool IsNodeId(ref Utf8JsonReader reader)
    {
        // six bytes for each, where all are escapes
        Span<char> text = stackalloc char[6 * LongestNodeId];
        return reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= text.Length && IsNodeId(text[..reader.CopyString(text)]);
    }

    public static string NodeId(ref Utf8JsonReader reader, out bool ok, ref bool seen)
    {
        string text = Text(ref reader, out ok) ?? "";
        ok = ok && IsNodeId(text);
        seen |= ok;
        return text;
    }

    public static string? Text(ref Utf8JsonReader reader, out bool ok)
    {
        ok = JsonFields.TryText(ref reader, out string text);
        return text;
    }

    public static long? Time(ref Utf8JsonReader reader, out bool ok)
    {
        ok = JsonFields.TryTime(ref reader, out long time);
        return time;
    }

    public static int Revision(ref Utf8JsonReader reader, out bool ok)
    {
        ok = JsonFields.TryInteger(ref reader, 1, int.MaxValue, out long revision);
        return (int)revision;
    }

    public static FrameRate? Rate(ref Utf8JsonReader reader, out bool ok)
    {
        FrameRate rate = default;
        ok = JsonFields.TryText(ref reader, out string text) && FrameRate.TryParse(text, out rate);
        return rate;
    }

    public static NodeRole Role(ref Utf8JsonReader reader, out bool ok, ref bool seen)
    {
        bool isString = reader.TokenType == JsonTokenType.String;
        bool leader = isString && reader.ValueTextEquals("Leader"u8);
        ok = leader || (isString && reader.ValueTextEquals("Follower"u8));
        seen |= ok;
        return leader ? NodeRole.Leader : NodeRole.Follower;
    }

    public static CommandKind Command(ref Utf8JsonReader reader, out bool ok, ref bool seen)
    {
        bool isString = reader.TokenType == JsonTokenType.String;
        bool start = isString && reader.ValueTextEquals("Start"u8);
        ok = start || (isString && reader.ValueTextEquals("Stop"u8));
        seen |= ok;
        return start ? CommandKind.Start : CommandKind.Stop;
    }

    public static NodeState State(ref Utf8JsonReader reader, out bool ok)
    {
        ok = true;
        if (reader.TokenType == JsonTokenType.String)
        {
            if (reader.ValueTextEquals("Idle"u8))
                return NodeState.Idle;
            if (reader.ValueTextEquals("Ready"u8))
                return NodeState.Ready;
            if (reader.ValueTextEquals("Recording"u8))
                return NodeState.Recording;
            if (reader.ValueTextEquals("Error"u8))
                return NodeState.Error;
        }
        ok = false;
        return default;
    }
}

/// <summary>The nested <c>clock</c> object of Discovery and Status.</summary>
internal static class ClockField
{
    public static void Write(ref JsonSpanWriter json, ClockReport? clock)
    {
        if (clock is not { } report)
            return;
        json.BeginObject("clock"u8);
        json.Field("state"u8, report.State);
        json.Optional("offset_ns"u8, report.OffsetNs);
        json.Optional("rate_ppb"u8, report.RatePpb);
        json.Optional("error_ns"u8, report.ErrorNs);
        json.Optional("delay_ns"u8, report.DelayNs);
        json.Optional("dispersion_ns"u8, report.DispersionNs);
        json.Optional("age_ns"u8, report.AgeNs);
        json.Optional("stamps"u8, report.Stamps);
        json.Optional("source"u8, report.Source);
        json.Optional("alarm"u8, report.Alarm);
        json.EndObject();
    }

    public static ClockReport? Read(ref Utf8JsonReader reader, out bool ok)
    {
        ClockReport report = new("", null, null, null, null);
        ok = reader.TokenType == JsonTokenType.StartObject;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("state"u8))
                report = report with { State = WireNames.Text(ref reader, out ok) ?? "" };
            else if (name.SequenceEqual("offset_ns"u8))
                report = report with { OffsetNs = Signed(ref reader, out ok) };
            else if (name.SequenceEqual("rate_ppb"u8))
                report = report with { RatePpb = Signed(ref reader, out ok) };
            else if (name.SequenceEqual("error_ns"u8))
                report = report with { ErrorNs = Signed(ref reader, out ok) };
            else if (name.SequenceEqual("delay_ns"u8))
                report = report with { DelayNs = Signed(ref reader, out ok) };
            else if (name.SequenceEqual("dispersion_ns"u8))
                report = report with { DispersionNs = Signed(ref reader, out ok) };
            else if (name.SequenceEqual("age_ns"u8))
                report = report with { AgeNs = Signed(ref reader, out ok) };
            else if (name.SequenceEqual("stamps"u8))
                report = report with { Stamps = WireNames.Text(ref reader, out ok) };
            else if (name.SequenceEqual("source"u8))
                report = report with { Source = WireNames.Text(ref reader, out ok) };
            else if (name.SequenceEqual("alarm"u8))
                report = report with { Alarm = WireNames.Text(ref reader, out ok) };
            else
                reader.Skip();
        }
        return report;
    }

    private static long Signed(ref Utf8JsonReader reader, out bool ok)
    {
        ok = JsonFields.TrySigned(ref reader, out long value);
        return value;
    }
}

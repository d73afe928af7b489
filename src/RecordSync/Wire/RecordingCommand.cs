using System.Text.Json;

namespace RecordSync;

/// <summary>START or STOP at an instant of network time (docs/protocol.md §3.4). A version-1 leader sends the two first fields only, once.</summary>
internal sealed record RecordingCommand(CommandKind Command, long TargetMicros) : Message
{
    /// <summary>Names the command, so that a repeated datagram is executed once.</summary>
    public string? Id { get; init; }

    /// <summary>The take's name, the same in every node's files.</summary>
    public string? Take { get; init; }

    public string? Leader { get; init; }

    public string? Timescale { get; init; }

    public long? TargetNs { get; init; }

    /// <summary>The grid's rate: every file of the take has this one, whatever its camera gives.</summary>
    public FrameRate? Rate { get; init; }

    public NetworkTime Target => new(TargetNs ?? TargetMicros * 1_000);

    public void Write(ref JsonSpanWriter json)
    {
        json.Field("command"u8, WireNames.Of(Command));
        json.Field("target_timestamp"u8, TargetMicros);
        json.Optional("id"u8, Id);
        json.Optional("take"u8, Take);
        json.Optional("leader"u8, Leader);
        json.Optional("timescale"u8, Timescale);
        json.Optional("target_ns"u8, TargetNs);
        json.Optional("fps"u8, Rate?.ToString());
    }

    public static bool TryRead(ref Utf8JsonReader reader, out RecordingCommand? message)
    {
        message = null;
        RecordingCommand read = new(CommandKind.Start, 0);
        bool hasCommand = false, hasTarget = false;
        while (true)
        {
            if (!JsonFields.NextField(ref reader, out bool ended, out ReadOnlySpan<byte> name))
                return false;
            if (ended)
                break;
            bool ok = true;
            if (name.SequenceEqual("command"u8))
                read = read with { Command = WireNames.Command(ref reader, out ok, ref hasCommand) };
            else if (name.SequenceEqual("target_timestamp"u8))
            {
                // microseconds: a thousand times this must still be a time
                ok = hasTarget = JsonFields.TryInteger(ref reader, 0, JsonFields.LatestTime / 1_000 - 1, out long target);
                read = read with { TargetMicros = target };
            }
            else if (reader.TokenType != JsonTokenType.Null)
                ok = TryReadOptional(ref reader, name, ref read);
            if (!ok)
                return false;
        }
        message = read;
        return hasCommand && hasTarget;
    }

    private static bool TryReadOptional(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref RecordingCommand read)
    {
        bool ok = true;
        if (name.SequenceEqual("id"u8))
            read = read with { Id = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("take"u8))
            read = read with { Take = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("leader"u8))
            read = read with { Leader = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("timescale"u8))
            read = read with { Timescale = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("target_ns"u8))
        {
            ok = JsonFields.TryTime(ref reader, out long target);
            read = read with { TargetNs = target };
        }
        else if (name.SequenceEqual("fps"u8))
        {
            FrameRate rate = default;
            ok = JsonFields.TryText(ref reader, out string text) && FrameRate.TryParse(text, out rate);
            read = read with { Rate = rate };
        }
        else
            reader.Skip();
        return ok;
    }
}

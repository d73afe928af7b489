using System.Text.Json;

namespace RecordSync;

/// <summary>START or STOP at an instant of network time (docs/protocol.md §3.4). A version-1 leader sends the two first fields only, once.</summary>
internal sealed record RecordingCommand(CommandKind Command, long TargetMicros) : Message
{
    /// <summary>No operator plans further ahead.</summary>
    public const long LongestDelayMs = 3_600_000;

    /// <summary>Names the command, so that a repeated datagram is executed once.</summary>
    public string? Id { get; init; }

    /// <summary>The take's name, the same in every node's files.</summary>
    public string? Take { get; init; }

    public string? Leader { get; init; }

    public string? Timescale { get; init; }

    public long? TargetNs { get; init; }

    /// <summary>The grid's rate: every file of the take has this one, whatever its camera gives.</summary>
    public FrameRate? Rate { get; init; }

    /// <summary>The leader's; null from a version-1 leader.</summary>
    public long? Term { get; init; }

    /// <summary>Asks whether the receiver would obey this START, which will follow if all would. Only ever unicast.</summary>
    public bool Prepare { get; init; }

    /// <summary>With Stop and the id of a START that was prepared: it will not follow. Only ever unicast.</summary>
    public bool Withdraw { get; init; }

    /// <summary>An operator's wish, on its way to the leader. Only ever unicast.</summary>
    public bool Request { get; init; }

    /// <summary>Of a request: how long after its arrival at the leader, ms.</summary>
    public long? DelayMs { get; init; }

    /// <summary>Of a request: go on with those who are ready.</summary>
    public bool Force { get; init; }

    /// <summary>Of a request: a word for the take's name.</summary>
    public string? Label { get; init; }

    /// <summary>What this START, or the request for one, asks of every camera; null: to be as it was started.</summary>
    public TakeSettings? Settings { get; init; }

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
        json.Optional("term"u8, Term);
        if (Prepare)
            json.Field("prepare"u8, true);
        if (Withdraw)
            json.Field("withdraw"u8, true);
        if (Request)
            json.Field("request"u8, true);
        json.Optional("delay_ms"u8, DelayMs);
        if (Force)
            json.Field("force"u8, true);
        json.Optional("label"u8, Label);
        SettingsField.Write(ref json, Settings);
    }

    public static bool TryRead(ref Utf8JsonReader reader, out RecordingCommand? message)
    {
        message = null;
        RecordingCommand read = new(CommandKind.Start, 0);
        bool ok = true, hasCommand = false, hasTarget = false;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
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
        }
        message = read;
        return ok && hasCommand && hasTarget;
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
            read = read with { Rate = WireNames.Rate(ref reader, out ok) };
        else
            ok = TryReadAgreement(ref reader, name, ref read);
        return ok;
    }

    private static bool TryReadAgreement(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref RecordingCommand read)
    {
        bool ok = true;
        if (name.SequenceEqual("term"u8))
        {
            ok = JsonFields.TryTime(ref reader, out long term);
            read = read with { Term = term };
        }
        else if (name.SequenceEqual("prepare"u8))
        {
            ok = JsonFields.TryFlag(ref reader, out bool prepare);
            read = read with { Prepare = prepare };
        }
        else if (name.SequenceEqual("withdraw"u8))
        {
            ok = JsonFields.TryFlag(ref reader, out bool withdraw);
            read = read with { Withdraw = withdraw };
        }
        else if (name.SequenceEqual("request"u8))
        {
            ok = JsonFields.TryFlag(ref reader, out bool request);
            read = read with { Request = request };
        }
        else if (name.SequenceEqual("delay_ms"u8))
        {
            ok = JsonFields.TryInteger(ref reader, 0, LongestDelayMs, out long delay);
            read = read with { DelayMs = delay };
        }
        else if (name.SequenceEqual("force"u8))
        {
            ok = JsonFields.TryFlag(ref reader, out bool force);
            read = read with { Force = force };
        }
        else if (name.SequenceEqual("label"u8))
            read = read with { Label = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("settings"u8))
            read = read with { Settings = SettingsField.Read(ref reader, out ok) };
        else
            reader.Skip();
        return ok;
    }
}

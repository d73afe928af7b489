using System.Text.Json;

namespace RecordSync;

/// <summary>A node's state on change, and its word on a command (docs/protocol.md §3.5). Acknowledgements go unicast to the leader.</summary>
internal sealed record Status(string NodeId, NodeState State, long TimestampMicros) : Message
{
    /// <summary>The id of the command that this node has accepted.</summary>
    public string? Ack { get; init; }

    /// <summary>The id of the command that it has refused; the reason is <see cref="Error"/>.</summary>
    public string? Nack { get; init; }

    /// <summary>The id of the START that this node would obey, and will when it comes.</summary>
    public string? Prepared { get; init; }

    /// <summary>With a refusal: the highest term that this node knows of.</summary>
    public long? Term { get; init; }

    /// <summary>Why this node could not obey a START now; null when it could.</summary>
    public string? NotReady { get; init; }

    public string? Take { get; init; }

    public long? Frames { get; init; }

    /// <summary>Grid points without a frame of their own: repeated, or left out where the encoder could not keep up.</summary>
    public long? Dropped { get; init; }

    /// <summary>Frames that found their grid point taken.</summary>
    public long? Duplicated { get; init; }

    public long? Bytes { get; init; }

    /// <summary>Coded frames that wait for the disk.</summary>
    public long? Queued { get; init; }

    public string? File { get; init; }

    /// <summary>How long the disk lasts at the bitrate of the recording, s.</summary>
    public long? DiskSecondsLeft { get; init; }

    public string? Error { get; init; }

    public ClockReport? Clock { get; init; }

    /// <summary>The take whose verdict the sender asks for; only ever unicast.</summary>
    public string? Ask { get; init; }

    /// <summary>The verdict that has arrived, as TAKE/REVISION: it need not be sent again.</summary>
    public string? Got { get; init; }

    /// <summary>The sender's own part of a take that has ended; only ever unicast.</summary>
    public NodeVerdict? Verdict { get; init; }

    public void Write(ref JsonSpanWriter json)
    {
        json.Field("node_id"u8, NodeId);
        json.Field("state"u8, WireNames.Of(State));
        json.Field("timestamp"u8, TimestampMicros);
        json.Optional("ack"u8, Ack);
        json.Optional("nack"u8, Nack);
        json.Optional("take"u8, Take);
        json.Optional("frames"u8, Frames);
        json.Optional("dropped"u8, Dropped);
        json.Optional("duplicated"u8, Duplicated);
        json.Optional("bytes"u8, Bytes);
        json.Optional("queued"u8, Queued);
        json.Optional("file"u8, File);
        json.Optional("disk_seconds_left"u8, DiskSecondsLeft);
        json.Optional("error"u8, Error);
        ClockField.Write(ref json, Clock);
        json.Optional("prepared"u8, Prepared);
        json.Optional("term"u8, Term);
        json.Optional("not_ready"u8, NotReady);
        json.Optional("ask"u8, Ask);
        json.Optional("got"u8, Got);
        VerdictField.Write(ref json, Verdict);
    }

    public static bool TryRead(ref Utf8JsonReader reader, out Status? message)
    {
        message = null;
        Status read = new("", NodeState.Idle, 0);
        bool hasId = false, hasState = false, hasTime = false;
        while (true)
        {
            if (!JsonFields.NextField(ref reader, out bool ended, out ReadOnlySpan<byte> name))
                return false;
            if (ended)
                break;
            bool ok = true;
            if (name.SequenceEqual("node_id"u8))
                read = read with { NodeId = WireNames.NodeId(ref reader, out ok, ref hasId) };
            else if (name.SequenceEqual("state"u8))
            {
                read = read with { State = WireNames.State(ref reader, out ok) };
                hasState = ok;
            }
            else if (name.SequenceEqual("timestamp"u8))
            {
                ok = hasTime = JsonFields.TryTime(ref reader, out long time);
                read = read with { TimestampMicros = time };
            }
            else if (reader.TokenType != JsonTokenType.Null)
                ok = TryReadOptional(ref reader, name, ref read);
            if (!ok)
                return false;
        }
        message = read;
        return hasId && hasState && hasTime;
    }

    private static bool TryReadOptional(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref Status read)
    {
        bool ok = true;
        if (name.SequenceEqual("ack"u8))
            read = read with { Ack = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("nack"u8))
            read = read with { Nack = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("take"u8))
            read = read with { Take = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("file"u8))
            read = read with { File = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("error"u8))
            read = read with { Error = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("clock"u8))
            read = read with { Clock = ClockField.Read(ref reader, out ok) };
        else if (name.SequenceEqual("prepared"u8))
            read = read with { Prepared = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("not_ready"u8))
            read = read with { NotReady = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("ask"u8))
            read = read with { Ask = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("got"u8))
            read = read with { Got = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("verdict"u8))
            read = read with { Verdict = VerdictField.Read(ref reader, out ok) };
        else
            ok = TryReadCount(ref reader, name, ref read);
        return ok;
    }

    private static bool TryReadCount(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref Status read)
    {
        bool frames = name.SequenceEqual("frames"u8), dropped = name.SequenceEqual("dropped"u8);
        bool duplicated = name.SequenceEqual("duplicated"u8), bytes = name.SequenceEqual("bytes"u8);
        bool queued = name.SequenceEqual("queued"u8), diskSecondsLeft = name.SequenceEqual("disk_seconds_left"u8);
        if (name.SequenceEqual("term"u8))
        {
            bool good = JsonFields.TryTime(ref reader, out long term);
            read = read with { Term = term };
            return good;
        }
        if (!(frames || dropped || duplicated || bytes || queued || diskSecondsLeft))
        {
            reader.Skip();
            return true;
        }
        bool ok = JsonFields.TryCount(ref reader, out long? count);
        if (frames)
            read = read with { Frames = count };
        else if (dropped)
            read = read with { Dropped = count };
        else if (duplicated)
            read = read with { Duplicated = count };
        else if (queued)
            read = read with { Queued = count };
        else if (diskSecondsLeft)
            read = read with { DiskSecondsLeft = count };
        else
            read = read with { Bytes = count };
        return ok;
    }
}

using System.Text.Json;

namespace RecordSync;

/// <summary>A node's state on change, and its word on a command (docs/protocol.md §3.5). Acknowledgements go unicast to the leader.</summary>
internal sealed record Status(string NodeId, NodeState State, long TimestampMicros) : Message
{
    /// <summary>The id of the command that this node has accepted.</summary>
    public string? Ack { get; init; }

    /// <summary>The id of the command that it has refused; the reason is <see cref="Error"/>.</summary>
    public string? Nack { get; init; }

    /// <summary>The refusal stands: to ask again would change nothing.</summary>
    public bool Final { get; init; }

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

    /// <summary>What became of the command that <see cref="Ack"/> or <see cref="Nack"/> names: the leader's last word to whoever asked for it.</summary>
    public CommandReport? Outcome { get; init; }

    /// <summary>The head of a take's record, from the leader to all who took part.</summary>
    public TakeRecord? Record { get; init; }

    /// <summary><see cref="Verdict"/> is that of this node; without one, it is asked for.</summary>
    public PartOfTake? Part { get; init; }

    /// <summary>About a take that has ended, and not about what the sender does now.</summary>
    public bool IsLetter => Ask is not null || Got is not null || Verdict is not null || Record is not null || Part is not null;

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
        if (Final)
            json.Field("final"u8, true);
        json.Optional("ask"u8, Ask);
        json.Optional("got"u8, Got);
        VerdictField.Write(ref json, Verdict);
        ReportField.Write(ref json, "outcome"u8, Outcome);
        RecordField.Write(ref json, Record, Part);
    }

    public static bool TryRead(ref Utf8JsonReader reader, out Status? message)
    {
        message = null;
        Fields read = default;
        bool ok = true, hasId = false, hasState = false, hasTime = false;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("node_id"u8))
                read.NodeId = WireNames.NodeId(ref reader, out ok, ref hasId);
            else if (name.SequenceEqual("state"u8))
            {
                read.State = WireNames.State(ref reader, out ok);
                hasState = ok;
            }
            else if (name.SequenceEqual("timestamp"u8))
            {
                ok = hasTime = JsonFields.TryTime(ref reader, out long time);
                read.TimestampMicros = time;
            }
            else if (reader.TokenType != JsonTokenType.Null)
                ok = TryReadOptional(ref reader, name, ref read);
        }
        if (!(ok && hasId && hasState && hasTime))
            return false;
        message = read.ToMessage();
        return true;
    }

    private static bool TryReadOptional(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref Fields read)
    {
        bool ok = true;
        if (name.SequenceEqual("ack"u8))
            read.Ack = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("nack"u8))
            read.Nack = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("take"u8))
            read.Take = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("file"u8))
            read.File = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("error"u8))
            read.Error = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("clock"u8))
            read.Clock = ClockField.Read(ref reader, out ok);
        else if (name.SequenceEqual("prepared"u8))
            read.Prepared = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("not_ready"u8))
            read.NotReady = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("final"u8))
            ok = JsonFields.TryFlag(ref reader, out read.Final);
        else if (name.SequenceEqual("ask"u8))
            read.Ask = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("got"u8))
            read.Got = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("verdict"u8))
            read.Verdict = VerdictField.Read(ref reader, out ok);
        else if (name.SequenceEqual("outcome"u8))
            read.Outcome = ReportField.Read(ref reader, out ok);
        else if (name.SequenceEqual("record"u8))
            RecordField.Read(ref reader, out read.Record, out read.Part, out ok);
        else
            ok = TryReadCount(ref reader, name, ref read);
        return ok;
    }

    private static bool TryReadCount(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref Fields read)
    {
        bool frames = name.SequenceEqual("frames"u8), dropped = name.SequenceEqual("dropped"u8);
        bool duplicated = name.SequenceEqual("duplicated"u8), bytes = name.SequenceEqual("bytes"u8);
        bool queued = name.SequenceEqual("queued"u8), diskSecondsLeft = name.SequenceEqual("disk_seconds_left"u8);
        if (name.SequenceEqual("term"u8))
        {
            bool good = JsonFields.TryTime(ref reader, out long term);
            read.Term = term;
            return good;
        }
        if (!(frames || dropped || duplicated || bytes || queued || diskSecondsLeft))
        {
            reader.Skip();
            return true;
        }
        bool ok = JsonFields.TryCount(ref reader, out long? count);
        if (frames)
            read.Frames = count;
        else if (dropped)
            read.Dropped = count;
        else if (duplicated)
            read.Duplicated = count;
        else if (queued)
            read.Queued = count;
        else if (diskSecondsLeft)
            read.DiskSecondsLeft = count;
        else
            read.Bytes = count;
        return ok;
    }

    /// <summary>What has been read so far: see <see cref="Discovery"/>.</summary>
    private struct Fields
    {
        public string NodeId;
        public NodeState State;
        public long TimestampMicros;
        public string? Ack;
        public string? Nack;
        public string? Take;
        public string? File;
        public string? Error;
        public ClockReport? Clock;
        public string? Ask;
        public string? Got;
        public NodeVerdict? Verdict;
        public CommandReport? Outcome;
        public TakeRecord? Record;
        public PartOfTake? Part;
        public long? Frames;
        public long? Dropped;
        public long? Duplicated;
        public long? Bytes;
        public long? Queued;
        public long? DiskSecondsLeft;
        public string? Prepared;
        public string? NotReady;
        public bool Final;
        public long? Term;

        public readonly Status ToMessage() =>
            new(NodeId, State, TimestampMicros)
            {
                Ack = Ack,
                Nack = Nack,
                Take = Take,
                File = File,
                Error = Error,
                Clock = Clock,
                Ask = Ask,
                Got = Got,
                Verdict = Verdict,
                Outcome = Outcome,
                Record = Record,
                Part = Part,
                Frames = Frames,
                Dropped = Dropped,
                Duplicated = Duplicated,
                Bytes = Bytes,
                Queued = Queued,
                DiskSecondsLeft = DiskSecondsLeft,
                Prepared = Prepared,
                NotReady = NotReady,
                Final = Final,
                Term = Term,
            };
    }
}

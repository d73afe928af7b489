using System.Text.Json;

namespace RecordSync;

/// <summary>The beacon, every 2 s, and once more with <see cref="Leaving"/> as the goodbye (docs/protocol.md §3.1).</summary>
internal sealed record Discovery(string NodeId, NodeRole Role, long TimestampMicros) : Message
{
    /// <summary>2 for us; null for a version-1 program.</summary>
    public long? Version { get; init; }

    public string? Host { get; init; }

    /// <summary>Random per process start, so that two nodes with one name are noticed and a restart is told from a silence.</summary>
    public long? Instance { get; init; }

    public NodeState? State { get; init; }

    public bool Leaving { get; init; }

    /// <summary>Asks for the receiver's beacon, by one who is no node and wants to become nobody's peer.</summary>
    public bool Query { get; init; }

    /// <summary>The time scale that this node leads or follows; null while it has none.</summary>
    public string? Timescale { get; init; }

    public ClockReport? Clock { get; init; }

    /// <summary>What it records, in words: camera, size, rate, encoder, file.</summary>
    public string? Records { get; init; }

    /// <summary>How the camera's exposures stand to the group's grid: aligned, aligning, no-headroom or free-running.</summary>
    public string? Phase { get; init; }

    /// <summary>Why the state is Error, in words.</summary>
    public string? Error { get; init; }

    /// <summary>The leader's own term, or the highest that the sender has heard of (docs/protocol.md §6).</summary>
    public long? Term { get; init; }

    /// <summary>Its place in the order of those who may lead, the smallest first; null: it never leads.</summary>
    public long? Priority { get; init; }

    /// <summary>Told to lead, and not merely allowed to.</summary>
    public bool Preferred { get; init; }

    /// <summary>Why it could not obey a START now, in words; null when it could.</summary>
    public string? NotReady { get; init; }

    /// <summary>From a leader: the take that is armed or recorded now. With it, id, start and rate of the take.</summary>
    public string? Take { get; init; }

    public string? TakeId { get; init; }

    public long? StartNs { get; init; }

    public FrameRate? Rate { get; init; }

    /// <summary>The time scale that the take's start is in; null: the leader's own.</summary>
    public string? TakeTimescale { get; init; }

    /// <summary>From a leader that has stopped that take, while its last frames are on their way: the STOP's target. Nobody joins such a take.</summary>
    public long? StopNs { get; init; }

    /// <summary>Where its page is served, "address:port"; null where it serves none.</summary>
    public string? Http { get; init; }

    public void Write(ref JsonSpanWriter json)
    {
        json.Field("node_id"u8, NodeId);
        json.Field("role"u8, WireNames.Of(Role));
        json.Field("timestamp"u8, TimestampMicros);
        json.Optional("v"u8, Version);
        json.Optional("host"u8, Host);
        json.Optional("instance"u8, Instance);
        if (State is { } state)
            json.Field("state"u8, WireNames.Of(state));
        if (Leaving)
            json.Field("leaving"u8, true);
        if (Query)
            json.Field("query"u8, true);
        json.Optional("timescale"u8, Timescale);
        ClockField.Write(ref json, Clock);
        json.Optional("records"u8, Records);
        json.Optional("phase"u8, Phase);
        json.Optional("error"u8, Error);
        json.Optional("term"u8, Term);
        json.Optional("priority"u8, Priority);
        if (Preferred)
            json.Field("preferred"u8, true);
        json.Optional("not_ready"u8, NotReady);
        json.Optional("take"u8, Take);
        json.Optional("take_id"u8, TakeId);
        json.Optional("start_ns"u8, StartNs);
        json.Optional("fps"u8, Rate?.ToString());
        json.Optional("stop_ns"u8, StopNs);
        json.Optional("take_timescale"u8, TakeTimescale);
        json.Optional("http"u8, Http);
    }

    public static bool TryRead(ref Utf8JsonReader reader, out Discovery? message)
    {
        message = null;
        Fields read = default;
        bool ok = true, hasId = false, hasRole = false, hasTime = false;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("node_id"u8))
                read.NodeId = WireNames.NodeId(ref reader, out ok, ref hasId);
            else if (name.SequenceEqual("role"u8))
                read.Role = WireNames.Role(ref reader, out ok, ref hasRole);
            else if (name.SequenceEqual("timestamp"u8))
            {
                ok = hasTime = JsonFields.TryTime(ref reader, out long time);
                read.TimestampMicros = time;
            }
            else if (reader.TokenType != JsonTokenType.Null)
                ok = TryReadOptional(ref reader, name, ref read);
        }
        if (!(ok && hasId && hasRole && hasTime))
            return false;
        message = read.ToMessage();
        return true;
    }

    private static bool TryReadOptional(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref Fields read)
    {
        bool ok = true;
        if (name.SequenceEqual("v"u8))
        {
            ok = JsonFields.TryCount(ref reader, out long? version);
            read.Version = version;
        }
        else if (name.SequenceEqual("host"u8))
            read.Host = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("instance"u8))
        {
            ok = JsonFields.TryCount(ref reader, out long? instance);
            read.Instance = instance;
        }
        else if (name.SequenceEqual("state"u8))
            read.State = WireNames.State(ref reader, out ok);
        else if (name.SequenceEqual("leaving"u8))
        {
            ok = JsonFields.TryFlag(ref reader, out bool leaving);
            read.Leaving = leaving;
        }
        else if (name.SequenceEqual("query"u8))
        {
            ok = JsonFields.TryFlag(ref reader, out bool query);
            read.Query = query;
        }
        else if (name.SequenceEqual("timescale"u8))
            read.Timescale = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("clock"u8))
            read.Clock = ClockField.Read(ref reader, out ok);
        else if (name.SequenceEqual("records"u8))
            read.Records = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("phase"u8))
            read.Phase = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("error"u8))
            read.Error = WireNames.Text(ref reader, out ok);
        else
            ok = TryReadOffice(ref reader, name, ref read);
        return ok;
    }

    /// <summary>What belongs to leadership and to the take in progress.</summary>
    private static bool TryReadOffice(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref Fields read)
    {
        bool ok = true;
        if (name.SequenceEqual("term"u8))
        {
            ok = JsonFields.TryTime(ref reader, out long term);
            read.Term = term;
        }
        else if (name.SequenceEqual("priority"u8))
        {
            ok = JsonFields.TryCount(ref reader, out long? priority);
            read.Priority = priority;
        }
        else if (name.SequenceEqual("preferred"u8))
        {
            ok = JsonFields.TryFlag(ref reader, out bool preferred);
            read.Preferred = preferred;
        }
        else if (name.SequenceEqual("not_ready"u8))
            read.NotReady = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("take"u8))
            read.Take = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("take_id"u8))
            read.TakeId = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("start_ns"u8))
        {
            ok = JsonFields.TryTime(ref reader, out long start);
            read.StartNs = start;
        }
        else if (name.SequenceEqual("take_timescale"u8))
            read.TakeTimescale = WireNames.Text(ref reader, out ok);
        else if (name.SequenceEqual("stop_ns"u8))
        {
            ok = JsonFields.TryTime(ref reader, out long stop);
            read.StopNs = stop;
        }
        else if (name.SequenceEqual("fps"u8))
            read.Rate = WireNames.Rate(ref reader, out ok);
        else if (name.SequenceEqual("http"u8))
            read.Http = WireNames.Text(ref reader, out ok);
        else
            reader.Skip();
        return ok;
    }

    /// <summary>What has been read so far. Not the message itself: to change an immutable record is to copy it, a dozen times for each beacon.</summary>
    private struct Fields
    {
        public string NodeId;
        public NodeRole Role;
        public long TimestampMicros;
        public long? Version;
        public string? Host;
        public long? Instance;
        public NodeState? State;
        public bool Leaving;
        public bool Query;
        public string? Timescale;
        public ClockReport? Clock;
        public string? Records;
        public string? Phase;
        public string? Error;
        public long? Term;
        public long? Priority;
        public bool Preferred;
        public string? NotReady;
        public string? Take;
        public string? TakeId;
        public long? StartNs;
        public FrameRate? Rate;
        public long? StopNs;
        public string? TakeTimescale;
        public string? Http;

        public readonly Discovery ToMessage() =>
            new(NodeId, Role, TimestampMicros)
            {
                Version = Version,
                Host = Host,
                Instance = Instance,
                State = State,
                Leaving = Leaving,
                Query = Query,
                Timescale = Timescale,
                Clock = Clock,
                Records = Records,
                Phase = Phase,
                Error = Error,
                Term = Term,
                Priority = Priority,
                Preferred = Preferred,
                NotReady = NotReady,
                Take = Take,
                TakeId = TakeId,
                StartNs = StartNs,
                Rate = Rate,
                StopNs = StopNs,
                TakeTimescale = TakeTimescale,
                Http = Http,
            };
    }
}

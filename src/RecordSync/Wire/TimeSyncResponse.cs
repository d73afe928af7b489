using System.Text.Json;

namespace RecordSync;

/// <summary>One answer among all: the request's number, and when that came in, because a doubled request is answered twice.</summary>
internal readonly record struct AnswerName(long Sequence, NetworkTime T2);

/// <summary>What the kernel has told of an answer since it left.</summary>
internal readonly record struct EarlierAnswer(AnswerName Name, NetworkTime T3);

/// <summary>
/// The leader's answer (docs/protocol.md §3.3): t1 echoed, t2 when the request arrived, t3 when the answer left, both in network
/// time. The <c>_ns</c> fields carry the same instants in nanoseconds.
/// </summary>
internal sealed record TimeSyncResponse(string NodeId, long T1Micros, long T2Micros, long T3Micros) : Message
{
    public long? Sequence { get; init; }

    public long? T1Ns { get; init; }

    public long? T2Ns { get; init; }

    public long? T3Ns { get; init; }

    /// <summary>The request whose answer's true departure this brings, where the leader's kernel has told it (interleaved, §4.1).</summary>
    public long? PreviousSequence { get; init; }

    /// <summary>Tells which answer to it: a request that the network doubled is answered twice.</summary>
    public long? PreviousT2Ns { get; init; }

    /// <summary>When that answer left, by the leader's kernel.</summary>
    public long? PreviousT3Ns { get; init; }

    public string? Timescale { get; init; }

    /// <summary>The leader's own error bound against the time scale; 0 for the leader that made it.</summary>
    public long? ErrorNs { get; init; }

    public void Write(ref JsonSpanWriter json)
    {
        json.Field("node_id"u8, NodeId);
        json.Field("t1"u8, T1Micros);
        json.Field("t2"u8, T2Micros);
        json.Field("t3"u8, T3Micros);
        json.Optional("seq"u8, Sequence);
        json.Optional("t1_ns"u8, T1Ns);
        json.Optional("t2_ns"u8, T2Ns);
        json.Optional("t3_ns"u8, T3Ns);
        json.Optional("prev_seq"u8, PreviousSequence);
        json.Optional("prev_t2_ns"u8, PreviousT2Ns);
        json.Optional("prev_t3_ns"u8, PreviousT3Ns);
        json.Optional("timescale"u8, Timescale);
        json.Optional("error_ns"u8, ErrorNs);
    }

    /// <summary>The leader's answer, on its receiving thread: nothing is allocated. Times are network time, ns. A version-1 request gets version-1 fields only.</summary>
    /// <param name="nodeId">UTF-8 that needs no escaping.</param>
    /// <param name="previous">What the kernel has told of an earlier answer to the same follower.</param>
    /// <param name="errorNs">The leader's own bound against the time scale.</param>
    /// <returns>Number of bytes written.</returns>
    public static int WriteAnswer(
        Span<byte> datagram,
        in TimeSyncRequest request,
        ReadOnlySpan<byte> nodeId,
        ReadOnlySpan<byte> timescale,
        NetworkTime t2,
        NetworkTime t3,
        EarlierAnswer? previous = null,
        long errorNs = 0
    )
    {
        JsonSpanWriter json = new(datagram);
        json.BeginObject();
        json.BeginObject("TimeSyncResponse"u8);
        json.FieldUtf8("node_id"u8, nodeId);
        json.Field("t1"u8, request.T1Micros);
        json.Field("t2"u8, t2.Nanoseconds / 1_000);
        json.Field("t3"u8, t3.Nanoseconds / 1_000);
        if (request.Sequence is { } sequence)
        {
            json.Field("seq"u8, sequence);
            json.Optional("t1_ns"u8, request.T1Ns);
            json.Field("t2_ns"u8, t2.Nanoseconds);
            json.Field("t3_ns"u8, t3.Nanoseconds);
            if (previous is { } earlier)
            {
                json.Field("prev_seq"u8, earlier.Name.Sequence);
                json.Field("prev_t2_ns"u8, earlier.Name.T2.Nanoseconds);
                json.Field("prev_t3_ns"u8, earlier.T3.Nanoseconds);
            }
            json.FieldUtf8("timescale"u8, timescale);
            json.Field("error_ns"u8, errorNs);
        }
        json.EndObject();
        json.EndObject();
        return json.Overflowed ? 0 : json.Length;
    }

    public static bool TryRead(ref Utf8JsonReader reader, out TimeSyncResponse? message)
    {
        message = null;
        TimeSyncResponse read = new("", 0, 0, 0);
        bool ok = true, hasId = false;
        int times = 0;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("node_id"u8))
                read = read with { NodeId = WireNames.NodeId(ref reader, out ok, ref hasId) };
            else if (name.SequenceEqual("t1"u8))
                read = read with { T1Micros = Time(ref reader, ref ok, ref times, 1) };
            else if (name.SequenceEqual("t2"u8))
                read = read with { T2Micros = Time(ref reader, ref ok, ref times, 2) };
            else if (name.SequenceEqual("t3"u8))
                read = read with { T3Micros = Time(ref reader, ref ok, ref times, 4) };
            else if (name.SequenceEqual("seq"u8))
            {
                ok = JsonFields.TryInteger(ref reader, 0, uint.MaxValue, out long sequence);
                read = read with { Sequence = sequence };
            }
            else if (name.SequenceEqual("t1_ns"u8))
                read = read with { T1Ns = Time(ref reader, ref ok, ref times, 0) };
            else if (name.SequenceEqual("t2_ns"u8))
                read = read with { T2Ns = Time(ref reader, ref ok, ref times, 0) };
            else if (name.SequenceEqual("t3_ns"u8))
                read = read with { T3Ns = Time(ref reader, ref ok, ref times, 0) };
            else if (name.SequenceEqual("prev_seq"u8))
            {
                ok = JsonFields.TryInteger(ref reader, 0, uint.MaxValue, out long previous);
                read = read with { PreviousSequence = previous };
            }
            else if (name.SequenceEqual("prev_t2_ns"u8))
                read = read with { PreviousT2Ns = Time(ref reader, ref ok, ref times, 0) };
            else if (name.SequenceEqual("prev_t3_ns"u8))
                read = read with { PreviousT3Ns = Time(ref reader, ref ok, ref times, 0) };
            else if (name.SequenceEqual("timescale"u8))
                read = read with { Timescale = WireNames.Text(ref reader, out ok) };
            else if (name.SequenceEqual("error_ns"u8))
                read = read with { ErrorNs = Time(ref reader, ref ok, ref times, 0) };
            else
                reader.Skip();
        }
        message = read;
        return ok && hasId && times == 7;
    }

    private static long Time(ref Utf8JsonReader reader, ref bool ok, ref int seen, int bit)
    {
        ok = JsonFields.TryTime(ref reader, out long value);
        seen |= bit;
        return value;
    }
}

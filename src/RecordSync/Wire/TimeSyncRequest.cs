using System.Text.Json;

namespace RecordSync;

/// <summary>
/// A follower asks the leader for the time (docs/protocol.md §3.2). A version-1 program sends <c>t1</c> in microseconds of
/// its own wall clock and nothing else; <c>seq</c> and <c>t1_ns</c> are ours and are echoed as they are.
/// </summary>
/// <param name="NodeId">Null where the reader was told not to allocate it.</param>
internal readonly record struct TimeSyncRequest(string? NodeId, long T1Micros, long? Sequence, long? T1Ns)
{
    public void Write(ref JsonSpanWriter json)
    {
        json.Field("node_id"u8, NodeId ?? "");
        json.Field("t1"u8, T1Micros);
        json.Optional("seq"u8, Sequence);
        json.Optional("t1_ns"u8, T1Ns);
    }

    public static bool TryRead(ref Utf8JsonReader reader, bool withNodeId, out TimeSyncRequest message)
    {
        message = default;
        bool ok = true, hasId = false, hasT1 = false;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("node_id"u8))
            {
                if (withNodeId)
                    message = message with { NodeId = WireNames.NodeId(ref reader, out ok, ref hasId) };
                else
                    ok = hasId = WireNames.IsNodeId(ref reader);
            }
            else if (name.SequenceEqual("t1"u8))
            {
                ok = hasT1 = JsonFields.TryTime(ref reader, out long t1);
                message = message with { T1Micros = t1 };
            }
            else if (name.SequenceEqual("seq"u8))
            {
                ok = JsonFields.TryInteger(ref reader, 0, uint.MaxValue, out long sequence);
                message = message with { Sequence = sequence };
            }
            else if (name.SequenceEqual("t1_ns"u8))
            {
                ok = JsonFields.TryTime(ref reader, out long t1Ns);
                message = message with { T1Ns = t1Ns };
            }
            else
                reader.Skip();
        }
        return ok && hasId && hasT1;
    }
}

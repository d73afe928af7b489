using System.Text.Json;
using System.Text.Unicode;

namespace RecordSync;

/// <summary>Why a datagram was dropped; counted and shown in <c>status</c>.</summary>
internal enum DropReason
{
    None,
    TooLarge,
    NotUtf8,
    NotJson,
    UnknownMessage,
    BadFields,

    /// <summary>More came than the node could work off: not a fault of this one.</summary>
    Crowded,

    /// <summary>Sealed, and this node has no key (docs/protocol.md §8). All that follow are a keyed node's reasons.</summary>
    Sealed,

    /// <summary>Not sealed.</summary>
    Unsealed,

    /// <summary>Begins as if it were sealed, and is not of that form.</summary>
    Malformed,

    /// <summary>Sealed with a key that this node does not have.</summary>
    UnknownKey,

    /// <summary>Made or changed by somebody without the key, of another group, or for another node.</summary>
    Forged,

    /// <summary>Had come before.</summary>
    Replayed,

    /// <summary>This process's own.</summary>
    Reflected,

    /// <summary>To the group and came to this node's own address, or the other way round.</summary>
    Redirected,

    /// <summary>Its sender did not prove that it lives now.</summary>
    Unproven,

    /// <summary>Genuine, and of another time.</summary>
    Stale,

    /// <summary>More strangers, or more challenges, than are dealt with in a second.</summary>
    Overload,
}

/// <summary>A request as the general decoder returns it: the leader's receiving thread never builds one (see <see cref="PacketCodec.TryReadSyncRequest"/>).</summary>
internal sealed record TimeSyncRequestMessage(TimeSyncRequest Request) : Message;

/// <summary>
/// Bytes to messages and back (docs/protocol.md §2). Total: a datagram is untrusted input, so every byte string gives a message or a
/// <see cref="DropReason"/>, never an exception, and allocates no more than its own length allows.
/// </summary>
internal static class PacketCodec
{
    public const int LargestDatagram = 65_507;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 8 };

    public static DropReason TryDecode(ReadOnlySpan<byte> datagram, out Message? message)
    {
        message = null;
        if (datagram.Length > LargestDatagram)
            return DropReason.TooLarge;
        if (SealedHeader.IsSealed(datagram))
            return DropReason.Sealed;
        if (!Utf8.IsValid(datagram))
            return DropReason.NotUtf8;
        try
        {
            return Decode(datagram, out message);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // JsonException: not JSON; InvalidOperationException: a lone surrogate spelt as an escape
            message = null;
            return DropReason.NotJson;
        }
    }

    /// <summary>True when the datagram is a time request, read without allocating anything.</summary>
    public static bool TryReadSyncRequest(ReadOnlySpan<byte> datagram, out TimeSyncRequest request)
    {
        request = default;
        if (!datagram.StartsWith("{\"TimeSyncRequest\""u8))
            return false;
        try
        {
            Utf8JsonReader reader = new(datagram, Strict);
            return Utf8.IsValid(datagram)
                && reader.Read()
                && reader.Read()
                && reader.Read()
                && reader.TokenType == JsonTokenType.StartObject
                && TimeSyncRequest.TryRead(ref reader, withNodeId: false, out request)
                && EndsHere(ref reader);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <returns>Number of bytes written, 0 when the message does not fit.</returns>
    public static int Encode(Message message, Span<byte> datagram)
    {
        JsonSpanWriter json = new(datagram);
        json.BeginObject();
        json.BeginObject(Name(message));
        switch (message)
        {
            case Discovery discovery:
                discovery.Write(ref json);
                break;
            case TimeSyncRequestMessage request:
                request.Request.Write(ref json);
                break;
            case TimeSyncResponse response:
                response.Write(ref json);
                break;
            case RecordingCommand command:
                command.Write(ref json);
                break;
            case Status status:
                status.Write(ref json);
                break;
        }
        json.EndObject();
        json.EndObject();
        return json.Overflowed ? 0 : json.Length;
    }

    public static byte[] Encode(Message message)
    {
        byte[] buffer = new byte[LargestDatagram];
        int length = Encode(message, buffer);
        return length > 0 ? buffer[..length] : throw new ArgumentException($"a {message.GetType().Name} does not fit a datagram", nameof(message));
    }

    private static ReadOnlySpan<byte> Name(Message message) =>
        message switch
        {
            Discovery => "Discovery"u8,
            TimeSyncRequestMessage => "TimeSyncRequest"u8,
            TimeSyncResponse => "TimeSyncResponse"u8,
            RecordingCommand => "RecordingCommand"u8,
            Status => "Status"u8,
            _ => throw new System.Diagnostics.UnreachableException($"no wire form for {message.GetType().Name}"),
        };

    private static DropReason Decode(ReadOnlySpan<byte> datagram, out Message? message)
    {
        message = null;
        Utf8JsonReader reader = new(datagram, Strict);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || !reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
            return DropReason.BadFields;
        ReadOnlySpan<byte> name = reader.ValueSpan;
        if (!reader.Read())
            return DropReason.NotJson;
        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        bool ok = false;
        if (name.SequenceEqual("Discovery"u8))
        {
            ok = isObject && Discovery.TryRead(ref reader, out Discovery? read) & Keep(read, out message);
        }
        else if (name.SequenceEqual("TimeSyncRequest"u8))
        {
            TimeSyncRequest request = default;
            ok = isObject && TimeSyncRequest.TryRead(ref reader, withNodeId: true, out request);
            message = new TimeSyncRequestMessage(request);
        }
        else if (name.SequenceEqual("TimeSyncResponse"u8))
        {
            ok = isObject && TimeSyncResponse.TryRead(ref reader, out TimeSyncResponse? read) & Keep(read, out message);
        }
        else if (name.SequenceEqual("RecordingCommand"u8))
        {
            ok = isObject && RecordingCommand.TryRead(ref reader, out RecordingCommand? read) & Keep(read, out message);
        }
        else if (name.SequenceEqual("Status"u8))
        {
            ok = isObject && Status.TryRead(ref reader, out Status? read) & Keep(read, out message);
        }
        else
        {
            return DropReason.UnknownMessage;
        }
        if (ok && EndsHere(ref reader))
            return DropReason.None;
        message = null;
        return DropReason.BadFields;
    }

    private static bool Keep(Message? read, out Message? message)
    {
        message = read;
        return read is not null;
    }

    private static bool EndsHere(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.EndObject && !reader.Read();
}

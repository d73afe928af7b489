namespace RecordSync.Daemon;

/// <summary>Somebody on the wire who has no key, or another one.</summary>
/// <param name="KeyName">Null: none.</param>
internal sealed record KeyStranger(Endpoint Address, string? NodeId, string? KeyName)
{
    private string Who => NodeId is null ? Address.ToString() : $"{PeersTable.Clean(NodeId)} at {Address}";

    public override string ToString() => KeyName is null ? $"{Who} has no key" : $"{Who} seals with another key ({KeyName})";
}

/// <summary>What is said of dropped datagrams: of each stranger once, of the rest what it was and how many, once a minute at the most. Used by the receiving thread.</summary>
internal sealed class SealNotices
{
    private const int MostStrangers = 16;
    private static readonly Nanos BetweenWarnings = Nanos.FromSeconds(60);

    private readonly LocalTime?[] warned = new LocalTime?[Enum.GetValues<DropReason>().Length];
    private KeyStranger[] strangers = [];

    /// <summary>From any thread.</summary>
    public IReadOnlyList<KeyStranger> Strangers => Volatile.Read(ref strangers);

    /// <param name="count">How many were dropped for this reason so far.</param>
    /// <returns>A sentence, or null where there is nothing new to say.</returns>
    public string? Of(DropReason reason, ReadOnlySpan<byte> datagram, Endpoint source, uint? keyId, LocalTime now, long count)
    {
        if (reason is DropReason.Unsealed or DropReason.UnknownKey)
            return OfStranger(datagram, source, keyId);
        if (warned[(int)reason] is { } last && now - last < BetweenWarnings)
            return null;
        warned[(int)reason] = now;
        return $"{(count == 1 ? "a datagram was" : $"{count} datagrams were")} dropped: {Words(reason)} (the last from {source}; docs/security.md)";
    }

    private string? OfStranger(ReadOnlySpan<byte> datagram, Endpoint source, uint? keyId)
    {
        if (strangers.Length >= MostStrangers)
            return null;
        string? keyName = keyId is { } id ? GroupKey.NameOf(id) : null;
        foreach (KeyStranger known in strangers)
        {
            if (known.Address == source && known.KeyName == keyName)
                return null;
        }
        KeyStranger stranger = new(source, keyName is null ? NodeOf(datagram) : null, keyName);
        Volatile.Write(ref strangers, [.. strangers, stranger]);
        return $"{stranger} and is ignored: start it with this node's --key-file if it belongs here";
    }

    private static string? NodeOf(ReadOnlySpan<byte> datagram)
    {
        _ = PacketCodec.TryDecode(datagram, out Message? message);
        return message switch
        {
            Discovery beacon => beacon.NodeId,
            Status status => status.NodeId,
            TimeSyncRequestMessage request => request.Request.NodeId,
            TimeSyncResponse response => response.NodeId,
            _ => null,
        };
    }

    private static string Words(DropReason reason) =>
        reason switch
        {
            DropReason.Malformed => "they begin like sealed ones and are none",
            DropReason.Forged => "forged or changed, or sealed for another node or group",
            DropReason.Replayed => "they had come before; the network doubles them, or somebody repeats them",
            DropReason.Reflected => "this node's own, sent back to it by somebody",
            DropReason.Redirected => "sealed for another destination",
            DropReason.Unproven => "genuine ones of a process that does not answer: a recording of before, or it has just ended",
            DropReason.Stale => "genuine ones of more than 10 s ago, or of before this node's start",
            _ => "too many strangers at once",
        };
}

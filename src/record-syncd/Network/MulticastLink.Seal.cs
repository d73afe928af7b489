namespace RecordSync.Daemon;

/// <summary>The link of a group with a key.</summary>
internal sealed partial class MulticastLink
{
    /// <summary>A sentence about datagrams that the key keeps out; on the receiving thread.</summary>
    public event Action<string>? Warned;

    /// <summary>The group key in use, by its name; null: nothing is sealed.</summary>
    public string? Key => seal?.Keys.ToString();

    /// <summary>Who was heard on the wire without the key that is in use here.</summary>
    public IReadOnlyList<KeyStranger> KeyStrangers => seal?.Notices.Strangers ?? [];

    public long DropsFor(DropReason reason) => seal?.DropsFor(reason) ?? 0;

    private void Open(LinkSeal opening, in Datagram datagram, Endpoint own)
    {
        Arrival arrival = new(datagram.Source, datagram.ReceivedAt, datagram.ViaMulticast, Note(datagram));
        Opened opened = opening.Open(datagram.Payload, arrival, own, out ReadOnlySpan<byte> payload, out string? warning);
        if (opened.Prove is { } proof)
            Answer(opening, proof, datagram.Source);
        if (opened.Ask is { } challenge)
            Answer(opening, challenge, datagram.Source);
        if (warning is not null)
            Warned?.Invoke(warning);
        if (opened.Length is not null)
            Deliver(payload, arrival);
        while (opening.TryRelease(out HeldMessage? held))
            Deliver(held!.Content, new Arrival(held.Source, held.At, (held.Note & 1) != 0, held.Note));
    }

    private void Deliver(ReadOnlySpan<byte> payload, in Arrival arrival)
    {
        Datagram datagram = new()
        {
            Payload = payload,
            Source = arrival.Source,
            ReceivedAt = arrival.At,
            Stamp = (StampSource)(arrival.Note >> 2),
            ViaMulticast = arrival.ViaMulticast,
            FromOwnHost = (arrival.Note & 2) != 0,
        };
        onDatagram!(in datagram);
    }

    /// <summary>What has to be known of a datagram that waits for its sender's proof.</summary>
    private static int Note(in Datagram datagram) => (datagram.ViaMulticast ? 1 : 0) | (datagram.FromOwnHost ? 2 : 0) | (int)datagram.Stamp << 2;

    private void Answer(LinkSeal opening, in SealedAnswer answer, Endpoint to)
    {
        lock (sending)
        {
            if (sockets is not null && sockets.Unicast.Send(to, opening.Seal(answer, to), stamp: false) >= 0)
                sent++;
        }
    }
}

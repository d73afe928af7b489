using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// The leader's side of the time exchange: answers on the receiving thread, without allocating, so that neither a thread hop nor a
/// garbage collection lies between t2 and t3 (docs/protocol.md §4.1). When an answer really left, the kernel tells afterwards; the
/// next answer to the same follower carries it.
/// </summary>
internal sealed class TimeServer(MulticastLink link, LocalClock clock, SharedClock network, NodeSettings settings)
{
    private readonly byte[] answer = new byte[1024];
    private readonly byte[] nodeId = Encoding.UTF8.GetBytes(settings.NodeId);
    private readonly AnswerStamps stamps = new();
    private long answered;

    public long Answered => Volatile.Read(ref answered);

    /// <returns>True when the datagram was a time request, answered or not.</returns>
    public bool TryAnswer(in Datagram datagram)
    {
        if (!PacketCodec.TryReadSyncRequest(datagram.Payload, out TimeSyncRequest request))
            return false;
        if (network.Led is not { } timescale || network.Mapping is not { } mapping)
            return true;
        NetworkTime t2 = mapping.At(datagram.ReceivedAt);
        if (request.Sequence is { } sequence)
        {
            EarlierAnswer? previous = stamps.TryTake(datagram.Source, out AnswerName name, out LocalTime left) ? new EarlierAnswer(name, mapping.At(left)) : null;
            LocalTime now = clock.Now();
            int length = TimeSyncResponse.WriteAnswer(answer, request, nodeId, timescale, t2, mapping.At(now), previous, mapping.ErrorAt(now));
            if (link.SendTo(datagram.Source, answer.AsSpan(0, length), out uint sendId))
                stamps.Sent(datagram.Source, new AnswerName(sequence, t2), sendId);
        }
        else
            AnswerVersionOne(datagram, request, timescale, t2, mapping);
        answered++;
        return true;
    }

    /// <summary>On the receiving thread.</summary>
    /// <returns>False when this was no send of an answer.</returns>
    public bool TryStamp(uint sendId, LocalTime at) => stamps.TryStamp(sendId, at);

    private void AnswerVersionOne(in Datagram datagram, in TimeSyncRequest request, byte[] timescale, NetworkTime t2, ClockMapping mapping)
    {
        int length = TimeSyncResponse.WriteAnswer(answer, request, nodeId, timescale, t2, mapping.At(clock.Now()));
        // a version-1 follower on this host shares its port with other nodes: unicast would reach any one of them
        if (datagram.FromOwnHost)
            link.SendToGroup(answer.AsSpan(0, length));
        else
            link.SendTo(datagram.Source, answer.AsSpan(0, length));
    }
}

using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// The leader's side of the time exchange: answers on the receiving thread, without allocating, so that neither a thread hop nor a
/// garbage collection lies between t2 and t3 (docs/protocol.md §4.1).
/// </summary>
internal sealed class TimeServer(MulticastLink link, LocalClock clock, SharedClock network, NodeSettings settings)
{
    private readonly byte[] answer = new byte[1024];
    private readonly byte[] nodeId = Encoding.UTF8.GetBytes(settings.NodeId);
    private readonly byte[] timescale = Encoding.UTF8.GetBytes(settings.Timescale);
    private long answered;

    public long Answered => Volatile.Read(ref answered);

    /// <returns>True when the datagram was a time request, answered or not.</returns>
    public bool TryAnswer(in Datagram datagram)
    {
        if (!PacketCodec.TryReadSyncRequest(datagram.Payload, out TimeSyncRequest request))
            return false;
        if (network.Mapping is not { } mapping)
            return true;
        NetworkTime t2 = mapping.At(datagram.ReceivedAt);
        int length = TimeSyncResponse.WriteAnswer(answer, request, nodeId, timescale, t2, mapping.At(clock.Now()));
        // a version-1 follower on this host shares its port with other nodes: unicast would reach any one of them
        if (request.Sequence is null && datagram.FromOwnHost)
            link.SendToGroup(answer.AsSpan(0, length));
        else
            link.SendTo(datagram.Source, answer.AsSpan(0, length));
        answered++;
        return true;
    }
}

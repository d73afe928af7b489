using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace RecordSync.Daemon;

/// <summary>
/// Nodes of other groups on the same wire: those that use another port of the same address, or the usual group where this one is another. Such packets are seen by a raw
/// socket only, which needs root; no driver is set to hear all, so a group with an address of its own is not found.
/// </summary>
internal sealed class ForeignGroups : IDisposable
{
    private const int Most = 64;
    private const int UdpHeader = 8;
    private const byte ProtocolUdp = 17;
    private const int LooksForTheEndMs = 100;

    private readonly Endpoint own;
    private readonly Dictionary<Endpoint, SortedSet<string>> found = [];
    private readonly Lock gate = new();
    private readonly Socket? socket;
    private readonly Thread? receiving;
    private volatile bool stopping;

    public ForeignGroups(InterfaceChoice chosen, Endpoint own)
    {
        this.own = own;
        try
        {
            socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp) { ReceiveTimeout = LooksForTheEndMs };
            // what other programs of this host have joined is not meant
            socket.SetRawSocketOption(Libc.LevelIp, Libc.IpMulticastAll, BitConverter.GetBytes(0));
            foreach (uint address in (uint[])[.. new HashSet<uint> { own.Address, LinkSettings.DefaultGroup.Address }])
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse(Endpoint.FormatAddress(address)), chosen.Index));
            receiving = new Thread(Receive) { IsBackground = true, Name = "foreign groups" };
            receiving.Start();
        }
        catch (SocketException refused)
        {
            socket?.Dispose();
            socket = null;
            Obstacle = refused.SocketErrorCode is SocketError.AccessDenied ? "only root may look at other groups' packets" : refused.Message;
        }
    }

    /// <summary>For tests of what is made of packets.</summary>
    internal ForeignGroups(Endpoint own) => this.own = own;

    /// <summary>Why nothing can be heard; null where it can.</summary>
    public string? Obstacle { get; }

    /// <param name="alone">No node of the own group is heard.</param>
    public Finding Judge(bool alone)
    {
        const string Check = "foreign groups";
        lock (gate)
        {
            string groups = string.Join("; ", found.Select(group => $"{group.Key} ({string.Join(", ", group.Value)})"));
            return Obstacle is { } obstacle ? Finding.Skipped(Check, obstacle, "sudo record-syncd doctor")
                : found.Count == 0 ? Finding.Ok(Check, $"none on {Endpoint.FormatAddress(own.Address)}{(own.Address == LinkSettings.DefaultGroup.Address ? "" : $" or {Endpoint.FormatAddress(LinkSettings.DefaultGroup.Address)}")}")
                : alone ? Finding.Warning(Check, $"nobody is in {own}, but nodes are in {groups}", $"the same --group for all: --group {found.Keys.First()}")
                : Finding.Ok(Check, $"other productions share the network: {groups}");
        }
    }

    /// <summary>A packet with its IP header.</summary>
    internal void Take(ReadOnlySpan<byte> packet)
    {
        int header = packet.Length > 20 ? (packet[0] & 0xF) * 4 : int.MaxValue;
        if (packet.Length < (long)header + UdpHeader || header < 20 || packet[0] >> 4 != 4 || packet[9] != ProtocolUdp)
            return;
        Endpoint destination = new(BinaryPrimitives.ReadUInt32BigEndian(packet[16..]), BinaryPrimitives.ReadUInt16BigEndian(packet[(header + 2)..]));
        if (!destination.IsMulticast || destination == own || PacketCodec.TryDecode(packet[(header + UdpHeader)..], out Message? message) != DropReason.None || message is not Discovery { Query: false } beacon)
            return;
        lock (gate)
        {
            if (!found.TryGetValue(destination, out SortedSet<string>? nodes) && found.Count < Most)
                found[destination] = nodes = new SortedSet<string>(StringComparer.Ordinal);
            if (nodes is { Count: < Most })
                nodes.Add(PeersTable.Clean(beacon.NodeId));
        }
    }

    public void Dispose()
    {
        stopping = true;
        receiving?.Join();
        socket?.Dispose();
    }

    private void Receive()
    {
        byte[] buffer = new byte[64 * 1024];
        while (!stopping)
        {
            try
            {
                Take(buffer.AsSpan(0, socket!.Receive(buffer)));
            }
            catch (SocketException silence) when (silence.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                // nothing has come
            }
            catch (SocketException)
            {
                // the interface has gone: what was heard until now is what there is
                return;
            }
        }
    }
}

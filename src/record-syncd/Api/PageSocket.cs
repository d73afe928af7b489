using System.Net;
using System.Net.Sockets;

namespace RecordSync.Daemon;

/// <summary>
/// The page's port. It is taken before the node says its first word, which costs microseconds, so that its beacons can name it and a port that is taken is
/// known before a camera opens; the server, which costs milliseconds, comes later and finds whoever has called meanwhile in the queue.
/// </summary>
internal sealed class PageSocket : IDisposable
{
    private const int Backlog = 64;

    /// <summary>So much of what a client does not fetch waits in the kernel, bytes; on a cable enough for a full gigabit.</summary>
    private const int SendBuffer = 256 * 1024;

    private PageSocket(Socket socket) => (Socket, Address) = (socket, (IPEndPoint)socket.LocalEndPoint!);

    public Socket Socket { get; }

    public IPEndPoint Address { get; }

    /// <summary>What people type into a browser on this machine.</summary>
    public string Url => $"http://{(IsWildcard(Address.Address) ? new IPEndPoint(IPAddress.Loopback, Address.Port) : Address)}/";

    /// <summary>What the beacons name: where the page listens, or this node's own address where it listens on all.</summary>
    public string AnnouncedFrom(Endpoint self) => IsWildcard(Address.Address) ? $"{Endpoint.FormatAddress(self.Address)}:{Address.Port}" : Address.ToString();

    /// <returns>Null with a sentence that says what to do.</returns>
    public static PageSocket? TryClaim(PageOptions options, out string? fault)
    {
        IPEndPoint wanted = options.Address!;
        int last = options.Written ? wanted.Port : PageOptions.LastPort;
        for (int port = wanted.Port; port <= last; port++)
        {
            Socket socket = new(wanted.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                // accepted connections inherit it
                socket.SendBufferSize = SendBuffer;
                socket.Bind(new IPEndPoint(wanted.Address, port));
                socket.Listen(Backlog);
                fault = null;
                return new PageSocket(socket);
            }
            catch (SocketException refused)
            {
                socket.Dispose();
                fault = Describe(refused, wanted);
                if (refused.SocketErrorCode != SocketError.AddressAlreadyInUse)
                    return null;
            }
        }
        fault = options.Written
            ? $"the page's port {wanted} is taken by {PortOwner.Describe((ushort)wanted.Port, tcp: true)}: stop that program, choose another port with --http {wanted.Address}:PORT, or do without the page with --http off"
            : $"there is no page: the ports {wanted.Port} to {last} of {wanted.Address} are all taken; --http ADDRESS:PORT chooses another";
        return null;
    }

    public void Dispose() => Socket.Dispose();

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static string Describe(SocketException refused, IPEndPoint wanted) =>
        refused.SocketErrorCode switch
        {
            SocketError.AddressNotAvailable => $"no interface of this machine has the address {wanted.Address} of --http {wanted}: use one that 'ip address' lists, 0.0.0.0 for all of them, or 127.0.0.1",
            SocketError.AccessDenied => $"port {wanted.Port} of --http {wanted} is for root: choose one above 1023",
            _ => $"--http {wanted} cannot be used: {refused.Message}",
        };
}

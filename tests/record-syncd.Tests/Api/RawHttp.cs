using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RecordSync.Daemon.Tests;

/// <summary>Requests as they are written, for what a well-behaved client would not send.</summary>
internal static class RawHttp
{
    public static Task<string> Get(int port, string path, string headers = "Host: 127.0.0.1\r\n") => Send(port, $"GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");

    /// <returns>All that comes until the server closes.</returns>
    public static async Task<string> Send(int port, string text)
    {
        using Socket socket = await Connect(port);
        await socket.SendAsync(Encoding.Latin1.GetBytes(text));
        using MemoryStream answer = new();
        byte[] buffer = new byte[16_384];
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(RunningNode.Patience) is > 0 and var got)
                answer.Write(buffer, 0, got);
        }
        catch (SocketException)
        {
            // closed in the middle of what was sent: what came before counts
        }
        return Encoding.UTF8.GetString(answer.ToArray());
    }

    public static async Task<Socket> Connect(int port, int? receiveBuffer = null)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (receiveBuffer is { } size)
            socket.ReceiveBufferSize = size;
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }
}

using System.Net;
using System.Net.Sockets;

namespace RecordSync.Daemon.Tests;

/// <summary>Multicast groups of their own for tests that run side by side on the loopback interface.</summary>
internal static class TestGroup
{
    private static int next = Environment.ProcessId;

    /// <summary>A group whose port no one uses now.</summary>
    public static Endpoint Next()
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Bind(new IPEndPoint(IPAddress.Any, 0));
        uint number = (uint)Interlocked.Increment(ref next);
        return new Endpoint(0xEFFF_2B00 | (number & 0xFF), (ushort)((IPEndPoint)probe.LocalEndPoint!).Port);
    }
}

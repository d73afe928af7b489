using System.Net.NetworkInformation;

namespace RecordSync.Daemon.Tests;

/// <summary>Multicast groups of their own for tests that run side by side on the loopback interface.</summary>
internal static class TestGroup
{
    // below the range from which the kernel gives ports to whoever asks for any
    private const int FirstPort = 12_000;
    private const int Ports = 20_000;

    // apart from those of other test processes
    private static int next = Environment.ProcessId * 101;

    /// <summary>
    /// A group with a port that no one uses now. Looked up and not tried by binding: a process that is being started holds
    /// copies of all sockets for a moment.
    /// </summary>
    public static Endpoint Next()
    {
        HashSet<int> used = [.. IPGlobalProperties.GetIPGlobalProperties().GetActiveUdpListeners().Select(listener => listener.Port)];
        while (true)
        {
            uint number = (uint)Interlocked.Increment(ref next);
            ushort port = (ushort)(FirstPort + number % Ports);
            if (!used.Contains(port))
                return new Endpoint(0xEFFF_2B00 | (number & 0xFF), port);
        }
    }
}

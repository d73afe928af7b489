using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A datagram is untrusted input (docs/protocol.md §2).</summary>
[Collection(Processes.Name)]
public sealed partial class GarbageTests
{
    private const int Datagrams = 20_000;
    private const int Seed = 42;

    private static readonly string[] Genuine =
    [
        """{"Discovery":{"node_id":"cam9","role":"Leader","timestamp":1795395175255632}}""",
        """{"TimeSyncRequest":{"node_id":"cam9","t1":1795395175255632,"seq":17,"t1_ns":1795395175255632118}}""",
        """{"TimeSyncResponse":{"node_id":"cam9","t1":1795395175255632,"t2":1795395175255900,"t3":1795395175255950}}""",
        """{"RecordingCommand":{"command":"Stop","target_timestamp":1795395177255632}}""",
        """{"Status":{"node_id":"cam9","state":"Recording","timestamp":1795395177255632}}""",
    ];

    private static readonly string[] WrongTypes =
    [
        """{"Discovery":{"node_id":5,"role":"Leader","timestamp":1}}""",
        """{"Discovery":{"node_id":"cam9","role":"Director","timestamp":1}}""",
        """{"Discovery":{"node_id":"cam9","role":"Leader"}}""",
        """{"TimeSyncRequest":{"node_id":"cam9","t1":"soon"}}""",
        """{"TimeSyncRequest":{"node_id":"cam9","t1":99999999999999999999999999}}""",
        """{"TimeSyncResponse":{"node_id":"cam9","t1":-5,"t2":null,"t3":[]}}""",
        """{"RecordingCommand":{"command":"Stop","target_timestamp":-1}}""",
        """{"RecordingCommand":{"command":"Explode","target_timestamp":1}}""",
        """{"Status":{"node_id":"","state":"Idle","timestamp":1}}""",
        """{"Status":[1,2,3]}""",
        """{"Unheard":{"node_id":"cam9"}}""",
        """{"Stop":{}}""",
        "[]",
        "null",
        "",
    ];

    [Fact]
    public void Twenty_thousand_junk_datagrams_in_a_take_stop_nothing_and_are_counted_by_reason()
    {
        using WiredGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", WiredGroup.SmallPictures);
        leader.WaitForLine("camera ready");
        leader.Type("start 300");
        leader.WaitForLine("recording take");

        Flood(group.Group, Endpoint.Parse(AddressOf(leader)));

        // the node still hears who speaks properly
        group.VersionOne("old2", "Follower").SendDiscovery();
        leader.WaitForLine("old2 has joined");
        Dictionary<string, long> dropped = Dropped(leader);
        Assert.All(["NotUtf8", "NotJson", "UnknownMessage", "BadFields"], reason => Assert.True(dropped.GetValueOrDefault(reason) > 0, $"{reason} in {leader.Output}"));
        // the kernel may have dropped some before they were read, never most
        Assert.InRange(dropped.Values.Sum(), Datagrams / 2, Datagrams);
        leader.Type("stop 300");
        leader.WaitForLine("finished");
        leader.Type("quit");
        Assert.Equal(0, leader.WaitForExit());
        TakeManifest manifest = group.Manifest("cam1");
        long expected = (long)Math.Round((manifest.StopNs!.Value - manifest.StartNs) * 1e-9 * WiredGroup.Fps);
        Assert.Equal((ManifestState.Finished, expected), (manifest.State, manifest.Frames));
        Assert.Equal(expected, Assert.Single(group.Examine().Files).Frames);
        Assert.DoesNotContain("cam9", leader.Output, StringComparison.Ordinal);
    }

    /// <summary>To the group and to the node's own port, at a pace that its receive buffers can hold.</summary>
    private static void Flood(Endpoint group, Endpoint node)
    {
        Random random = new(Seed);
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
        IPEndPoint[] targets = [IPEndPoint.Parse($"{group}"), IPEndPoint.Parse($"{node}")];
        for (int number = 0; number < Datagrams; number++)
        {
            socket.SendTo(Junk(random, number), targets[number % 3 == 0 ? 1 : 0]);
            if (number % 50 == 49)
                Thread.Sleep(1);
        }
    }

    private static byte[] Junk(Random random, int number)
    {
        string genuine = Genuine[random.Next(Genuine.Length)];
        switch (number % 5)
        {
            case 0:
                byte[] noise = new byte[random.Next(1, 1_400)];
                random.NextBytes(noise);
                return noise;
            case 1:
                return Encoding.UTF8.GetBytes(genuine[..random.Next(genuine.Length)]);
            case 2:
                int depth = random.Next(9, 700);
                return Encoding.UTF8.GetBytes($$$"""{"Discovery":{"node_id":"cam9","x":{{{new string('[', depth)}}}{{{new string(']', depth)}}}}}""");
            case 3:
                // bytes that occur in no UTF-8, in the name
                byte[] broken = Encoding.UTF8.GetBytes(genuine);
                broken[4] = 0xFF;
                return broken;
            default:
                return Encoding.UTF8.GetBytes(WrongTypes[random.Next(WrongTypes.Length)]);
        }
    }

    private static Dictionary<string, long> Dropped(RunningNode node)
    {
        node.Type("status");
        string line = node.WaitForLine(said => said.StartsWith("packets dropped", StringComparison.Ordinal));
        return Counts().Matches(line).ToDictionary(match => match.Groups[2].Value, match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private static string AddressOf(RunningNode node) => Address().Match(WiredGroup.RowOf("cam1", WiredGroup.Peers(node))).Value;

    [GeneratedRegex(@"(\d+) ([A-Za-z0-9]+)")]
    private static partial Regex Counts();

    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}

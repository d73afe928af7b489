using System.Net;
using System.Net.Sockets;

namespace RecordSync.Bench;

/// <summary>
/// Followers that want nothing but the time: each a socket of its own, which sends the leader a burst of requests once a second, every one at its own moment of it,
/// and on demand the beacon of a real node. Answers are counted and not used.
/// </summary>
internal sealed class SyntheticFollowers : IDisposable
{
    private const int Burst = 8;
    private const int SpacingMilliseconds = 2;
    private const int BeaconMilliseconds = 2_000;
    private const long Millisecond = 1_000_000;

    private readonly Socket[] sockets;
    private readonly SocketAddress leader;
    private readonly SocketAddress group;
    private readonly byte[] datagram = new byte[PacketCodec.LargestDatagram];
    private readonly Thread thread;
    private readonly bool beacons;
    private volatile bool stopping;
    private Exception? failure;

    /// <summary>In the calling thread's network namespace, and at once.</summary>
    public SyntheticFollowers(int count, IPAddress own, IPEndPoint leader, Endpoint group, bool beacons)
    {
        this.beacons = beacons;
        this.leader = leader.Serialize();
        this.group = new IPEndPoint(IPAddress.Parse(Endpoint.FormatAddress(group.Address)), group.Port).Serialize();
        sockets = new Socket[count];
        for (int follower = 0; follower < count; follower++)
        {
            sockets[follower] = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
            sockets[follower].SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, own.GetAddressBytes());
            sockets[follower].Bind(new IPEndPoint(own, 0));
        }
        thread = new Thread(Run) { IsBackground = true, Name = "load" };
        thread.Start();
    }

    public long Requests { get; private set; }

    public long Answers { get; private set; }

    /// <summary>Milliseconds that were begun more than a millisecond late: the load was not even then.</summary>
    public long LateTicks { get; private set; }

    public void Dispose()
    {
        stopping = true;
        thread.Join();
        foreach (Socket socket in sockets)
            socket.Dispose();
        if (failure is not null)
            throw new InvalidOperationException("The load generator failed.", failure);
    }

    private void Run()
    {
        try
        {
            RealTime.TakePriority();
            long start = RealTime.MonotonicNs();
            for (long tick = 0; !stopping; tick++)
            {
                long due = start + tick * Millisecond;
                RealTime.SleepUntil(due);
                if (RealTime.MonotonicNs() - due > Millisecond)
                    LateTicks++;
                for (int follower = First(tick); follower < sockets.Length; follower += 1000)
                    Drain(follower);
                for (int turn = 0; turn < Burst; turn++)
                {
                    long began = tick - turn * SpacingMilliseconds;
                    for (int follower = First(began); began >= 0 && follower < sockets.Length; follower += 1000)
                        Request(follower, began / 1000 * Burst + turn);
                }
                for (int follower = (int)(tick % BeaconMilliseconds); beacons && follower < sockets.Length; follower += BeaconMilliseconds)
                    Beacon(follower);
            }
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }
    }

    /// <summary>The followers are spread over the thousand milliseconds.</summary>
    private static int First(long tick) => (int)((tick % 1000 + 1000) % 1000);

    private void Request(int follower, long sequence)
    {
        long now = RealTime.WallNs();
        int length = PacketCodec.Encode(new TimeSyncRequestMessage(new TimeSyncRequest($"load{follower}", now / 1000, sequence, now)), datagram);
        Send(follower, length, leader);
        Requests++;
    }

    private void Beacon(int follower)
    {
        Discovery beacon = new($"load{follower}", NodeRole.Follower, RealTime.WallNs() / 1000) { Version = 2, Host = "load", Instance = follower + 1, State = NodeState.Idle };
        Send(follower, PacketCodec.Encode(beacon, datagram), group);
    }

    private void Send(int follower, int length, SocketAddress destination) => sockets[follower].SendTo(datagram.AsSpan(0, length), SocketFlags.None, destination);

    private void Drain(int follower)
    {
        while (sockets[follower].Available > 0)
        {
            int length = sockets[follower].Receive(datagram);
            if (datagram.AsSpan(0, length).IndexOf("TimeSyncResponse"u8) >= 0)
                Answers++;
        }
    }
}

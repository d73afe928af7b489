using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The relay between two machines: everything that the clock's figures over bad links rest on.</summary>
public sealed class RelayTests
{
    private const int Port = 9000;

    [Fact]
    public void A_relay_delivers_nothing_before_its_minimum_and_each_way_has_its_own()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using Relay relay = machines.Impair(1, new RelaySettings(WireSettings.Parse("delay=60000,jitter=uniform:1000"), WireSettings.Parse("delay=20000")));
        using Socket far = Open(machines, 1), near = Open(machines, 0);
        // the address is resolved through the relay too
        _ = SendAndReceive(near, far, 1, 1);
        Assert.All(Enumerable.Range(0, 20), _ => Assert.InRange(SendAndReceive(near, far, 1, 1), 60.0, double.MaxValue));
        double[] back = [.. Enumerable.Range(0, 20).Select(_ => SendAndReceive(far, near, 0, 1))];
        Assert.InRange(back.Min(), 20.0, 60.0);
    }

    [Fact]
    public void A_relay_loses_and_duplicates_as_it_is_told_and_says_so()
    {
        const int Count = 2_000;
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using Socket far = Open(machines, 1), near = Open(machines, 0);
        // the address is known before the relay may lose the question
        _ = SendAndReceive(near, far, 1, 1);
        using Relay relay = machines.Impair(1, new RelaySettings(WireSettings.Parse("loss=0.3,duplicate=0.2"), new WireSettings()));
        int arrived = SendMany(near, far, Count, relay).Length;
        // five standard deviations of the binomial
        Assert.InRange(relay.Report.Lost, 0.3 * Count - 103, 0.3 * Count + 103);
        Assert.InRange(relay.Report.Duplicated, 0.2 * 0.7 * Count - 78, 0.2 * 0.7 * Count + 78);
        Assert.Equal(Count - relay.Report.Lost + relay.Report.Duplicated, arrived);
    }

    [Fact]
    public void A_frame_that_is_held_back_is_overtaken_by_those_behind_it()
    {
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using Socket far = Open(machines, 1), near = Open(machines, 0);
        _ = SendAndReceive(near, far, 1, 1);
        using Relay relay = machines.Impair(1, new RelaySettings(WireSettings.Parse("reorder=0.1,hold=50000"), new WireSettings()));
        int[] order = SendMany(near, far, 500, relay);
        Assert.Equal(Enumerable.Range(0, 500), order.Order());
        Assert.NotEqual(order.Order(), order);
        Assert.InRange(relay.Report.Overtaken, 1, 500);
    }

    [Fact]
    public async Task Large_segments_and_checksums_that_the_kernel_left_open_pass_unharmed()
    {
        byte[] sent = RandomNumberGenerator.GetBytes(8 << 20);
        using NetworkNamespaces machines = NetworkNamespaces.Create(2);
        using Relay relay = machines.Impair(1, new RelaySettings(WireSettings.Parse("delay=100"), WireSettings.Parse("delay=100")));
        using TcpListener listener = machines.Inside(1, () => new TcpListener(IPAddress.Any, Port));
        listener.Start();
        using TcpClient client = machines.Inside(0, () => new TcpClient(AddressFamily.InterNetwork));
        await client.ConnectAsync(NetworkNamespaces.Address(1), Port);
        using TcpClient server = await listener.AcceptTcpClientAsync();
        Task sending = client.GetStream().WriteAsync(sent).AsTask();
        byte[] received = new byte[sent.Length];
        await server.GetStream().ReadExactlyAsync(received);
        await sending;
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    [Theory]
    [InlineData("delay=150,jitter=uniform:100", 150, 200, 29)]
    [InlineData("delay=1293,jitter=gamma:1000", 1293, 2000, 1000)]
    [InlineData("delay=1237,jitter=lognormal:1000", 1237, 2000, 1000)]
    public void Jitter_has_the_minimum_the_mean_and_the_deviation_that_it_should(string wire, double minimum, double mean, double deviation)
    {
        WireSettings settings = WireSettings.Parse(wire);
        Random random = new(20261124);
        double[] delays = [.. Enumerable.Range(0, 400_000).Select(_ => settings.DelayNs(random) / 1e3)];
        Assert.InRange(delays.Min(), minimum - 0.001, minimum * 1.2);
        double average = delays.Average();
        Assert.InRange(average, mean * 0.99, mean * 1.01);
        Assert.InRange(Math.Sqrt(delays.Average(delay => (delay - average) * (delay - average))), deviation * 0.97, deviation * 1.03);
    }

    [Fact]
    public void A_wire_is_read_as_it_is_written()
    {
        WireSettings wire = WireSettings.Parse("delay=1.5,jitter=lognormal:20,loss=0.1,duplicate=0.2,reorder=0.3,hold=40");
        Assert.Equal(new WireSettings { DelayUs = 1.5, Shape = JitterShape.LogNormal, JitterUs = 20, Loss = 0.1, Duplication = 0.2, Reordering = 0.3, HoldUs = 40 }, wire);
        Assert.Equal(wire, WireSettings.Parse(wire.ToString()));
    }

    [Theory]
    [InlineData("delay=-1")]
    [InlineData("loss=1.5")]
    [InlineData("jitter=cauchy:5")]
    [InlineData("jitter=5")]
    [InlineData("speed=9")]
    public void A_wire_that_cannot_be_is_refused(string text) => Assert.Throws<FormatException>(() => WireSettings.Parse(text));

    private static Socket Open(NetworkNamespaces machines, int machine) =>
        machines.Inside(
            machine,
            () =>
            {
                Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };
                socket.Bind(new IPEndPoint(IPAddress.Parse(NetworkNamespaces.Address(machine)), Port));
                return socket;
            }
        );

    /// <returns>Milliseconds on the way.</returns>
    private static double SendAndReceive(Socket from, Socket to, int machine, byte word)
    {
        byte[] buffer = [word];
        long sent = RealTime.MonotonicNs();
        from.SendTo(buffer, new IPEndPoint(IPAddress.Parse(NetworkNamespaces.Address(machine)), Port));
        Assert.Equal(1, to.Receive(buffer));
        return (RealTime.MonotonicNs() - sent) / 1e6;
    }

    /// <returns>The numbers in the order of their arrival, once the relay has sent all that it had.</returns>
    private static int[] SendMany(Socket from, Socket to, int count, Relay relay)
    {
        IPEndPoint destination = new(IPAddress.Parse(NetworkNamespaces.Address(1)), Port);
        List<int> arrived = [];
        byte[] buffer = new byte[4];
        for (int number = 0; number < count; number++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(buffer, number);
            from.SendTo(buffer, destination);
            if (number % 50 < 49)
                continue;
            // no more under way than a socket holds
            WaitUntil(() => relay.Report.Received > number);
            Drain();
        }
        WaitUntil(() => relay.Report.Received >= count && relay.Report.Sent == relay.Report.Received - relay.Report.Lost + relay.Report.Duplicated);
        Drain();
        return [.. arrived];

        void Drain()
        {
            byte[] word = new byte[4];
            while (to.Available > 0)
            {
                to.Receive(word);
                arrived.Add(BinaryPrimitives.ReadInt32LittleEndian(word));
            }
        }
    }

    private static void WaitUntil(Func<bool> holds)
    {
        long deadline = Environment.TickCount64 + 20_000;
        while (!holds())
        {
            Assert.True(Environment.TickCount64 < deadline, "the relay never got there");
            Thread.Sleep(1);
        }
    }
}

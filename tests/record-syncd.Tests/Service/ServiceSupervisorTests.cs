using System.Net.Sockets;
using System.Text;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>What systemd is told of a node's loop, turn by turn.</summary>
public sealed class ServiceSupervisorTests : IDisposable
{
    private readonly LocalClock clock = new();
    private readonly MulticastLink link;
    private readonly NodeLoop loop;
    private readonly List<string> said = [];

    public ServiceSupervisorTests()
    {
        link = new MulticastLink(new LinkSettings(InterfaceChoice.Resolve("lo"), TestGroup.Next()), clock);
        Nanos wallOffset = new(clock.WallNow().Nanoseconds - clock.Now().Nanoseconds);
        loop = new NodeLoop(new NodeSettings("one", NodeRole.Follower, "host", wallOffset, 7, FrameRate.Default, HasCamera: false), link, clock, new SharedClock(), (_, _) => { });
    }

    public void Dispose() => link.Dispose();

    [Fact]
    public async Task A_loop_that_turns_is_ready_once_and_alive_each_time()
    {
        Task running = loop.Run();
        using ServiceSupervisor supervisor = new(loop, () => false, said.Add, EventLog<int>.Patience);
        supervisor.Turn();
        supervisor.Turn();

        Assert.Equal(2, said.Count);
        Assert.StartsWith("READY=1\nSTATUS=", said[0], StringComparison.Ordinal);
        Assert.StartsWith("STATUS=", said[1], StringComparison.Ordinal);
        Assert.All(said, lines => Assert.EndsWith("; no leader is known; 0 other nodes\nWATCHDOG=1", lines, StringComparison.Ordinal));
        await Leave(running);
    }

    [Fact]
    public async Task A_loop_that_hangs_is_given_up_unless_a_take_is_being_recorded()
    {
        Task running = loop.Run();
        using ManualResetEventSlim release = new();
        Task<int> hanging = loop.Ask(
            (_, _) =>
            {
                release.Wait();
                return 0;
            }
        );
        bool isRecording = false;
        using ServiceSupervisor supervisor = new(loop, () => isRecording, said.Add, TimeSpan.FromMilliseconds(20));
        supervisor.Turn();
        Assert.Empty(said);

        isRecording = true;
        supervisor.Turn();
        Assert.Equal(["WATCHDOG=1"], said);

        release.Set();
        await hanging;
        await Leave(running);
    }

    [Fact]
    public async Task A_node_that_has_left_is_stopping_and_still_alive()
    {
        Task running = loop.Run();
        await Leave(running);
        using ServiceSupervisor supervisor = new(loop, () => false, said.Add, EventLog<int>.Patience);
        supervisor.Turn();

        Assert.Equal(["STOPPING=1\nSTATUS=Leaving the group\nWATCHDOG=1"], said);
    }

    [Theory]
    [InlineData(null, 2_000)]
    [InlineData("", 2_000)]
    [InlineData("0", 2_000)]
    [InlineData("30000000", 2_000)]
    [InlineData("1500000", 500)]
    public void It_speaks_three_times_within_the_time_that_systemd_waits(string? microseconds, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), ServiceSupervisor.IntervalOf(microseconds));

    private async Task Leave(Task running)
    {
        loop.Post(new NodeInput.LeaveRequested("the end of the test"));
        await running.WaitAsync(EventLog<int>.Patience);
    }
}

/// <summary>The same of a whole process, at the socket where systemd listens.</summary>
[Collection(Processes.Name)]
public sealed class ServiceNotificationTests
{
    [Fact]
    public void A_node_notifies_that_it_is_ready_how_it_is_and_that_it_leaves()
    {
        using NodeGroup group = new();
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(group["notify"]));
        systemd.ReceiveTimeout = (int)RunningNode.Patience.TotalMilliseconds;
        Dictionary<string, string> environment = new() { ["NOTIFY_SOCKET"] = group["notify"], ["WATCHDOG_USEC"] = "600000" };

        RunningNode node = group.Start(environment, "leader", "cam1");
        string first = Receive(systemd);
        Assert.StartsWith("READY=1\nSTATUS=", first, StringComparison.Ordinal);
        string ready = first;
        while (!ready.Contains("STATUS=Ready; leads; 0 other nodes\n", StringComparison.Ordinal))
        {
            Assert.EndsWith("WATCHDOG=1", ready, StringComparison.Ordinal);
            ready = Receive(systemd);
        }
        node.Type("start 300");
        string recording = Receive(systemd);
        while (!recording.StartsWith("STATUS=Recording ", StringComparison.Ordinal))
            recording = Receive(systemd);
        Assert.Contains(".mp4; leads", recording);
        node.Terminate();
        while (!Receive(systemd).StartsWith("STOPPING=1", StringComparison.Ordinal)) { }
        Assert.Equal(0, node.WaitForExit());
    }

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[4_096];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}

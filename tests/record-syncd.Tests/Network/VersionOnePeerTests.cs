using System.Text;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The scripted version-1 program against a bare link: that it speaks and behaves as docs/protocol.md says.</summary>
public sealed class VersionOnePeerTests : IDisposable
{
    private readonly Endpoint group = TestGroup.Next();
    private readonly ListeningLink link;

    public VersionOnePeerTests() => link = new(InterfaceChoice.Resolve("lo"), group);

    public void Dispose() => link.Dispose();

    [Fact]
    public void It_sends_the_five_messages_byte_for_byte()
    {
        using VersionOnePeer leader = Peer("cam1", "Leader");

        leader.SendDiscovery();
        leader.SendStart(1795395177255632);
        leader.SendStop(1795395187255632);
        leader.SendTimeSyncResponse(-1, 2, 3);
        leader.SendStatus("Recording");
        long t1 = leader.SendTimeSyncRequest();

        string[] sent = [.. link.Arrivals.WaitForCount(6).Select(arrival => Encoding.UTF8.GetString(arrival.Payload))];
        Assert.Matches("""^\{"Discovery":\{"node_id":"cam1","role":"Leader","timestamp":\d{16}\}\}$""", sent[0]);
        Assert.Equal("""{"RecordingCommand":{"command":"Start","target_timestamp":1795395177255632}}""", sent[1]);
        Assert.Equal("""{"RecordingCommand":{"command":"Stop","target_timestamp":1795395187255632}}""", sent[2]);
        Assert.Equal("""{"TimeSyncResponse":{"node_id":"cam1","t1":-1,"t2":2,"t3":3}}""", sent[3]);
        Assert.Matches("""^\{"Status":\{"node_id":"cam1","state":"Recording","timestamp":\d{16}\}\}$""", sent[4]);
        Assert.Equal($$$"""{"TimeSyncRequest":{"node_id":"cam1","t1":{{{t1}}}}}""", sent[5]);
        Assert.All(link.Arrivals.All, arrival => Assert.Equal((group.Port, true), (arrival.Source.Port, arrival.ViaMulticast)));
    }

    [Fact]
    public void It_ignores_unknown_fields()
    {
        using VersionOnePeer peer = Peer("cam1", "Follower");

        link.Link.SendToGroup("""{"Discovery":{"v":2,"node_id":"cam2","extra":{"deep":[1,2]},"role":"Leader","timestamp":5}}"""u8);

        VersionOneMessage.Discovery discovery = peer.WaitFor<VersionOneMessage.Discovery>(found => found.NodeId == "cam2");
        Assert.Equal(("Leader", 5L), (discovery.Role, discovery.Timestamp));
        Assert.Equal(link.Link.Self.ToString(), discovery.From.ToString());
        Assert.Contains("\"v\":2", discovery.Json, StringComparison.Ordinal);
        Assert.Empty(peer.Errors);
    }

    [Theory]
    [InlineData("""{"Goodbye":{"node_id":"cam2"}}""")]
    [InlineData("""{"Discovery":{"node_id":"cam2","role":"Leader"}}""")]
    [InlineData("""{"Discovery":{"node_id":"cam2","role":"Director","timestamp":5}}""")]
    [InlineData("""{"TimeSyncRequest":{"node_id":"cam2","t1":1.5}}""")]
    [InlineData("""{"TimeSyncRequest":{"node_id":"cam2","t1":9223372036854775808}}""")]
    [InlineData("""{"TimeSyncRequest":{"node_id":"cam2","t1":1,"t1":1}}""")]
    [InlineData("""{"TimeSyncRequest":{"node_id":"cam2","t1":1},"Status":{}}""")]
    [InlineData("nonsense")]
    public void It_counts_what_it_cannot_read_and_goes_on(string json)
    {
        using VersionOnePeer peer = Peer("cam1", "Follower");

        link.Link.SendToGroup(Encoding.UTF8.GetBytes(json));
        link.Link.SendToGroup("""{"Status":{"node_id":"cam2","state":"Idle","timestamp":1}}"""u8);

        Assert.EndsWith(json, peer.WaitForError(), StringComparison.Ordinal);
        peer.WaitFor<VersionOneMessage.Status>();
        Assert.Single(peer.Errors);
    }

    [Fact]
    public void A_leader_answers_so_that_everybody_hears()
    {
        using VersionOnePeer leader = Peer("cam1", "Leader", clockAhead: 5_000_000);
        using VersionOnePeer follower = Peer("cam2", "Follower");
        leader.AnswerRequests = true;

        long t1 = follower.SendTimeSyncRequest();
        VersionOneMessage.TimeSyncResponse response = follower.WaitFor<VersionOneMessage.TimeSyncResponse>();
        link.Arrivals.WaitFor(arrival => arrival.Says(response.Json) && arrival.ViaMulticast);

        Assert.Equal(("cam1", t1), (response.NodeId, response.T1));
        Assert.InRange(response.T2, t1 + 5_000_000, response.T3);
        Assert.InRange(follower.Offset!.Value, 4_900_000, 5_100_000);
    }

    [Fact]
    public void A_follower_takes_every_response_for_its_own()
    {
        using VersionOnePeer follower = Peer("cam2", "Follower");

        long now = follower.Now;
        link.Link.SendToGroup(Encoding.UTF8.GetBytes($$$"""{"TimeSyncResponse":{"node_id":"cam1","t1":{{{now}}},"t2":{{{now + 60_000_000}}},"t3":{{{now + 60_000_000}}}}}"""));
        follower.WaitFor<VersionOneMessage.TimeSyncResponse>();

        Assert.InRange(follower.Offset!.Value, 50_000_000, 60_000_000);
    }

    [Theory]
    [InlineData(true, +1)]
    [InlineData(false, -1)]
    public void A_follower_executes_commands_with_the_sign_error_or_without(bool signError, int sign)
    {
        using VersionOnePeer follower = Peer("cam2", "Follower", signError: signError);
        using VersionOnePeer leader = Peer("cam1", "Leader", clockAhead: 3_000_000);
        leader.AnswerRequests = true;
        follower.SendTimeSyncRequest();
        follower.WaitFor<VersionOneMessage.TimeSyncResponse>();

        leader.SendStart(1_000_000_000);
        leader.SendStop(2_000_000_000);
        VersionOnePeer.Execution stop = follower.WaitForExecution("Stop");
        VersionOnePeer.Execution start = follower.WaitForExecution("Start");

        Assert.Equal((1_000_000_000L, 2_000_000_000L), (start.Target, stop.Target));
        Assert.Equal(1_000_000_000 + (long)(sign * follower.Offset!.Value), start.At);
        Assert.Empty(leader.Executed);
    }

    [Fact]
    public void Waiting_in_vain_says_what_there_was()
    {
        using VersionOnePeer peer = Peer("cam1", "Follower");
        link.Link.SendToGroup("""{"Status":{"node_id":"cam2","state":"Idle","timestamp":1}}"""u8);
        peer.WaitFor<VersionOneMessage.Status>();

        string message = Assert.Throws<TimeoutException>(() => peer.WaitFor<VersionOneMessage.Discovery>(timeout: TimeSpan.FromMilliseconds(1))).Message;

        Assert.Contains("NodeId = cam2", message, StringComparison.Ordinal);
        peer.Forget();
        Assert.Empty(peer.Received);
    }

    private VersionOnePeer Peer(string nodeId, string role, long clockAhead = 0, bool signError = true) =>
        new(nodeId, role, "127.0.0.1", group.ToString(), clockAhead, signError);
}

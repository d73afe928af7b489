using Xunit;

namespace RecordSync.Tests;

/// <summary>Several nodes of one name, and one that is started again and again: docs/protocol.md §3.1.</summary>
public sealed class NamesakeTests
{
    [Fact]
    public void Nodes_of_one_name_are_told_by_the_others_once_and_not_answered_beacon_by_beacon()
    {
        SimulatedGroup group = new();
        SimulatedNode other = group.Add("cam1", NodeRole.Follower);
        // three machines from one image
        for (int machine = 0; machine < 3; machine++)
            group.Add("pi", NodeRole.Follower);
        group.RunFor(30);

        (NoticeLevel level, string text) = Assert.Single(other.Told, told => told.Text.Contains("two nodes", StringComparison.Ordinal));
        Assert.Equal(NoticeLevel.Warning, level);
        Assert.Matches(@"^two nodes are called pi: at 10\.0\.0\.[234]:9943 and at 10\.0\.0\.[234]:9943; give one of them another --node-id$", text);
        // before one of them speaks again, another start is all that can be seen
        Assert.Equal(2, other.Told.Count(told => told.Text.Contains("pi has restarted", StringComparison.Ordinal)));
        // one every two seconds from the start on, and an answer to each of the three strangers
        Assert.Equal(16 + 3, other.Sent.OfType<Discovery>().Count());
    }

    [Fact]
    public void A_node_that_was_restarted_is_told_and_answered_each_time()
    {
        SimulatedGroup group = new();
        SimulatedNode other = group.Add("cam1", NodeRole.Follower);
        // no more at once than are told of one reason (NoticeAllowance)
        const int Starts = 30;
        for (int start = 1; start <= Starts; start++)
        {
            Discovery beacon = new("cam2", NodeRole.Follower, 1) { Version = 2, Instance = start };
            other.Receive(PacketCodec.Encode(beacon), new Endpoint(0x0A000002, 9943));
        }

        Assert.Equal(Starts - 1, other.Told.Count(told => told.Text.Contains("cam2 has restarted", StringComparison.Ordinal)));
        Assert.Equal(1 + Starts, other.Sent.OfType<Discovery>().Count());
        Assert.False(other.WasTold("two nodes"));
    }
}

using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Nodes come, fall silent and go (docs/protocol.md §3.1).</summary>
[Collection(Processes.Name)]
public sealed class PeerLifeTests
{
    [Fact]
    public void Silent_followers_are_lost_but_listed_and_one_that_says_goodbye_is_gone_at_once()
    {
        using WiredGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", WiredGroup.NoCamera);
        leader.WaitForLine("leader, on lo");
        RunningNode frozen = group.Start("follower", "cam2", WiredGroup.NoCamera);
        RunningNode killed = group.Start("follower", "cam3", WiredGroup.NoCamera);
        RunningNode leaving = group.Start("follower", "cam4", WiredGroup.NoCamera);
        WiredGroup.WaitForPeers(leader, table => new[] { "cam2", "cam3", "cam4" }.All(node => WiredGroup.RowOf(node, table).Length > 0));

        WiredGroup.Freeze(frozen);
        killed.Kill();
        leaving.Type("quit");
        leader.WaitForLine("cam4 has left");
        string[] table = WiredGroup.Peers(leader);
        Assert.Empty(WiredGroup.RowOf("cam4", table));
        Assert.DoesNotContain("Lost", WiredGroup.RowOf("cam2", table), StringComparison.Ordinal);
        table = WiredGroup.WaitForPeers(leader, rows => IsLost("cam2", rows) && IsLost("cam3", rows));
        Assert.Empty(WiredGroup.RowOf("cam4", table));
        Assert.True(leader.HasSaid("cam2 is lost") && leader.HasSaid("cam3 is lost") && !leader.HasSaid("cam4 is lost"), leader.Output);

        // a take that two of three are missing from does not look like a good one
        leader.Type("start 100");
        string refused = leader.WaitForLine("not started, because not all are ready");
        Assert.Contains("cam2 is lost", refused, StringComparison.Ordinal);
        Assert.Contains("cam3 is lost", refused, StringComparison.Ordinal);
        leader.Type("start 100 --force");
        leader.WaitForLine("warning: cam2 is lost");
        leader.WaitForLine("warning: cam3 is lost");
        leader.WaitForLine("no followers");

        WiredGroup.Wake(frozen);
        leader.WaitForLine("cam2 is back");
        table = WiredGroup.Peers(leader);
        Assert.True(!IsLost("cam2", table) && IsLost("cam3", table), leader.Output);
    }

    [Fact]
    public void A_follower_is_told_that_its_leader_is_lost_and_synchronises_again_when_it_was_restarted()
    {
        using WiredGroup group = new();
        RunningNode follower = group.Start("follower", "cam2", WiredGroup.NoCamera);
        RunningNode leader = group.Start("leader", "cam1", WiredGroup.NoCamera);
        follower.WaitForLine("synchronised to cam1");

        leader.Kill();
        follower.WaitForLine("cam1 is lost");
        // a restarted leader makes another time scale
        group.Start("leader", "cam1", [.. WiredGroup.NoCamera, "--simulated-clock", "offset=20"]);

        follower.WaitForLine("cam1 is back");
        follower.WaitForLine("cam1 has restarted");
        follower.WaitForLine("synchronised to cam1");
    }

    [Fact]
    public void Two_nodes_of_one_name_are_told_so()
    {
        using WiredGroup group = new();
        RunningNode first = group.Start("follower", "cam2", WiredGroup.NoCamera);
        first.WaitForLine("follower, on lo");
        RunningNode second = group.Start("follower", "cam2", WiredGroup.NoCamera);

        Assert.Contains("is called cam2 too: give one of them another --node-id", first.WaitForLine("warning:"), StringComparison.Ordinal);
        Assert.Contains("is called cam2 too: give one of them another --node-id", second.WaitForLine("warning:"), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_leaders_one_leads_and_the_other_stands_by_until_it_is_needed()
    {
        using WiredGroup group = new();
        RunningNode first = group.Start("leader", "cam1", WiredGroup.NoCamera);
        first.WaitForLine("this node leads");
        RunningNode second = group.Start("leader", "cam2", WiredGroup.NoCamera);

        second.WaitForLine("synchronised to cam1");
        Assert.False(second.HasSaid("this node leads"));
        LeaderAloneTests.Leave(first);
        second.WaitForLine("this node leads now (term 2); the time scale goes on");
    }

    private static bool IsLost(string node, string[] table) => WiredGroup.RowOf(node, table).Contains("Lost", StringComparison.Ordinal);
}

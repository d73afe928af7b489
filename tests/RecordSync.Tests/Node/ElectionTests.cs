using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §6: who leads.</summary>
public sealed class ElectionTests
{
    private static NodeSettings Auto(NodeSettings settings) => settings with { Auto = true };

    private static SimulatedNode AddAuto(SimulatedGroup group, string name, double offset = 0, double ppm = 0, int priority = NodeSettings.UsualPriority) =>
        group.Add(name, NodeRole.Follower, offset, ppm, with: settings => Auto(settings) with { Priority = priority });

    private static SimulatedNode[] Leaders(params SimulatedNode[] nodes) => [.. nodes.Where(node => !node.Gone && node.Node.Leads)];

    [Fact]
    public void The_best_of_equals_leads_and_the_others_follow_it()
    {
        SimulatedGroup group = new();
        SimulatedNode[] nodes = [AddAuto(group, "cam3"), AddAuto(group, "cam1"), AddAuto(group, "cam2", priority: 100)];
        group.RunFor(3);
        Assert.Equal("cam2", Assert.Single(Leaders(nodes)).Node.NodeId);
        Assert.All(nodes, node => Assert.Equal(nodes[2].Node.Term, node.Node.Term));
        Assert.All(nodes[..2], node => Assert.Equal("synchronised", node.Node.ClockReport(node.LocalNow).State));
    }

    [Fact]
    public void One_who_was_told_to_lead_comes_before_those_who_merely_may_but_not_before_an_incumbent()
    {
        SimulatedGroup group = new();
        SimulatedNode auto = AddAuto(group, "cam1"), told = group.Add("cam9", NodeRole.Leader);
        group.RunFor(3);
        Assert.Same(told, Assert.Single(Leaders(auto, told)));
        SimulatedNode late = group.Add("cam0", NodeRole.Leader);
        group.RunFor(10);
        Assert.Same(told, Assert.Single(Leaders(auto, told, late)));
    }

    [Fact]
    public void A_better_priority_takes_over_when_no_take_runs_and_waits_while_one_does()
    {
        SimulatedGroup group = new();
        SimulatedNode first = group.Add("cam1", NodeRole.Leader);
        group.RunFor(3);
        first.Post(new NodeInput.OperatorStart(100));
        group.RunFor(2);
        SimulatedNode better = group.Add("cam2", NodeRole.Leader, 4, 20, with: settings => settings with { Priority = 10 });
        group.RunFor(10);
        Assert.Same(first, Assert.Single(Leaders(first, better)));
        first.Post(new NodeInput.OperatorStop(100));
        group.RunFor(8);
        Assert.Same(better, Assert.Single(Leaders(first, better)));
        Assert.Equal("synchronised", first.Node.ClockReport(first.LocalNow).State);
        // the time scale is still the first one's
        Assert.Equal(first.Node.Clock.Timescale, better.Node.Clock.Timescale);
    }

    [Fact]
    public void A_leader_that_dies_in_mid_take_is_replaced_within_two_seconds_and_at_rest_within_seven()
    {
        foreach (bool inTake in new[] { true, false })
        {
            SimulatedGroup group = new();
            SimulatedNode first = group.Add("cam1", NodeRole.Leader, 1, 20);
            SimulatedNode[] others = [AddAuto(group, "cam2", 2, -30), AddAuto(group, "cam3", -3, 40), group.Add("cam4", NodeRole.Follower, 5, 10)];
            group.RunFor(8);
            if (inTake)
            {
                first.Post(new NodeInput.OperatorStart(500));
                group.RunFor(3);
            }
            NetworkTime[] before = [.. others.Select(node => node.Clock!.At(node.LocalNow))];
            long killed = group.Now;
            first.Kill();
            group.RunFor(inTake ? 2 : 7);
            Assert.Equal("cam2", Assert.Single(Leaders(others)).Node.NodeId);
            group.RunFor(5);
            // one time scale, and network time has gone on as true time did
            for (int i = 0; i < others.Length; i++)
            {
                Nanos drift = others[i].Clock!.At(others[i].LocalNow) - before[i] - new Nanos(group.Now - killed);
                Assert.InRange(drift.Microseconds, -400, 400);
                Nanos apart = others[i].Clock!.At(others[i].LocalNow) - others[0].Clock!.At(others[0].LocalNow);
                Assert.InRange(apart.Microseconds, -100, 100);
                Assert.Equal(others[0].Node.Clock.Timescale, others[i].Node.Clock.Timescale);
            }
            if (!inTake)
                continue;
            others[2].Post(new NodeInput.OperatorStop(100));
            group.RunFor(4);
            Assert.All(others, node => Assert.Equal(others[0].Stopped[0], Assert.Single(node.Stopped)));
        }
    }

    [Fact]
    public void A_goodbye_is_answered_by_a_successor_at_once_and_the_take_goes_on()
    {
        SimulatedGroup group = new();
        SimulatedNode first = group.Add("cam1", NodeRole.Leader), second = AddAuto(group, "cam2", 2, 30);
        group.RunFor(3);
        first.Post(new NodeInput.OperatorStart(100));
        group.RunFor(2);
        first.Post(new NodeInput.LeaveRequested("quit"));
        group.RunFor(5);
        Assert.True(first.Gone);
        Assert.True(second.Node.Leads);
        Assert.Empty(second.Stopped);
        Assert.Equal(NodeState.Recording, second.Node.State);
    }

    [Fact]
    public void After_a_partition_the_later_term_wins_the_take_goes_on_and_either_side_can_end_it()
    {
        SimulatedGroup group = new();
        SimulatedNode first = group.Add("cam1", NodeRole.Leader, 1, 20), cam4 = group.Add("cam4", NodeRole.Follower, 1, 2);
        SimulatedNode second = AddAuto(group, "cam2", 2, -30), cam3 = group.Add("cam3", NodeRole.Follower, 3, 15);
        group.RunFor(5);
        first.Post(new NodeInput.OperatorStart(500));
        group.RunFor(3);
        bool IsLeft(SimulatedNode node) => node == first || node == cam4;
        group.Loses = (from, _, to) => IsLeft(from) != IsLeft(to);
        group.RunFor(5);
        Assert.Equal(2, Leaders(first, second).Length);
        Assert.NotEqual(first.Node.Term, second.Node.Term);
        group.Loses = (_, _, _) => false;
        group.RunFor(3);
        Assert.Same(second, Assert.Single(Leaders(first, second, cam3, cam4)));
        Assert.All(new[] { first, cam3, cam4 }, node => Assert.Equal(second.Node.NodeId, node.Node.Clock.Leader?.NodeId));
        Assert.All(new[] { first, second, cam3, cam4 }, node => Assert.Equal(NodeState.Recording, node.Node.State));
        first.Post(new NodeInput.OperatorStop(100));
        group.RunFor(4);
        Assert.All(new[] { first, second, cam3, cam4 }, node => Assert.Single(node.Stopped));
    }

    [Fact]
    public void What_a_deposed_leader_starts_is_refused()
    {
        SimulatedGroup group = new();
        SimulatedNode first = group.Add("cam1", NodeRole.Leader), second = AddAuto(group, "cam2"), cam3 = group.Add("cam3", NodeRole.Follower);
        group.RunFor(5);
        // the first one hears nothing any more, but is heard
        group.Loses = (from, _, to) => to == first || (from == first && to == second);
        second.Post(new NodeInput.PacketReceived(new Discovery("cam1", NodeRole.Leader, 1) { Version = 2, Leaving = true }, first.Address, second.LocalNow));
        group.RunFor(3);
        Assert.True(second.Node.Leads && first.Node.Leads);
        first.Post(new NodeInput.OperatorStart(100, Force: true));
        group.RunFor(2);
        Assert.Empty(cam3.Started);
        Assert.True(cam3.WasTold("START refused: the command is of an earlier term of office"));
    }

    [Fact]
    public void Nobody_takes_office_beside_a_version_1_leader()
    {
        SimulatedGroup group = new();
        SimulatedNode auto = AddAuto(group, "cam1");
        for (int second = 0; second < 10; second++)
        {
            auto.Post(new NodeInput.PacketReceived(new Discovery("old", NodeRole.Leader, 1_795_395_175_000_000), new Endpoint(0x0A000063, 9942), auto.LocalNow));
            group.RunFor(1);
        }
        Assert.False(auto.Node.Leads);
    }

    [Fact]
    public void Terms_only_grow_and_are_never_shared()
    {
        Term cold = Term.Cold(7), next = cold.Next(9), other = cold.Next(7);
        Assert.Equal((0, 1), (cold.Round, next.Round));
        Assert.True(next > cold && next != other);
        Assert.NotEqual(0, Term.Cold(1L << 32).Value);
    }
}

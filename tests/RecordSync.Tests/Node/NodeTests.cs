using Xunit;

namespace RecordSync.Tests;

/// <summary>Real nodes on a simulated network: how they find one another, agree on the time and notice who is gone; the sections are those of docs/protocol.md.</summary>
public sealed class NodeTests
{
    [Fact]
    public void A_follower_is_synchronised_within_a_second_of_its_start()
    {
        (SimulatedGroup group, _, SimulatedNode cam2, SimulatedNode cam3) = SimulatedGroup.OfThree(seconds: 1);
        foreach (SimulatedNode follower in new[] { cam2, cam3 })
        {
            Assert.Equal("synchronised", follower.Node.ClockReport(follower.LocalNow).State);
            Assert.InRange(follower.Node.ClockReport(follower.LocalNow).ErrorNs!.Value, 1, 500_000);
        }
    }

    [Fact]
    public void Network_time_is_the_same_on_all_nodes_within_the_bound_they_state()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = SimulatedGroup.OfThree(seed);
            for (int second = 1; second < 20; second++)
            {
                group.RunFor(1);
                NetworkTime truth = leader.Clock!.At(leader.LocalNow);
                foreach (SimulatedNode follower in new[] { cam2, cam3 })
                {
                    long error = Math.Abs((follower.Clock!.At(follower.LocalNow) - truth).Value);
                    Assert.True(error <= follower.Clock.ErrorAt(follower.LocalNow), $"seed {seed}, second {second}: error {error} ns");
                }
            }
        }
    }

    [Fact]
    public void A_peer_that_misses_three_beacons_is_lost_but_not_forgotten_and_can_come_back()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        group.Loses = (from, _, _) => from == cam2;
        group.RunFor(5);
        Assert.False(leader.Node.Peers.Find("cam2")!.Lost);
        group.RunFor(4);
        Assert.True(leader.Node.Peers.Find("cam2")!.Lost);
        group.Loses = (_, _, _) => false;
        group.RunFor(3);
        Assert.False(leader.Node.Peers.Find("cam2")!.Lost);
        Assert.True(leader.WasTold("cam2 is back"));
    }

    [Fact]
    public void A_peer_that_says_goodbye_is_gone_at_once()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        cam2.Post(new NodeInput.LeaveRequested("quit"));
        group.RunFor(0.01);
        Assert.True(cam2.Gone);
        Assert.Null(leader.Node.Peers.Find("cam2"));
        Assert.True(leader.WasTold("cam2 has left"));
    }

    [Fact]
    public void Every_input_and_every_recorder_event_has_its_case()
    {
        SimulatedGroup group = new();
        SimulatedNode node = group.Add("cam1", NodeRole.Leader);
        LocalTime now = new(5_000_000_000);
        TakeCounts counts = new(1, 0, 0, 0, 1);
        RecorderEvent[] events =
        [
            new RecorderEvent.Ready("x"),
            new RecorderEvent.NotReady(null),
            new RecorderEvent.Phase("aligned", "aligned"),
            new RecorderEvent.DiskLeft(60),
            new RecorderEvent.Configured("x"),
            new RecorderEvent.CannotConfigure("x", "why"),
            new RecorderEvent.Notice(NoticeLevel.Info, "x"),
            new RecorderEvent.Recording("t", "f"),
            new RecorderEvent.Progress("t", counts),
            new RecorderEvent.Finished("t", "f", counts, null),
            new RecorderEvent.Interrupted("t", "why"),
            new RecorderEvent.Resumed("t", "f", "x"),
            new RecorderEvent.Failed("t", "why", counts),
            new RecorderEvent.Judged(new NodeVerdict { Take = "t", Node = "cam1", Fps = "30" }),
        ];
        NodeInput[] inputs =
        [
            new NodeInput.Started(),
            new NodeInput.PacketReceived(new Status("x", NodeState.Idle, 1), default, now),
            new NodeInput.TimerElapsed(NodeTimer.Beacon),
            new NodeInput.SyncRequestSent(1, 1, 1, now),
            new NodeInput.SyncRequestStamped(1, now),
            new NodeInput.SyncBurstEnded(),
            new NodeInput.SystemClockRead(new SystemClockReading(now, new NetworkTime(1), true, 1_000, false)),
            new NodeInput.StampsKnown("kernel"),
            new NodeInput.OperatorStart(1),
            new NodeInput.OperatorStop(1),
            new NodeInput.OperatorForget("x"),
            new NodeInput.OperatorVerdict("t"),
            .. events.Select(happened => new NodeInput.Recorder(happened)),
            new NodeInput.LeaveRequested("x"),
        ];
        Assert.Equal(Cases(typeof(NodeInput)), inputs.Select(input => input.GetType()).Distinct().Count());
        Assert.Equal(Cases(typeof(RecorderEvent)), events.Length);
        foreach (NodeInput input in inputs)
            node.Node.Step(input, now, []);
        foreach (NodeTimer timer in Enum.GetValues<NodeTimer>())
            node.Node.Step(new NodeInput.TimerElapsed(timer), now, []);

        static int Cases(Type type) => type.GetNestedTypes(System.Reflection.BindingFlags.NonPublic).Length;
    }
}

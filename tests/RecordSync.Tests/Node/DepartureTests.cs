using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §6: a node leaves, dies or fails in the middle of a take.</summary>
public sealed class DepartureTests
{
    [Fact]
    public void A_node_that_leaves_does_not_wait_for_a_stop_that_is_far_away()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        leader.Post(new NodeInput.OperatorStart(100));
        group.RunFor(1);
        leader.Post(new NodeInput.OperatorStop(3_600_000));
        group.RunFor(1);
        cam2.Post(new NodeInput.LeaveRequested("SIGTERM"));
        group.RunFor(3);
        Assert.Equal(2, cam2.Stopped.Count);
        Assert.True(cam2.Gone);
    }

    [Fact]
    public void A_leader_that_leaves_in_mid_take_stops_all_and_finishes_its_file_first()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        leader.Post(new NodeInput.OperatorStart(100));
        group.RunFor(1);
        leader.Post(new NodeInput.LeaveRequested("quit"));
        Assert.False(leader.Gone);
        Assert.True(leader.WasTold("finishing the recording first"));
        group.RunFor(3);
        Assert.True(leader.Gone);
        Assert.Equal(Assert.Single(leader.Stopped), Assert.Single(cam2.Stopped));
        Assert.False(cam2.Gone);
    }

    [Fact]
    public void A_follower_goes_on_recording_when_its_leader_dies()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        leader.Post(new NodeInput.OperatorStart(100));
        group.RunFor(1);
        leader.Kill();
        group.RunFor(60);
        Assert.Equal(NodeState.Recording, cam2.Node.State);
        Assert.Empty(cam2.Stopped);
        ClockReport clock = cam2.Node.ClockReport(cam2.LocalNow);
        Assert.Equal("holdover", clock.State);
    }

    [Fact]
    public void A_leader_whose_own_recording_fails_can_still_stop_the_others()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        leader.Post(new NodeInput.OperatorStart(100));
        group.RunFor(1);
        leader.Post(new NodeInput.Recorder(new RecorderEvent.Failed(leader.Started[0].Name, "the disk is full", default)));
        Assert.True(leader.WasTold("the other nodes go on recording"));
        leader.Post(new NodeInput.OperatorStart(100));
        Assert.True(leader.WasTold("still being recorded by the other nodes"));
        leader.Post(new NodeInput.OperatorStop(100));
        group.RunFor(3);
        Assert.Single(cam2.Stopped);
        Assert.Empty(leader.Stopped);
        Assert.Equal(TakePhase.None, leader.Node.Take.Phase);
    }

    [Fact]
    public void A_leader_that_was_restarted_in_mid_take_can_stop_it_and_the_take_keeps_its_time_scale()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        leader.Post(new NodeInput.OperatorStart(100));
        group.RunFor(1);
        leader.Kill();
        SimulatedNode again = group.Add("cam1", NodeRole.Leader, 900, -20);
        group.RunFor(8);
        NetworkTime before = cam2.Clock!.At(cam2.LocalNow);
        again.Post(new NodeInput.OperatorStop(1_000));
        group.RunFor(0.5);
        // stopped at once, in its own time, not fifteen minutes away
        Assert.InRange((Assert.Single(cam2.Stopped) - before).Milliseconds, 0, 600);
        group.RunFor(5);
        Assert.Equal(NodeState.Ready, cam2.Node.State);
        Assert.InRange((cam2.Clock!.At(cam2.LocalNow) - again.Clock!.At(again.LocalNow)).Milliseconds, -1, 1);
        again.Post(new NodeInput.OperatorStart(500));
        group.RunFor(1);
        Assert.Equal(2, cam2.Started.Count);
    }
}

using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §5.2 and §5.3: START and STOP reach everyone, are executed once, and are refused with the reason.</summary>
public sealed class CommandTests
{
    [Fact]
    public void A_start_gives_every_node_the_same_take_at_the_same_instant()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = SimulatedGroup.OfThree(seconds: 3);
        leader.Post(new NodeInput.OperatorStart(2_000));
        NetworkTime now = leader.Clock!.At(leader.LocalNow);
        group.RunFor(1);
        TakePlan plan = Assert.Single(leader.Started);
        // the next point of the grid that steered cameras are aligned to, in whole microseconds
        Assert.InRange((plan.Start - now).Milliseconds, 1_999.99, 2_000 + plan.Rate.Period.Milliseconds);
        FrameGrid common = FrameGrid.Common(plan.Rate);
        Assert.InRange(common.Residual(plan.Start, common.Nearest(plan.Start)).Value, 0, 999);
        Assert.Equal(0, plan.Start.Nanoseconds % 1_000);
        Assert.Equal(plan, Assert.Single(cam2.Started));
        Assert.Equal(plan, Assert.Single(cam3.Started));
        Assert.True(leader.WasTold("START acknowledged by all 2 followers"));
        leader.Post(new NodeInput.OperatorStop(1_000));
        group.RunFor(1);
        Assert.Equal(Assert.Single(leader.Stopped), Assert.Single(cam2.Stopped));
        Assert.Equal(leader.Stopped[0], Assert.Single(cam3.Stopped));
    }

    [Fact]
    public void A_second_take_follows_the_first()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        for (int take = 1; take <= 2; take++)
        {
            leader.Post(new NodeInput.OperatorStart(500));
            group.RunFor(2);
            leader.Post(new NodeInput.OperatorStop(500));
            group.RunFor(3);
            Assert.Equal(take, cam2.Started.Count);
            Assert.Equal(NodeState.Ready, cam2.Node.State);
        }
        Assert.NotEqual(cam2.Started[0].Name, cam2.Started[1].Name);
    }

    [Fact]
    public void A_start_whose_datagrams_are_lost_is_repeated_until_it_arrives()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        int lost = 0;
        group.Loses = (_, message, to) => message is RecordingCommand && to == cam2 && lost++ < 4;
        leader.Post(new NodeInput.OperatorStart(2_000));
        group.RunFor(1.5);
        Assert.Equal(leader.Started[0], Assert.Single(cam2.Started));
    }

    [Fact]
    public void A_command_that_arrives_fifty_times_is_executed_once()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        group.Copies = 50;
        leader.Post(new NodeInput.OperatorStart(200));
        group.RunFor(1);
        leader.Post(new NodeInput.OperatorStop(200));
        group.RunFor(4);
        Assert.Single(cam2.Started);
        Assert.Single(cam2.Stopped);
        Assert.Equal(NodeState.Ready, cam2.Node.State);
    }

    [Fact]
    public void A_follower_that_never_answers_is_named()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        group.Loses = (_, message, to) => message is RecordingCommand && to == cam2;
        leader.Post(new NodeInput.OperatorStart(500, Force: true));
        group.RunFor(13);
        Assert.True(leader.WasTold("START was never acknowledged by cam2"));
    }

    [Fact]
    public void A_follower_that_is_not_synchronised_refuses_with_the_reason()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree();
        group.Loses = (_, message, to) => message is TimeSyncResponse && to == cam2;
        group.RunFor(3);
        leader.Post(new NodeInput.OperatorStart(500, Force: true));
        group.RunFor(1);
        Assert.Empty(cam2.Started);
        Assert.Contains(leader.Told, told => told.Level == NoticeLevel.Error && told.Text.Contains("cam2 refused START: this node's clock is not synchronised", StringComparison.Ordinal));
    }

    [Fact]
    public void A_follower_that_could_not_obey_at_first_is_asked_again_and_joins_in_time()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree();
        group.Loses = (_, message, to) => message is TimeSyncResponse && to == cam2;
        group.RunFor(3);
        leader.Post(new NodeInput.OperatorStart(5_000, Force: true));
        group.RunFor(1);
        Assert.Empty(cam2.Started);
        group.Loses = (_, _, _) => false;
        group.RunFor(3);
        Assert.Equal(leader.Started[0], Assert.Single(cam2.Started));
        Assert.Single(leader.Told, told => told.Text.Contains("cam2 refused START", StringComparison.Ordinal));
    }

    [Fact]
    public void A_follower_whose_camera_is_gone_refuses_with_the_reason_and_recovers()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = SimulatedGroup.OfThree(seconds: 3);
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.NotReady("camera v4l2: no such device")));
        group.RunFor(0.1);
        Assert.Equal(NodeState.Error, leader.Node.Peers.Find("cam2")!.State);
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(0.4);
        Assert.True(leader.WasTold("not all are ready: cam2: camera v4l2: no such device ('start --force'"));
        leader.Post(new NodeInput.OperatorStart(500, Force: true));
        group.RunFor(0.2);
        Assert.Empty(cam2.Started);
        Assert.True(leader.WasTold("cam2 refused START: camera v4l2: no such device"));
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.Ready("camera")));
        group.RunFor(0.1);
        Assert.Equal(NodeState.Ready, leader.Node.Peers.Find("cam2")!.State);
    }

    [Fact]
    public void What_makes_no_sense_now_is_refused_and_nothing_is_sent()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = SimulatedGroup.OfThree(seconds: 3);
        leader.Post(new NodeInput.OperatorStop(1_000));
        Assert.True(leader.WasTold("nothing is being recorded"));
        leader.Post(new NodeInput.OperatorStart(100));
        leader.Post(new NodeInput.OperatorStart(100));
        Assert.True(leader.WasTold("is about to start: wait for it"));
        group.RunFor(0.05);
        leader.Post(new NodeInput.OperatorStart(100));
        Assert.True(leader.WasTold("already recording"));
        Assert.Single(leader.Sent.OfType<RecordingCommand>(), command => command is { Command: CommandKind.Start, Prepare: false });
        Assert.DoesNotContain(leader.Sent, message => message is RecordingCommand { Command: CommandKind.Stop });
        group.RunFor(0.5);
        leader.Post(new NodeInput.OperatorStop(100));
        leader.Post(new NodeInput.OperatorStop(100));
        Assert.True(leader.WasTold("already being stopped"));
    }

    [Fact]
    public void A_leader_without_a_camera_leads()
    {
        SimulatedGroup group = new();
        SimulatedNode leader = group.Add("desk", NodeRole.Leader, hasCamera: false);
        SimulatedNode cam2 = group.Add("cam2", NodeRole.Follower, 2, 10);
        group.RunFor(3);
        leader.Post(new NodeInput.OperatorStart(100));
        group.RunFor(1);
        leader.Post(new NodeInput.OperatorStop(100));
        group.RunFor(2);
        Assert.Empty(leader.Started);
        Assert.Single(cam2.Started);
        Assert.Single(cam2.Stopped);
        leader.Post(new NodeInput.OperatorStart(100));
        group.RunFor(1);
        Assert.Equal(2, cam2.Started.Count);
    }
}

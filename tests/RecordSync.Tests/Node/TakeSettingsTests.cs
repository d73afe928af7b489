using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §5.10: what a START asks of the cameras is had before anybody agrees to it, and given back after the take.</summary>
public sealed class TakeSettingsTests
{
    private static readonly TakeSettings Quick = new() { Rate = new FrameRate(60, 1), LockExposure = true };

    private static (SimulatedGroup Group, SimulatedNode Leader, SimulatedNode Cam2, SimulatedNode Cam3) ThreeNodes() => SimulatedGroup.OfThree(seconds: 3);

    [Fact]
    public void Every_camera_is_set_before_the_start_is_sent_and_set_back_after_the_take()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(2_000) { Settings = Quick });
        // the cameras take 400 ms
        group.RunFor(0.3);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Empty(node.Started));
        group.RunFor(0.5);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal((Quick.Rate, Quick), (Assert.Single(node.Started).Rate, node.Started[0].Settings)));
        Assert.Single(new[] { leader, cam2, cam3 }.Select(node => node.Started[0].Start).Distinct());
        group.RunFor(3);
        leader.Post(new NodeInput.OperatorStop(500));
        group.RunFor(4);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal([Quick, null], node.Configured));
        // and the next take is as ever
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(1);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal((FrameRate.Default, null), (node.Started[1].Rate, node.Started[1].Settings)));
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal(2, node.Configured.Count));
    }

    [Fact]
    public void A_camera_that_cannot_is_named_and_nobody_records()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        cam3.CannotGive = asked => $"this camera has no {asked.Rate} frames/s";
        leader.Post(new NodeInput.OperatorStart(2_000, Ticket: "start") { Settings = Quick });
        group.RunFor(15);
        Assert.True(leader.WasTold("START withdrawn, nobody records: cam3: this camera has no 60 frames/s"));
        CommandReport report = Assert.Single(leader.Reports).Outcome;
        Assert.Contains(report.Nodes, node => node is { Node: "cam3", Answer: NodeAnswer.Refused, Reason: "this camera has no 60 frames/s" });
        Assert.Single(report.Nodes);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Empty(node.Started));
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal([Quick, null], node.Configured));
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal(NodeState.Ready, node.Node.State));
    }

    [Fact]
    public void A_camera_that_cannot_is_not_waited_for_and_all_that_cannot_are_named()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        cam2.CannotGive = cam3.CannotGive = _ => "this camera is not so quick";
        // one word of the second gets lost: it is asked once more
        int lost = 0;
        group.Loses = (_, message, to) => message is Status { Final: true, NodeId: "cam2" } && lost++ == 0;
        leader.Post(new NodeInput.OperatorStart(20_000, Ticket: "start") { Settings = Quick });
        // the cameras know after 400 ms
        group.RunFor(1);
        Assert.True(lost >= 1);
        CommandReport report = Assert.Single(leader.Reports).Outcome;
        Assert.Equal(["cam2", "cam3"], report.Nodes.Select(node => node.Node));
        Assert.All(report.Nodes, node => Assert.Equal((NodeAnswer.Refused, "this camera is not so quick"), (node.Answer, node.Reason)));
        group.RunFor(25);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Empty(node.Started));
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal([Quick, null], node.Configured));
    }

    [Fact]
    public void Who_has_not_answered_when_another_cannot_is_not_blamed()
    {
        (SimulatedGroup group, SimulatedNode leader, _, SimulatedNode cam3) = ThreeNodes();
        cam3.CannotGive = _ => "this camera is not so quick";
        group.Loses = (_, message, _) => message is Status { Prepared: not null };
        leader.Post(new NodeInput.OperatorStart(20_000, Ticket: "start") { Settings = Quick });
        group.RunFor(1);
        Assert.Equal("cam3", Assert.Single(Assert.Single(leader.Reports).Outcome.Nodes).Node);
        Assert.True(leader.WasTold("START withdrawn, nobody records: cam3: this camera is not so quick ('start --force'"));
    }

    [Fact]
    public void A_forced_start_that_its_leader_is_too_late_for_is_not_blamed_on_who_was_left_out()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        cam3.CannotGive = _ => "this camera is not so quick";
        // half of the delay is over before the leader's own camera is so
        leader.CameraTakes = 1_000;
        leader.Post(new NodeInput.OperatorStart(1_200, Force: true, Ticket: "start") { Settings = Quick });
        group.RunFor(3);
        Assert.True(leader.WasTold("cam1: the camera is still being set"));
        Assert.Contains(Assert.Single(leader.Reports).Outcome.Nodes, node => node is { Node: "cam1", Answer: NodeAnswer.Refused });
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Empty(node.Started));
    }

    [Fact]
    public void With_force_those_who_can_go_on_and_the_others_stay_out()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        cam3.CannotGive = _ => "this camera is not so quick";
        leader.Post(new NodeInput.OperatorStart(2_000, Force: true, Ticket: "start") { Settings = Quick });
        group.RunFor(3);
        Assert.All(new[] { leader, cam2 }, node => Assert.Equal(Quick, Assert.Single(node.Started).Settings));
        Assert.Empty(cam3.Started);
        Assert.True(leader.WasTold("cam3 refused START: this camera is not so quick"));
        leader.Post(new NodeInput.OperatorStop(500));
        group.RunFor(15);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal([Quick, null], node.Configured));
    }

    [Fact]
    public void Who_has_agreed_and_leaves_before_the_start_keeps_it_from_being_given()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        cam3.CannotGive = _ => null;
        group.Loses = (_, message, to) => message is RecordingCommand { Prepare: true } && to == cam3 && group.Now < 4_000_000_000;
        leader.Post(new NodeInput.OperatorStart(4_000, Ticket: "start") { Settings = Quick });
        group.RunFor(0.7);
        // it had agreed, and waits for the third
        cam2.Post(new NodeInput.LeaveRequested("quit"));
        group.RunFor(4);
        Assert.True(leader.WasTold("START withdrawn, nobody records: cam2 has gone"));
        Assert.Equal(("cam2", "it has gone"), Assert.Single(leader.Reports).Outcome.Nodes.Select(node => (node.Node, node.Reason)).Single());
        Assert.All(new[] { leader, cam3 }, node => Assert.Empty(node.Started));
    }

    [Fact]
    public void The_leader_s_own_camera_is_asked_like_the_others()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        leader.CannotGive = _ => "its exposure cannot be locked";
        leader.Post(new NodeInput.OperatorStart(2_000, Ticket: "start") { Settings = Quick });
        group.RunFor(4);
        // without "start --force": it does not help here
        Assert.Contains(leader.Told, told => told.Text == "START withdrawn, nobody records: cam1: its exposure cannot be locked");
        // the others have not answered yet, which is no fault of theirs
        Assert.Equal([new NodeOutcome("cam1", NodeAnswer.Refused, "its exposure cannot be locked")], Assert.Single(leader.Reports).Outcome.Nodes);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Empty(node.Started));
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal([Quick, null], node.Configured));
    }

    [Fact]
    public void A_start_that_is_called_off_while_cameras_are_set_is_nobodys_fault()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(2_000, Ticket: "start") { Settings = Quick });
        group.RunFor(0.2);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal(Quick, node.Node.BeingSet));
        leader.Post(new NodeInput.OperatorStop(500));
        group.RunFor(4);
        Assert.Contains(leader.Told, told => told.Text == "START withdrawn, nobody records: 'stop' was typed");
        Assert.Empty(Assert.Single(leader.Reports).Outcome.Nodes);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal((null, 0), (node.Node.BeingSet, node.Started.Count)));
    }

    [Fact]
    public void A_delay_that_a_camera_cannot_keep_withdraws_the_start_and_says_why()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(600, Ticket: "start") { Settings = Quick });
        group.RunFor(3);
        Assert.All(Assert.Single(leader.Reports).Outcome.Nodes, node => Assert.Equal((NodeAnswer.Refused, "the camera is still being set to 60 frames/s, exposure locked; give it a longer delay"), (node.Answer, node.Reason)));
        Assert.Equal(["cam1", "cam2", "cam3"], leader.Reports[0].Outcome.Nodes.Select(node => node.Node));
        Assert.True(leader.WasTold("cam2: the camera is still being set to 60 frames/s, exposure locked; give it a longer delay"));
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Empty(node.Started));
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal([Quick, null], node.Configured));
    }

    [Fact]
    public void A_follower_whose_leader_is_gone_before_the_start_gives_its_settings_back()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(2_000) { Settings = Quick });
        group.RunFor(0.2);
        leader.Kill();
        group.RunFor(10);
        Assert.Equal([Quick], cam2.Configured);
        group.RunFor(4);
        Assert.Equal([Quick, null], cam2.Configured);
        Assert.Empty(cam2.Started);
    }

    [Fact]
    public void What_is_asked_for_at_a_follower_reaches_everyone()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        cam2.Post(new NodeInput.OperatorStart(2_000) { Settings = Quick });
        group.RunFor(3);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal(Quick, Assert.Single(node.Started).Settings));
    }

    [Fact]
    public void A_leader_without_a_camera_asks_the_others()
    {
        SimulatedGroup group = new();
        SimulatedNode leader = group.Add("cam1", NodeRole.Leader, 1.7, 18, hasCamera: false);
        SimulatedNode cam2 = group.Add("cam2", NodeRole.Follower, -2.5, -31);
        group.RunFor(3);
        leader.Post(new NodeInput.OperatorStart(2_000) { Settings = Quick });
        group.RunFor(3);
        Assert.Equal(Quick, Assert.Single(cam2.Started).Settings);
        Assert.Empty(leader.Configured);
    }
}

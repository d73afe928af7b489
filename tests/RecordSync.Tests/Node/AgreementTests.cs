using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §5.5 and §5.6: a START is agreed before it is sent, and can be wished for at any node.</summary>
public sealed class AgreementTests
{
    private static (SimulatedGroup Group, SimulatedNode Leader, SimulatedNode Cam2, SimulatedNode Cam3) ThreeNodes() => SimulatedGroup.OfThree(seconds: 3);

    private static bool IsCommand(Message message) => message is RecordingCommand;

    [Fact]
    public void A_start_that_one_node_does_not_hear_of_is_withdrawn_before_anybody_records()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        group.Loses = (_, message, to) => IsCommand(message) && to == cam3;
        leader.Post(new NodeInput.OperatorStart(1_000));
        group.RunFor(0.4);
        Assert.Empty(leader.Started);
        group.RunFor(20);
        Assert.Contains(leader.Told, told => told.Level == NoticeLevel.Error && told.Text.Contains("START withdrawn, nobody records: cam3 has not answered", StringComparison.Ordinal));
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Empty(node.Started));
        Assert.True(cam2.WasTold("was withdrawn by cam1: nobody records"));
        // nothing is left of it
        group.Loses = (_, _, _) => false;
        leader.Post(new NodeInput.OperatorStart(1_000));
        group.RunFor(2);
        Assert.All(new[] { leader, cam2, cam3 }, node => Assert.Equal(leader.Started[0], Assert.Single(node.Started)));
    }

    [Fact]
    public void Who_cannot_obey_at_first_is_asked_again_and_its_reason_is_told_when_it_never_can()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(2_000));
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.NotReady("camera v4l2: no such device")));
        group.RunFor(0.5);
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.Ready("camera")));
        group.RunFor(2);
        Assert.Single(cam2.Started);
        leader.Post(new NodeInput.OperatorStop(100));
        group.RunFor(4);

        leader.Post(new NodeInput.OperatorStart(2_000));
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.NotReady("camera v4l2: no such device")));
        group.RunFor(4);
        Assert.True(leader.WasTold("START withdrawn, nobody records: cam2: camera v4l2: no such device"));
        Assert.Single(leader.Started);
    }

    [Fact]
    public void A_node_that_is_lost_or_whose_clock_is_too_uncertain_keeps_a_start_from_being_given()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        SimulatedNode vague = group.Add("cam4", NodeRole.Follower, with: settings => settings with { MaxClockError = new Nanos(10) });
        group.RunFor(3);
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(0.4);
        Assert.True(leader.WasTold("not all are ready: cam4: the clock may be"));
        vague.Post(new NodeInput.LeaveRequested("quit"));
        group.Loses = (from, _, _) => from == cam2;
        group.RunFor(10);
        leader.Post(new NodeInput.OperatorStart(500));
        Assert.True(leader.WasTold("not all are ready: cam2 is lost, nothing heard from it for"));
        Assert.Empty(leader.Started);
        leader.Post(new NodeInput.OperatorForget("cam3"));
        Assert.True(leader.WasTold("cam3 is not lost"));
        leader.Post(new NodeInput.OperatorForget("cam2"));
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(1);
        Assert.Single(leader.Started);
    }

    [Fact]
    public void A_delay_that_is_too_short_to_ask_everyone_is_refused_with_the_shortest_that_works()
    {
        SimulatedGroup group = new() { DelayNs = 20_000_000 };
        SimulatedNode leader = group.Add("cam1", NodeRole.Leader);
        SimulatedNode cam2 = group.Add("cam2", NodeRole.Follower, with: settings => settings with { MaxClockError = Nanos.FromSeconds(1) });
        group.RunFor(5);
        leader.Post(new NodeInput.OperatorStart(100));
        string said = leader.Told[^1].Text;
        Assert.Contains("is too short for everyone to be asked and told; 'start 1", said, StringComparison.Ordinal);
        int shortest = int.Parse(said.Split("'start ")[1].Split('\'')[0], System.Globalization.CultureInfo.InvariantCulture);
        leader.Post(new NodeInput.OperatorStart(shortest));
        group.RunFor(1);
        Assert.Equal(leader.Started[0], Assert.Single(cam2.Started));
    }

    [Fact]
    public void A_node_that_agreed_and_never_heard_the_start_sees_it_in_the_heartbeat_and_begins_late()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.Loses = (_, message, to) => message is RecordingCommand { Prepare: false } && to == cam2;
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(1.5);
        Assert.Equal(leader.Started[0] with { Leader = "cam1" }, Assert.Single(cam2.Started));
    }

    [Fact]
    public void A_node_that_was_started_in_mid_take_stays_out_of_it_unless_it_was_told_to_join()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        // the START is still being repeated when they come, because cam3 never says that it has it
        group.Loses = (from, message, _) => from == cam3 && message is Status { Ack: not null };
        leader.Post(new NodeInput.OperatorStart(200));
        group.RunFor(2);
        cam2.Kill();
        SimulatedNode again = group.Add("cam2", NodeRole.Follower, 5, 3);
        group.RunFor(5);
        Assert.Empty(again.Started);
        Assert.True(again.WasTold("and this node is not in it"));
    }

    private static NodeSettings ThatJoins(NodeSettings settings) => settings with { JoinTakes = true };

    [Theory]
    [InlineData(3)]
    [InlineData(25)]
    public void A_node_that_was_told_to_join_is_in_the_take_from_a_later_grid_point_on_however_late_it_comes(double late)
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(200));
        group.RunFor(0.5);
        cam2.Kill();
        group.RunFor(late);
        SimulatedNode again = group.Add("cam2", NodeRole.Follower, 5, 3, with: ThatJoins);
        NetworkTime came = leader.Clock!.At(leader.LocalNow);
        group.RunFor(5);
        TakePlan plan = Assert.Single(again.Started), first = Assert.Single(leader.Started);
        Assert.Equal(first, plan with { FirstIndex = 0 });
        Assert.InRange((plan.Grid.At(plan.FirstIndex) - came).Seconds, TakePlan.JoinAhead.Seconds, 4);
        Assert.Equal(NodeState.Recording, again.Node.State);
        leader.Post(new NodeInput.OperatorStop(200));
        group.RunFor(4);
        Assert.Equal(Assert.Single(leader.Stopped), Assert.Single(again.Stopped));
        // its verdict was waited for, as those of the others
        Assert.Contains(leader.Verdicts, published => published.Show && published.Verdict.Nodes.Any(node => node.Node == "cam2"));
    }

    [Fact]
    public void Who_joins_in_the_moment_of_the_stop_is_stopped_too()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(200));
        group.RunFor(2);
        SimulatedNode late = group.Add("cam9", NodeRole.Follower, 5, 3, with: ThatJoins);
        // the leader has not met it when STOP is given, and it does not hear that one
        group.Loses = (from, message, to) => (from == late && message is not TimeSyncRequestMessage) || (to == late && message is RecordingCommand);
        while (late.Started.Count == 0)
            group.RunFor(0.01);
        leader.Post(new NodeInput.OperatorStop(50));
        group.RunFor(5);
        Assert.Empty(late.Stopped);
        group.Loses = (_, _, _) => false;
        // as a recorder does every second
        for (int second = 0; second < 3; second++)
        {
            late.Post(new NodeInput.Recorder(new RecorderEvent.Progress(late.Started[0].Name, default)));
            group.RunFor(1);
        }
        Assert.Equal(leader.Stopped[0], Assert.Single(late.Stopped));
        Assert.NotEqual(NodeState.Recording, late.Node.State);
    }

    [Fact]
    public void A_take_that_is_being_stopped_is_joined_by_nobody()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(200));
        group.RunFor(2);
        leader.Post(new NodeInput.OperatorStop(8_000));
        SimulatedNode late = group.Add("cam9", NodeRole.Follower, 5, 3, with: ThatJoins);
        group.RunFor(12);
        Assert.Empty(late.Started);
    }

    [Fact]
    public void A_node_whose_camera_is_away_says_Error_and_stays_in_the_take()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(200));
        group.RunFor(2);
        string take = cam2.Started[0].Name;
        foreach (SimulatedNode node in new[] { cam2, cam3 })
            node.Post(new NodeInput.Recorder(new RecorderEvent.Interrupted(take, "the cable is out")));
        group.RunFor(0.1);
        Assert.Equal((NodeState.Error, "the cable is out", take), (cam2.Node.State, leader.Node.Peers.Find("cam2")!.LastStatus!.Error, leader.Node.Peers.Find("cam2")!.LastStatus!.Take));
        Assert.True(leader.WasTold("cam2: the cable is out"));
        // it delivers again, but there is no file yet
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.Ready("camera")));
        Assert.Equal(NodeState.Error, cam2.Node.State);
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.Resumed(take, "cam2-part2.mp4", "part 2 begins")));
        group.RunFor(0.1);
        Assert.Equal((NodeState.Recording, "cam2-part2.mp4"), (leader.Node.Peers.Find("cam2")!.State, leader.Node.Peers.Find("cam2")!.LastStatus!.File));
        // and one whose camera stays away is stopped like all others
        leader.Post(new NodeInput.OperatorStop(200));
        group.RunFor(3);
        Assert.Equal(Assert.Single(leader.Stopped), Assert.Single(cam3.Stopped));
        Assert.Equal(Assert.Single(leader.Stopped), Assert.Single(cam2.Stopped));
    }

    [Fact]
    public void What_is_typed_at_a_follower_is_done_by_the_leader_and_a_refusal_comes_back()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        cam2.Post(new NodeInput.OperatorStop(100));
        group.RunFor(0.1);
        Assert.True(cam2.WasTold("cam1: nothing is being recorded"));
        int requests = 0, acknowledgements = 0;
        group.Loses = (_, message, to) => (message is RecordingCommand { Request: true } && requests++ < 2) || (message is Status { Ack: not null } && to == cam2 && acknowledgements++ < 1);
        cam2.Post(new NodeInput.OperatorStart(1_000, Label: "jump3"));
        group.RunFor(3);
        // the first answer got lost, and by the second it was known what had come of it
        Assert.True(cam2.WasTold("jump3 acknowledged by 3 nodes"));
        Assert.EndsWith("-jump3", Assert.Single(cam3.Started).Name, StringComparison.Ordinal);
        cam3.Post(new NodeInput.OperatorStop(100));
        group.RunFor(3);
        Assert.Equal(Assert.Single(leader.Stopped), Assert.Single(cam2.Stopped));
    }

    [Fact]
    public void A_node_that_gets_ready_in_the_moment_of_the_start_is_waited_for()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        foreach (SimulatedNode typedAt in new[] { leader, cam3 })
        {
            cam2.Post(new NodeInput.Recorder(new RecorderEvent.NotReady(null)));
            group.RunFor(0.1);
            typedAt.Post(new NodeInput.OperatorStart(500));
            group.RunFor(0.1);
            cam2.Post(new NodeInput.Recorder(new RecorderEvent.Ready("camera")));
            group.RunFor(2);
            Assert.Equal(NodeState.Recording, cam2.Node.State);
            leader.Post(new NodeInput.OperatorStop(100));
            group.RunFor(4);
        }
        Assert.Equal(2, leader.Started.Count);
    }

    [Fact]
    public void What_is_typed_before_it_is_known_who_leads_is_heeded_as_soon_as_it_is()
    {
        SimulatedGroup group = new();
        SimulatedNode leader = group.Add("cam1", NodeRole.Leader);
        leader.Post(new NodeInput.OperatorStart(100));
        group.RunFor(1);
        Assert.Single(leader.Started);
    }
}

using Xunit;

namespace RecordSync.Tests;

/// <summary>Real nodes on a simulated network; the sections are those of docs/protocol.md.</summary>
public sealed class NodeTests
{
    private static (SimulatedGroup Group, SimulatedNode Leader, SimulatedNode Cam2, SimulatedNode Cam3) ThreeNodes(int seed = 1)
    {
        SimulatedGroup group = new(seed);
        SimulatedNode leader = group.Add("cam1", NodeRole.Leader, 1.7, 18);
        SimulatedNode cam2 = group.Add("cam2", NodeRole.Follower, -2.5, -31);
        SimulatedNode cam3 = group.Add("cam3", NodeRole.Follower, 3.2, 44);
        return (group, leader, cam2, cam3);
    }

    /// <summary>What a version-1 program says, from an address of its own.</summary>
    private static void Hear(SimulatedNode node, Message message) =>
        node.Post(new NodeInput.PacketReceived(message, new Endpoint(0x0A000063, 9942), node.LocalNow));

    [Fact]
    public void A_follower_is_synchronised_within_a_second_of_its_start()
    {
        (SimulatedGroup group, _, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        group.RunFor(1);
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
            (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes(seed);
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
    public void A_start_gives_every_node_the_same_take_at_the_same_instant()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        group.RunFor(3);
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
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
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
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
        int lost = 0;
        group.Loses = (_, message, to) => message is RecordingCommand && to == cam2 && lost++ < 4;
        leader.Post(new NodeInput.OperatorStart(2_000));
        group.RunFor(1.5);
        Assert.Equal(leader.Started[0], Assert.Single(cam2.Started));
    }

    [Fact]
    public void A_command_that_arrives_fifty_times_is_executed_once()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
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
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
        group.Loses = (_, message, to) => message is RecordingCommand && to == cam2;
        leader.Post(new NodeInput.OperatorStart(500, Force: true));
        group.RunFor(13);
        Assert.True(leader.WasTold("START was never acknowledged by cam2"));
    }

    [Fact]
    public void A_follower_that_is_not_synchronised_refuses_with_the_reason()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
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
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
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
    public void A_node_that_leaves_does_not_wait_for_a_stop_that_is_far_away()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
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
    public void A_follower_whose_camera_is_gone_refuses_with_the_reason_and_recovers()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
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
        (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes();
        group.RunFor(3);
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
    public void A_peer_that_misses_three_beacons_is_lost_but_not_forgotten_and_can_come_back()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
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
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
        cam2.Post(new NodeInput.LeaveRequested("quit"));
        group.RunFor(0.01);
        Assert.True(cam2.Gone);
        Assert.Null(leader.Node.Peers.Find("cam2"));
        Assert.True(leader.WasTold("cam2 has left"));
    }

    [Fact]
    public void A_leader_that_leaves_in_mid_take_stops_all_and_finishes_its_file_first()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
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
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
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
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
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
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        group.RunFor(3);
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

    [Fact]
    public void A_flood_of_invented_names_does_not_fill_the_memory()
    {
        SimulatedGroup group = new();
        SimulatedNode leader = group.Add("cam1", NodeRole.Leader);
        for (int i = 0; i < 5_000; i++)
            Hear(leader, new Status($"ghost{i}", NodeState.Idle, 1));
        Assert.Equal(PeerTable.Capacity, leader.Node.Peers.All.Count());
    }

    [Fact]
    public void A_version_1_leader_and_two_nodes_of_one_name_are_pointed_out()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes();
        group.RunFor(1);
        Hear(leader, new Discovery("old", NodeRole.Leader, 1_795_395_175_000_000));
        group.Add("cam1", NodeRole.Follower);
        group.RunFor(3);
        Assert.True(leader.WasTold("another leader, old"));
        Assert.True(leader.WasTold("is called cam1 too"));
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

    /// <summary>Plays a version-1 leader whose clock is that of the true time, answering each request by its t1 alone.</summary>
}

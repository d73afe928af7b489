using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §5.4, on real nodes and a simulated network.</summary>
public sealed class VerdictGatheringTests
{
    private static (SimulatedGroup Group, SimulatedNode Leader, SimulatedNode Cam2, SimulatedNode Cam3) ThreeNodes(int seed = 1, bool leaderHasCamera = true) =>
        SimulatedGroup.OfThree(seed, seconds: 3, leaderHasCamera);

    private static void Record(SimulatedGroup group, SimulatedNode leader, double seconds = 2, double after = 2)
    {
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(0.5 + seconds);
        leader.Post(new NodeInput.OperatorStop(500));
        group.RunFor(0.5 + 1.1 + after);
    }

    [Fact]
    public void The_leader_shows_the_verdict_of_all_once()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        Record(group, leader);
        (GroupVerdict verdict, bool show) = Assert.Single(leader.Verdicts);

        Assert.True(show);
        Assert.Equal(["cam1", "cam2", "cam3"], verdict.Nodes.Select(node => node.Node));
        Assert.Equal((TakeGrade.Pass, true, 0L), (verdict.Word, verdict.FrameCountsEqual, verdict.StartSkewFrames));
        Assert.Equal(leader.Started[0].Name, verdict.Take);
        Assert.Equal(0, verdict.Skew!.WorstUs);
        Assert.DoesNotContain(cam2.Verdicts, published => published.Show);
        // all came by themselves, nobody was asked
        Assert.DoesNotContain(leader.Sent, message => message is Status { Ask: not null });
    }

    [Fact]
    public void A_verdict_goes_to_the_leader_alone_and_not_to_the_group()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes();
        List<(string From, string To)> heard = [];
        group.Loses = (from, message, to) =>
        {
            if (message is Status { Verdict: not null, Part: null } or Status { Ask: not null } or Status { Got: not null })
                heard.Add((from.Node.NodeId, to.Node.NodeId));
            return false;
        };
        Record(group, leader);
        Assert.All(heard, datagram => Assert.True(datagram.From == "cam1" || datagram.To == "cam1", $"{datagram}"));
        Assert.Contains(("cam3", "cam1"), heard);
        Assert.Contains(("cam1", "cam3"), heard);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.6)]
    public void Lost_datagrams_do_not_lose_a_verdict(double loss)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes(seed);
            Random random = new(seed);
            group.Loses = (_, message, _) => message is Status { Verdict: not null } or Status { Ask: not null } or Status { Got: not null } && random.NextDouble() < loss;
            Record(group, leader, after: 14);
            GroupVerdict verdict = leader.Verdicts[^1].Verdict;
            Assert.True(verdict.Word == TakeGrade.Pass && verdict.Nodes.Count == 3, $"seed {seed}: {string.Join(" ", verdict.Reasons)}");
            Assert.Single(leader.Verdicts, published => published.Show);
        }
    }

    [Fact]
    public void A_datagram_that_arrives_five_times_counts_once()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes();
        group.Copies = 5;
        Record(group, leader, after: 14);
        Assert.Single(leader.Verdicts);
    }

    [Fact]
    public void Who_never_answers_is_named_when_the_time_has_passed()
    {
        (SimulatedGroup group, SimulatedNode leader, _, SimulatedNode cam3) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2);
        cam3.Kill();
        leader.Post(new NodeInput.OperatorStop(500));
        group.RunFor(10);
        Assert.Empty(leader.Verdicts);
        group.RunFor(4);
        (GroupVerdict verdict, bool show) = Assert.Single(leader.Verdicts);

        Assert.True(show);
        Assert.Equal((TakeGrade.Fail, "cam3"), (verdict.Word, Assert.Single(verdict.Missing)));
        Assert.Contains("cam3 has not answered: nothing is known of its recording.", verdict.Reasons);
        Assert.Equal(["cam1", "cam2"], verdict.Nodes.Select(node => node.Node));
    }

    [Fact]
    public void A_verdict_that_comes_too_late_is_added_to_the_file_and_said()
    {
        (SimulatedGroup group, SimulatedNode leader, _, SimulatedNode cam3) = ThreeNodes();
        cam3.Judging = false;
        Record(group, leader, after: 12);
        Assert.Equal("cam3", Assert.Single(leader.Verdicts[^1].Verdict.Missing));
        NodeVerdict late = leader.Verdicts[^1].Verdict.Nodes[1];
        cam3.Post(new NodeInput.Recorder(new RecorderEvent.Judged(late with { Node = "cam3" })));
        group.RunFor(1);

        (GroupVerdict verdict, bool show) = leader.Verdicts[^1];
        Assert.False(show);
        Assert.Equal((TakeGrade.Pass, 3), (verdict.Word, verdict.Nodes.Count));
        Assert.True(leader.WasTold($"the verdict of cam3 on take {verdict.Take} has come late: PASS"));
    }

    [Fact]
    public void Hashes_that_come_later_replace_the_verdict_without_them()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        Record(group, leader);
        NodeVerdict without = leader.Verdicts[^1].Verdict.Nodes[1];
        NodeVerdict hashed = without with { Revision = 2, Hashes = [new FileHash("cam2.mp4", 10, new string('a', 64))] };
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.Judged(hashed)));
        group.RunFor(1);
        Assert.Equal((false, "cam2.mp4"), (leader.Verdicts[^1].Show, Assert.Single(leader.Verdicts[^1].Verdict.Nodes[1].Hashes).Name));
        // an old one that was on its way does not take them back
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.Judged(without)));
        group.RunFor(1);
        Assert.Single(leader.Verdicts[^1].Verdict.Nodes[1].Hashes);
    }

    [Fact]
    public void A_node_that_fails_in_mid_take_is_heard_at_once_and_its_verdict_is_in_the_takes()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2);
        NodeVerdict failed = ResidualSeriesTests.VerdictOf("cam2", [1, 1, 1]) with
        {
            Take = cam2.Started[0].Name,
            Word = TakeGrade.Fail,
            Reasons = ["The recording failed: the disk is full."],
        };
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.Judged(failed)));
        cam2.Post(new NodeInput.Recorder(new RecorderEvent.Failed(failed.Take, "the disk is full", default)));
        group.RunFor(1);
        Assert.True(leader.WasTold("cam2 has ended its recording: The recording failed: the disk is full."));
        leader.Post(new NodeInput.OperatorStop(500));
        group.RunFor(3);
        GroupVerdict verdict = Assert.Single(leader.Verdicts).Verdict;
        Assert.Equal((TakeGrade.Fail, 3), (verdict.Word, verdict.Nodes.Count));
        Assert.Contains("cam2: The recording failed: the disk is full.", verdict.Reasons);
    }

    [Fact]
    public void Any_node_can_ask_for_the_verdict_again()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        Record(group, leader);
        cam2.Post(new NodeInput.OperatorVerdict(null));
        group.RunFor(1);
        GroupVerdict verdict = Assert.Single(cam2.Verdicts, published => published.Show).Verdict;
        Assert.Equal((leader.Verdicts[0].Verdict.Word, 3), (verdict.Word, verdict.Nodes.Count));
        cam2.Post(new NodeInput.OperatorVerdict(verdict.Take));
        group.RunFor(1);
        Assert.Equal(2, cam2.Verdicts.Count(published => published.Show));
    }

    [Fact]
    public void Asking_before_there_was_a_take_or_while_it_runs_is_answered_with_a_sentence()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes();
        leader.Post(new NodeInput.OperatorVerdict(null));
        Assert.True(leader.WasTold("no take is known here yet"));
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2);
        leader.Post(new NodeInput.OperatorVerdict(null));
        Assert.True(leader.WasTold("is still being recorded: its verdict comes when it has ended"));
        Assert.Empty(leader.Verdicts);
    }

    [Fact]
    public void A_leader_without_a_camera_gathers_too()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes(leaderHasCamera: false);
        Record(group, leader);
        Assert.Equal(["cam2", "cam3"], Assert.Single(leader.Verdicts).Verdict.Nodes.Select(node => node.Node));
        Assert.Equal(TakeGrade.Pass, leader.Verdicts[0].Verdict.Word);
    }

    [Fact]
    public void A_leader_that_quits_in_a_take_waits_for_the_verdicts()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2);
        leader.Post(new NodeInput.LeaveRequested("quit"));
        group.RunFor(3);
        Assert.True(leader.Gone);
        Assert.Equal(3, Assert.Single(leader.Verdicts).Verdict.Nodes.Count);
    }

    [Fact]
    public void A_follower_that_quits_in_a_take_delivers_its_verdict_before_it_goes()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes(seed);
            leader.Post(new NodeInput.OperatorStart(500));
            group.RunFor(2);
            Random random = new(seed);
            group.Loses = (_, message, _) => message is Status { Verdict: not null } or Status { Got: not null } && random.NextDouble() < 0.4;
            cam2.Post(new NodeInput.LeaveRequested("quit"));
            group.RunFor(5);
            Assert.True(cam2.Gone);
            leader.Post(new NodeInput.OperatorStop(500));
            group.RunFor(3);
            Assert.Contains("cam2", Assert.Single(leader.Verdicts).Verdict.Nodes.Select(node => node.Node));
        }
    }

    [Fact]
    public void Nobody_waits_at_the_door_for_a_leader_that_is_dead()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2);
        leader.Kill();
        cam2.Post(new NodeInput.LeaveRequested("SIGTERM"));
        group.RunFor(1.1 + NodeSettings.LongestFarewell.Seconds + 0.2);
        Assert.True(cam2.Gone);
    }

    [Fact]
    public void A_version_1_follower_is_not_asked_but_named()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = ThreeNodes();
        leader.Post(new NodeInput.PacketReceived(new Discovery("old", NodeRole.Follower, 1), new Endpoint(0x0A000063, 9942), leader.LocalNow));
        Record(group, leader, after: 14);
        GroupVerdict verdict = Assert.Single(leader.Verdicts).Verdict;
        Assert.Equal(TakeGrade.Warn, verdict.Word);
        Assert.Empty(verdict.Missing);
        Assert.Contains("old is a version-1 program and gives no verdict: look at its file.", verdict.Reasons);
    }
}

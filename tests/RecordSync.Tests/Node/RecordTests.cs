using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §5.9: what came of a command is told to whoever asked for it, and the record of a take is on every node that took part.</summary>
public sealed class RecordTests
{
    private static (SimulatedGroup Group, SimulatedNode Leader, SimulatedNode Cam2, SimulatedNode Cam3) ThreeNodes(int seed = 1, bool auto = false) =>
        SimulatedGroup.OfThree(seed, seconds: 5, followers: settings => settings with { Auto = auto });

    private static void Record(SimulatedGroup group, SimulatedNode leader)
    {
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2.5);
        leader.Post(new NodeInput.OperatorStop(500));
        group.RunFor(1.7);
    }

    private static CommandReport Answer(SimulatedNode node, string ticket) => Assert.Single(node.Reports, report => report.Ticket == ticket).Outcome;

    private static string[] Answers(CommandReport report) => [.. report.Nodes.Select(node => $"{node.Node} {node.Answer}")];

    /// <summary>As take.json has it, but for the order of what is equal.</summary>
    private static void AssertSame(GroupVerdict expected, GroupVerdict actual)
    {
        Assert.Equal(expected.Nodes.Select(node => (node.Node, node.Revision, node.Recorded)), actual.Nodes.Select(node => (node.Node, node.Revision, node.Recorded)));
        Assert.Equal((expected.Take, expected.Word, expected.FrameCountsEqual, expected.Skew), (actual.Take, actual.Word, actual.FrameCountsEqual, actual.Skew));
        Assert.Equal(expected.Reasons, actual.Reasons);
        Assert.Equal(expected.Missing, actual.Missing);
        Assert.Equal(Answers(expected.Start!), Answers(actual.Start!));
        Assert.Equal((expected.Start!.Id, expected.Start.TargetNs, expected.Start.Leader, expected.Start.Term), (actual.Start!.Id, actual.Start.TargetNs, actual.Start.Leader, actual.Start.Term));
        Assert.Equal(Answers(expected.Stop!), Answers(actual.Stop!));
        Assert.Equal(expected.Stop!.TargetNs, actual.Stop!.TargetNs);
    }

    [Fact]
    public void The_record_of_a_take_is_on_every_node_that_took_part()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        SimulatedNode watcher = group.Add("watcher", NodeRole.Follower, hasCamera: false);
        group.RunFor(3);
        Record(group, leader);
        group.RunFor(1);
        GroupVerdict verdict = Assert.Single(leader.Verdicts).Verdict;
        Assert.Equal(["cam1 Acknowledged", "cam2 Acknowledged", "cam3 Acknowledged", "watcher Acknowledged"], Answers(verdict.Start!));
        foreach (SimulatedNode node in new[] { cam2, cam3 })
        {
            (GroupVerdict saved, bool show) = Assert.Single(node.Verdicts);
            Assert.False(show);
            AssertSame(verdict, saved);
        }
        Assert.Empty(watcher.Verdicts);
        // and then there is silence
        int sent = leader.Sent.Count(message => message is Status { IsLetter: true });
        group.RunFor(20);
        Assert.Equal(sent, leader.Sent.Count(message => message is Status { IsLetter: true }));
    }

    [Fact]
    public void A_record_gets_through_a_network_that_loses_forty_of_a_hundred_packets()
    {
        int asked = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes(seed);
            Random random = new(seed);
            group.Loses = (_, message, _) => message is Status { IsLetter: true } && random.NextDouble() < 0.4;
            Record(group, leader);
            group.RunFor(14);
            Assert.Equal(3, leader.Verdicts[^1].Verdict.Nodes.Count);
            AssertSame(leader.Verdicts[^1].Verdict, cam2.Verdicts[^1].Verdict);
            AssertSame(leader.Verdicts[^1].Verdict, cam3.Verdicts[^1].Verdict);
            asked += cam2.Sent.Count(message => message is Status { Part: not null, Verdict: null });
        }
        Assert.InRange(asked, 5, 400);
    }

    [Fact]
    public void A_verdict_that_is_revised_reaches_every_record()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        Record(group, leader);
        group.RunFor(1);
        NodeVerdict hashed = cam3.Verdicts[^1].Verdict.Nodes.Single(node => node.Node == "cam3") with { Revision = 2, Hashes = [new FileHash("cam3.mp4", 9, new string('0', 64))] };
        cam3.Post(new NodeInput.Recorder(new RecorderEvent.Judged(hashed)));
        group.RunFor(2);
        foreach (SimulatedNode node in new[] { leader, cam2, cam3 })
            Assert.Equal(hashed.Hashes, node.Verdicts[^1].Verdict.Nodes.Single(part => part.Node == "cam3").Hashes);
        // the two others were not sent a second time
        Assert.Equal(4, leader.Sent.Count(message => message is Status { Part: not null, Verdict: not null }));
    }

    [Fact]
    public void A_leader_that_dies_before_it_has_shared_the_record_is_replaced_in_that_too()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes(auto: true);
        group.Loses = (from, message, _) => from == leader && message is Status { IsLetter: true, Got: null };
        Record(group, leader);
        Assert.Empty(cam2.Verdicts);
        leader.Kill();
        group.RunFor(25);
        SimulatedNode successor = cam2.Node.Leads ? cam2 : cam3, other = successor == cam2 ? cam3 : cam2;
        Assert.Equal(["cam2", "cam3"], successor.Verdicts[^1].Verdict.Nodes.Select(node => node.Node));
        Assert.Equal(["cam2", "cam3"], other.Verdicts[^1].Verdict.Nodes.Select(node => node.Node));
    }

    [Fact]
    public void A_follower_that_is_told_to_leave_when_the_take_is_over_takes_the_record_with_it()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        // its own is there long before the last of the others
        group.Loses = (from, message, _) => from == cam3 && message is Status { Verdict: not null } && group.Now % 4_000_000_000 < 3_000_000_000;
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2.5);
        leader.Post(new NodeInput.OperatorStop(500));
        group.RunFor(1.2);
        cam2.Post(new NodeInput.LeaveRequested("quit"));
        group.RunFor(4);
        Assert.True(cam2.Gone);
        Assert.Contains("cam3", cam2.Verdicts[^1].Verdict.Nodes.Select(node => node.Node));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_leader_that_leaves_in_mid_take_is_in_its_record(bool lastWordsGetLost)
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes(auto: true);
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2.5);
        if (lastWordsGetLost)
            group.Loses = (from, message, _) => from == leader && message is Status { Verdict: not null };
        leader.Post(new NodeInput.LeaveRequested("quit"));
        group.RunFor(4);
        Assert.True(leader.Gone);
        cam3.Post(new NodeInput.OperatorStop(500));
        group.RunFor(20);
        foreach (SimulatedNode node in new[] { cam2, cam3 })
        {
            GroupVerdict verdict = node.Verdicts[^1].Verdict;
            Assert.Equal(TakeGrade.Fail, verdict.Word);
            Assert.Equal(lastWordsGetLost ? ["cam1"] : [], verdict.Missing);
            Assert.Equal(lastWordsGetLost ? ["cam2", "cam3"] : ["cam1", "cam2", "cam3"], verdict.Nodes.Select(part => part.Node));
            Assert.Contains(verdict.Reasons, reason => reason.Contains("cam1", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_successor_waits_for_its_own_part_of_the_take_too()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes(auto: true);
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2.5);
        leader.Kill();
        group.RunFor(8);
        SimulatedNode successor = cam2.Node.Leads ? cam2 : cam3, other = successor == cam2 ? cam3 : cam2;
        Assert.True(successor.Node.Leads);
        successor.Judging = false;
        other.Post(new NodeInput.OperatorStop(500));
        group.RunFor(20);
        Assert.Equal(new[] { "cam1", successor.Settings.NodeId }.Order(), successor.Verdicts[^1].Verdict.Missing);
        Assert.Equal([other.Settings.NodeId], successor.Verdicts[^1].Verdict.Nodes.Select(part => part.Node));
    }

    [Fact]
    public void A_successor_names_also_those_who_died_before_it_came_into_office()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes(auto: true);
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2.5);
        cam3.Kill();
        group.RunFor(8);
        leader.Kill();
        group.RunFor(8);
        cam2.Post(new NodeInput.OperatorStop(500));
        group.RunFor(20);
        GroupVerdict verdict = cam2.Verdicts[^1].Verdict;
        Assert.Equal(["cam1", "cam3"], verdict.Missing);
        Assert.Equal(["cam2"], verdict.Nodes.Select(part => part.Node));
    }

    [Fact]
    public void A_leader_that_was_elected_behind_a_cut_cable_gets_the_record_from_the_one_that_gave_the_stop()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes(auto: true);
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2.5);
        bool cut = true;
        group.Loses = (from, _, to) => cut && from == cam3 != (to == cam3);
        group.RunFor(4);
        Assert.True(cam3.Node.Leads && leader.Node.Leads);
        // neither has heard of the other when the STOP is given
        cut = false;
        leader.Post(new NodeInput.OperatorStop(300));
        group.RunFor(20);
        Assert.Single(cam3.Stopped);
        foreach (SimulatedNode node in new[] { leader, cam2, cam3 })
        {
            GroupVerdict verdict = node.Verdicts[^1].Verdict;
            Assert.Equal(["cam1", "cam2", "cam3"], verdict.Nodes.Select(part => part.Node));
            Assert.Empty(verdict.Missing);
        }
    }

    [Fact]
    public void Who_is_lost_at_start_is_named_in_the_record()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        cam3.Kill();
        group.RunFor(8);
        leader.Post(new NodeInput.OperatorStart(500, Ticket: "refused"));
        group.RunFor(0.5);
        CommandReport refused = Answer(leader, "refused");
        Assert.Contains("not started, because not all are ready: cam3 is lost", refused.Refusal, StringComparison.Ordinal);
        Assert.Equal(["cam3 Absent"], Answers(refused));
        leader.Post(new NodeInput.OperatorStart(500, Force: true, Ticket: "forced"));
        group.RunFor(2);
        Assert.Equal(["cam1 Acknowledged", "cam2 Acknowledged", "cam3 Absent"], Answers(Answer(leader, "forced")));
        leader.Post(new NodeInput.OperatorStop(500));
        group.RunFor(3);
        GroupVerdict saved = cam2.Verdicts[^1].Verdict;
        Assert.Equal(TakeGrade.Warn, saved.Word);
        Assert.Contains(saved.Reasons, reason => reason.StartsWith("cam3 is not in this take: lost, nothing heard from it for", StringComparison.Ordinal));
    }

    [Fact]
    public void Whoever_asks_for_a_command_is_told_once_what_came_of_it_at_the_leader_and_at_a_follower()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, _) = ThreeNodes();
        foreach (SimulatedNode asker in new[] { leader, cam2 })
        {
            asker.Post(new NodeInput.OperatorStop(100, "too early"));
            group.RunFor(0.5);
            Assert.Equal("nothing is being recorded: there is nothing to stop", Answer(asker, "too early").Refusal);
            asker.Post(new NodeInput.OperatorStart(1_000, Label: "jump", Ticket: "start"));
            group.RunFor(2);
            CommandReport started = Answer(asker, "start");
            Assert.Null(started.Refusal);
            Assert.Equal((CommandKind.Start, leader.Started[^1].Name, leader.Started[^1].Start.Nanoseconds), (started.Command, started.Take, started.TargetNs));
            Assert.Equal(["cam1 Acknowledged", "cam2 Acknowledged", "cam3 Acknowledged"], Answers(started));
            asker.Post(new NodeInput.OperatorStop(500, "stop"));
            group.RunFor(3);
            Assert.Equal(["cam1 Acknowledged", "cam2 Acknowledged", "cam3 Acknowledged"], Answers(Answer(asker, "stop")));
        }
    }

    [Fact]
    public void A_withdrawn_start_is_reported_with_who_was_missing()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        group.Loses = (_, message, to) => message is RecordingCommand && to == cam3;
        cam2.Post(new NodeInput.OperatorStart(1_000, Ticket: "start"));
        group.RunFor(2);
        CommandReport report = Answer(cam2, "start");
        Assert.Contains("START withdrawn, nobody records: cam3 has not answered", report.Refusal, StringComparison.Ordinal);
        Assert.Equal(["cam2 Acknowledged", "cam3 Silent"], Answers(report));
        Assert.Empty(leader.Started);
    }

    [Fact]
    public void A_node_that_never_answers_is_reported_silent_when_the_instant_has_come()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes();
        leader.Post(new NodeInput.PacketReceived(new Discovery("old", NodeRole.Follower, 1), new Endpoint(0x0A000063, 9942), leader.LocalNow));
        group.Loses = (from, message, _) => from == cam3 && message is Status { Ack: not null } or Status { Nack: not null };
        cam2.Post(new NodeInput.OperatorStart(1_000, Force: true, Ticket: "start"));
        group.RunFor(0.9);
        Assert.Empty(cam2.Reports);
        group.RunFor(1.5);
        Assert.Equal(["cam1 Acknowledged", "cam2 Acknowledged", "cam3 Silent", "old BestEffort"], Answers(Answer(cam2, "start")));
        Assert.True(cam2.WasTold("acknowledged by 2 nodes, but cam3 has not answered"));
    }

    [Fact]
    public void A_wish_that_was_taken_is_never_done_by_another_leader_a_second_time()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode cam2, SimulatedNode cam3) = ThreeNodes(auto: true);
        // so that it is taken and not yet agreed
        group.Loses = (_, message, to) => message is Status { Prepared: not null } && to == leader;
        cam2.Post(new NodeInput.OperatorStart(3_000, Ticket: "start"));
        group.RunFor(0.05);
        Assert.True(cam2.WasTold("'start' was taken by the leader cam1"));
        leader.Kill();
        group.RunFor(30);
        Assert.True(cam2.Node.Leads || cam3.Node.Leads);
        Assert.Empty(cam2.Started);
        Assert.Empty(cam3.Started);
        Assert.Contains("the leader cam1 has taken 'start', but has not said what came of it", Answer(cam2, "start").Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_leader_the_answer_says_so()
    {
        SimulatedGroup group = new();
        SimulatedNode alone = group.Add("cam1", NodeRole.Follower);
        group.RunFor(3);
        alone.Post(new NodeInput.OperatorStart(1_000, Ticket: "start"));
        Assert.Equal("no leader is known: nothing was done with 'start'", Answer(alone, "start").Refusal);
    }
}

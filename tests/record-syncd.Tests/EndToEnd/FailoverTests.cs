using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Leaders that die, leave or come late, with processes, cameras and clocks that are wrong by seconds.</summary>
[Collection(Processes.Name)]
public sealed class FailoverTests
{
    [Fact]
    public async Task A_leader_that_is_killed_in_mid_take_is_replaced_and_the_take_is_stopped_from_any_node_on_one_frame()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=1,ppm=20", "phase=8"));
        RunningNode second = group.Start("auto", "cam2", Options("cam2", "offset=-2,ppm=-30", "phase=14"));
        RunningNode third = group.Start("auto", "cam3", Options("cam3", "offset=3,ppm=40", "phase=19"));
        await Record(group, leader, [leader, second, third]);
        RecordedTake.WaitForFrames(second, group["cam2.mp4"], 30);
        leader.Kill();

        second.WaitForLine("leader cam1 is silent");
        second.WaitForLine("this node leads now (term 2); the time scale goes on");
        third.WaitForLine("following leader cam2");
        // recorded under the second leader's clock, too
        RecordedTake.WaitForFrames(second, group["cam2.mp4"], 90);
        third.Type("stop 500");
        third.WaitForLine("'stop' was taken by the leader cam2");
        second.WaitForLine("finished cam2.mp4");
        third.WaitForLine("finished cam3.mp4");
        second.WaitForLine("saved in take.json");
        LeaderAloneTests.Leave(third);
        LeaderAloneTests.Leave(second);

        TakeReport take = group.VerifyGood("cam2.mp4", "cam3.mp4");
        Assert.Equal((2, true, true, "pixels"), (take.Files.Count, take.FrameCountsEqual, take.FrameTimesEqual, take.Evidence));
        TakeManifest two = RecordedTake.Read(group["cam2.mp4"]).Manifest, three = RecordedTake.Read(group["cam3.mp4"]).Manifest;
        Assert.Equal((two.Take, two.StartNs, two.StopNs, "cam1"), (three.Take, three.StartNs, three.StopNs, two.Leader));
        // the frames' times are true to the clocks of both: half a frame is what free-running cameras may be apart
        Assert.All(take.Files, file => Assert.InRange(Math.Abs(file.SidecarOffsetUs!.Value), 0, 200));
        // what the dead one had recorded is a file that plays
        CutOffTests.AssertPlays(group["cam1.mp4"]);
    }

    [Fact]
    public async Task A_leader_that_leaves_in_mid_take_hands_over_at_once_and_the_others_record_on()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=1,ppm=20", "phase=8"));
        RunningNode second = group.Start("auto", "cam2", Options("cam2", "offset=-2,ppm=-30", "phase=14"));
        await Record(group, leader, [leader, second]);
        LeaderAloneTests.Leave(leader);
        second.WaitForLine("cam1 has left");
        second.WaitForLine("this node leads now");
        Assert.False(second.HasSaid("finished"));
        RecordedTake.WaitForFrames(second, group["cam2.mp4"], 60);
        second.Type("stop 200");
        second.WaitForLine("finished cam2.mp4");
        LeaderAloneTests.Leave(second);
        RecordedTake.Read(group["cam1.mp4"]).AssertWhole();
        RecordedTake.Read(group["cam2.mp4"]).AssertWhole();
    }

    [Fact]
    public async Task A_start_is_refused_while_somebody_is_not_ready_and_forced_with_a_label()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=1,ppm=20", "phase=8"));
        // no clock over a socket is that good
        RunningNode second = group.Start("follower", "cam2", [.. Options("cam2", "offset=-2,ppm=-30", "phase=14"), "--max-clock-error", "0.05us"]);
        await group.HeardReady("cam1");
        await group.Heard("cam2", node => node is { State: NodeState.Ready, Clock.State: "synchronised" });
        second.Type("start 500");
        // the leader waits a moment before it says no: by then it has heard what this test has heard
        second.WaitForLine("cam1: not started, because not all are ready: cam2: the clock may be");
        leader.Type("status");
        leader.WaitForLine("ready           no: cam2: the clock may be");
        Assert.False(leader.HasSaid("recording take"));
        leader.Type("start 500 --force --label jump3");
        leader.WaitForLine("not ready: cam2: the clock may be");
        foreach (RunningNode node in (RunningNode[])[leader, second])
            Assert.EndsWith($"-jump3 to {(node == leader ? "cam1" : "cam2")}.mp4", node.WaitForLine("recording take"), StringComparison.Ordinal);
        leader.Type("stop 500");
        leader.WaitForLine("finished");
        second.WaitForLine("finished");
    }

    [Fact]
    public async Task Of_three_that_may_lead_one_does_and_any_of_them_starts_the_take()
    {
        using NodeGroup group = new();
        RunningNode[] nodes = [.. new[] { "cam1", "cam2", "cam3" }.Select((name, index) => group.Start("auto", name, [.. Options(name, $"offset={index},ppm=10", "phase=8"), "--priority", name == "cam2" ? "100" : "128"]))];
        nodes[1].WaitForLine("this node leads");
        foreach (string name in new[] { "cam1", "cam2", "cam3" })
            await group.HeardReady(name);
        Assert.False(nodes[0].HasSaid("this node leads") || nodes[2].HasSaid("this node leads"));
        nodes[2].Type("start 500");
        nodes[2].WaitForLine("'start' was taken by the leader cam2");
        foreach (RunningNode node in nodes)
            node.WaitForLine("recording take");
        nodes[0].Type("stop 500");
        foreach (RunningNode node in nodes)
            node.WaitForLine("finished");
    }

    private static async Task Record(NodeGroup group, RunningNode leader, RunningNode[] nodes)
    {
        foreach (string name in new[] { "cam1", "cam2", "cam3" }.Take(nodes.Length))
            await group.HeardReady(name);
        leader.Type("start 500");
        foreach (RunningNode node in nodes)
            node.WaitForLine("recording take");
    }

    private static string[] Options(string name, string clock, string sensor) =>
        ["--output", $"{name}.mp4", "--camera", $"test:{sensor},label={name}", "--simulated-clock", clock];
}

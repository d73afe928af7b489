using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A leader and followers whose clocks are wrong by seconds and by parts per million.</summary>
[Collection(Processes.Name)]
public sealed class GroupTests
{
    private static readonly string[] Names = ["cam1", "cam2", "cam3"];

    [Fact]
    public async Task Three_nodes_record_the_same_frames()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=1.5,ppm=18", "phase=3"));
        RunningNode second = group.Start("follower", "cam2", Options("cam2", "offset=-2.25,ppm=-50", "phase=14,ppm=25"));
        RunningNode third = group.Start("follower", "cam3", Options("cam3", "offset=4,ppm=50", "phase=25,ppm=-25"));
        foreach (string name in Names)
            await group.HeardReady(name);
        await Record(group, [leader, second, third], 90);
        foreach (RunningNode node in new[] { leader, second, third })
            LeaderAloneTests.Leave(node);

        AssertSameFrames(group, 3);
    }

    [Fact]
    public async Task The_record_of_a_take_is_on_the_disk_of_every_node_and_says_what_was_commanded()
    {
        using NodeGroup group = new();
        foreach (string name in (string[])["one", "two"])
            Directory.CreateDirectory(group[name]);
        RunningNode leader = group.Start("leader", "cam1", [.. Options("one/cam1", "offset=1.5,ppm=18", "phase=3")]);
        RunningNode second = group.Start("follower", "cam2", [.. Options("two/cam2", "offset=-2.25,ppm=-50", "phase=14")]);
        RunningNode third = group.Start("follower", "cam3", [.. Options("two/cam3", "offset=4,ppm=50", "phase=25")]);
        foreach (string name in Names)
            await group.HeardReady(name);
        second.Type("start 1000 --label jump3");
        second.WaitForLine("-jump3 acknowledged by 3 nodes");
        RecordedTake.WaitForFrames(leader, group["one/cam1.mp4"], 45);
        third.Type("stop 300");
        third.WaitForLine("acknowledged by 3 nodes");
        leader.WaitForLine("saved in one/take.json");
        foreach (RunningNode node in new[] { third, second, leader })
            LeaderAloneTests.Leave(node);

        GroupVerdict kept = GroupVerdictFile.Read(group["one/take.json"])!, copy = GroupVerdictFile.Read(group["two/take.json"])!;
        Assert.Equal(Names, kept.Nodes.Select(node => node.Node));
        Assert.Equal(kept.Nodes.Select(node => (node.Node, node.Recorded, node.Word)), copy.Nodes.Select(node => (node.Node, node.Recorded, node.Word)));
        foreach (GroupVerdict verdict in new[] { kept, copy })
        {
            Assert.Equal((kept.Take, kept.Word), (verdict.Take, verdict.Word));
            TakeManifest manifest = RecordedTake.Read(group["two/cam2.mp4"]).Manifest;
            Assert.Equal((manifest.StartNs, manifest.StopNs, "cam1"), (verdict.Start!.TargetNs, verdict.Stop!.TargetNs, verdict.Start.Leader));
            foreach (CommandReport command in new[] { verdict.Start, verdict.Stop })
                Assert.Equal(Names.Select(name => (name, NodeAnswer.Acknowledged)), command.Nodes.Select(node => (node.Node, node.Answer)));
        }
    }

    [Fact]
    public async Task Follower_that_was_killed_and_restarted_records_with_the_others()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=-1,ppm=-20", "phase=8"));
        RunningNode first = group.Start("follower", "cam2", Options("cam2", "offset=3,ppm=40", "phase=19"));
        await group.HeardReady("cam2");
        first.Kill();
        RunningNode again = group.Start("follower", "cam2", Options("cam2", "offset=-3,ppm=-40", "phase=1"));
        leader.WaitForLine("cam2 has restarted");
        again.WaitForLine("camera ready");
        await group.HeardReady("cam1");
        // a Ready of its own, not what the killed one said last
        await group.Heard("cam2", node => node.IsReady && Math.Abs((node.Clock?.OffsetNs ?? 0) / 1e9 - 2) < 0.5);
        await Record(group, [leader, again], 45);
        LeaderAloneTests.Leave(leader);
        LeaderAloneTests.Leave(again);

        AssertSameFrames(group, 2);
    }

    [Fact]
    public async Task Follower_records_on_when_its_leader_is_killed_and_finishes_when_it_is_asked_to()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=1,ppm=10", "phase=8"));
        RunningNode follower = group.Start("follower", "cam2", Options("cam2", "offset=-2,ppm=-30", "phase=19"));
        await group.HeardReady("cam1");
        await group.HeardReady("cam2");
        leader.Type("start 500");
        follower.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], 45);
        leader.Kill();
        follower.WaitForLine("cam1 is lost");
        int atLoss = RecordedTake.RowsOf(group["cam2.mp4"]);
        RecordedTake.WaitForFrames(follower, group["cam2.mp4"], atLoss + 60);
        Assert.Equal(NodeState.Recording, (await group.Heard("cam2", node => node.State == NodeState.Recording)).State);
        follower.Terminate();
        follower.WaitForLine("finishing the recording first");
        follower.WaitForLine("finished");
        Assert.Equal(0, follower.WaitForExit());

        RecordedTake take = RecordedTake.Read(group["cam2.mp4"]);
        take.AssertWhole();
        CutOffTests.AssertPlays(group["cam1.mp4"]);
        Assert.Equal(take.Manifest.Take, RecordedTake.Read(group["cam1.mp4"]).Manifest.Take);
        // frame k is the same instant in both, as far as the leader's file goes
        VerifyReport report = group.Verify("cam2.mp4");
        Assert.True(report.Verdict is "pass" or "warn", report.ToJson());
    }

    [Fact]
    public async Task Leader_that_quits_in_a_take_stops_its_followers_too()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=1,ppm=10", "phase=8"));
        RunningNode follower = group.Start("follower", "cam2", Options("cam2", "offset=-2,ppm=-30", "phase=19"));
        await group.HeardReady("cam1");
        await group.HeardReady("cam2");
        leader.Type("start 500");
        follower.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], 45);
        leader.Type("quit");
        Assert.Equal(0, leader.WaitForExit());
        follower.WaitForLine("finished");
        await group.Heard("cam2", node => node.State == NodeState.Ready);
        LeaderAloneTests.Leave(follower);

        AssertSameFrames(group, 2);
    }

    [Fact]
    public async Task Leader_without_a_camera_leads()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "desk", "--camera", "none", "--simulated-clock", "offset=2,ppm=5");
        RunningNode follower = group.Start("follower", "cam2", Options("cam2", "offset=-2,ppm=-30", "phase=19"));
        await group.HeardReady("cam2");
        leader.WaitForLine("cam2 has joined");
        leader.Type("start 500");
        follower.WaitForLine("recording take");
        RecordedTake.WaitForFrames(follower, group["cam2.mp4"], 30);
        leader.Type("stop 200");
        follower.WaitForLine("finished");
        LeaderAloneTests.Leave(leader);
        LeaderAloneTests.Leave(follower);

        RecordedTake take = RecordedTake.Read(group["cam2.mp4"]);
        take.AssertWhole();
        Assert.Equal("desk", take.Manifest.Leader);
        Assert.Equal(["cam2.frames.csv", "cam2.json", "cam2.mp4", "take.json"], Directory.GetFiles(group.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static string[] Options(string name, string clock, string sensor) =>
        ["--output", $"{name}.mp4", "--camera", $"test:{sensor},jitter=100,label={name}", "--simulated-clock", clock];

    private static async Task Record(NodeGroup group, RunningNode[] nodes, int frames)
    {
        nodes[0].Type("start 1000");
        for (int i = 0; i < nodes.Length; i++)
            nodes[i].WaitForLine("recording take");
        RecordedTake.WaitForFrames(nodes[0], group["cam1.mp4"], frames);
        nodes[0].Type("stop 500");
        foreach (RunningNode node in nodes)
            node.WaitForLine("finished");
        await group.Heard("cam1", node => node.State == NodeState.Ready);
    }

    private static void AssertSameFrames(NodeGroup group, int files)
    {
        RecordedTake[] takes = [.. Names.Take(files).Select(name => RecordedTake.Read(group[$"{name}.mp4"]))];
        foreach (RecordedTake take in takes)
        {
            take.AssertWhole();
            Assert.Equal(takes[0].File.Pts, take.File.Pts);
            Assert.Equal(
                (takes[0].Manifest.Take, takes[0].Manifest.StartNs, takes[0].Manifest.StopNs),
                (take.Manifest.Take, take.Manifest.StartNs, take.Manifest.StopNs)
            );
        }
        TakeReport report = group.VerifyGood(".");
        Assert.Equal(files, report.Files.Count);
        Assert.True(report.FrameCountsEqual);
        Assert.True(report.FrameTimesEqual);
        Assert.Equal("pixels", report.Evidence);
        Assert.NotNull(report.Spread);
    }
}

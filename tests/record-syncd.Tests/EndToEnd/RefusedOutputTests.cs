using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>An output that cannot be written is refused before Ready, on the screen and on the wire, and comes back by itself.</summary>
[Collection(Processes.Name)]
public sealed class RefusedOutputTests
{
    [Fact]
    public async Task Missing_folder_is_refused_until_it_is_made()
    {
        using NodeGroup group = new();
        await RefuseAndRecover(group, "takes/cam.mp4", "mkdir -p takes", () => Directory.CreateDirectory(group["takes"]));
    }

    [Fact]
    public async Task Read_only_disk_is_refused_until_it_is_writable()
    {
        ScratchFolder disk = ScratchFolder.SmallDisk("size=64m,ro");
        using NodeGroup group = new(disk);
        await RefuseAndRecover(group, "cam.mp4", "read-only file system", () => disk.Remount("rw"));
    }

    [Fact]
    public async Task Full_disk_is_refused_until_there_is_space()
    {
        using NodeGroup group = new(ScratchFolder.SmallDisk("size=64m"));
        CutOffTests.Fill(group, leave: 20 << 20);
        await RefuseAndRecover(group, "cam.mp4", "delete or move old takes", () => File.Delete(group["filler"]));
    }

    [Fact]
    public async Task File_in_the_place_of_a_folder_is_refused_until_it_is_gone()
    {
        using NodeGroup group = new();
        File.WriteAllText(group["takes"], "a file");
        await RefuseAndRecover(
            group,
            "takes/cam.mp4",
            "is not a folder",
            () =>
            {
                File.Delete(group["takes"]);
                Directory.CreateDirectory(group["takes"]);
            }
        );
    }

    [Fact]
    public async Task Folder_that_vanishes_makes_a_ready_node_refuse()
    {
        using NodeGroup group = new();
        Directory.CreateDirectory(group["takes"]);
        RunningNode leader = group.StartReadyLeader("--output", "takes/cam.mp4");
        await group.HeardReady("cam1");
        Directory.Delete(group["takes"]);
        await group.Heard("cam1", node => node.State == NodeState.Error && node.Error?.Contains("mkdir -p takes", StringComparison.Ordinal) == true);
        Directory.CreateDirectory(group["takes"]);
        await group.HeardReady("cam1");
        LeaderAloneTests.Record(leader, group["takes/cam.mp4"], 15);
        LeaderAloneTests.Leave(leader);
    }

    [Fact]
    public async Task Leader_names_the_follower_that_cannot_record()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam1.mp4");
        RunningNode follower = group.Start("follower", "cam2", "--output", "takes/cam2.mp4");
        await group.Heard("cam2", node => node is { State: NodeState.Error, Clock.State: "synchronised" });
        // the leader has heard it when it says so, on the screen or in the table
        leader.WaitForLine("cam2");
        leader.Type("start 1000");
        Assert.Contains("mkdir -p takes", leader.WaitForLine("not all are ready: cam2: "));
        leader.Type("start 1000 --force");
        Assert.Contains("mkdir -p takes", leader.WaitForLine("not ready: cam2: "));
        Assert.Contains("mkdir -p takes", leader.WaitForLine("cam2 refused START"));
        follower.WaitForLine("START refused");
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], 15);
        leader.Type("stop 200");
        leader.WaitForLine("finished cam1.mp4");
        Assert.False(Directory.Exists(group["takes"]));
    }

    private static async Task RefuseAndRecover(NodeGroup group, string output, string remedy, Action heal)
    {
        RunningNode leader = group.Start("leader", "cam1", "--output", output, "--reserve", "0", "--min-record-time", "0");
        Assert.Contains(remedy, leader.WaitForLine("error: "));
        WatchedNode refused = await group.Heard("cam1", node => node.State == NodeState.Error);
        Assert.Contains(remedy, refused.Error);
        leader.WaitForLineEver("this node leads");
        string answer = Assert.Single(leader.Answers("start"));
        Assert.Contains("not started", answer);
        Assert.Contains(remedy, answer);
        Assert.False(leader.HasSaid("START in"));
        Assert.False(File.Exists(group[output]));

        heal();
        leader.WaitForLine("recovered");
        await group.HeardReady("cam1");
        LeaderAloneTests.Record(leader, group[output], 15);
        LeaderAloneTests.Leave(leader);
        RecordedTake.Read(group[output]).AssertWhole();
    }
}

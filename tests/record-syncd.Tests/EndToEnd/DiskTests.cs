using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>What a disk can do to a take: fill up, turn read-only, vanish. docs/operating.md, "Disks".</summary>
[Collection(Processes.Name)]
public sealed class DiskTests
{
    [Fact]
    public async Task Recording_ends_properly_at_the_reserve_and_the_others_go_on()
    {
        using ScratchFolder small = ScratchFolder.SmallDisk("size=64m");
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", "--output", "cam1.mp4");
        RunningNode follower = group.Start("follower", "cam2", "--output", small["cam2.mp4"], "--reserve", "20MB", "--min-record-time", "10s");
        leader.WaitForLine("camera ready");
        await group.HeardReady("cam2");
        leader.Type("start 500");
        follower.WaitForLine("recording take");
        RecordedTake.WaitForFrames(follower, small["cam2.mp4"], 45);
        long free = new DriveInfo(small.Path).AvailableFreeSpace;
        File.WriteAllBytes(small["filler"], new byte[free - 15_000_000]);

        string said = follower.WaitForLine("failed");
        Assert.Contains("disk full", said, StringComparison.Ordinal);
        Assert.Contains("closed properly", said, StringComparison.Ordinal);
        WatchedNode onTheWire = await group.Heard("cam2", node => node.State == NodeState.Error);
        Assert.Contains("disk full", onTheWire.Error, StringComparison.OrdinalIgnoreCase);
        leader.WaitForLine("cam2: ");

        // the other one has not noticed
        int before = RecordedTake.RowsOf(group["cam1.mp4"]);
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], before + 30);
        leader.Type("stop 200");
        leader.WaitForLine("finished cam1.mp4");
        RecordedTake.Read(group["cam1.mp4"]).AssertWhole();

        RecordedTake ended = RecordedTake.Read(small["cam2.mp4"]);
        Assert.Equal(ManifestState.Failed, ended.Manifest.State);
        Assert.Contains("disk full", ended.Manifest.Error, StringComparison.Ordinal);
        Assert.Equal(ended.Manifest.Frames, ended.File.Pts.Length);
        Assert.Equal(ended.Manifest.Frames, ended.Rows.Count(row => !row.Flags.HasFlag(SidecarFlags.Dropped)));
        CutOffTests.AssertPlays(small["cam2.mp4"]);
        if (ended.Manifest.Container == "first-moov")
            Assert.Equal(["ftyp", "moov", "free", "mdat"], Mp4EndingTests.Boxes(small["cam2.mp4"]).Select(box => box.Type));
        Assert.True(new DriveInfo(small.Path).AvailableFreeSpace > 10_000_000);
    }

    [Fact]
    public async Task START_is_refused_while_the_disk_has_no_room_for_the_shortest_take()
    {
        using NodeGroup group = new(ScratchFolder.SmallDisk("size=64m"));
        RunningNode leader = group.Start("leader", "cam1", "--output", "cam.mp4", "--reserve", "1MB", "--min-record-time", "20min");
        string said = leader.WaitForLine("error: ");
        Assert.Contains("Disk full", said, StringComparison.Ordinal);
        Assert.Contains("20 min of recording (--min-record-time)", said, StringComparison.Ordinal);
        await group.Heard("cam1", node => node.State == NodeState.Error);
        leader.WaitForLineEver("this node leads");
        Assert.Contains("not started: Disk full", Assert.Single(leader.Answers("start")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seconds_left_are_shown_and_sent()
    {
        using NodeGroup group = new(ScratchFolder.SmallDisk("size=100m"));
        // 800 kbit/s are 100,000 bytes a second
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4", "--reserve", "10MB", "--min-record-time", "10s");
        WatchedNode node = await group.Heard("cam1", heard => heard.DiskSecondsLeft is not null);
        Assert.InRange(node.DiskSecondsLeft!.Value, 900, 949);
        File.WriteAllBytes(group["filler"], new byte[50_000_000]);
        await group.Heard("cam1", heard => heard.DiskSecondsLeft is >= 400 and <= 449);
        leader.Type("status");
        Assert.Contains("enough for 7 min", leader.WaitForLine("free, enough for"), StringComparison.Ordinal);
    }

    [Fact]
    public void Disk_that_vanishes_ends_the_take_and_keeps_what_was_recorded()
    {
        using ScratchFolder disk = new();
        using ScratchFolder mounted = ScratchFolder.Bound(disk);
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", mounted["cam.mp4"]);
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, disk["cam.mp4"], 60);
        mounted.Vanish();
        string said = leader.WaitForLine("failed");
        Assert.Contains("has vanished", said, StringComparison.Ordinal);
        Assert.Contains("unmounted", said, StringComparison.Ordinal);
        CutOffTests.AssertPlays(disk["cam.mp4"]);
        Assert.InRange(MediaProbe.DecodedFrames(disk["cam.mp4"]), 55, 1_000);
        // nobody could write its ending; the next start with that disk, or salvage, does
        Assert.Equal(ManifestState.Recording, SegmentTests.ReadManifest(disk["cam.json"]).State);
    }

    [Fact]
    public void Disk_that_turns_read_only_ends_the_take_with_what_was_synced()
    {
        using ScratchFolder disk = ScratchFolder.Ext4Disk(64);
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", disk["cam.mp4"], "--reserve", "0", "--min-record-time", "0");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, disk["cam.mp4"], 90);
        disk.Remount("abort");
        string said = leader.WaitForLine("failed");
        Assert.Contains("read-only file system", said, StringComparison.Ordinal);
        Assert.Contains("remount,rw", said, StringComparison.Ordinal);
        Assert.Contains("error", leader.WaitForLine("read-only"), StringComparison.OrdinalIgnoreCase);
        CutOffTests.AssertPlays(disk["cam.mp4"]);
        Assert.InRange(MediaProbe.DecodedFrames(disk["cam.mp4"]), 45, 1_000);
    }

    [Fact]
    public void Deepest_queue_and_slowest_sync_are_in_the_manifest()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4");
        LeaderAloneTests.Record(leader, group["cam.mp4"], 60);
        LeaderAloneTests.Leave(leader);
        ManifestDisk disk = RecordedTake.Read(group["cam.mp4"]).Manifest.Disk!;
        Assert.InRange(disk.DeepestQueue, 0, 60);
        Assert.InRange(disk.LongestSyncNs, 1, long.MaxValue);
    }
}

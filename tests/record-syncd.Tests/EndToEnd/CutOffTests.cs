using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>What is left of a take whose node was killed, and of one whose disk filled up: docs/recording.md, "Files".</summary>
[Collection(Processes.Name)]
public sealed class CutOffTests
{
    [Theory]
    [InlineData("cam.mp4", 91)]
    [InlineData("cam.mp4", 104)]
    [InlineData("cam.mp4", 127)]
    [InlineData("cam.mov", 97)]
    [InlineData("cam.mkv", 110)]
    public void Killed_node_leaves_a_file_that_plays_and_lacks_half_a_second_at_most(string name, int frames)
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", name);
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group[name], frames);
        leader.Kill();

        RecordedTake take = RecordedTake.Read(group[name]);
        AssertPlays(group[name]);
        Assert.Equal("hevc", take.File.Codec);
        Assert.True(take.Rows.Count >= frames);
        Assert.InRange(take.Rows[^1].PtsNs / 1e9 - take.Times[^1], -0.5, 0.5);
        Assert.Equal(take.File.Pts.Length, MediaProbe.DecodedFrames(group[name]));
        take.AssertOnGrid(new FrameRate(30, 1));
        // no one has written an ending to it
        Assert.Equal(ManifestState.Recording, take.Manifest.State);
        Assert.Null(take.Manifest.StopNs);
        group.Verify(name);
    }

    [Fact]
    public void Take_after_a_kill_does_not_overwrite_what_the_kill_left()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam.mp4"], 60);
        leader.Kill();
        byte[] left = File.ReadAllBytes(group["cam.mp4"]);

        leader = group.StartReadyLeader("--output", "cam.mp4");
        LeaderAloneTests.Record(leader, group["cam-2.mp4"], 15);
        // repaired before the new take or behind it, and kept as it was found
        leader.WaitForLineEver("an earlier take was cut off: cam.mp4 is salvaged");
        LeaderAloneTests.Leave(leader);
        Assert.Equal(left, File.ReadAllBytes(group["cam.mp4.salvage-original"]));
        Assert.Equal(ManifestState.Salvaged, RecordedTake.Read(group["cam.mp4"]).Manifest.State);
        RecordedTake.Read(group["cam-2.mp4"]).AssertWhole();
    }

    [Theory]
    [InlineData("cam.mp4")]
    [InlineData("cam.mkv")]
    public async Task Disk_that_fills_up_ends_the_take_with_a_clear_error_and_a_file_that_plays(string name)
    {
        using NodeGroup group = new(ScratchFolder.SmallDisk("size=64m"));
        RunningNode leader = group.StartReadyLeader("--output", name, "--reserve", "0", "--min-record-time", "0");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group[name], 60);
        // leaves room for about two seconds
        Fill(group, leave: 200 << 10);
        string said = leader.WaitForLine("failed");
        Assert.Contains("error: take", said);
        Assert.Contains("full", said);
        Assert.Contains(name, said);
        Assert.Equal(1, leader.Output.Split('\n').Count(line => line.Contains("failed", StringComparison.Ordinal)));

        WatchedNode onTheWire = await group.Heard("cam1", node => node.State == NodeState.Error);
        Assert.Contains("MB are free", onTheWire.Error);
        AssertPlays(group[name]);
        Assert.True(MediaProbe.DecodedFrames(group[name]) >= 50);

        File.Delete(group["filler"]);
        leader.WaitForLine("recovered");
        await group.HeardReady("cam1");
        // written once there is room: the take did not vanish with its node, it failed
        TakeManifest manifest = RecordedTake.Read(group[name]).Manifest;
        Assert.Equal(ManifestState.Failed, manifest.State);
        Assert.Contains("full", manifest.Error);
        LeaderAloneTests.Record(leader, group[Path.GetFileNameWithoutExtension(name) + "-2" + Path.GetExtension(name)], 15);
        LeaderAloneTests.Leave(leader);
        RecordedTake.Read(group[Path.GetFileNameWithoutExtension(name) + "-2" + Path.GetExtension(name)]).AssertWhole();
    }

    /// <summary>Fills the group's small disk.</summary>
    internal static void Fill(NodeGroup group, long leave)
    {
        using FileStream filler = new(group["filler"], FileMode.Append, FileAccess.Write);
        byte[] block = new byte[64 << 10];
        var disk = new DriveInfo(group.Folder);
        while (disk.AvailableFreeSpace >= leave + block.Length)
        {
            filler.Write(block);
            filler.Flush();
        }
    }

    /// <summary>Plays as it is: a decoder that repairs nothing finds nothing to complain about, but that the last piece of a Matroska file is cut short.</summary>
    internal static void AssertPlays(string video)
    {
        using Process player = Process.Start(
            new ProcessStartInfo("ffmpeg", ["-v", "error", "-xerror", "-i", video, "-f", "null", "-"]) { RedirectStandardError = true }
        )!;
        string said = player.StandardError.ReadToEnd();
        player.WaitForExit();
        bool cutShort = said.Contains("[matroska", StringComparison.Ordinal) && said.TrimEnd().EndsWith("File ended prematurely", StringComparison.Ordinal);
        Assert.True(player.ExitCode == 0 && (said.Length == 0 || (cutShort && !said.Trim().Contains('\n'))), $"ffmpeg ended with {player.ExitCode}: {said}");
    }
}

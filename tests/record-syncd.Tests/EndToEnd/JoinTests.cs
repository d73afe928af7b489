using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary><c>--join-takes</c>: a node that comes to a running take is in it from a later grid point on.</summary>
[Collection(Processes.Name)]
public sealed class JoinTests
{
    private static readonly FrameRate Rate = FrameRate.Default;

    [Fact]
    public async Task Node_that_comes_more_than_twelve_seconds_after_the_start_joins_and_its_files_say_when()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam1.mp4", "--camera", "test:label=cam1,phase=3");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], 365);
        RunningNode joiner = group.Start("follower", "cam2", "--output", "cam2.mp4", "--join-takes", "--camera", "test:label=cam2,phase=12", "--simulated-clock", "offset=2.5,ppm=-40", "--audio", "test:ppm=-25");
        RunningNode bystander = group.Start("follower", "cam3", "--output", "cam3.mp4", "--camera", "none");
        string joined = joiner.WaitForLine("joined take");
        await group.Heard("cam2", node => node.State == NodeState.Recording);
        RecordedTake.WaitForFrames(joiner, group["cam2.mp4"], 100);
        leader.Type("stop 200");
        joiner.WaitForLine("finished");
        leader.WaitForLine("saved in take.json");
        foreach (RunningNode node in new[] { joiner, bystander, leader })
            LeaderAloneTests.Leave(node);

        TakeManifest manifest = SegmentTests.ReadManifest(group["cam2.json"]), whole = SegmentTests.ReadManifest(group["cam1.json"]);
        long first = AssertJoined(group, "cam2", whole);
        Assert.InRange(first, 12 * 30, 60 * 30);
        Assert.Contains($"at grid index {first}, {Rate.TimeOf(first).Seconds:0.0} s after START", joined, StringComparison.Ordinal);
        // in its verdict, in that of the take, and in verify's
        string sentence = $"It joined the take at grid index {first}, {Rate.TimeOf(first).Seconds:0.0} s after START.";
        Assert.Contains(sentence, manifest.Verdict!.Reasons);
        Assert.Contains($"cam2: {sentence}", GroupVerdictFile.Read(group["take.json"])!.Reasons);
        TakeReport take = group.VerifyGood(".");
        Assert.Contains(take.Reasons, reason => reason.Text.EndsWith($"it joined the take at grid index {first}, {Rate.TimeOf(first).Seconds:0.0} s after START: it is compared by grid index, not by its place in the file.", StringComparison.Ordinal));
        Assert.InRange(take.Spread!.Indices, 60, manifest.Frames);
        Assert.InRange(take.Spread.MaxUs, 0, 33_400);
        SoundReport sound = take.Files.Single(file => file.Node == "cam2").Sound!;
        Assert.InRange(sound.Seconds - manifest.Frames / 30.0, -0.05, 0.05);
        Assert.True(sound is { Ticks: >= 2, TickErrorUs: < SoundReport.TickLimitUs }, $"{sound}");
    }

    [Fact]
    public async Task Node_that_was_killed_in_mid_take_joins_it_again_with_a_file_of_its_own()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam1.mp4", "--camera", "test:label=cam1,phase=3");
        RunningNode first = group.Start("follower", "cam2", "--output", "cam2.mp4", "--camera", "test:label=cam2,phase=12");
        await group.HeardReady("cam2");
        leader.Type("start 300");
        first.WaitForLine("recording take");
        RecordedTake.WaitForFrames(first, group["cam2.mp4"], 60);
        first.Kill();
        RunningNode again = group.Start("follower", "cam2", "--output", "cam2.mp4", "--camera", "test:label=cam2,phase=20", "--join-takes");
        again.WaitForLine("joined take");
        RecordedTake.WaitForFrames(again, group["cam2-2.mp4"], 60);
        leader.Type("stop 200");
        again.WaitForLine("finished cam2-2.mp4");
        leader.WaitForLine("saved in take.json");
        // the part that was cut off is repaired when the take is over
        again.WaitForLineEver("cam2.mp4 is salvaged");
        foreach (RunningNode node in new[] { again, leader })
            LeaderAloneTests.Leave(node);

        TakeManifest whole = SegmentTests.ReadManifest(group["cam1.json"]), before = SegmentTests.ReadManifest(group["cam2.json"]);
        long index = AssertJoined(group, "cam2-2", whole);
        Assert.True(before.State == ManifestState.Salvaged && before.Frames <= index, $"{before.Frames} frames before, joined at {index}");
        TakeReport take = Assert.Single(group.Verify("cam1.mp4", "cam2-2.mp4").Takes);
        Assert.True(take.Verdict == "warn" && take.Spread!.MaxUs < 33_400, string.Join("\n", take.Reasons));
    }

    /// <returns>The grid point with which it begins.</returns>
    private static long AssertJoined(NodeGroup group, string stem, TakeManifest whole)
    {
        TakeManifest manifest = SegmentTests.ReadManifest(group[stem + ".json"]);
        Assert.Equal((whole.Take, whole.StartNs, whole.StopNs, ManifestState.Finished), (manifest.Take, manifest.StartNs, manifest.StopNs, manifest.State));
        long first = manifest.JoinedIndex!.Value;
        Assert.Equal(Math.Round(Rate.TimeOf(first).Seconds, 3), manifest.JoinedSeconds);
        ManifestSegment file = Assert.Single(manifest.Segments!);
        Assert.Equal((first, manifest.Frames), (file.FirstIndex, file.Frames));
        List<VerdictSidecarRow> rows = RecordedTake.ReadRows(group[stem + ".frames.csv"]);
        Assert.Equal(Enumerable.Range(0, rows.Count).Select(k => first + k), rows.Select(row => row.Index));
        Assert.Equal(whole.Frames + whole.Dropped, first + rows.Count);
        Assert.Equal((0L, manifest.LateNs), (rows.Count(row => row.Flags.HasFlag(SidecarFlags.Late | SidecarFlags.Repeated)), 0L));
        // the label says the instant of the file's own first frame
        Assert.Equal(SmpteTimecode.At(new FrameGrid(new NetworkTime(manifest.StartNs), Rate).At(first), Rate).ToString(), manifest.Timecode);
        Assert.Equal(manifest.Frames, VideoReader.Read(group[file.Video]).Frames.Count);
        return first;
    }
}

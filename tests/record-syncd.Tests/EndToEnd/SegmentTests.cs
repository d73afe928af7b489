using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>--segment: a take in several files, of which none has lost a frame to the cut. Judged from the pixels.</summary>
[Collection(Processes.Name)]
public sealed class SegmentTests
{
    private static readonly FrameRate Rate = new(30, 1);

    [Theory]
    [InlineData("cam.mp4")]
    [InlineData("cam.mkv")]
    public void Take_is_cut_on_the_grid_and_nothing_is_lost_between_its_files(string name)
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", name, "--segment", "2s", "--keyframe-interval", "500ms");
        LeaderAloneTests.Record(leader, group[Numbered(name, 1)], 150);
        LeaderAloneTests.Leave(leader);

        TakeManifest manifest = ReadManifest(group["cam.json"]);
        Assert.Equal(ManifestState.Finished, manifest.State);
        Assert.NotNull(manifest.Segments);
        Assert.Equal(Enumerable.Range(1, manifest.Segments.Count).Select(number => Numbered(name, number)), manifest.Segments.Select(segment => segment.Video));
        Assert.Equal(Enumerable.Range(0, manifest.Segments.Count).Select(k => k * 60L), manifest.Segments.Select(segment => segment.FirstIndex));
        Assert.InRange(manifest.Segments.Count, 3, 20);
        Assert.Equal(manifest.Frames, manifest.Segments.Sum(segment => segment.Frames));
        Assert.Equal(Rate.FramesIn(new Nanos(manifest.StopNs!.Value - manifest.StartNs)), manifest.Frames + manifest.Dropped);
        // nothing beside the manifest, the sidecar, the files that it lists and the group's verdict
        Assert.Equal(3 + manifest.Segments.Count, Directory.GetFiles(group.Folder).Length);
        Assert.Single(Directory.GetFiles(group.Folder, "*take*.json"));

        IReadOnlyList<VerdictSidecarRow> rows = RecordedTake.ReadRows(group["cam.frames.csv"]);
        Assert.Equal(Enumerable.Range(0, (int)(manifest.Frames + manifest.Dropped)).Select(k => (long)k), rows.Select(row => row.Index));
        Assert.Equal(rows.Select(row => Rate.TimeOf(row.Index).Value), rows.Select(row => row.PtsNs));

        List<(long Index, PixelStamp Stamp)> shown = [];
        foreach (ManifestSegment segment in manifest.Segments)
        {
            MediaProbe file = MediaProbe.Read(group[segment.Video]);
            Assert.Equal(segment.Frames, file.Pts.Length);
            Assert.Equal(Enumerable.Range(0, file.KeyFrames.Length).Select(k => k % 15 == 0), file.KeyFrames);
            CutOffTests.AssertPlays(group[segment.Video]);
            DecodedVideo video = VideoReader.Read(group[segment.Video]);
            Assert.Equal(segment.Frames, video.Frames.Count);
            Assert.InRange(video.Frames[0].PtsNs, 0, 20_000);
            for (int k = 0; k < video.Frames.Count; k++)
            {
                Assert.NotNull(video.Frames[k].Stamp);
                shown.Add((segment.FirstIndex + k, video.Frames[k].Stamp!.Value));
            }
        }
        Assert.Equal(manifest.Frames, shown.Count);
        HashSet<long> own = [.. rows.Where(row => row.Flags == SidecarFlags.None).Select(row => row.Index)];
        foreach (((long Index, PixelStamp Stamp) before, (long Index, PixelStamp Stamp) after) in shown.Zip(shown.Skip(1)))
        {
            // a point with a picture of its own shows the one after that of the point before
            if (own.Contains(before.Index) && own.Contains(after.Index))
                Assert.Equal(1, after.Stamp.FrameNumber - before.Stamp.FrameNumber);
        }
        // judged as the one video that they are
        FileReport judged = Assert.Single(Assert.Single(group.Verify(".").Takes).Files);
        Assert.Equal((manifest.Frames, 0, 0), (judged.Frames, judged.Missing, judged.Frames - judged.CodesRead));
        Assert.True(own.Count > shown.Count / 2, $"{own.Count} of {shown.Count} points have a picture of their own");
    }

    [Fact]
    public async Task Files_of_two_nodes_are_cut_at_the_same_frames()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam1.mp4", "--segment", "1s");
        RunningNode follower = group.Start("follower", "cam2", "--output", "cam2.mp4", "--segment", "1s");
        follower.WaitForLine("camera ready");
        await group.HeardReady("cam2");
        LeaderAloneTests.Record(leader, group["cam1-0001.mp4"], 100);
        follower.WaitForLine("finished");
        TakeManifest one = ReadManifest(group["cam1.json"]), two = ReadManifest(group["cam2.json"]);
        Assert.Equal(one.Segments!.Select(segment => (segment.FirstIndex, segment.Frames)), two.Segments!.Select(segment => (segment.FirstIndex, segment.Frames)));
        Assert.True(one.Segments!.Count >= 3);
    }

    [Fact]
    public void Killed_node_leaves_whole_files_and_a_last_one_that_plays()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4", "--segment", "1s");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam-0001.mp4"], 85);
        leader.Kill();
        string[] files = [.. Directory.GetFiles(group.Folder, "cam-????.mp4").Where(file => new FileInfo(file).Length > 0).Order(StringComparer.Ordinal)];
        Assert.True(files.Length >= 3, string.Join(' ', files));
        long frames = 0;
        foreach (string file in files.SkipLast(1))
        {
            CutOffTests.AssertPlays(file);
            Assert.Equal(30, MediaProbe.DecodedFrames(file));
            frames += 30;
        }
        // the last one may have been opened and not begun
        if (RecordedFile.FrameTimes("qtdemux", files[^1]).Count is > 0 and var last)
            frames += last;
        Assert.InRange(RecordedTake.ReadRows(group["cam.frames.csv"]).Count - frames, -15, 15);
        Assert.Equal(ManifestState.Recording, ReadManifest(group["cam.json"]).State);
        // listed while the take runs, so that nobody has to guess
        Assert.True(ReadManifest(group["cam.json"]).Segments!.Count >= 2);
    }

    private static string Numbered(string name, int number) => $"{Path.GetFileNameWithoutExtension(name)}-{number:0000}{Path.GetExtension(name)}";

    internal static TakeManifest ReadManifest(string path)
    {
        TakeManifest? manifest = ManifestFile.Read(path, out string? fault);
        Assert.True(manifest is not null, fault);
        return manifest;
    }
}

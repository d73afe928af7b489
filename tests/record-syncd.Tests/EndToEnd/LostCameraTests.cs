using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A camera whose cable is pulled in the middle of a take (docs/recording.md, "A camera that is lost").</summary>
[Collection(Processes.Name)]
public sealed class LostCameraTests
{
    private static readonly FrameRate Rate = FrameRate.Default;

    [Fact]
    public async Task Camera_that_dies_and_returns_makes_two_files_of_one_grid_and_the_gap_is_stated_exactly()
    {
        using NodeGroup group = new();
        UnpluggedTake unplugged = await UnpluggedTake.Ready(group, "simulated camera CAM2", "--camera", "test:label=cam2,phase=12,ppm=200,die=7+0.4", "--audio", "test:ppm=30");
        unplugged.Start();
        Assert.Contains("it has been unplugged", await unplugged.AwaitLoss(), StringComparison.Ordinal);
        string resumed = await unplugged.AwaitReturn();
        (TakeManifest manifest, TakeGap gap) = unplugged.Finish(frames: 240);

        Assert.Contains("it has been unplugged", gap.Reason, StringComparison.Ordinal);
        Assert.Equal(gap.Points / 30.0, gap.Seconds, 0.0006);
        // of the part that is longer: in both together the camera's phase has jumped by more than a millisecond
        Assert.InRange(manifest.Timing!.SensorPpm!.Value, 200 - 30, 200 + 30);
        Assert.Contains($"begins at grid index {gap.LastIndex + 1}, ", resumed, StringComparison.Ordinal);
        Assert.Equal(["cam2.mp4", "cam2-part2.mp4"], manifest.Segments!.Select(file => file.Video));
        Assert.Equal([0, gap.LastIndex + 1], manifest.Segments!.Select(file => file.FirstIndex));
        AssertRows(group, manifest, gap);
        AssertPictures(group, manifest, gap);
        AssertSound(group, manifest);
        AssertJudged(group, manifest, gap);
    }

    [Theory]
    [InlineData("cam.mp4")]
    [InlineData("cam.mkv", "--segment", "1s")]
    public void Camera_that_stays_dead_until_the_stop_leaves_a_whole_file_and_a_take_that_has_failed(string name, params string[] options)
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader(["--output", name, "--camera", "test:label=cam1,die=6+1000", .. options]);
        leader.Type("start 200");
        leader.WaitForLine("is interrupted");
        leader.Type("status");
        leader.WaitForLine(line => line.StartsWith("state ", StringComparison.Ordinal) && line.Contains("Error: Camera simulated camera CAM1", StringComparison.Ordinal));
        leader.Type("stop 500");
        string failed = leader.WaitForLine("failed: the camera was lost at grid index");
        Assert.EndsWith("closed properly", failed, StringComparison.Ordinal);
        leader.WaitForLine("saved in take.json");
        LeaderAloneTests.Leave(leader);

        TakeManifest manifest = SegmentTests.ReadManifest(group["cam.json"]);
        Assert.Equal((ManifestState.Failed, TakeGrade.Fail), (manifest.State, manifest.Verdict!.Word));
        TakeGap gap = Assert.Single(manifest.Gaps!);
        Assert.Null(gap.Video);
        Assert.Equal(manifest.Frames, gap.FirstIndex);
        long points = Rate.FramesIn(new Nanos(manifest.StopNs!.Value - manifest.StartNs));
        Assert.Equal((points, points - 1, gap.Points), (manifest.Verdict.Expected, gap.LastIndex, manifest.Dropped));
        Assert.StartsWith($"The recording failed: the camera was lost at grid index {gap.FirstIndex} and was not back before the end: ", manifest.Verdict.Reasons[0], StringComparison.Ordinal);
        string[] videos = manifest.Segments is { } segments ? [.. segments.Select(segment => segment.Video)] : [manifest.Video];
        Assert.Equal(options.Length > 0 ? (gap.FirstIndex + 29) / 30 : 1, videos.Length);
        Assert.Equal(manifest.Frames, videos.Sum(video => (long)VideoReader.Read(group[video]).Frames.Count));
        Assert.Equal(2 + videos.Length + 1, Directory.GetFiles(group.Folder).Length);
        TakeReport judged = Assert.Single(group.Verify(".").Takes);
        Assert.Equal("fail", judged.Verdict);
        Assert.DoesNotContain(judged.Reasons, reason => reason.Text.Contains("disagree", StringComparison.Ordinal));
    }

    private static void AssertRows(NodeGroup group, TakeManifest manifest, TakeGap gap)
    {
        List<VerdictSidecarRow> rows = RecordedTake.ReadRows(group["cam2.frames.csv"]);
        Assert.Equal(Rate.FramesIn(new Nanos(manifest.StopNs!.Value - manifest.StartNs)), rows.Count);
        for (int k = 0; k < rows.Count; k++)
        {
            Assert.Equal((k, Rate.TimeOf(k).Value), (rows[k].Index, rows[k].PtsNs));
            Assert.Equal(k >= gap.FirstIndex && k <= gap.LastIndex, rows[k].Flags.HasFlag(SidecarFlags.Away | SidecarFlags.Missing | SidecarFlags.Dropped));
        }
        Assert.Equal(((long)rows.Count, (long)rows.Count), (manifest.Verdict!.Expected!.Value, manifest.Frames + manifest.Dropped));
    }

    /// <summary>Each picture of both files shows the instant of its grid point, as the other node's picture of that index does.</summary>
    private static void AssertPictures(NodeGroup group, TakeManifest manifest, TakeGap gap)
    {
        Dictionary<long, VerdictSidecarRow> own = RecordedTake.ReadRows(group["cam2.frames.csv"]).Where(row => row.Flags == SidecarFlags.None).ToDictionary(row => row.Index);
        IReadOnlyList<VerdictFrame> model = VideoReader.Read(group["cam1.mp4"]).Frames;
        List<VerdictSidecarRow> modelRows = RecordedTake.ReadRows(group["cam1.frames.csv"]);
        int compared = 0;
        foreach (ManifestSegment file in manifest.Segments!)
        {
            CutOffTests.AssertPlays(group[file.Video]);
            MediaProbe probe = MediaProbe.Read(group[file.Video]);
            Assert.Equal((file.Frames, 0L, true), (probe.Pts.Length, probe.Pts[0], probe.KeyFrames[0]));
            IReadOnlyList<VerdictFrame> frames = VideoReader.Read(group[file.Video]).Frames;
            for (int k = 0; k < frames.Count; k++)
            {
                // a busy machine may have dropped or repeated some
                long index = file.FirstIndex + Rate.FramesIn(new Nanos(frames[k].PtsNs + 1_000_000));
                if (!own.ContainsKey(index) || modelRows[(int)index].Flags != SidecarFlags.None)
                    continue;
                int there = (int)(index - modelRows.Take((int)index).Count(row => row.Flags.HasFlag(SidecarFlags.Dropped)));
                long here = frames[k].Stamp!.Value.Microseconds, other = model[there].Stamp!.Value.Microseconds;
                Assert.InRange(here - other, -34_000, 34_000);
                compared++;
            }
        }
        Assert.True(compared > manifest.Frames * 2 / 3, $"{compared} of {manifest.Frames} compared");
        // the camera was opened again: it counts its pictures anew
        Assert.InRange(VideoReader.Read(group["cam2-part2.mp4"]).Frames[0].Stamp!.Value.FrameNumber, 0, gap.LastIndex);
    }

    /// <summary>The sound of each file begins with its first picture, and its ticks are where the pixels say.</summary>
    private static void AssertSound(NodeGroup group, TakeManifest manifest)
    {
        List<VerdictSidecarRow> rows = RecordedTake.ReadRows(group["cam2.frames.csv"]);
        foreach (ManifestSegment part in manifest.Segments!)
        {
            CutTake cut = new(group["cam2"], [(group[part.Video], part.FirstIndex)], Rate);
            TakeFile file = new(group[part.Video], part.Video, manifest.Take, manifest.Node, Rate, rows, manifest with { Segments = [part] }) { Cut = cut };
            SoundReport sound = SoundReport.Of(file, file.Decode())!;
            Assert.Empty(sound.Judge(part.Video));
            Assert.InRange(sound.Seconds - part.Frames / 30.0, -0.05, 0.05);
            Assert.True(sound.Ticks >= 2, $"{part.Video}: {sound.Ticks} ticks");
        }
    }

    private static void AssertJudged(NodeGroup group, TakeManifest manifest, TakeGap gap)
    {
        // a gap of a tenth of the take is no good take any more
        string word = gap.Points > (manifest.Frames + manifest.Dropped) * NodeLimits.RepeatedLimit ? "fail" : "warn";
        Assert.Equal((ManifestState.Finished, word), (manifest.State, TakeReport.Word(manifest.Verdict!.Word)));
        Assert.Contains(gap.Sentence, manifest.Verdict.Reasons);
        GroupVerdict gathered = GroupVerdictFile.Read(group["take.json"])!;
        Assert.Contains(gathered.Reasons, reason => reason.StartsWith($"cam2: The camera was away at grid points {gap.FirstIndex}–{gap.LastIndex} ", StringComparison.Ordinal));
        VerifyReport report = group.Verify(".");
        TakeReport take = Assert.Single(report.Takes);
        Assert.Equal(word, take.Verdict);
        Assert.Equal(["cam1", "cam2"], take.Files.Select(file => file.Node));
        FileReport judged = take.Files[1];
        Assert.Equal((manifest.Frames, manifest.Dropped), (judged.Frames, judged.Missing));
        Assert.Contains(take.Reasons, reason => reason.Weight == word && reason.Text.StartsWith($"cam2.mp4: the camera was away at grid points {gap.FirstIndex}–{gap.LastIndex} ({gap.Points} frames, ", StringComparison.Ordinal));
        Assert.DoesNotContain(take.Reasons, reason => reason.Text.Contains("disagree", StringComparison.Ordinal) || reason.Text.Contains("backwards", StringComparison.Ordinal));
        Assert.InRange(take.Spread!.MaxUs, 0, 33_400);
        // both files and the sidecar are what was recorded
        Assert.Equal(["cam2.mp4", "cam2-part2.mp4", "cam2.frames.csv"], manifest.Verdict.Hashes.Select(hash => hash.Name));
    }
}

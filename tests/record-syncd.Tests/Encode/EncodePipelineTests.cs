using System.Diagnostics;
using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

public class EncodePipelineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly EncoderSpec Software = EncoderTable.Find("x265enc")!;
    private static readonly FrameRate Rate = new(30, 1);

    [Theory]
    [InlineData("take.mp4", "1/30000")]
    [InlineData("take.mov", "1/30000")]
    [InlineData("take.MKV", "1/100000")]
    public void Every_picture_arrives_in_the_file_at_its_time(string name, string timeBase)
    {
        using var folder = new TestFolder();
        string path = folder.File(name);
        List<AccessUnit> units = [];
        var settings = new EncodeSettings { Rate = Rate, Bitrate = 500, KeyframeInterval = Nanos.FromMilliseconds(500) };
        using var pipeline = new EncodePipeline(Software, settings, TestPictures.Caps(Rate), path);
        pipeline.Encoded += units.Add;
        pipeline.Start();
        TestPictures.Push(pipeline, 75, Rate);
        EncodeOutcome outcome = pipeline.Finish(Patience);

        Assert.Equal(new EncodeOutcome(true, 75, new FileInfo(path).Length, null, false), outcome);
        Assert.Empty(pipeline.LeftOut);
        Assert.Equal(0, pipeline.InFlight);
        Assert.Equal(Enumerable.Range(0, 75).Select(k => Rate.TimeOf(k).Value), units.Select(unit => unit.Pts));
        Assert.Equal(pipeline.BytesEncoded, units.Sum(unit => unit.Size));
        MediaProbe file = MediaProbe.Read(path);
        Assert.Equal(("hevc", timeBase, "30/1"), (file.Codec, file.TimeBase, file.FrameRate));
        long unitsPerSecond = long.Parse(timeBase[2..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(Enumerable.Range(0, 75).Select(k => (k * unitsPerSecond + 15) / 30), file.Pts);
        Assert.Equal(Enumerable.Range(0, 75).Select(k => k % 15 == 0), file.KeyFrames);
        Assert.Equal(75, MediaProbe.DecodedFrames(path));
    }

    [Theory]
    [InlineData(30000, 1001, "1/30000")]
    [InlineData(24000, 1001, "1/24000")]
    [InlineData(25, 1, "1/25000")]
    [InlineData(120, 1, "1/12000")]
    public void Times_of_every_rate_are_whole_numbers_in_the_file(int numerator, int denominator, string timeBase)
    {
        using var folder = new TestFolder();
        string path = folder.File("take.mp4");
        var rate = new FrameRate(numerator, denominator);
        using var pipeline = new EncodePipeline(Software, new EncodeSettings { Rate = rate, Bitrate = 500 }, TestPictures.Caps(rate), path);
        pipeline.Start();
        TestPictures.Push(pipeline, 50, rate);
        Assert.True(pipeline.Finish(Patience).Complete);
        MediaProbe file = MediaProbe.Read(path);
        Assert.Equal(timeBase, file.TimeBase);
        int step = new EncodeSettings { Rate = rate }.Timescale / numerator * denominator;
        Assert.Equal(Enumerable.Range(0, 50).Select(k => (long)k * step), file.Pts);
    }

    [Fact]
    public void Key_frames_stay_on_their_grid_points_when_points_are_missing()
    {
        using var folder = new TestFolder();
        string path = folder.File("take.mp4");
        int[] missing = [5, 6, 7, 30, 59, 60, 61, 100];
        int[] pushed = [.. Enumerable.Range(0, 150).Except(missing)];
        using var pipeline = new EncodePipeline(Software, new EncodeSettings { Rate = Rate, Bitrate = 500 }, TestPictures.Caps(Rate), path);
        pipeline.Start();
        // all at once: where they are does not depend on how far behind the encoder is
        GstBuffer[] pictures = [.. pushed.Select(k => TestPictures.Make(k, Rate))];
        foreach (GstBuffer picture in pictures)
            pipeline.Push(picture);
        Assert.True(pipeline.Finish(Patience).Complete);
        MediaProbe file = MediaProbe.Read(path);
        Assert.Equal(pushed.Select(k => k * 1000L), file.Pts);
        // 30 and 60 to 61 were not recorded: the next frame stands in
        Assert.Equal([0, 31, 62, 90, 120], pushed.Zip(file.KeyFrames).Where(frame => frame.Second).Select(frame => frame.First));
    }

    [Theory]
    [InlineData("take.mp4")]
    [InlineData("take.mov")]
    [InlineData("take.mkv")]
    public void Unfinished_file_plays_up_to_its_last_second(string name)
    {
        using var folder = new TestFolder();
        using var pipeline = new EncodePipeline(Software, new EncodeSettings { Rate = Rate, Bitrate = 500 }, TestPictures.Caps(Rate), folder.File(name));
        pipeline.Start();
        TestPictures.Push(pipeline, 90, Rate);
        // what a crash leaves is what lies in the file now
        string copy = folder.File("left-" + name);
        Assert.True(Eventually(() =>
        {
            File.Copy(folder.File(name), copy, overwrite: true);
            return RecordedFile.FrameTimes(name.EndsWith("mkv", StringComparison.Ordinal) ? "matroskademux" : "qtdemux", copy).Count >= 75;
        }));
        Assert.InRange(MediaProbe.DecodedFrames(copy), 75, 90);
        Assert.Null(pipeline.Fault);
    }

    [Fact]
    public void Bitrate_reaches_the_encoder()
    {
        using var folder = new TestFolder();
        long low = SizeAt(300);
        long high = SizeAt(6000);
        Assert.True(high > 4 * low, $"{low} bytes at 300 kbit/s, {high} at 6000");

        long SizeAt(int bitrate)
        {
            using var pipeline = new EncodePipeline(Software, new EncodeSettings { Rate = Rate, Bitrate = bitrate }, TestPictures.Caps(Rate), folder.File($"{bitrate}.mp4"));
            pipeline.Start();
            TestPictures.Push(pipeline, 60, Rate, noisy: true);
            Assert.True(pipeline.Finish(Patience).Complete);
            return pipeline.BytesEncoded;
        }
    }

    [Fact]
    public void Missing_folder_is_refused_at_the_start_and_named()
    {
        using var pipeline = new EncodePipeline(Software, new EncodeSettings(), TestPictures.Caps(Rate), "/nonexistent/folder/take.mp4");
        Assert.Contains("/nonexistent/folder/take.mp4", Assert.Throws<GstException>(pipeline.Start).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Full_disk_ends_the_recording_and_is_named()
    {
        using var folder = new TestFolder();
        string path = folder.File("take.mkv");
        File.CreateSymbolicLink(path, "/dev/full");
        using var pipeline = new EncodePipeline(Software, new EncodeSettings { Rate = Rate }, TestPictures.Caps(Rate), path);
        using var raised = new ManualResetEventSlim();
        pipeline.Error += _ => raised.Set();
        pipeline.Start();
        TestPictures.Push(pipeline, 60, Rate, noisy: true);
        Assert.True(raised.Wait(Patience));
        Assert.Equal(GstFlow.Error, pipeline.Push(TestPictures.Make(60, Rate)));
        EncodeOutcome outcome = pipeline.Finish(Patience);
        Assert.False(outcome.Complete);
        Assert.True(outcome.DiskFull);
        Assert.Equal($"The disk is full: {path}", outcome.Error);
    }

    [Fact]
    public void File_on_a_disk_that_ran_full_still_plays()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("mounting a small file system needs root");
        using var folder = new TestFolder();
        string disk = Directory.CreateDirectory(folder.File("disk")).FullName;
        if (!Succeeds("mount", "-t", "tmpfs", "-o", "size=300k", "none", disk))
            Assert.Skip("mounting is not permitted here");
        try
        {
            string path = Path.Combine(disk, "take.mp4");
            using var pipeline = new EncodePipeline(Software, new EncodeSettings { Rate = Rate, Bitrate = 1500 }, TestPictures.Caps(Rate), path);
            using var raised = new ManualResetEventSlim();
            pipeline.Error += _ => raised.Set();
            pipeline.Start();
            TestPictures.Push(pipeline, 150, Rate, noisy: true);
            Assert.True(raised.Wait(Patience));
            EncodeOutcome outcome = pipeline.Finish(Patience);
            Assert.True(outcome.DiskFull, outcome.Error);
            Assert.InRange(RecordedFile.FrameTimes("qtdemux", path).Count, 6, 149);
            Assert.InRange(MediaProbe.DecodedFrames(path), 6, 149);
        }
        finally
        {
            Succeeds("umount", "-l", disk);
        }
    }

    [Fact]
    public void Slow_disk_shows_as_frames_that_wait_and_then_as_an_encoder_that_waits()
    {
        using ScratchFolder disk = ScratchFolder.Ext4Disk(64);
        string path = disk["take.mp4"];
        using var pipeline = new EncodePipeline(Software, new EncodeSettings { Rate = Rate, Bitrate = 20_000, LargestQueue = 1 << 20 }, TestPictures.Caps(Rate), path);
        pipeline.Start();
        // every write waits now: the slowest disk there is
        using (disk.Freeze())
        {
            TestPictures.Push(pipeline, 60, Rate, noisy: true);
            // the push has not waited: what cannot be taken is in sight, and whoever pushes may drop
            Assert.True(Eventually(() => pipeline.WaitingForDisk > 5 && pipeline.InFlight > 5), $"{pipeline.WaitingForDisk} wait, {pipeline.InFlight} in flight, {pipeline.Fault}");
            Assert.Null(pipeline.Fault);
        }
        EncodeOutcome outcome = pipeline.Finish(Patience);
        Assert.Null(outcome.Error);
        Assert.Equal(60, outcome.Frames);
        Assert.Equal(0, pipeline.WaitingForDisk);
        Assert.Equal(60, MediaProbe.DecodedFrames(path));
    }

    [Fact]
    public void Error_handler_may_finish_the_take_itself()
    {
        using var folder = new TestFolder();
        string path = folder.File("take.mkv");
        File.CreateSymbolicLink(path, "/dev/full");
        using var pipeline = new EncodePipeline(Software, new EncodeSettings { Rate = Rate }, TestPictures.Caps(Rate), path);
        using var finished = new ManualResetEventSlim();
        EncodeOutcome? outcome = null;
        pipeline.Error += _ =>
        {
            outcome = pipeline.Finish(Patience);
            finished.Set();
        };
        pipeline.Start();
        TestPictures.Push(pipeline, 60, Rate, noisy: true);
        Assert.True(finished.Wait(Patience));
        Assert.True(outcome!.DiskFull);
    }

    [Fact]
    public void Take_without_a_picture_finishes_too()
    {
        using var folder = new TestFolder();
        using var pipeline = new EncodePipeline(Software, new EncodeSettings { Rate = Rate }, TestPictures.Caps(Rate), folder.File("take.mp4"));
        pipeline.Start();
        EncodeOutcome outcome = pipeline.Finish(Patience);
        Assert.Equal(0, outcome.Frames);
        Assert.Same(outcome, pipeline.Finish(Patience));
    }

    [Fact]
    public void Refused_bitrate_is_an_error_and_not_a_default()
    {
        using var folder = new TestFolder();
        var error = Assert.Throws<GstException>(() =>
            new EncodePipeline(Software, new EncodeSettings { Bitrate = 10_000_000 }, TestPictures.Caps(Rate), folder.File("take.mp4"))
        );
        Assert.Contains("10000000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Armed_pipeline_idles_until_its_first_picture()
    {
        using var folder = new TestFolder();
        using var pipeline = new EncodePipeline(Software, new EncodeSettings { Rate = Rate, Bitrate = 500 }, TestPictures.Caps(Rate), folder.File("take.mp4"));
        pipeline.Start();
        // a muxer that waits on the clock would give up on frames that come later than their PTS
        Thread.Sleep(300);
        TestPictures.Push(pipeline, 10, Rate);
        Assert.Equal(10, pipeline.Finish(Patience).Frames);
        Assert.Equal(0, MediaProbe.Read(folder.File("take.mp4")).Pts[0]);
    }

    private static bool Eventually(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Patience)
        {
            if (condition())
                return true;
            Thread.Yield();
        }
        return false;
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class CameraTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("record-syncd-camera-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_simulated_camera_stamps_each_picture_with_the_instant_in_its_pixels()
    {
        using WatchedCamera camera = new("test:phase=7,ppm=0,jitter=200,seed=3");
        List<SeenFrame> seen = camera.Collect(40);

        Assert.All(seen, frame => Assert.NotNull(frame.Stamp));
        Assert.All(seen, frame => Assert.InRange(frame.Stamp!.Value.Unwrap(frame.CaptureNs) - frame.CaptureNs, -500, 500));
        // 7 ms after a multiple of the period, give or take three sigma of jitter
        Assert.All(seen, frame => Assert.InRange(Phase(frame.CaptureNs, FrameRate.Default), 7_000_000 - 601_000, 7_000_000 + 601_000));
        Assert.True(seen.Select(frame => Phase(frame.CaptureNs, FrameRate.Default)).Distinct().Count() > 30, "jitter differs from picture to picture");
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.True(pair.Second.CaptureNs > pair.First.CaptureNs));
    }

    [Fact]
    public void The_simulated_cameras_period_is_off_by_its_ppm()
    {
        using WatchedCamera camera = new("test:phase=0,ppm=20000,jitter=0", new FrameRate(60, 1));
        List<SeenFrame> seen = camera.Collect(60);

        long frames = seen[^1].Stamp!.Value.FramesSince(seen[0].Stamp!.Value);
        double period = (double)(seen[^1].CaptureNs - seen[0].CaptureNs) / frames;
        Assert.Equal(1e9 / 60 * 1.02, period, 100d);
    }

    [Fact]
    public void Frames_that_the_sensor_loses_keep_their_numbers()
    {
        using WatchedCamera camera = new("test:drop=0.5,seed=5");
        List<SeenFrame> seen = camera.Collect(20);

        Assert.InRange(seen[^1].Stamp!.Value.FramesSince(seen[0].Stamp!.Value), 24, 90);
    }

    [Fact]
    public void The_faults_that_a_simulated_camera_injects_are_those_it_was_told()
    {
        const string Options = "phase=3,ppm=0,jitter=50,drop=@10+12-13,dup=@20/5,stall=1+0.2,seed=4";
        Assert.True(CameraSource.TryParse($"test:{Options}", FrameRate.Default, out CameraSource source, out _));
        using WatchedCamera camera = new($"test:{Options}");
        List<SeenFrame> seen = camera.Collect(45);

        SensorTiming timing = source.Timing!;
        List<int> numbers = [.. seen.Select(frame => frame.Stamp!.Value.FrameNumber)];
        // a busy machine may lose more, at the camera's own word; it never gives what was to be lost
        Assert.DoesNotContain(numbers, number => timing.Loses(number, FrameRate.Default));
        Assert.All([10, 12, 13, 30, 31, 35], lost => Assert.True(timing.Loses(lost, FrameRate.Default)));
        Assert.False(timing.Loses(36, FrameRate.Default));
        foreach (IGrouping<int, SeenFrame> shown in seen.GroupBy(frame => frame.Stamp!.Value.FrameNumber).SkipLast(1))
        {
            Assert.Equal(timing.Doubles(shown.Key, FrameRate.Default) ? 2 : 1, shown.Count());
            Assert.Single(shown.Select(frame => frame.CaptureNs).Distinct());
        }
    }

    [Fact]
    public void Ready_tells_what_the_camera_delivers()
    {
        using WatchedCamera camera = new("test:phase=1,ppm=2");
        CameraEvent.Ready ready = Assert.IsType<CameraEvent.Ready>(camera.NextEvent());

        Assert.Equal((320, 240), (ready.Width, ready.Height));
        Assert.Contains("format=(string)I420", ready.Caps, StringComparison.Ordinal);
        Assert.Contains("phase 1.0 ms", ready.Description, StringComparison.Ordinal);
        Assert.Equal(ready.Caps, camera.Camera.Caps);
    }

    [Fact]
    public void A_camera_that_breaks_off_is_reported_and_opened_again()
    {
        using WatchedCamera camera = new("test:stop=0.3");

        Assert.IsType<CameraEvent.Ready>(camera.NextEvent());
        Assert.Contains("told to stop", Assert.IsType<CameraEvent.Lost>(camera.NextEvent()).Reason, StringComparison.Ordinal);
        Assert.IsType<CameraEvent.Ready>(camera.NextEvent());
    }

    [Fact]
    public void A_camera_whose_cable_is_pulled_fails_as_a_device_does_and_comes_back_when_it_is_plugged_in()
    {
        using WatchedCamera camera = new("test:die=1+1.2");
        Assert.IsType<CameraEvent.Ready>(camera.NextEvent());
        List<SeenFrame> before = camera.Collect(10);
        // GStreamer's own error, and what it means
        CameraEvent.Lost pulled = Assert.IsType<CameraEvent.Lost>(camera.NextEvent());
        Assert.Contains("it has been unplugged; plug it in again. (camera: Could not read from resource (poll error 1: No such device (19)))", pulled.Reason, StringComparison.Ordinal);
        Assert.Contains("there is no such device", Assert.IsType<CameraEvent.Lost>(camera.NextEvent()).Reason, StringComparison.Ordinal);
        // who records has to look at what came back before it gets pictures again
        Assert.Null(camera.Camera.Handler);
        Assert.IsType<CameraEvent.Ready>(camera.NextEvent());
        Assert.Null(camera.Camera.Handler);
        camera.Watch();
        List<SeenFrame> all = camera.Collect(35);
        int again = all.FindIndex(frame => frame.CaptureNs > before[0].CaptureNs + 2_150_000_000);
        Assert.True(again > 0 && all[again].Stamp!.Value.FrameNumber < 30, $"frame {all[Math.Max(0, again)].Stamp}");
        Assert.DoesNotContain(all, frame => frame.CaptureNs > before[0].CaptureNs + 1_050_000_000 && frame.CaptureNs < before[0].CaptureNs + 2_150_000_000);
    }

    [Fact]
    public void A_clip_is_played_over_and_over_with_capture_times_that_go_on()
    {
        string clip = Clip(frames: 12);
        using WatchedCamera camera = new($"file:{clip}");
        List<SeenFrame> seen = camera.Collect(50);

        Assert.IsType<CameraEvent.Ready>(camera.NextEvent());
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.True(pair.Second.CaptureNs > pair.First.CaptureNs));
        // on the grid of its rate: 50 pictures out of a clip of 12
        long phase = Phase(seen[0].CaptureNs, FrameRate.Default);
        Assert.All(seen, frame => Assert.InRange(Math.Abs(Phase(frame.CaptureNs, FrameRate.Default) - phase), 0, 100));
    }

    [Fact]
    public void A_fragment_that_is_not_live_is_played_in_real_time()
    {
        using WatchedCamera camera = new("pipeline:videotestsrc ! video/x-raw,width=64,height=64,framerate=50/1");
        List<SeenFrame> seen = camera.Collect(30);

        // a busy machine loses some; those that come are where they belong
        Assert.InRange(seen[^1].CaptureNs - seen[0].CaptureNs, 29 * 20_000_000 - 1_000_000, long.MaxValue);
        Assert.All(seen, frame => Assert.Equal(0, Math.IEEERemainder(frame.CaptureNs - seen[0].CaptureNs, 20_000_000), 1_000_000d));
        Assert.True(seen[^1].ArrivedNs - seen[0].ArrivedNs > 20 * 20_000_000L);
    }

    [Theory]
    [InlineData("v4l2:/dev/video97", "record-syncd cameras")]
    [InlineData("file:/no/such/clip.mp4", "There is no file /no/such/clip.mp4")]
    [InlineData("pipeline:nosuchelement", "nosuchelement")]
    [InlineData("pipeline:videotestsrc num-buffers=0", "stream has ended")]
    public void A_camera_that_cannot_be_opened_says_what_to_do(string source, string expected)
    {
        using WatchedCamera camera = new(source);
        Assert.Contains(expected, Assert.IsType<CameraEvent.Lost>(camera.NextEvent()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clip_that_is_no_video_says_so()
    {
        string clip = Path.Combine(folder, "notes.mp4");
        File.WriteAllText(clip, "not a video");
        using WatchedCamera camera = new($"file:{clip}");
        Assert.Contains("cannot be played", Assert.IsType<CameraEvent.Lost>(camera.NextEvent()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_without_camera_has_none()
    {
        using WatchedCamera camera = new("none");
        Assert.True(camera.Camera.Source.IsNone);
        Assert.Null(camera.Camera.Caps);
    }

    [Fact]
    public void Without_a_real_camera_the_simulated_one_is_the_default()
    {
        if (File.Exists("/dev/video0") || GstRuntime.HasElement("nvarguscamerasrc"))
            Assert.Skip("this machine has a camera");
        using Camera camera = new(CameraSettings.Default, _ => { });
        Assert.Equal("test", camera.Source.Kind.Word);
    }

    private static long Phase(long captureNs, FrameRate rate)
    {
        long period = (long)((Int128)captureNs * rate.Numerator / ((Int128)1_000_000_000 * rate.Denominator));
        return captureNs - rate.TimeOf(period).Value;
    }

    private string Clip(int frames)
    {
        string path = Path.Combine(folder, "clip.mkv");
        using GstPipeline pipeline = GstPipeline.Parse(
            $"videotestsrc num-buffers={frames} ! video/x-raw,width=160,height=120,framerate=30/1 ! jpegenc ! matroskamux ! filesink location={path}"
        );
        pipeline.SetState(GstState.Playing, Patience);
        Assert.Equal(GstMessageKind.Eos, pipeline.Poll(Patience)?.Kind);
        return path;
    }
}

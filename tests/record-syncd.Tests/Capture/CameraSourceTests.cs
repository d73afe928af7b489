using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class CameraSourceTests
{
    private static readonly CameraSettings Settings = new(null, 1280, 720, new FrameRate(30000, 1001));

    [Theory]
    [InlineData("v4l2", "/dev/video0", "v4l2src name=camera ! capsfilter caps=\"video/x-raw,width=1280,height=720,framerate=30000/1001;image/jpeg,width=1280,height=720,framerate=30000/1001\" ! decodebin")]
    [InlineData("v4l2:/dev/video2", "/dev/video2", null)]
    [InlineData("argus", "0", "nvarguscamerasrc name=camera ! capsfilter caps=\"video/x-raw(memory:NVMM),format=NV12,width=1280,height=720,framerate=30000/1001\"")]
    [InlineData("argus:2", "2", null)]
    [InlineData("libcamera", "", null)]
    [InlineData("libcamera:/base/soc/i2c0mux/i2c@1/imx708@1a", "/base/soc/i2c0mux/i2c@1/imx708@1a", null)]
    [InlineData("rtsp://10.0.0.5:554/live?a=b", "rtsp://10.0.0.5:554/live?a=b", null)]
    [InlineData("file:/clips/one two.mp4", "/clips/one two.mp4", null)]
    [InlineData("pipeline:videotestsrc is-live=true ! video/x-raw,width=64", "videotestsrc is-live=true ! video/x-raw,width=64", "videotestsrc is-live=true ! video/x-raw,width=64 ! identity sync=true")]
    [InlineData("TEST", "", null)]
    [InlineData("none", "", "")]
    public void Every_kind_of_camera_is_understood(string text, string argument, string? launch)
    {
        Assert.True(CameraSource.TryParse(text, Settings.FrameRate, out CameraSource source, out string error), error);
        Assert.Equal(argument, source.Argument);
        Assert.DoesNotContain("{width}", source.Launch(Settings), StringComparison.Ordinal);
        if (launch is not null)
            Assert.Equal(launch, source.Launch(Settings));
    }

    [Theory]
    [InlineData("webcam", "'webcam' is no kind of camera; possible are test[:")]
    [InlineData("", "is no kind of camera")]
    [InlineData("file", "--camera file needs CLIP")]
    [InlineData("rtsp:", "--camera rtsp needs //HOST/PATH")]
    [InlineData("pipeline:", "--camera pipeline needs")]
    [InlineData("argus:left", "argus:0, not 'left'")]
    [InlineData("test:fase=3", "has no option 'fase'; possible are phase=MS")]
    [InlineData("test:phase", "'phase' in --camera test:phase is not name=value")]
    [InlineData("test:phase=x", "phase=x in --camera test:phase=x: 'x' is not a number.")]
    [InlineData("test:drop=1", "drop=1 in --camera test:drop=1: a probability from 0 to less than 1, or frame numbers")]
    [InlineData("test:drop=@", "drop=@ in --camera test:drop=@: a probability")]
    [InlineData("test:dup=@5-3", "or frame numbers")]
    [InlineData("test:drop=@30/0", "or frame numbers")]
    [InlineData("test:stall=3", "seconds after frame 0, and for how many seconds, as in 4+0.5")]
    [InlineData("test:ppm=nan", "is not a number")]
    [InlineData("test:seed=1.5", "a whole number")]
    public void What_cannot_be_understood_is_answered_with_what_can(string text, string expected)
    {
        Assert.False(CameraSource.TryParse(text, Settings.FrameRate, out _, out string error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_the_simulated_camera_are_taken_over()
    {
        const string Options = "phase=4.5, ppm=-12,jitter=0,drop=0.01,dup=@7+9-11+300/30,stall=4+0.5,delay=8,stop=3,die=6+1.5,steer,shortest=33000,seed=9,label=cam1";
        Assert.True(CameraSource.TryParse($"test:{Options}", Settings.FrameRate, out CameraSource source, out _));
        Assert.True(FramePick.TryParse("0.01", out FramePick drop));
        Assert.True(FramePick.TryParse("@7+9-11+300/30", out FramePick dup));
        Assert.Equal(new SensorTiming(4.5, -12, 0, drop, dup, new SensorStall(4, 0.5), 8, 3, true, 33_000, 9, "CAM1") { Die = new SensorStall(6, 1.5) }, source.Timing);
    }

    [Fact]
    public void The_options_in_a_manifest_make_the_same_simulated_camera_again()
    {
        Assert.True(CameraSource.TryParse("test:phase=4.5,drop=@90+91+120/30,stall=2+0.25,die=3+0.5,steer,label=a", Settings.FrameRate, out CameraSource source, out _));
        Assert.True(CameraSource.TryParse($"test:{source.Timing!.ToOptions()}", Settings.FrameRate, out CameraSource again, out string error), error);
        Assert.Equal(source.Timing.ToOptions(), again.Timing!.ToOptions());
        for (long frame = 0; frame < 1_000; frame++)
            Assert.Equal(source.Timing.Loses(frame, Settings.FrameRate), again.Timing.Loses(frame, Settings.FrameRate));
    }

    [Fact]
    public void A_simulated_camera_that_is_opened_again_is_still_the_same_camera()
    {
        Assert.True(CameraSource.TryParse("test", Settings.FrameRate, out CameraSource once, out _));
        Assert.True(CameraSource.TryParse("test", Settings.FrameRate, out CameraSource again, out _));
        Assert.Equal(once.Timing, again.Timing);
        Assert.InRange(once.Timing!.Ppm, -30, 30);
        Assert.InRange(once.Timing.PhaseMs, 0, Settings.FrameRate.Period.Milliseconds);
    }

    [Fact]
    public void Every_launch_fragment_names_its_element_camera_where_an_argument_goes()
    {
        foreach (CameraKind kind in CameraSource.Kinds.Where(kind => kind.Property is not null))
            Assert.StartsWith($"{kind.Element} name=camera", kind.Launch, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("video/x-raw, format=(string)I420, width=(int)640, height=(int)480", "width", 640)]
    [InlineData("video/x-raw, width=1920", "width", 1920)]
    [InlineData("video/x-raw, width=(int)[ 1, 5 ]", "width", null)]
    [InlineData("video/x-raw", "height", null)]
    public void Numbers_are_read_from_caps(string caps, string field, int? expected) => Assert.Equal(expected, Camera.Number(caps, field));
}

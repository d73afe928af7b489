using System.Text.Json;
using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Run by <see cref="JetsonTests"/> in a process that sees the stand-in elements, hence explicit.</summary>
public class OnJetsonTests
{
    private const string CameraCaps = "video/x-raw(memory:NVMM),format=NV12,width=640,height=480,framerate=30/1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly FrameRate Rate = new(30, 1);
    private static readonly EncoderSpec Jetson = EncoderTable.Find("nvv4l2h265enc")!;

    [Fact(Explicit = true)]
    public void Hardware_encoder_is_proved_and_chosen()
    {
        EncoderVerdict trial = EncoderProbe.Try(Jetson);
        Assert.True(trial.Usable, trial.Reason);
        EncoderVerdict verdict = EncoderChoice.Choose(null);
        Assert.Equal("nvv4l2h265enc", verdict.Spec.Factory);
        Assert.Empty(verdict.LeftOut);
        var text = new StringWriter();
        Assert.Equal(0, EncodersCommand.Run(json: true, text));
        Assert.True(JsonDocument.Parse(text.ToString()).RootElement.GetProperty("encoders")[0].GetProperty("chosen").GetBoolean());
    }

    [Fact(Explicit = true)]
    public void Settings_arrive_in_the_units_of_the_element()
    {
        using GstElement encoder = GstElement.TryMake("nvv4l2h265enc")!;
        Assert.Empty(EncoderElement.Configure(encoder, Jetson, new EncodeSettings { Rate = Rate, Bitrate = 1500, KeyframeInterval = Nanos.FromMilliseconds(500) }));
        Assert.Equal(1_500_000UL, encoder.GetUInt64("bitrate"));
        Assert.Equal((15, 15), (encoder.GetInt("iframeinterval"), encoder.GetInt("idrinterval")));
        Assert.True(encoder.GetBoolean("insert-sps-pps"));
        Assert.True(encoder.GetBoolean("maxperf-enable"));
        Assert.Equal("constant_bitrate", encoder.GetString("control-rate"));
    }

    [Theory(Explicit = true)]
    [InlineData("videotestsrc ! nvv4l2h265enc ! fakesink")]
    [InlineData("nvarguscamerasrc ! x265enc ! fakesink")]
    [InlineData("nvarguscamerasrc ! videoconvert ! video/x-raw ! fakesink")]
    [InlineData("nvarguscamerasrc ! jpegenc ! fakesink")]
    public void Memory_of_the_wrong_kind_does_not_link(string line) => Assert.Throws<GstException>(() => GstPipeline.Parse(line));

    [Theory(Explicit = true)]
    [InlineData("nvarguscamerasrc exposure=5 ! fakesink")]
    [InlineData("videotestsrc ! nvvidconv rotate=1 ! fakesink")]
    [InlineData("videotestsrc ! nvvidconv ! nvv4l2h265enc bitrate-kbps=5 ! fakesink")]
    public void Properties_that_the_elements_lack_are_refused(string line) => Assert.Contains("no property", Assert.Throws<GstException>(() => GstPipeline.Parse(line)).Message, StringComparison.Ordinal);

    [Fact(Explicit = true)]
    public void Each_generation_has_the_properties_of_its_own()
    {
        bool old = Environment.GetEnvironmentVariable(StandInPlugin.JetPack) == "5";
        using GstElement camera = GstElement.TryMake("nvarguscamerasrc")!, encoder = GstElement.TryMake("nvv4l2h265enc")!;
        Assert.Equal((old, !old, !old), (camera.HasProperty("bufapi-version"), camera.HasProperty("aeregion"), camera.HasProperty("acquire-wait")));
        Assert.Equal((old, !old), (encoder.HasProperty("bufapi-version"), encoder.HasProperty("num-Ref-Frames")));
        // what record-syncd sets, both have
        Assert.Empty(EncoderElement.Configure(encoder, Jetson, new EncodeSettings()));
    }

    [Fact(Explicit = true)]
    public void Key_frame_is_forced_where_it_is_asked_for()
    {
        using var folder = new TestFolder();
        string path = folder.File("take.mp4");
        using var take = new EncodePipeline(Jetson, new EncodeSettings { Rate = Rate, Bitrate = 500, KeyframeInterval = Nanos.FromMilliseconds(500), FirstIndex = 7 }, TestPictures.Caps(Rate), path);
        take.Start();
        TestPictures.Push(take, 40, Rate);
        Assert.True(take.Finish(Patience).Complete);
        // the file begins off the grid of key frames, which counts from the beginning of the take; the encoder's own interval counts from its first frame
        Assert.Equal([0, 8, 23, 38], MediaProbe.Read(path).KeyFrames.Index().Where(frame => frame.Item).Select(frame => frame.Index));
    }

    [Fact(Explicit = true)]
    public void Preview_is_made_of_pictures_in_the_cameras_own_memory()
    {
        using var made = new ManualResetEventSlim();
        byte[]? jpeg = null;
        Exception? fault = null;
        using PreviewPipeline preview = new("video/x-raw(memory:NVMM), format=(string)NV12, width=(int)640, height=(int)480, framerate=(fraction)30/1");
        using GstPipeline camera = GstPipeline.Parse($"nvarguscamerasrc num-buffers=5 ! {CameraCaps} ! fakesink name=gate sync=false");
        using GstElement gate = camera.Get("gate");
        using GstPad pad = gate.StaticPad("sink");
        using PadProbe probe = pad.AddBufferProbe(buffer =>
        {
            try
            {
                jpeg ??= preview.Make(buffer.Retimed(0, Rate.Period.Value));
            }
            catch (GstException e)
            {
                fault = e;
            }
            made.Set();
            return true;
        });
        camera.SetState(GstState.Playing, Patience);
        Assert.True(made.Wait(Patience));
        Assert.Null(fault);
        Assert.Equal((640, 480), PreviewTests.SizeOf(jpeg));
    }

    [Theory(Explicit = true)]
    [InlineData("nvv4l2h265enc", "take.mp4")]
    [InlineData("nvv4l2h265enc", "take.mkv")]
    [InlineData("x265enc", "take.mp4")]
    public void Argus_camera_is_recorded_without_touching_its_memory(string encoder, string name)
    {
        using var folder = new TestFolder();
        string path = folder.File(name);
        var settings = new EncodeSettings { Rate = Rate, Bitrate = 1000, KeyframeInterval = Nanos.FromMilliseconds(500) };
        using var take = new EncodePipeline(EncoderTable.Find(encoder)!, settings, CameraCaps, path);
        take.Start();
        using GstPipeline camera = GstPipeline.Parse($"nvarguscamerasrc sensor-id=1 ! {CameraCaps} ! fakesink name=gate sync=false");
        camera.UseMonotonicClock();
        using GstElement gate = camera.Get("gate");
        using GstPad pad = gate.StaticPad("sink");
        List<(long Number, long Start, long? Pts)> frames = [];
        using var enough = new ManualResetEventSlim();
        using PadProbe probe = pad.AddBufferProbe(buffer =>
        {
            int k = frames.Count;
            if (k == 45)
                return true;
            Assert.True(buffer.TryGetQDataInt64Pair("GstBufferMetaData", out long number, out long start));
            frames.Add((number, start, buffer.Pts));
            take.Push(buffer.Retimed(Rate.TimeOf(k).Value, Rate.Period.Value));
            if (k == 44)
                enough.Set();
            return true;
        });
        camera.SetState(GstState.Playing, Patience);
        Assert.True(enough.Wait(Patience));
        Assert.Null(probe.Fault);
        EncodeOutcome outcome = take.Finish(Patience);
        Assert.True(outcome.Complete, outcome.Error);
        Assert.Equal(45, outcome.Frames);

        // a frame arrives some ms after its start: qdata and PTS are on the same clock, through the base time
        Assert.Equal(Enumerable.Range(0, 45).Select(k => (long)k), frames.Select(frame => frame.Number));
        Assert.All(frames, frame => Assert.True(camera.BaseTime + frame.Pts >= frame.Start + 7_000_000));
        MediaProbe file = MediaProbe.Read(path);
        Assert.Equal("hevc", file.Codec);
        Assert.Equal(45, MediaProbe.DecodedFrames(path));
        Assert.Equal(0, file.Pts[0]);
        Assert.Equal(Enumerable.Range(0, 45).Select(k => k % 15 == 0), file.KeyFrames);
    }

    [Fact(Explicit = true)]
    public void Camera_in_system_memory_reaches_the_hardware_encoder_at_the_bitrate_asked_for()
    {
        using var folder = new TestFolder();
        using var take = new EncodePipeline(Jetson, new EncodeSettings { Rate = Rate, Bitrate = 2000 }, TestPictures.Caps(Rate), folder.File("take.mp4"));
        take.Start();
        TestPictures.Push(take, 90, Rate, noisy: true);
        Assert.True(take.Finish(Patience).Complete);
        // noise uses up what it gets; a unit taken wrongly would be off by a thousand
        Assert.InRange(take.BytesEncoded * 8 / 3, 1_000_000, 4_000_000);
    }

    [Theory(Explicit = true)]
    [InlineData("take.mp4")]
    [InlineData("take.mov")]
    public void Containers_are_proved_with_the_hardware_encoder(string name)
    {
        using var folder = new TestFolder();
        Assert.Null(ContainerChoice.Proved(name, Jetson, folder.Path).Note);
    }
}

/// <summary>Like <see cref="OnJetsonTests"/>, but on a Jetson whose chip has no encoder.</summary>
public class OnJetsonWithoutEncoderTests
{
    [Fact(Explicit = true)]
    public void Element_that_does_not_open_is_passed_over_with_a_reason()
    {
        EncoderVerdict verdict = EncoderChoice.Probe()[0];
        Assert.Equal("nvv4l2h265enc", verdict.Spec.Factory);
        Assert.False(verdict.Usable);
        Assert.Contains("there is no /dev/nvhost-msenc or /dev/v4l2-nvenc here", verdict.Reason, StringComparison.Ordinal);
        Assert.NotEqual("nvv4l2h265enc", EncoderChoice.Choose(null).Spec.Factory);
        Assert.Contains("does not start", Assert.Throws<GstException>(() => EncoderChoice.Choose("nvv4l2h265enc")).Message, StringComparison.Ordinal);
    }
}

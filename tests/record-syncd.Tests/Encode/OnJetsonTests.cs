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

    [Fact(Explicit = true)]
    public void Pictures_in_system_memory_do_not_link_to_the_hardware_encoder() =>
        Assert.Throws<GstException>(() => GstPipeline.Parse("videotestsrc ! nvv4l2h265enc ! fakesink"));

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

using System.Text.Json;
using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

public class EncoderChoiceTests
{
    private static readonly string[] Order = ["nvv4l2h265enc", "nvh265enc", "vah265enc", "vaapih265enc", "v4l2h265enc", "qsvh265enc", "x265enc"];

    [Fact]
    public void Encoders_are_tried_hardware_first() => Assert.Equal(Order, EncoderTable.All.Select(spec => spec.Factory));

    [Fact]
    public void Software_encoder_is_proved_by_encoding()
    {
        EncoderVerdict verdict = EncoderChoice.Choose("x265enc");
        Assert.True(verdict.Usable);
        Assert.Empty(verdict.LeftOut);
        Assert.Same(verdict, EncoderChoice.Choose("x265enc"));
    }

    [Fact]
    public void Every_encoder_has_a_verdict_with_a_reason()
    {
        IReadOnlyList<EncoderVerdict> verdicts = EncoderChoice.Probe();
        Assert.Equal(Order, verdicts.Select(verdict => verdict.Spec.Factory));
        Assert.All(verdicts, verdict => Assert.NotEmpty(verdict.Reason));
        Assert.Same(verdicts.First(verdict => verdict.Usable), EncoderChoice.Choose(null));
    }

    [Fact]
    public void Forcing_an_encoder_that_is_not_installed_names_its_package()
    {
        if (GstRuntime.HasElement("vaapih265enc"))
            Assert.Skip("this machine has the vaapi plugin");
        string message = Assert.Throws<GstException>(() => EncoderChoice.Choose("vaapih265enc")).Message;
        Assert.Contains("sudo apt install gstreamer1.0-vaapi", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forcing_an_unknown_encoder_lists_the_known_ones() =>
        Assert.Contains("x265enc", Assert.Throws<GstException>(() => EncoderChoice.Choose("h264enc")).Message, StringComparison.Ordinal);

    [Fact]
    public void Encoder_that_does_not_work_is_told_from_one_that_is_not_there()
    {
        // an element that exists and cannot encode H.265
        EncoderSpec impostor = EncoderTable.Find("x265enc")! with { Factory = "jpegenc", Properties = [] };
        EncoderVerdict verdict = EncoderProbe.Try(impostor);
        Assert.False(verdict.Usable);
        Assert.True(verdict.Installed);
        Assert.Contains("trial encode failed", verdict.Reason, StringComparison.Ordinal);
        // the plugins for GPUs offer their elements only where there is one
        EncoderVerdict idle = EncoderProbe.Try(impostor with { Factory = "nosuchenc" });
        Assert.True(idle.Installed);
        Assert.Contains("no such hardware", idle.Reason, StringComparison.Ordinal);
        Assert.False(EncoderProbe.Try(impostor with { Factory = "nosuchenc", Plugin = "nosuch" }).Installed);
    }

    [Fact]
    public void Properties_that_an_element_lacks_are_left_out_and_noted()
    {
        EncoderSpec newer = EncoderTable.Find("x265enc")!;
        newer = newer with { Properties = [.. newer.Properties, new("film-grain", "1"), new("speed-preset", "instantaneous")] };
        EncoderVerdict verdict = EncoderProbe.Try(newer);
        Assert.True(verdict.Usable, verdict.Reason);
        Assert.Equal(2, verdict.LeftOut.Count);
        Assert.StartsWith("film-grain:", verdict.LeftOut[0], StringComparison.Ordinal);
        Assert.Contains("instantaneous", verdict.LeftOut[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Bitrate_has_the_unit_of_the_element()
    {
        var settings = new EncodeSettings { Bitrate = 8000, Rate = new FrameRate(30000, 1001), KeyframeInterval = Nanos.FromSeconds(2) };
        Assert.Equal("8000000", ValueOf("nvv4l2h265enc", "bitrate"));
        Assert.Equal("8000", ValueOf("x265enc", "bitrate"));
        Assert.Equal("controls,video_bitrate=8000000,video_gop_size=60,repeat_sequence_header=1", ValueOf("v4l2h265enc", "extra-controls"));
        Assert.Equal("60", ValueOf("x265enc", "key-int-max"));
        Assert.All(EncoderTable.All, spec => Assert.Contains(spec.Properties, property => property.IsEssential));

        string ValueOf(string encoder, string property) => settings.Fill(EncoderTable.Find(encoder)!.Properties.Single(p => p.Name == property).Value);
    }

    [Theory]
    [InlineData("nvv4l2h265enc", "video/x-raw(memory:NVMM),format=NV12,width=1920", "")]
    [InlineData("nvv4l2h265enc", "video/x-raw,format=I420", "nvvidconv ! video/x-raw(memory:NVMM),format=NV12 ! ")]
    [InlineData("x265enc", "video/x-raw(memory:NVMM),format=NV12", "nvvidconv ! video/x-raw,format=I420 ! ")]
    [InlineData("x265enc", "video/x-raw,format=YUY2", "videoconvert ! video/x-raw,format=I420 ! ")]
    [InlineData("vah265enc", "video/x-raw,format=YUY2", "videoconvert ! video/x-raw,format=NV12 ! ")]
    public void Conversion_depends_on_where_the_pictures_lie(string encoder, string cameraCaps, string conversion) =>
        Assert.Equal(conversion, EncoderTable.Find(encoder)!.ConversionFrom(cameraCaps));

    [Fact]
    public void List_of_encoders_is_a_table_for_people_and_json_for_programs()
    {
        var table = new StringWriter();
        Assert.Equal(0, EncodersCommand.Run(json: false, table));
        Assert.All(Order, name => Assert.Contains(name, table.ToString(), StringComparison.Ordinal));
        var text = new StringWriter();
        Assert.Equal(0, EncodersCommand.Run(json: true, text));
        JsonElement report = JsonDocument.Parse(text.ToString()).RootElement;
        JsonElement[] rows = [.. report.GetProperty("encoders").EnumerateArray()];
        Assert.Equal(Order, rows.Select(row => row.GetProperty("name").GetString()));
        Assert.Single(rows, row => row.GetProperty("chosen").GetBoolean());
        Assert.True(rows[^1].GetProperty("usable").GetBoolean());
    }
}

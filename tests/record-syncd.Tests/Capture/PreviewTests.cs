using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Small pictures of what a camera delivers.</summary>
public sealed class PreviewTests
{
    [Theory]
    [InlineData(1920, 1080, 640, 360)]
    [InlineData(640, 480, 640, 480)]
    [InlineData(3, 3, 4, 4)]
    [InlineData(4056, 3040, 640, 480)]
    [InlineData(320, 240, 320, 240)]
    [InlineData(1, 100_000, 2, 100_000)]
    public void A_picture_is_at_most_640_wide_and_its_sides_are_even(int width, int height, int small, int low) => Assert.Equal((small, low), PreviewPipeline.Fit(width, height));

    [Theory]
    [InlineData("I420", 1280, 720, 640, 360)]
    [InlineData("NV12", 320, 240, 320, 240)]
    [InlineData("YUY2", 1920, 1080, 640, 360)]
    [InlineData("BGRx", 800, 600, 640, 480)]
    public void Pictures_of_a_cameras_formats_become_JPEG_pictures_of_that_size(string format, int width, int height, int small, int low)
    {
        GstRuntime.Initialise();
        string caps = $"video/x-raw, format=(string){format}, width=(int){width}, height=(int){height}, framerate=(fraction)30/1";
        using PreviewPipeline pipeline = new(caps);
        for (int i = 0; i < 3; i++)
        {
            byte[] jpeg = pipeline.Make(GstBuffer.Allocate(width * height * 4));
            Assert.Equal((small, low), SizeOf(jpeg));
        }
    }

    [Fact]
    public void What_is_no_picture_is_refused_with_its_kind() =>
        Assert.Contains("there is no preview of video/x-h264", Assert.Throws<GstException>(() => PreviewPipeline.Launch("video/x-h264, width=(int)640, height=(int)480")).Message, StringComparison.Ordinal);

    /// <summary>From the frame header (ITU T.81 B.2.2).</summary>
    internal static (int Width, int Height) SizeOf(ReadOnlySpan<byte> jpeg)
    {
        Assert.True(jpeg is [0xFF, 0xD8, .., 0xFF, 0xD9], "this is no whole JPEG picture");
        for (int at = 2; at + 9 < jpeg.Length; at += 2 + (jpeg[at + 2] << 8 | jpeg[at + 3]))
        {
            Assert.Equal(0xFF, jpeg[at]);
            if (jpeg[at + 1] is 0xC0 or 0xC1 or 0xC2)
                return (jpeg[at + 7] << 8 | jpeg[at + 8], jpeg[at + 5] << 8 | jpeg[at + 6]);
        }
        throw new InvalidDataException("this picture has no frame header");
    }
}

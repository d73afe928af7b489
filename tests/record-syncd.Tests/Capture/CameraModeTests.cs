using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class CameraModeTests
{
    [Fact]
    public void Modes_of_a_usb_camera_are_read_from_its_caps()
    {
        const string Caps =
            "video/x-raw, format=(string)YUY2, width=(int)1280, height=(int)720, pixel-aspect-ratio=(fraction)1/1, colorimetry=(string){ 2:4:16:1, bt709 }, framerate=(fraction){ 10/1, 5/1 }; "
            + "image/jpeg, width=(int)1920, height=(int)1080, framerate=(fraction)30000/1001; "
            + "video/x-raw, format=(string){ NV12, YUY2 }, width=(int){ 640, 320 }, height=(int)240, framerate=(fraction)[ 5/1, 60/1 ]; "
            + "audio/x-raw, rate=(int)48000; video/x-h264, stream-format=(string)byte-stream";
        Assert.Equal(
            ["1280x720 YUY2 10, 5", "1920x1080 MJPEG 30000/1001", "640x240 NV12 5 to 60", "640x240 YUY2 5 to 60", "320x240 NV12 5 to 60", "320x240 YUY2 5 to 60"],
            CameraMode.Read(Caps).Select(mode => mode.ToString())
        );
    }

    [Fact]
    public void Sizes_that_can_be_chosen_freely_are_ranges()
    {
        CameraMode mode = Assert.Single(CameraMode.Read("video/x-raw(memory:DMABuf), format=(string)NV12, width=(int)[ 32, 4056, 2 ], height=(int)[ 32, 3040, 2 ], framerate=(fraction)[ 0/1, 2147483647/1 ]"));
        Assert.Equal(("NV12", 32, 4056, 32, 3040), (mode.Format, mode.SmallestWidth, mode.Width, mode.SmallestHeight, mode.Height));
        Assert.Empty(mode.Rates);
        Assert.Equal("32x32 to 4056x3040 NV12", mode.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("ANY")]
    [InlineData("EMPTY")]
    [InlineData("video/x-raw")]
    [InlineData("video/x-raw, format=(string)YUY2, width=(int)[ 16, 2147483648 ], height")]
    [InlineData(";;,{[\"=video/x-raw;")]
    public void What_names_no_picture_has_no_modes(string caps) => Assert.Empty(CameraMode.Read(caps));
}

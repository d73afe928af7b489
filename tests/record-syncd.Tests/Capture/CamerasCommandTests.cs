using System.Text.Json;
using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class CamerasCommandTests
{
    [Fact]
    public void The_list_always_has_the_simulated_camera_and_a_default()
    {
        StringWriter output = new();
        Assert.Equal(0, CamerasCommand.Run(json: true, output));
        JsonElement root = JsonDocument.Parse(output.ToString()).RootElement;

        List<string?> cameras = [.. root.GetProperty("cameras").EnumerateArray().Select(camera => camera.GetProperty("camera").GetString())];
        Assert.Contains("test", cameras);
        Assert.Contains(root.GetProperty("default").GetString(), cameras);
    }

    [Fact]
    public void Each_camera_is_listed_with_the_modes_that_its_driver_tells()
    {
        VideoDevice[] devices = [new("/dev/video0", "HD webcam", true, ""), new("/dev/video1", "HD webcam", false, ""), new("/dev/video2", "HD webcam", false, "Permission denied")];
        GstDevice[] known =
        [
            // PipeWire shows the same device a second time, with what it makes of it
            new("HD webcam", "Video/Source", "pipewiresrc", "/dev/video0", "video/x-raw, format=(string)RGBA, width=(int)64, height=(int)64"),
            new("HD webcam", "Video/Source", "v4l2src", "/dev/video0", "image/jpeg, width=(int)1920, height=(int)1080, framerate=(fraction){ 30/1, 15/1 }"),
            new("imx708", "Source/Video", "libcamerasrc", "", "video/x-raw, format=(string)NV12, width=(int)[ 32, 4056 ], height=(int)[ 32, 3040 ]"),
        ];
        StringWriter output = new();
        CamerasCommand.Show(new CameraList([.. CamerasCommand.Of(devices, known)], "v4l2:/dev/video0"), json: true, output);
        JsonElement[] cameras = [.. JsonDocument.Parse(output.ToString()).RootElement.GetProperty("cameras").EnumerateArray()];

        Assert.Equal(["v4l2:/dev/video0", "v4l2:/dev/video2", "libcamera:imx708"], cameras.Select(camera => camera.GetProperty("camera").GetString()));
        Assert.Equal("""[{"format":"MJPEG","width":1920,"height":1080,"rates":["30","15"]}]""", JsonSerializer.Serialize(cameras[0].GetProperty("modes")));
        Assert.Equal((false, "Permission denied", 0), (cameras[1].GetProperty("usable").GetBoolean(), cameras[1].GetProperty("problem").GetString(), cameras[1].GetProperty("modes").GetArrayLength()));
        Assert.Equal("""[{"format":"NV12","width":4056,"height":3040,"rates":[],"smallest_width":32,"smallest_height":32}]""", JsonSerializer.Serialize(cameras[2].GetProperty("modes")));
    }

    [Fact]
    public void For_people_it_is_a_table_that_fits_100_columns()
    {
        StringWriter output = new();
        CamerasCommand.Run(json: false, output);

        Assert.Contains("(default)", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("rtsp://HOST/PATH", output.ToString(), StringComparison.Ordinal);
        Assert.All(output.ToString().Split('\n'), line => Assert.True(line.TrimEnd().Length <= 100, line));
    }
}

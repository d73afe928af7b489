using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class NamedCameraTests
{
    [Fact]
    public void One_camera_needs_no_name_and_several_get_one()
    {
        Assert.Equal([new NamedCamera(null, "test:phase=3")], Read("test:phase=3"));
        Assert.Equal([new NamedCamera("front", "v4l2:/dev/video97"), new NamedCamera("cam2", "rtsp://10.0.0.5/live?a=b")], Read("front=v4l2:/dev/video97", "rtsp://10.0.0.5/live?a=b"));
        Assert.Equal(["cam1", "cam2", "cam3"], Read("test", "test", "test").Select(camera => camera.Name));
    }

    [Theory]
    [InlineData("'my cam' in --camera my cam=test is no name for a camera", "my cam=test")]
    [InlineData("'' in --camera =test is no name", "=test")]
    [InlineData("names no source", "front=")]
    [InlineData("two cameras are called 'Left'", "left=test", "Left=test")]
    [InlineData("two cameras are called 'cam2'", "cam2=test", "test")]
    [InlineData("--camera a=v4l2 and b=v4l2:/dev/video0 are the same camera", "a=v4l2", "b=v4l2:/dev/video0")]
    [InlineData("are the same camera", "a=argus:1", "b=ARGUS:1")]
    [InlineData("cannot stand beside other cameras", "a=test", "none")]
    public void Names_and_cameras_that_make_no_sense_are_refused_with_a_sentence(string sentence, params string[] cameras)
    {
        Assert.Null(NamedCamera.Read(cameras, out string fault));
        Assert.Contains(sentence, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_a_device_is_the_same_camera()
    {
        using ScratchFolder folder = new();
        File.WriteAllText(folder["video7"], "");
        File.CreateSymbolicLink(folder["by-id"], folder["video7"]);
        Assert.Null(NamedCamera.Read([$"a=v4l2:{folder["video7"]}", $"b=v4l2:{folder["by-id"]}"], out string fault));
        Assert.Contains("the same camera", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cam.mp4", null, "cam.mp4")]
    [InlineData("cam.mp4", "back", "cam-back.mp4")]
    [InlineData("takes/{take}/a.b.mkv", "back", "takes/{take}/a.b-back.mkv")]
    [InlineData("takes/{take}/{node}.mp4", "back", "takes/{take}/{node}.mp4")]
    [InlineData("takes/{node}/{take}.mp4", "back", "takes/{node}/{take}.mp4")]
    public void Files_of_several_cameras_have_different_names(string pattern, string? camera, string expected) => Assert.Equal(expected, NamedCamera.Output(pattern, camera));

    [Fact]
    public void A_further_camera_is_started_with_what_holds_for_all_and_nothing_of_the_first_one()
    {
        NodeOptions options = Options(
            "--role", "leader", "--camera", "front=test", "-c", "back=test:phase=3", "--node-id", "box", "--audio", "test", "--sync-log", "log.csv", "--http", "0.0.0.0:9950",
            "--http-public-view", "-o", "{node}.mkv", "--fps", "25", "--simulated-clock", "offset=-2,ppm=5"
        );
        Assert.Equal(("front", "test", false), (options.CameraName, options.Camera, options.Attached));
        IReadOnlyList<string> arguments = FurtherCameras.ArgumentsOf(options, "box", Assert.Single(options.Further));
        NodeOptions further = Options([.. arguments]);
        Assert.Equal(("back", "test:phase=3", true), (further.CameraName, further.Camera, further.Attached));
        Assert.Equal((RoleChoice.Follower, "box", "{node}.mkv", options.Rate), (further.Role, further.NodeId, further.Output, further.Rate));
        Assert.Equal(options.SimulatedClock?.ToString(), further.SimulatedClock?.ToString());
        Assert.Equal(("0.0.0.0:0", true), (further.Page.Address?.ToString(), further.Page.PublicView));
        Assert.Null(further.SyncLog);
        Assert.Equal("none", further.Audio.Kind.Word);
        Assert.Empty(further.Further);
        Assert.Equal("box-back", further.ToSettings(new LocalClock(null), new Endpoint(0x7F00_0001, 9943)).NodeId);
    }

    [Theory]
    [InlineData(new string[0], "")]
    [InlineData(new[] { "--http", "off" }, "off")]
    public void Pages_of_further_cameras_are_where_there_is_room_or_nowhere(string[] given, string expected)
    {
        NodeOptions options = Options(["--role", "leader", "--camera", "test", "--camera", "test", .. given]);
        string[] arguments = [.. FurtherCameras.ArgumentsOf(options, "box", options.Further[0])];
        int at = Array.IndexOf(arguments, "--http");
        Assert.Equal(expected, at < 0 ? "" : arguments[at + 1]);
    }

    private static IReadOnlyList<NamedCamera> Read(params string[] texts)
    {
        IReadOnlyList<NamedCamera>? cameras = NamedCamera.Read(texts, out string fault);
        Assert.True(cameras is not null, fault);
        return cameras;
    }

    private static NodeOptions Options(params string[] arguments)
    {
        System.CommandLine.RootCommand root = [];
        NodeCommandLine node = new();
        node.AddTo(root);
        System.CommandLine.ParseResult parsed = root.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return node.Read(parsed)!;
    }
}

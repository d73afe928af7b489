using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Cameras other than the simulated one, each in the real executable.</summary>
[Collection(Processes.Name)]
public sealed class SourcesTests
{
    [Fact]
    public void Clip_plays_over_and_over_as_a_camera()
    {
        using NodeGroup group = new();
        string clip = group["clip.mp4"];
        MakeClip(clip, seconds: 2);
        RunningNode leader = group.StartReadyLeader("--camera", $"file:{clip}", "--output", "cam.mp4");
        // longer than the clip
        LeaderAloneTests.Record(leader, group["cam.mp4"], 80);
        LeaderAloneTests.Leave(leader);

        RecordedTake take = RecordedTake.Read(group["cam.mp4"]);
        take.AssertWhole();
        Assert.Contains("clip.mp4", take.Manifest.Camera);
        group.VerifyGood("cam.mp4");
    }

    [Fact]
    public async Task Clip_that_does_not_exist_is_an_error_that_names_it()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", "--camera", "file:nonesuch.mp4", "--output", "cam.mp4");
        Assert.Contains("nonesuch.mp4", leader.WaitForLine("error: "));
        await group.Heard("cam1", node => node.State == NodeState.Error && node.Error?.Contains("nonesuch.mp4", StringComparison.Ordinal) == true);
        leader.WaitForLineEver("this node leads");
        Assert.Contains("not started", Assert.Single(leader.Answers("start")));
        LeaderAloneTests.Leave(leader);
    }

    [Fact]
    public void Any_gstreamer_source_is_a_camera()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader(
            "--camera",
            "pipeline:videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=30/1",
            "--output",
            "cam.mp4"
        );
        LeaderAloneTests.Record(leader, group["cam.mp4"], 45);
        LeaderAloneTests.Leave(leader);

        RecordedTake take = RecordedTake.Read(group["cam.mp4"]);
        take.AssertWhole();
        Assert.Equal((320, 240), (take.Manifest.Width, take.Manifest.Height));
        group.VerifyGood("cam.mp4");
    }

    [Theory]
    [InlineData("--camera", "pipeline:nonesuchsrc ! identity", "nonesuchsrc")]
    [InlineData("--camera", "polaroid", "'polaroid' is no kind of camera")]
    [InlineData("--camera", "v4l2:/dev/video97", "/dev/video97")]
    [InlineData("--encoder", "nonesuchenc", "nonesuchenc")]
    public async Task What_this_machine_does_not_have_is_an_error_that_names_it(string option, string value, string named)
    {
        using NodeGroup group = new();
        RunningNode follower = group.Start("follower", "cam2", option, value);
        Assert.Contains(named, follower.WaitForLine("error: "));
        await group.Heard("cam2", node => node.State == NodeState.Error && node.Error?.Contains(named, StringComparison.Ordinal) == true);
        LeaderAloneTests.Leave(follower);
        Assert.Empty(Directory.GetFiles(group.Folder));
    }

    [Theory]
    [InlineData("argus", "nvv4l2h265enc", "cam.mp4")]
    [InlineData("argus:1", "nvv4l2h265enc", "cam.mkv")]
    [InlineData("argus", "x265enc", "cam.mp4")]
    [InlineData("test:label=jetson", "nvv4l2h265enc", "cam.mp4")]
    public void Jetson_of_stand_in_elements_records(string camera, string encoder, string name)
    {
        using StandInPlugin plugin = new();
        using NodeGroup group = new();
        RunningNode leader = group.Start(plugin.Environment, "leader", "cam1", "--camera", camera, "--encoder", encoder, "--output", name);
        leader.WaitForLine("camera ready");
        LeaderAloneTests.Record(leader, group[name], 45);
        LeaderAloneTests.Leave(leader);

        RecordedTake take = RecordedTake.Read(group[name]);
        take.AssertWhole();
        Assert.Equal(encoder, take.Manifest.Encoder);
        CutOffTests.AssertPlays(group[name]);
        group.VerifyGood(name);
    }

    [Fact]
    public void Jetson_of_stand_in_elements_is_chosen_without_being_asked_for()
    {
        using StandInPlugin plugin = new();
        using NodeGroup group = new();
        RunningNode leader = group.Start(plugin.Environment, "leader", "cam1", "--output", "cam.mp4");
        Assert.Contains("nvv4l2h265enc", leader.WaitForLine("camera ready"));
        LeaderAloneTests.Leave(leader);
    }

    private static void MakeClip(string path, int seconds)
    {
        using Process maker = Process.Start(
            new ProcessStartInfo(
                "gst-launch-1.0",
                $"-q videotestsrc num-buffers={seconds * 30} pattern=ball ! video/x-raw,width=320,height=240,framerate=30/1 ! x264enc speed-preset=ultrafast ! h264parse ! mp4mux ! filesink location={path}"
            )
            {
                RedirectStandardError = true,
            }
        )!;
        string errors = maker.StandardError.ReadToEnd();
        maker.WaitForExit();
        Assert.True(maker.ExitCode == 0, errors);
    }
}

using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/protocol.md §5.10 with real nodes: what a START asks of the cameras is what the files have, and the cameras are as before afterwards.</summary>
[Collection(Processes.Name)]
public sealed class StartSettingsTests
{
    [Fact]
    public async Task Every_file_is_as_the_start_asks_and_the_next_take_is_as_ever()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", "--output", "cam1-{take}.mp4");
        RunningNode follower = group.Start("follower", "cam2", "--output", "cam2-{take}.mp4", "--simulated-clock", "offset=-2,ppm=-30");
        RunningNode[] nodes = [leader, follower];
        await group.HeardReady("cam1");
        await group.HeardReady("cam2");

        (RecordedTake Cam1, RecordedTake Cam2) asked = Record(group, nodes, "start --size 256x192 --fps 15 --bitrate 300 --lock-exposure", 30);
        foreach (RecordedTake take in new[] { asked.Cam1, asked.Cam2 })
        {
            Assert.Equal((256, 192, "15", 300), (take.Manifest.Width, take.Manifest.Height, take.Manifest.Fps, take.Manifest.BitrateKbps));
            Assert.Equal("256x192, 15 frames/s, 300 kbit/s, exposure locked", take.Manifest.Asked);
            // 15 of the camera's frames a second, and not every second of 30
            Assert.Equal(0, take.Manifest.Duplicates);
            DecodedVideo video = VideoReader.Read(take.Video);
            Assert.Equal((256, 192), (video.Width, video.Height));
        }
        Assert.Equal(asked.Cam1.Manifest.Frames, asked.Cam2.Manifest.Frames);
        Assert.Equal(asked.Cam1.Manifest.StartNs, asked.Cam2.Manifest.StartNs);
        group.VerifyGood(asked.Cam1.Video, asked.Cam2.Video);

        await AreBack(group, nodes);
        (RecordedTake Cam1, RecordedTake Cam2) usual = Record(group, nodes, "start 1000", 30);
        Assert.All(new[] { usual.Cam1, usual.Cam2 }, take => Assert.Equal((320, 240, "30", 800, null), (take.Manifest.Width, take.Manifest.Height, take.Manifest.Fps, take.Manifest.BitrateKbps, take.Manifest.Asked)));
        foreach (RunningNode node in nodes)
            LeaderAloneTests.Leave(node);
    }

    [Fact]
    public async Task A_camera_that_cannot_is_named_nobody_records_and_all_go_back()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", "--output", "cam1.mp4");
        RunningNode fixedSize = group.Start("follower", "cam2", "--output", "cam2.mp4", "--camera", "pipeline:videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=30/1");
        await group.HeardReady("cam1");
        await group.HeardReady("cam2");

        leader.Type("start --size 256x192");
        leader.WaitForLine("START withdrawn, nobody records: cam2: this camera gives 320x240 and no 256x192");
        await AreBack(group, leader, fixedSize);
        leader.Type("start --lock-exposure 3000");
        leader.WaitForLine("cam2: the exposure of a pipeline camera cannot be locked from here");

        // whatever was tried, both record as ever
        leader.Type("start 1000");
        leader.WaitForLine("recording take");
        fixedSize.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], 20);
        leader.Type("stop 300");
        leader.WaitForLine("finished");
        fixedSize.WaitForLine("finished");
        Assert.Equal((320, 240), (RecordedTake.Read(group["cam1.mp4"]).Manifest.Width, RecordedTake.Read(group["cam1.mp4"]).Manifest.Height));
        LeaderAloneTests.Leave(leader);
        LeaderAloneTests.Leave(fixedSize);
    }

    /// <summary>Both cameras are as their nodes were started, and the leader knows it.</summary>
    private static async Task AreBack(NodeGroup group, params RunningNode[] nodes)
    {
        foreach (RunningNode node in nodes)
            node.WaitForLine(line => line.Contains("camera ready", StringComparison.Ordinal) && line.Contains("320x240 at 30", StringComparison.Ordinal));
        await group.HeardReady("cam1");
        await group.HeardReady("cam2");
    }

    private static (RecordedTake Cam1, RecordedTake Cam2) Record(NodeGroup group, RunningNode[] nodes, string start, int frames)
    {
        nodes[0].Type(start);
        string name = "";
        foreach (RunningNode node in nodes)
        {
            string line = node.WaitForLine("recording take");
            name = line.Split("recording take ")[1].Split(' ')[0];
        }
        RecordedTake.WaitForFrames(nodes[0], group[$"cam1-{name}.mp4"], frames);
        nodes[0].Type("stop 500");
        foreach (RunningNode node in nodes)
            node.WaitForLine("finished");
        return (RecordedTake.Read(group[$"cam1-{name}.mp4"]), RecordedTake.Read(group[$"cam2-{name}.mp4"]));
    }
}

using System.Globalization;
using System.Net;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A Jetson of stand-in elements (tests/stand-in) from the camera's start of frame to the file, with the properties of either JetPack.</summary>
[Collection(Processes.Name)]
public sealed class WholeJetsonTests
{
    [Theory]
    [InlineData("5")]
    [InlineData("6")]
    public async Task Take_has_the_sensors_own_times_key_frames_on_the_grid_and_a_live_picture(string jetPack)
    {
        using StandInPlugin plugin = new();
        using NodeGroup group = new();
        Dictionary<string, string> environment = plugin.Environment;
        environment[StandInPlugin.JetPack] = jetPack;
        RunningNode leader = group.Start(environment, "leader", "cam1", "--camera", "argus:1", "--keyframe-interval", "500ms", "--output", "cam.mp4", "--http", "127.0.0.1:0");
        string ready = leader.WaitForLine("camera ready");
        Assert.Contains("argus 320x240 at 30", ready, StringComparison.Ordinal);
        Assert.Contains("nvv4l2h265enc", ready, StringComparison.Ordinal);
        leader.WaitForLineEver("this node leads");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        await AssertLivePicture(leader);
        RecordedTake.WaitForFrames(leader, group["cam.mp4"], 50);
        leader.Type("stop 200");
        leader.WaitForLine("finished cam.mp4");
        LeaderAloneTests.Leave(leader);

        RecordedTake take = RecordedTake.Read(group["cam.mp4"]);
        take.AssertWhole();
        Assert.Equal("nvv4l2h265enc", take.Manifest.Encoder);
        AssertKeyFrames(take);
        AssertSensorTimes(take);
    }

    private static async Task AssertLivePicture(RunningNode node)
    {
        string line = node.WaitForLineEver("page: http://");
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = RunningNode.Patience };
        Uri picture = new(new Uri(line[(line.IndexOf("page: ", StringComparison.Ordinal) + 6)..].Trim()), "/api/v1/nodes/cam1/preview.mjpeg");
        using HttpResponseMessage answer = await client.GetAsync(picture, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        // the answer's head comes with the first picture
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Of the frames that are in the file the first from each multiple of 15 on, whatever a busy machine has left out.</summary>
    private static void AssertKeyFrames(RecordedTake take)
    {
        long[] indices = [.. take.Rows.Where(row => !row.Flags.HasFlag(SidecarFlags.Dropped)).Select(row => row.Index)];
        long due = 0;
        for (int k = 0; k < indices.Length; k++)
        {
            Assert.Equal(indices[k] >= due, take.File.KeyFrames[k]);
            if (indices[k] >= due)
                due = (indices[k] / 15 + 1) * 15;
        }
    }

    /// <summary>The stand-in's sensor is exact to the nanosecond, its pictures arrive 7 ms late and more: the times are those of the sensor.</summary>
    private static void AssertSensorTimes(RecordedTake take)
    {
        const int Flags = 4, Local = 6;
        IEnumerable<string[]> rows = File.ReadLines(Path.ChangeExtension(take.Video, ".frames.csv")).Skip(1).Select(line => line.Split(','));
        long[] times = [.. rows.Where(row => row[Flags].Length == 0).Select(row => long.Parse(row[Local], CultureInfo.InvariantCulture))];
        Assert.True(times.Length > 20, $"{times.Length} undisturbed frames");
        foreach (long time in times)
        {
            double periods = (time - times[0]) * 30 / 1e9;
            Assert.InRange(periods - Math.Round(periods), -1e-6, 1e-6);
        }
    }
}

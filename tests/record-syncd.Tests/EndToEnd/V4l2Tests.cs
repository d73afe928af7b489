using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A Video4Linux camera, where the kernel has one that nobody misses: its test driver vivid.</summary>
[Collection(Processes.Name)]
public sealed class V4l2Tests
{
    [Fact]
    public void Kernels_test_camera_is_listed_with_its_modes_and_recorded()
    {
        VideoDevice? device = VideoDevice.List().FirstOrDefault(device => device is { Captures: true, Problem: "" } && device.Name.Contains("vivid", StringComparison.OrdinalIgnoreCase));
        if (device is null)
            Assert.Skip("this kernel has no test camera; where it has the module: sudo modprobe vivid");
        using var list = RunningNode.Start("cameras", "--json");
        Assert.Equal(0, list.WaitForExit());
        JsonElement listed = JsonDocument.Parse(list.StandardOutput).RootElement.GetProperty("cameras").EnumerateArray().Single(camera => camera.GetProperty("camera").GetString() == $"v4l2:{device.Path}");
        JsonElement mode = listed.GetProperty("modes").EnumerateArray().First(mode => mode.GetProperty("rates").EnumerateArray().Any(rate => rate.GetString() == "30"));

        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--camera", $"v4l2:{device.Path}", "--size", $"{mode.GetProperty("width")}x{mode.GetProperty("height")}", "--output", "cam.mp4");
        LeaderAloneTests.Record(leader, group["cam.mp4"], 30);
        LeaderAloneTests.Leave(leader);
        RecordedTake.Read(group["cam.mp4"]).AssertWhole();
    }
}

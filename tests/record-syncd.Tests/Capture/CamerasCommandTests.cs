using System.Text.Json;
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
    public void For_people_it_is_a_table_that_fits_100_columns()
    {
        StringWriter output = new();
        CamerasCommand.Run(json: false, output);

        Assert.Contains("(default)", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("rtsp://HOST/PATH", output.ToString(), StringComparison.Ordinal);
        Assert.All(output.ToString().Split('\n'), line => Assert.True(line.TrimEnd().Length <= 100, line));
    }
}

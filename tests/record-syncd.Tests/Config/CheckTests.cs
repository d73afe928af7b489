using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary><c>record-syncd check</c>, and a node that is given a file of settings, as processes.</summary>
[Collection(Processes.Name)]
public sealed class CheckTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Good_settings_are_shown_with_their_places_and_no_node_is_started()
    {
        File.WriteAllText(folder["a.jsonc"], "{ \"role\": \"follower\", \"fps\": 25 }");
        using var check = RunningNode.StartIn(folder.Path, new Dictionary<string, string> { ["RECORD_SYNCD_BITRATE"] = "4000" }, "check", "--config", "a.jsonc", "-c", "test");
        Assert.Equal(0, check.WaitForExit());
        Assert.Equal(
            [
                "role     follower  \"a.jsonc\", line 1, \"role\"",
                "camera   test      --camera",
                "fps      25        \"a.jsonc\", line 1, \"fps\"",
                "bitrate  4000      RECORD_SYNCD_BITRATE",
            ],
            check.StandardOutput.Split('\n')[..4]
        );
        Assert.Contains("The settings are good", check.StandardOutput);
    }

    [Theory]
    [InlineData(64, "which role?", "{ }")]
    [InlineData(78, "line 1, \"rol\": there is no such setting; do you mean \"role\"?", "{ \"rol\": \"auto\" }")]
    [InlineData(78, "only .mp4, .mov and .mkv are known", "{ \"role\": \"auto\", \"output\": \"a.avi\" }")]
    [InlineData(78, "is open to other machines", "{ \"role\": \"auto\", \"http\": \"0.0.0.0:9943\" }")]
    [InlineData(78, "cannot be read", "{ \"role\": \"auto\", \"http-token-file\": \"none\" }")]
    [InlineData(78, "is no kind of camera", "{ \"role\": \"auto\", \"camera\": \"polaroid\" }")]
    [InlineData(78, "There is no encoder 'mp3'", "{ \"role\": \"auto\", \"encoder\": \"mp3\" }")]
    [InlineData(78, "the folder of --sync-log", "{ \"role\": \"auto\", \"sync-log\": \"none/a.csv\" }")]
    public void A_mistake_is_told_with_the_code_that_the_node_would_end_with(int code, string told, string settings)
    {
        File.WriteAllText(folder["a.jsonc"], settings);
        using var check = RunningNode.StartIn(folder.Path, null, "check", "--config", "a.jsonc");
        Assert.Equal(code, check.WaitForExit());
        Assert.Contains(told, check.Output);
        Assert.Equal("", check.StandardOutput);
    }

    [Fact]
    public void A_node_and_the_doctor_obey_the_file()
    {
        File.WriteAllText(folder["bad.jsonc"], "{ \"role\": \"follower\", \"size\": \"1x1\" }");
        foreach (string[] words in (string[][])[["--config", "bad.jsonc"], ["doctor", "--config", "bad.jsonc"]])
        {
            using var refused = RunningNode.StartIn(folder.Path, null, words);
            Assert.Equal(78, refused.WaitForExit());
            Assert.Contains("\"bad.jsonc\", line 1, \"size\": '1x1' is no picture size", refused.Output);
        }

        File.WriteAllText(folder["good.jsonc"], $"{{ \"role\": \"follower\", \"interface\": \"lo\", \"group\": \"{TestGroup.Next()}\", \"camera\": \"none\", \"http\": \"off\", \"node-id\": \"filed\" }}");
        using var node = RunningNode.StartIn(folder.Path, null, "--config", "good.jsonc");
        node.WaitForLine("filed, follower");
        node.Type("quit");
        Assert.Equal(0, node.WaitForExit());
    }
}

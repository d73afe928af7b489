using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The command line that people know, the prompt on a terminal, and the demo.</summary>
[Collection(Processes.Name)]
public sealed class CommandLineTests
{
    [Fact]
    public void Without_a_role_there_is_a_question_and_no_node()
    {
        using var program = RunningNode.Start();
        Assert.Equal(64, program.WaitForExit());
        Assert.Contains("Use --role leader or --role follower", program.Output);
        Assert.Equal("", program.StandardOutput);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_shows_the_options_with_their_defaults(string option)
    {
        using var program = RunningNode.Start(option);
        Assert.Equal(0, program.WaitForExit());
        string[] lines = program.StandardOutput.Split('\n');
        foreach (string wanted in new[] { "-r, --role", "-i, --interface", "-o, --output", "--node-id", "-h, --help", "cameras", "encoders", "verify", "clock", "demo" })
            Assert.Contains(lines, line => line.Contains(wanted, StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("--role", StringComparison.Ordinal) && line.Contains("leader|follower", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("--output", StringComparison.Ordinal) && line.Contains("[default: output_h265.mp4]", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("--node-id", StringComparison.Ordinal) && line.Contains("default: auto", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("--group", StringComparison.Ordinal) && line.Contains("239.255.42.99:9942", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("'chief' is no role", "--role", "chief")]
    [InlineData("is no picture size", "--role", "leader", "--size", "641x480")]
    [InlineData("is no frame rate", "--role", "leader", "--fps", "0")]
    [InlineData("is no bitrate", "--role", "leader", "--bitrate", "lots")]
    [InlineData("is no node id", "--role", "leader", "--node-id", "a/b")]
    [InlineData("10.0.0.1", "--role", "leader", "--group", "10.0.0.1:9942")]
    [InlineData("nonsense", "--role", "leader", "--simulated-clock", "nonsense")]
    [InlineData("'maybe' is no choice of time stamps", "--role", "leader", "--hardware-timestamps", "maybe")]
    [InlineData("but lo has no hardware time stamps (its driver offers software ones only)", "--role", "leader", "--interface", "lo", "--hardware-timestamps", "on")]
    [InlineData("nonesuch0", "--role", "leader", "--interface", "nonesuch0")]
    [InlineData(".mp4, .mov and .mkv are known", "--role", "leader", "--interface", "lo", "--output", "take.avi")]
    [InlineData("{take} and {node} are known", "--role", "leader", "--interface", "lo", "--output", "{cam}.mp4")]
    [InlineData("--colour", "--role", "leader", "--colour", "blue")]
    public void Bad_value_is_refused_with_a_sentence(string sentence, params string[] arguments)
    {
        using var program = RunningNode.Start(arguments);
        int code = program.WaitForExit();
        Assert.InRange(code, 1, 127);
        Assert.Contains(sentence, program.Output);
        Assert.DoesNotContain("   at ", program.Output);
        Assert.Empty(Directory.GetFiles(program.WorkingFolder));
    }

    [Fact]
    public void Terminal_gets_a_prompt_with_editing_and_completion()
    {
        using NodeGroup group = new();
        using RunningNode terminal = StartOnTerminal(group, "");
        // a mistake, taken back with backspace; the return key of a terminal is a carriage return
        terminal.Type("statux\u007fs\r");
        terminal.WaitForLine("record-syncd> status");
        terminal.WaitForLine("stamps          kernel");
        terminal.WaitForLine("packets dropped");
        // completed by the tab key
        terminal.Type("pe\t\r");
        terminal.WaitForLine("record-syncd> peers");
        terminal.WaitForLine("(this node)");
        // the arrow up brings the last line back
        terminal.Type("\u001b[A\r");
        terminal.WaitForLine("record-syncd> peers");
        terminal.WaitForLine("(this node)");
        terminal.Type("quit\r");
        Assert.Equal(0, terminal.WaitForExit());
        Assert.Contains("left the group", terminal.Output);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(80)]
    [InlineData(200)]
    public void Peers_are_shown_on_a_terminal_of_any_width(int columns)
    {
        using NodeGroup group = new();
        using RunningNode terminal = StartOnTerminal(group, $"stty cols {columns}; ");
        terminal.Type("peers\r");
        terminal.WaitForLine("Role");
        terminal.WaitForLine("(this node)");
        terminal.Type("quit\r");
        Assert.Equal(0, terminal.WaitForExit());
    }

    [Fact]
    public void Interrupt_key_of_a_terminal_leaves()
    {
        using NodeGroup group = new();
        using RunningNode terminal = StartOnTerminal(group, "");
        terminal.Type("hel");
        terminal.WaitForLine("record-syncd> hel");
        terminal.Type("\u0003");
        terminal.WaitForLine("Ctrl-C: leaving");
        Assert.Equal(0, terminal.WaitForExit());
    }

    [Fact]
    public void Demo_ends_with_a_good_verdict_in_json()
    {
        using NodeGroup group = new();
        using var demo = RunningNode.StartIn(group.Folder, null, "demo", "--nodes", "3", "--seconds", "3", "--size", "320x240", "--json", "--output", "take");
        if (demo.WaitForExit(TimeSpan.FromSeconds(90)) != 0)
            demo.Fail("the demo failed");
        VerifyReport report = JsonSerializer.Deserialize(demo.StandardOutput, VerifyJson.Default.VerifyReport)!;
        Assert.True(report.Verdict is "pass" or "warn", report.ToJson());
        TakeReport take = Assert.Single(report.Takes);
        Assert.Equal(["cam1", "cam2", "cam3"], take.Files.Select(file => file.Node).Order(StringComparer.Ordinal));
        Assert.True(take.FrameCountsEqual);
        Assert.True(take.FrameTimesEqual);
        Assert.Equal("pixels", take.Evidence);
        // three seconds as asked for, but for the operator's reaction time on a busy machine
        Assert.InRange(take.Files[0].Frames, 80, 150);
        foreach (FileReport file in take.Files)
            RecordedTake.Read(group[$"take/{Path.GetFileName(file.Path)}"]).AssertWhole();
        Assert.Equal("pass", group.Verify("take").Verdict.Replace("warn", "pass", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Demo_that_is_interrupted_ends_after_its_nodes_with_whole_files(bool terminate)
    {
        using NodeGroup group = new();
        using var demo = RunningNode.StartIn(group.Folder, null, "demo", "--nodes", "2", "--seconds", "60", "--size", "320x240", "--output", "take");
        demo.WaitForLine("cam2 synchronised");
        foreach (string node in (string[])["cam1", "cam2"])
            RecordedTake.WaitForFrames(demo, group[$"take/{node}.mp4"], 30);
        if (terminate)
            demo.Terminate();
        else
            demo.Interrupt();

        Assert.Equal(3, demo.WaitForExit());
        Assert.Contains("demo: interrupted", demo.Output);
        foreach (string node in (string[])["cam1", "cam2"])
        {
            Assert.EndsWith("left the group\n", File.ReadAllText(group[$"take/{node}.log"]));
            RecordedTake.Read(group[$"take/{node}.mp4"]).AssertWhole();
        }
    }

    [Theory]
    [InlineData("--nodes", "0")]
    [InlineData("--seconds", "-1")]
    public void Demo_refuses_what_makes_no_sense(string option, string value)
    {
        using var demo = RunningNode.Start("demo", option, value);
        Assert.NotEqual(0, demo.WaitForExit());
        Assert.Contains($"{option} wants a number", demo.Output);
        Assert.Empty(Directory.GetFileSystemEntries(demo.WorkingFolder));
    }

    [Fact]
    public void Verify_of_a_folder_without_videos_says_so()
    {
        using var verify = RunningNode.Start("verify", ".");
        Assert.Equal(3, verify.WaitForExit());
        Assert.Contains("there is no video file", verify.Output);
    }

    [Theory]
    [InlineData("cameras")]
    [InlineData("encoders")]
    public void Lists_are_json_for_programs(string command)
    {
        using var list = RunningNode.Start(command, "--json");
        Assert.Equal(0, list.WaitForExit());
        Assert.NotEqual(JsonValueKind.Undefined, JsonDocument.Parse(list.StandardOutput).RootElement.ValueKind);
    }

    /// <summary>A leader without a camera on a pseudo-terminal.</summary>
    /// <param name="before">Shell commands that set the terminal up.</param>
    private static RunningNode StartOnTerminal(NodeGroup group, string before)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script, of bsdutils, makes the terminal");
        string command = string.Join(' ', RunningNode.Command.Select(word => $"'{word}'"));
        // a history of its own: the user's is left alone
        Dictionary<string, string> environment = new() { ["TERM"] = "xterm", ["HOME"] = group.Folder, ["XDG_STATE_HOME"] = group.Folder };
        RunningNode terminal = RunningNode.StartProgram(
            group.Folder,
            environment,
            "script",
            "-qec",
            $"{before}exec {command} --role leader --node-id desk --interface lo --group {TestGroup.Next()} --camera none",
            "/dev/null"
        );
        try
        {
            terminal.WaitForLine("desk, leader, on lo");
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
        return terminal;
    }
}

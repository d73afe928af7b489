using System.CommandLine;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Command line before environment before file before defaults; and every mistake with its place.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly NodeCommandLine node = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Command_line_comes_before_environment_before_file_before_defaults()
    {
        string file = Write("""{ "role": "follower", "size": "640x480", "fps": 25, "bitrate": 3000, "align": true }""");
        NodeOptions options = Read(["--size", "800x600"], file, ("RECORD_SYNCD_SIZE", "320x240"), ("RECORD_SYNCD_FPS", "29.97"))!;

        Assert.Equal((RoleChoice.Follower, new FrameSize(800, 600)), (options.Role, options.Size));
        Assert.Equal(new FrameRate(30000, 1001), options.Rate);
        Assert.Equal((3_000, true, false), (options.Bitrate, options.Align, options.JoinTakes));
        Assert.Equal(DropPolicy.Repeat, options.OnDrop);
    }

    [Fact]
    public void It_is_told_where_each_setting_was_written()
    {
        string file = Write("// a comment\n{\n  \"role\": \"auto\", /* another */\n  \"bitrate\": 3000,\n}\n");
        SettingsInForce settings = Gather(["-c", "test"], file, ("RECORD_SYNCD_BITRATE", "4000"));

        Assert.Equal(
            [("role", "auto", $"\"{file}\", line 3, \"role\""), ("camera", "test", "--camera"), ("bitrate", "4000", "RECORD_SYNCD_BITRATE")],
            settings.Written.Select(setting => (setting.Key, Assert.Single(setting.Values), setting.Place))
        );
    }

    [Fact]
    public void The_environment_may_name_the_file_and_the_command_line_another()
    {
        string one = Write("""{ "role": "leader" }"""), two = folder["two.jsonc"];
        File.WriteAllText(two, """{ "role": "follower" }""");

        Assert.Equal(RoleChoice.Leader, Read([], null, ("RECORD_SYNCD_CONFIG", one))!.Role);
        Assert.Equal(RoleChoice.Follower, Read([], two, ("RECORD_SYNCD_CONFIG", one))!.Role);
        Assert.Null(Read([], null));
    }

    [Fact]
    public void A_switch_that_the_file_sets_can_be_taken_back() =>
        Assert.False(Read(["--align", "false"], Write("""{ "role": "auto", "align": true }"""))!.Align);

    [Theory]
    [InlineData("yes", true)]
    [InlineData("1", true)]
    [InlineData("off", false)]
    [InlineData("", false)]
    public void A_switch_of_the_environment_is_written_as_people_write_it(string text, bool on) =>
        Assert.Equal(on, Read(["-r", "auto"], null, ("RECORD_SYNCD_ALIGN", text))!.Align);

    [Theory]
    [InlineData("{\n\"sise\": \"640x480\"\n}", "line 2, \"sise\": there is no such setting; do you mean \"size\"?")]
    [InlineData("{ \"nodeId\": \"a\" }", "do you mean \"node-id\"?")]
    [InlineData("{ \"colour\": \"blue\" }", "\"colour\": there is no such setting; 'record-syncd --help' lists all")]
    [InlineData("{ \"config\": \"x\" }", "\"config\": there is no such setting")]
    [InlineData("{\n\n\"size\": \"641x480\" }", "line 3, \"size\": '641x480' is no picture size")]
    [InlineData("{ \"bitrate\": true }", "\"bitrate\": 'true' is no bitrate")]
    [InlineData("{ \"align\": \"perhaps\" }", "\"align\": 'perhaps' is neither true nor false")]
    [InlineData("{ \"fps\": null }", "\"fps\": null is no value; leave the key out")]
    [InlineData("{ \"fps\": {} }", "\"fps\": a value is a text, a number, true or false")]
    [InlineData("{ \"size\": [\"640x480\", \"320x240\"] }", "\"size\": it takes one value, not a list")]
    [InlineData("{ \"size\": [] }", "\"size\": the list is empty")]
    [InlineData("{ \"interface\": \" \" }", "\"interface\": it has no value")]
    [InlineData("{ \"fps\": 25,\n\"fps\": 30 }", "line 2, \"fps\": it is written a second time, after")]
    [InlineData("{\n\"fps\": 25\n\"size\": \"640x480\" }", "line 3: '\"' is invalid after a value")]
    [InlineData("{\n\"fps\": 25", "line 2: ")]
    [InlineData("[1]", "settings are written between braces")]
    [InlineData("", "line 1: ")]
    [InlineData("{} {}", "line 1: ")]
    public void A_mistake_in_the_file_is_told_with_its_place(string text, string told)
    {
        SettingsException fault = Assert.Throws<SettingsException>(() => Gather([], Write(text)));
        Assert.Contains(told, fault.Message);
        Assert.Contains("settings.jsonc", fault.Message);
    }

    [Fact]
    public void A_file_that_is_not_there_is_told() => Assert.Contains("cannot be read", Assert.Throws<SettingsException>(() => Gather([], folder["none"])).Message);

    [Theory]
    [InlineData("RECORD_SYNCD_FPS", "fast", "RECORD_SYNCD_FPS: 'fast' is no frame rate")]
    [InlineData("RECORD_SYNCD_OUTPT", "x", "do you mean RECORD_SYNCD_OUTPUT?")]
    public void So_is_one_in_the_environment(string name, string value, string told) =>
        Assert.Contains(told, Assert.Throws<SettingsException>(() => Gather([], null, (name, value))).Message);

    [Fact]
    public void What_others_keep_under_the_same_prefix_is_let_be() => Assert.Empty(Gather([], null, ("RECORD_SYNCD_BINARY", "x"), ("RECORD_SYNCD_TEST_TIMEOUT", "1")).Written);

    [Fact]
    public void An_option_that_can_be_repeated_takes_a_list()
    {
        Option<string[]> several = new("--source");
        SettingKeys keys = new([several]);
        string[] Sources(string? file, string[] typed, params (string, string)[] environment) =>
            SettingsInForce.Gather(new Command("test") { several }.Parse(typed), keys, file, Environment(environment)).Parsed.GetValue(several)!;

        string file = Write("""{ "source": ["a=1", "--b"] }""");
        Assert.Equal(["a=1", "--b"], Sources(file, []));
        Assert.Equal(["c", "d"], Sources(file, [], ("RECORD_SYNCD_SOURCE", """["c", "d"]""")));
        Assert.Equal(["e"], Sources(file, [], ("RECORD_SYNCD_SOURCE", "e")));
        Assert.Equal(["f", "g"], Sources(file, ["--source", "f", "--source", "g"], ("RECORD_SYNCD_SOURCE", "e")));
        Assert.Contains("a list is written like", Assert.Throws<SettingsException>(() => Sources(null, [], ("RECORD_SYNCD_SOURCE", "[c, d]"))).Message);
    }

    [Fact]
    public void Every_option_of_a_node_is_a_setting_but_the_name_of_the_file()
    {
        Command command = new("node");
        node.AddTo(command);
        Assert.Equal(["config"], command.Options.Where(option => !option.Hidden).Select(SettingKeys.KeyOf).Except(node.Keys.All));
        Assert.Equal(node.Keys.All.Count(), node.Keys.All.Select(SettingKeys.VariableOf).Distinct().Count());
    }

    private static Dictionary<string, string> Environment((string Name, string Value)[] variables) => variables.ToDictionary(pair => pair.Name, pair => pair.Value);

    private string Write(string text)
    {
        string path = folder["settings.jsonc"];
        File.WriteAllText(path, text);
        return path;
    }

    private SettingsInForce Gather(string[] typed, string? file, params (string, string)[] environment)
    {
        Command command = new("node");
        node.AddTo(command);
        return SettingsInForce.Gather(command.Parse(typed), node.Keys, file, Environment(environment));
    }

    private NodeOptions? Read(string[] typed, string? file, params (string, string)[] environment) => node.Read(Gather(typed, file, environment).Parsed);
}

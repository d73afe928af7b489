using System.Collections;
using System.CommandLine;
using System.Text.RegularExpressions;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The settings file that is installed tells of every setting, and what it tells is so.</summary>
public sealed partial class SampleSettingsTests
{
    private static readonly string Sample = Path.Join(Repository.Root, "packaging/record-syncd.jsonc");
    private readonly NodeCommandLine node = new();

    [Fact]
    public void It_makes_a_node_that_never_leads_and_shows_its_page_to_nobody_else()
    {
        NodeOptions options = Read(Sample);
        Assert.Equal(RoleChoice.Follower, options.Role);
        Assert.True(System.Net.IPAddress.IsLoopback(options.Page.Address!.Address));
        Assert.StartsWith("/var/lib/record-syncd/", options.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_stands_in_it_once_and_under_a_comment()
    {
        string[] lines = File.ReadAllLines(Sample);
        List<string> keys = [];
        for (int number = 0; number < lines.Length; number++)
        {
            if (Setting().Match(lines[number]) is not { Success: true } found)
                continue;
            keys.Add(found.Groups["key"].Value);
            Assert.Matches("^  // [^\"]", lines[number - 1]);
        }
        Assert.Equal(node.Keys.All.Order(), keys.Order());
    }

    [Fact]
    public void What_is_commented_out_is_the_default_where_there_is_one_and_else_can_be_used()
    {
        using ScratchFolder folder = new();
        string text = File.ReadAllText(Sample);
        string all = folder["all.jsonc"], defaults = folder["defaults.jsonc"];
        File.WriteAllText(all, Setting().Replace(text, "  ${setting}"));
        // a switch is off by default, and does not say so in the option
        File.WriteAllText(defaults, Setting().Replace(text, found => node.Keys.Find(found.Groups["key"].Value) is { } option && (option.HasDefaultValue || option is Option<bool>) ? $"  {found.Groups["setting"].Value}" : found.Value));

        Assert.Equal(node.Keys.All.Count(), Gather(all).Written.Count);
        Assert.True(Gather(defaults).Written.Count > 15);
        NodeOptions plain = Read(Sample), written = Read(defaults);
        Assert.Equal(plain, written with { Page = written.Page with { Written = false } });
    }

    [GeneratedRegex("^  (// )?(?<setting>\"(?<key>[a-z-]+)\": .*,)\r?$", RegexOptions.Multiline)]
    private static partial Regex Setting();

    private SettingsInForce Gather(string path)
    {
        Command command = new("node");
        node.AddTo(command);
        return SettingsInForce.Gather(command.Parse([]), node.Keys, path, new Hashtable());
    }

    private NodeOptions Read(string path) => node.Read(Gather(path).Parsed)!;
}

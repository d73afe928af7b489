using System.CommandLine;
using System.Text.RegularExpressions;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The table of settings in docs/install.md is made of the options. RECORD_SYNCD_WRITE_SETTINGS=1 writes it anew.</summary>
public sealed partial class SettingsTableTests
{
    private const string Head = "| key | default | |\n|---|---|---|\n";
    private static readonly string Document = Path.Join(Repository.Root, "docs/install.md");

    [Fact]
    public void The_documented_settings_are_those_of_the_program()
    {
        string text = File.ReadAllText(Document);
        int from = text.IndexOf(Head, StringComparison.Ordinal) + Head.Length, to = text.IndexOf("\n\n", from, StringComparison.Ordinal) + 1;
        string table = string.Concat(new NodeCommandLine().Keys.Options.Select(Row));
        if (Environment.GetEnvironmentVariable("RECORD_SYNCD_WRITE_SETTINGS") == "1")
            File.WriteAllText(Document, text[..from] + table + text[to..]);
        else
            Assert.Equal(table, text[from..to]);
    }

    private static string Row(Option option)
    {
        OptionOutline outline = OptionOutline.Of(option);
        Match unsaid = DefaultInWords().Match(outline.Description);
        string standard = unsaid.Success ? unsaid.Groups[1].Value : option is Option<bool> ? "`false`" : outline.Default is { } value ? $"`{value}`" : "–";
        string text = DefaultInWords().Replace(outline.Description, "");
        return $"| `{SettingKeys.KeyOf(option)}` | {standard} | {text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)} |\n";
    }

    [GeneratedRegex(@" \[default: (.*)\]$")]
    private static partial Regex DefaultInWords();
}

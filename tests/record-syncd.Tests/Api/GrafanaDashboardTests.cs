using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class GrafanaDashboardTests
{
    [Fact]
    public async Task The_dashboard_asks_for_metrics_that_there_are()
    {
        await using PageInProcess page = PageInProcess.Start();
        HashSet<string> declared = [.. Regex.Matches(await page.Client.GetStringAsync("/metrics"), "^# TYPE ([a-z_]+) ", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];
        using JsonDocument dashboard = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "packaging", "grafana", "record-syncd.json")));
        string[] asked = [.. Regex.Matches(dashboard.RootElement.GetRawText(), "record_syncd_[a-z_]+").Select(match => match.Value).Distinct()];
        Assert.True(asked.Length > 10);
        Assert.All(asked, name => Assert.Contains(name, declared));
    }
}

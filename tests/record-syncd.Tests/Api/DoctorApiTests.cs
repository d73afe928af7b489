using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The doctor of a running node: looks, tries nothing, and is asked once for all who want to know.</summary>
public sealed class DoctorApiTests
{
    [Fact]
    public async Task The_harmless_part_is_served_and_kept_for_all_who_ask()
    {
        await using PageInProcess page = PageInProcess.Start();
        JsonElement[] both = await Task.WhenAll(page.Get("/api/v1/doctor"), page.Get("/api/v1/doctor"));

        Assert.Equal(both[0].GetRawText(), both[1].GetRawText());
        ApiDoctor report = both[0].Deserialize(ApiJson.Wire.ApiDoctor)!;
        Assert.Equal(["here", "network", "clock", "camera", "encoder", "disk", "machine"], report.Findings.Select(finding => finding.Area).Distinct());
        foreach (string trial in (string[])["encoder", "container", "disk speed"])
            Assert.Equal("skipped", Of(trial).Verdict);
        Assert.Equal("ok", Of("own multicast").Verdict);
        Assert.Equal("ok", Of("membership").Verdict);
        // the node that is asked is no peer of its own
        Assert.StartsWith("no beacon of another node", Of("peers").Evidence, StringComparison.Ordinal);
        Assert.Equal("lo (127.0.0.1)", Of("interface").Evidence.Split(',')[0]);
        Assert.Contains(page.Folder.Path, Of("output").Evidence, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(page.Folder.Path));

        ApiFinding Of(string check) => Assert.Single(report.Findings, finding => finding.Check == check);
    }
}

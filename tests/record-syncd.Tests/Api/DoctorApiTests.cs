using System.Net;
using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The doctor of a running node: one examination for all who ask, and nothing is tried that costs a recording something unless somebody has asked for that.</summary>
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

    [Fact]
    public async Task An_examination_with_trials_is_begun_joined_and_looked_at_while_it_goes_on()
    {
        await using PageInProcess page = PageInProcess.Start();
        ApiExamination before = await Examination(page);
        Assert.Equal(("one", "never", null, null), (before.Node, before.State, before.AgeMs, before.Report));

        ApiExamination begun = await Begin(page, "{}");
        Assert.Equal(("running", true, "listening to the group", 0), (begun.State, begun.Trials, begun.Step, begun.StepsDone));
        // nobody who comes meanwhile begins another one, and what was asked for is not taken back
        Assert.True((await Begin(page, """{"trials":false}""")).Trials);
        Task<JsonElement> joined = page.Get("/api/v1/doctor");

        ApiExamination done = await Until(page, "done");
        Assert.Equal(await joined.WaitAsync(RunningNode.Patience) is var same ? same.GetRawText() : "", JsonSerializer.Serialize(done.Report, ApiJson.Wire.ApiDoctor));
        Assert.Equal((true, null, null), (done.Trials, done.Step, done.Fault));
        Assert.InRange(done.AgeMs!.Value, 0, 60_000);
        // nodes of other tests may be recording on this machine
        Assert.Matches(@"times what is recorded|^a node \(process \d+\)|^a node of another user", Of(done, "disk speed").Evidence);
        Assert.Matches(@"frames of 1280x720|^a node \(process \d+\)|^a node of another user", Of(done, "encoder").Evidence);
        Assert.Empty(Directory.GetFileSystemEntries(page.Folder.Path));
    }

    [Fact]
    public async Task Nodes_that_are_not_there_and_wishes_that_are_none_are_told_in_a_sentence()
    {
        await using PageInProcess page = PageInProcess.Start();
        using HttpResponseMessage unknown = await page.Client.PostAsync("/api/v1/nodes/nobody/doctor", PageInProcess.Json("{}"));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("no node nobody is known here", await PageInProcess.SentenceOf(unknown), StringComparison.Ordinal);
        using HttpResponseMessage odd = await page.Client.PostAsync("/api/v1/nodes/one/doctor", PageInProcess.Json("""{"trails":true}"""));
        Assert.Equal(HttpStatusCode.BadRequest, odd.StatusCode);
        Assert.Equal("never", (await Examination(page)).State);
    }

    private static ApiFinding Of(ApiExamination examination, string check) => Assert.Single(examination.Report!.Findings, finding => finding.Check == check);

    private static async Task<ApiExamination> Examination(PageInProcess page) => (await page.Get("/api/v1/nodes/one/doctor")).Deserialize(ApiJson.Wire.ApiExamination)!;

    private static async Task<ApiExamination> Begin(PageInProcess page, string wish)
    {
        using HttpResponseMessage answer = await page.Client.PostAsync("/api/v1/nodes/one/doctor", PageInProcess.Json(wish));
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, text);
        return JsonSerializer.Deserialize(text, ApiJson.Wire.ApiExamination)!;
    }

    private static async Task<ApiExamination> Until(PageInProcess page, string state)
    {
        long deadline = Environment.TickCount64 + (long)RunningNode.Patience.TotalMilliseconds;
        ApiExamination examination;
        do
        {
            examination = await Examination(page);
            Assert.True(Environment.TickCount64 < deadline, examination.ToString());
        } while (examination.State != state);
        return examination;
    }
}

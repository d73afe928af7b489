using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/api.md, "Takes": what is on the disk, and nothing else that is on it.</summary>
public sealed class TakesApiTests
{
    private const string Name = "take-20261125-025011-jump3";

    private static byte[] Video { get; } = [.. Enumerable.Range(0, 5_000).Select(i => (byte)(i * 7))];

    private static void WriteTake(PageInProcess page, string name = Name)
    {
        string folder = page.Folder[name];
        NodeVerdict one = TakeOnDisk.WriteNode(folder, name, "one", 90, _ => 0, video: Video), two = TakeOnDisk.WriteNode(folder, name, "two", 90, k => k == 33 ? 9_000 : 100);
        TakeOnDisk.WriteVerdict(folder, name, [one, two]);
    }

    [Fact]
    public async Task A_take_is_listed_with_its_verdict_and_its_files()
    {
        await using PageInProcess page = PageInProcess.Start();
        Assert.Equal(0, (await page.Get("/api/v1/takes")).GetArrayLength());
        WriteTake(page);
        TakeOnDisk.WriteNode(page.Folder["take-20261125-010000"], "take-20261125-010000", "one", 30, _ => 0, ManifestState.Recording);

        JsonElement takes = await Eventually(page, "/api/v1/takes", list => list.GetArrayLength() == 2);

        JsonElement take = takes.EnumerateArray().Single(each => each.GetProperty("name").GetString() == Name);
        Assert.Equal("jump3", take.GetProperty("label").GetString());
        Assert.Equal(TakeOnDisk.StartNs / 1_000, take.GetProperty("started_us").GetInt64());
        Assert.Equal(3.0, take.GetProperty("length_s").GetDouble());
        Assert.Equal(90, take.GetProperty("frames").GetInt64());
        Assert.Equal("30", take.GetProperty("rate").GetString());
        Assert.Equal("complete", take.GetProperty("state").GetString());
        Assert.Equal("PASS", take.GetProperty("word").GetString());
        Assert.Equal(["one", "two"], take.GetProperty("nodes").EnumerateArray().Select(node => node.GetString()!));
        JsonElement cut = takes.EnumerateArray().Single(each => each.GetProperty("name").GetString() != Name);
        Assert.Equal(("incomplete", JsonValueKind.Null), (cut.GetProperty("state").GetString(), cut.GetProperty("word").ValueKind));

        JsonElement detail = await page.Get($"/api/v1/takes/{Name}");
        Assert.Equal("record-syncd take", detail.GetProperty("verdict").GetProperty("kind").GetString());
        Assert.Equal("PASS", detail.GetProperty("verdict").GetProperty("word").GetString());
        Assert.Equal(
            ["manifest one.json", "manifest two.json", "sidecar one.frames.csv", "sidecar two.frames.csv", "take take.json", "video one.mp4", "video two.mp4"],
            detail.GetProperty("files").EnumerateArray().Select(file => $"{file.GetProperty("kind").GetString()} {file.GetProperty("name").GetString()}").Order()
        );
        foreach (JsonElement file in detail.GetProperty("files").EnumerateArray())
            Assert.Equal(file.GetProperty("bytes").GetInt64(), (await page.Client.GetByteArrayAsync(file.GetProperty("href").GetString())).LongLength);
    }

    [Fact]
    public async Task A_file_is_served_whole_in_ranges_and_not_at_all_when_it_is_known()
    {
        await using PageInProcess page = PageInProcess.Start();
        WriteTake(page);
        string href = $"/api/v1/takes/{Name}/files/one.mp4";

        using HttpResponseMessage whole = await page.Client.GetAsync(href + "?download");
        Assert.Equal(Video, await whole.Content.ReadAsByteArrayAsync());
        Assert.Equal("video/mp4", whole.Content.Headers.ContentType?.MediaType);
        Assert.Equal("attachment", whole.Content.Headers.ContentDisposition?.DispositionType);
        EntityTagHeaderValue tag = whole.Headers.ETag!;
        Assert.False(tag.IsWeak);

        using HttpResponseMessage part = await Ask(page, href, request => request.Headers.Range = new RangeHeaderValue(100, 199));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(Video[100..200], await part.Content.ReadAsByteArrayAsync());
        Assert.Equal("inline", part.Content.Headers.ContentDisposition?.DispositionType);

        using HttpResponseMessage same = await Ask(page, href, request => (request.Headers.Range, request.Headers.IfRange) = (new RangeHeaderValue(null, 10), new RangeConditionHeaderValue(tag)));
        Assert.Equal(Video[^10..], await same.Content.ReadAsByteArrayAsync());
        using HttpResponseMessage known = await Ask(page, href, request => request.Headers.IfNoneMatch.Add(tag));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        using HttpResponseMessage beyond = await Ask(page, href, request => request.Headers.Range = new RangeHeaderValue(9_000, 9_999));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);

        // another file under the same name: a client that goes on where it stopped must begin anew
        await File.WriteAllBytesAsync(page.Folder[$"{Name}/one.mp4"], Video[..4_000]);
        using HttpResponseMessage changed = await Ask(page, href, request => (request.Headers.Range, request.Headers.IfRange) = (new RangeHeaderValue(100, 199), new RangeConditionHeaderValue(tag)));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(4_000, (await changed.Content.ReadAsByteArrayAsync()).Length);
        Assert.NotEqual(tag, changed.Headers.ETag);
    }

    [Theory]
    [InlineData("/files/..%2f..%2fsecret.txt")]
    [InlineData("/files/%2e%2e%2fsecret.txt")]
    [InlineData("/files/../../../../../secret.txt")]
    [InlineData("/files/secret.txt")]
    [InlineData("/files/%2fetc%2fpasswd")]
    [InlineData("/files/..%5csecret.txt")]
    [InlineData("/../secret.txt")]
    [InlineData("/files/outside.mp4")]
    public async Task Nothing_else_on_the_disk_can_be_had(string path)
    {
        await using PageInProcess page = PageInProcess.Start();
        WriteTake(page);
        await File.WriteAllTextAsync(page.Folder["secret.txt"], "secret");
        await File.WriteAllTextAsync(page.Folder["outside.mp4"], "secret");
        // a manifest that names files beside others
        string folder = page.Folder[Name];
        TakeOnDisk.WriteNode(folder, Name, "three", 3, _ => 0);
        string manifest = await File.ReadAllTextAsync(Path.Join(folder, "three.json"));
        await File.WriteAllTextAsync(Path.Join(folder, "three.json"), manifest.Replace("three.mp4", "../outside.mp4").Replace("three.frames.csv", "/etc/passwd"));

        // as it is, without the client's own tidying of paths
        string answer = await RawHttp.Get(page.Port, $"/api/v1/takes/{Name}{path}");
        Assert.Matches("^HTTP/1.1 40[04] ", answer);
        Assert.DoesNotContain("secret\n", answer + "\n");
        Assert.DoesNotContain("root:", answer);
        JsonElement files = (await page.Get($"/api/v1/takes/{Name}")).GetProperty("files");
        // it is not believed in anything else either
        Assert.DoesNotContain("three", files.EnumerateArray().Select(file => file.GetProperty("node").GetString()));
        Assert.NotEqual(0, files.GetArrayLength());
    }

    [Fact]
    public async Task The_skew_has_every_frame_of_short_takes_and_the_worst_of_long_ones()
    {
        await using PageInProcess page = PageInProcess.Start();
        WriteTake(page);
        ApiSkew skew = await SkewOf(page, Name);
        Assert.Equal(("30", "sidecars", 90), (skew.Rate, skew.Source, skew.Points.Count));
        Assert.Equal([9_000.0], skew.SpreadUs.Where(spread => spread > 100).Select(spread => spread!.Value));
        Assert.Equal(9_000.0, skew.Nodes.Single(node => node.Node == "two").ResidualUs[33]);

        const string Long = "take-20261125-040000";
        NodeVerdict one = TakeOnDisk.WriteNode(page.Folder[Long], Long, "one", 20_011, _ => 0), two = TakeOnDisk.WriteNode(page.Folder[Long], Long, "two", 20_011, k => k == 13_337 ? 9_000 : 100);
        TakeOnDisk.WriteVerdict(page.Folder[Long], Long, [one, two]);
        await Eventually(page, "/api/v1/takes", list => list.GetArrayLength() == 2);
        ApiSkew thinned = await SkewOf(page, Long);
        Assert.InRange(thinned.Points.Count, SkewSeries.MostPoints / 2, SkewSeries.MostPoints);
        int at = thinned.SpreadUs.ToList().IndexOf(9_000.0);
        Assert.Equal(13_337 / 30.0, thinned.Points[at], 1e-5);

        // one sidecar is somewhere else: take.json has samples of all
        File.Delete(page.Folder[$"{Long}/two.frames.csv"]);
        ApiSkew sampled = await SkewOf(page, Long);
        Assert.Equal("take.json", sampled.Source);
        Assert.InRange(sampled.Points.Count, 64, ResidualSeries.MostSamples);
        Assert.All(sampled.SpreadUs, spread => Assert.Equal(100.0, spread));
    }

    [Fact]
    public async Task A_thousand_takes_are_listed_in_well_under_a_second_and_again_in_less()
    {
        using ScratchFolder folder = new();
        for (int i = 0; i < 1_000; i++)
        {
            string name = $"take-20261125-{i:000000}";
            TakeOnDisk.WriteVerdict(folder[name], name, [TakeOnDisk.WriteNode(folder[name], name, "one", 30, _ => 0), TakeOnDisk.WriteNode(folder[name], name, "two", 30, _ => 50)]);
        }
        Assert.True(OutputPath.TryParse(folder["{take}/{node}.mp4"], out OutputPath? output, out string? fault), fault);
        TakeLibrary library = new(output);
        Stopwatch first = Stopwatch.StartNew();
        Assert.Equal(1_000, (await library.All()).Count);
        first.Stop();
        library.Changed();
        Stopwatch again = Stopwatch.StartNew();
        Assert.Equal(1_000, (await library.All()).Count);
        again.Stop();
        Assert.True(again.Elapsed < TimeSpan.FromSeconds(1) && first.Elapsed < TimeSpan.FromSeconds(5), $"first {first.ElapsedMilliseconds} ms, again {again.ElapsedMilliseconds} ms");
        TestContext.Current.TestOutputHelper?.WriteLine($"first {first.ElapsedMilliseconds} ms, again {again.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task The_group_is_asked_for_a_verdict_of_a_take_that_is_known()
    {
        await using PageInProcess page = PageInProcess.Start();
        WriteTake(page);
        using HttpResponseMessage asked = await page.Client.PostAsync($"/api/v1/takes/{Name}/verdict", PageInProcess.Json(""));
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        using HttpResponseMessage unknown = await page.Client.PostAsync("/api/v1/takes/none/verdict", PageInProcess.Json(""));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("/api/v1/takes", await PageInProcess.SentenceOf(unknown));
    }

    private static async Task<ApiSkew> SkewOf(PageInProcess page, string take) => (await page.Get($"/api/v1/takes/{take}/skew")).Deserialize(ApiJson.Wire.ApiSkew)!;

    private static async Task<HttpResponseMessage> Ask(PageInProcess page, string href, Action<HttpRequestMessage> shape)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, href);
        shape(request);
        return await page.Client.SendAsync(request);
    }

    /// <summary>A list may be a third of a second old.</summary>
    private static async Task<JsonElement> Eventually(PageInProcess page, string path, Func<JsonElement, bool> fits)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (true)
        {
            JsonElement answer = await page.Get(path);
            if (fits(answer))
                return answer;
            Assert.True(waited.Elapsed < RunningNode.Patience, answer.ToString());
        }
    }
}

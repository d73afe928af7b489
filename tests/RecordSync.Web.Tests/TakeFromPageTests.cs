using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace RecordSync.Web.Tests;

/// <summary>A take from beginning to end, with nothing but the page of a node that does not lead.</summary>
[Collection(Processes.Name)]
public sealed partial class TakeFromPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    /// <summary>Two looks at an image, as often as it takes until they differ.</summary>
    internal const string Moves = """
        async image => {
            const look = () => {
                const canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
                const paper = canvas.getContext('2d');
                paper.drawImage(image, 0, 0);
                return paper.getImageData(0, 0, canvas.width, canvas.height).data.join();
            };
            const end = performance.now() + 20_000;
            while (image.naturalWidth === 0 && performance.now() < end) await new Promise(requestAnimationFrame);
            for (const first = look(); performance.now() < end; await new Promise(requestAnimationFrame))
                if (look() !== first) return `${image.naturalWidth}x${image.naturalHeight}`;
            return 'it stands still';
        }
        """;

    [Fact]
    public async Task Live_pictures_of_this_node_and_of_another_are_seen_and_move_while_they_record()
    {
        using WebNodes nodes = WebNodes.Of(2);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"));
        await page.IsReady(2);
        await page.Start.ClickAsync();
        await page.Shows("Recording");
        foreach (string node in new[] { "cam2", "cam1" })
        {
            await page.Page.GetByRole(AriaRole.Button, new() { Name = $"Live picture of {node}" }).ClickAsync();
            ILocator image = page.Page.GetByRole(AriaRole.Img, new() { Name = $"Live picture of {node}" });
            await Expect(image).ToBeVisibleAsync();
            Assert.Equal("320x240", await image.EvaluateAsync<string>(Moves));
        }
        await page.HoldStop();
        await page.Shows("Ready");
        page.AssertQuiet();
    }

    [Fact]
    public async Task A_take_is_started_watched_stopped_and_judged_from_the_page_of_a_follower()
    {
        using WebNodes nodes = WebNodes.Three();
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"));
        await page.IsReady(3);
        await Expect(page.Card("cam1")).ToContainTextAsync("leads");
        await Expect(page.Card("cam2")).ToContainTextAsync("this page");
        await page.AssertAccessible("ready");
        await page.Picture("ready", whole: true);

        await page.Page.GetByLabel("Label of the next take").FillAsync("scene 4");
        await page.Start.ClickAsync();
        await page.Shows("Recording");
        foreach (string node in new[] { "cam1", "cam2", "cam3" })
        {
            await Expect(page.Card(node)).ToContainTextAsync("Recording");
            long frames = await page.Reaches(page.Figure(node, "Frames"), 1);
            await page.Reaches(page.Figure(node, "Frames"), frames + 60);
            await Expect(page.Figure(node, "Bitrate")).ToContainTextAsync("kbit/s");
            await Expect(page.Figure(node, "Frames/s")).ToHaveTextAsync(Figure());
        }
        await TimecodeIsNetworkTime(page);
        await page.AssertAccessible("recording");
        await page.Picture("recording", whole: true);

        await page.HoldStop();
        await page.Shows("Ready");
        ILocator row = page.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "scene-4" });
        await Expect(row).ToContainTextAsync(Word());
        // which of the three a busy machine deserves is for the nodes to say; the page says the same
        Assert.Contains(await WordOfNode(page), await row.InnerTextAsync(), StringComparison.Ordinal);
        await page.Picture("after", whole: true);
        await row.GetByRole(AriaRole.Link).ClickAsync();
        await TakeIsShown(page);
        page.AssertQuiet();
    }

    private static async Task TakeIsShown(GroupPage page)
    {
        ILocator take = page.Page.GetByRole(AriaRole.Region, new() { Name = "scene-4" });
        await Expect(take.Locator(".head .word")).ToHaveTextAsync(await WordOfNode(page));
        foreach (string node in new[] { "cam1", "cam2", "cam3" })
            await Expect(take.GetByRole(AriaRole.Row).Filter(new() { HasText = node }).Last).ToContainTextAsync(Word());
        ILocator plot = take.Locator(".u-legend");
        foreach (string node in new[] { "cam1", "cam2", "cam3" })
            await Expect(plot).ToContainTextAsync(node);
        Assert.True(await PlotHasLines(page), "the plot is empty");
        await page.AssertAccessible("take");
        await page.Picture("take", whole: true);
        // zoomed by keyboard it shows less of the take, and all of it again
        string all = await AxisOf(page);
        await take.GetByRole(AriaRole.Button, new() { Name = "Zoom in" }).PressAsync("Enter");
        Assert.NotEqual(all, await AxisOf(page));
        await take.GetByRole(AriaRole.Button, new() { Name = "Whole take" }).PressAsync("Enter");
        Assert.Equal(all, await AxisOf(page));
        // what is linked is there
        string[] files = await take.Locator("ul.files a:not(.button)").EvaluateAllAsync<string[]>("links => links.map(link => link.href)");
        Assert.Contains(files, file => file.EndsWith(".mp4", StringComparison.Ordinal));
        Assert.Contains(files, file => file.EndsWith("take.json", StringComparison.Ordinal));
        foreach (string file in files)
        {
            IAPIResponse answer = await page.Page.APIRequest.GetAsync(file);
            Assert.True(answer.Ok && (await answer.BodyAsync()).Length > 0, file);
        }
    }

    private static async Task<string> WordOfNode(GroupPage page)
    {
        JsonElement takes = await page.Page.EvaluateAsync<JsonElement>("async () => await (await fetch('/api/v1/takes')).json()");
        return takes.EnumerateArray().Single(take => take.GetProperty("label").GetString() == "scene-4").GetProperty("word").GetString()!;
    }

    /// <summary>Pixels of a canvas as a short text, to tell one view from another.</summary>
    private static Task<string> AxisOf(GroupPage page) => page.Page.EvaluateAsync<string>("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(document.querySelector('.plot canvas').toDataURL()))))");

    private static Task<bool> PlotHasLines(GroupPage page) =>
        page.Page.EvaluateAsync<bool>("() => { const canvas = document.querySelector('.plot canvas'); return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 === 3 && value > 200); }");

    /// <summary>What the timecode shows lies between what it must have shown when the node was asked and when the answer had come.</summary>
    private static async Task TimecodeIsNetworkTime(GroupPage page)
    {
        JsonElement seen = await page.Page.EvaluateAsync<JsonElement>(
            """
            async () => {
                const shown = () => document.querySelector('.timecode').textContent;
                const before = shown();
                const group = await (await fetch('/api/v1/group')).json();
                await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
                return { before, after: shown(), elapsed: group.now_us - group.take.start_us };
            }
            """
        );
        double frames = seen.GetProperty("elapsed").GetDouble() * 30 / 1e6;
        // the node's answer may be 100 ms old, and what it sends takes its time
        Assert.InRange(frames, FramesOf(seen.GetProperty("before").GetString()!) - 5, FramesOf(seen.GetProperty("after").GetString()!) + 5);
    }

    private static int FramesOf(string timecode)
    {
        int[] parts = [.. timecode.Split(':').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        Assert.Equal(4, parts.Length);
        return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 30 + parts[3];
    }

    [GeneratedRegex("^[0-9]+[.][0-9]$")]
    private static partial Regex Figure();

    [GeneratedRegex("PASS|WARN|FAIL")]
    private static partial Regex Word();
}

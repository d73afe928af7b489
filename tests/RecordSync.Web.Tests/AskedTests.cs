using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;
using RecordedTake = RecordSync.Daemon.Tests.RecordedTake;

namespace RecordSync.Web.Tests;

/// <summary>What a START asks of all cameras, from the page: it is in the files, it is never a surprise, and who cannot is named.</summary>
[Collection(Processes.Name)]
public sealed class AskedTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string FixedSize = "pipeline:videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=30/1";
    private const string Asks = "256x192, 15 frames/s, exposure locked";

    [Fact]
    public async Task The_files_of_a_take_have_the_size_that_was_asked_for_on_the_page_and_it_stays_for_the_next_take_until_it_is_cleared()
    {
        using WebNodes nodes = WebNodes.Of(2);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"));
        await using GroupPage other = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"));
        await page.IsReady(2);
        await other.IsReady(2);
        await Expect(page.Asked.Next).ToHaveCountAsync(0);
        await page.Asked.Open();
        await page.Asked.Field("Picture size").FillAsync("256x192");
        await page.Asked.Field("Frames/s").FillAsync("15");
        await page.Asked.Field("Lock exposure").CheckAsync();
        await page.Asked.Close();
        await Expect(page.Asked.Next).ToContainTextAsync($"The next START asks of all cameras: {Asks}");
        await page.Page.GetByLabel("Label of the next take").FillAsync("small");

        IJSHandle[] seen = [await page.Sentences(), await other.Sentences()];
        await page.Start.ClickAsync();
        foreach (GroupPage each in new[] { page, other })
        {
            await each.Shows("Recording");
            await Expect(each.Hero).ToContainTextAsync($"Asked of all cameras: {Asks}");
            await Expect(each.Asked.All).ToHaveCountAsync(0);
        }
        Assert.Contains($"The cameras are being set to {Asks} …", await seen[0].JsonValueAsync<string[]>());
        // who looks on elsewhere hears of no trouble either
        Assert.Contains($"the cameras are being set to {Asks}", await seen[1].JsonValueAsync<string[]>());
        Assert.DoesNotContain(await seen[1].JsonValueAsync<string[]>(), sentence => sentence.Contains("not ready", StringComparison.Ordinal));
        await page.Reaches(page.Figure("cam1", "Frames"), 30);
        await page.AssertAccessible("a take that was asked for something");
        await page.Picture("asked-recording");
        await page.HoldStop();
        await page.IsReady(2);
        foreach (string node in new[] { "cam1", "cam2" })
        {
            RecordedTake take = RecordedTake.Read(nodes.VideoOf(node, "small"));
            DecodedVideo video = VideoReader.Read(take.Video);
            Assert.Equal((256, 192, 256, 192), (take.Manifest.Width, take.Manifest.Height, video.Width, video.Height));
            Assert.Equal(("15", Asks), (take.Manifest.Fps, take.Manifest.Asked));
        }

        // the label was of that take; what the cameras are asked for is not
        await Expect(page.Page.GetByLabel("Label of the next take")).ToHaveValueAsync("");
        await Expect(page.Asked.Next).ToContainTextAsync(Asks);
        await page.Page.ReloadAsync();
        await page.IsReady(2);
        await Expect(page.Asked.Next).ToContainTextAsync(Asks);
        await page.Asked.Clear.ClickAsync();
        await Expect(page.Asked.Next).ToHaveCountAsync(0);
        await Expect(page.Asked.Summary).ToBeFocusedAsync();
        await page.Page.GetByLabel("Label of the next take").FillAsync("usual");
        await page.Start.ClickAsync();
        await page.Shows("Recording");
        await Expect(page.Hero).Not.ToContainTextAsync("Asked of all cameras");
        await page.Reaches(page.Figure("cam2", "Frames"), 10);
        await page.HoldStop();
        await page.IsReady(2);
        Assert.Equal((320, 240), RecordedTake.Read(nodes.VideoOf("cam2", "usual")).Manifest is var usual ? (usual.Width, usual.Height) : default);
        page.AssertQuiet();
        other.AssertQuiet();
    }

    [Fact]
    public async Task A_camera_that_cannot_is_named_with_its_reason_and_the_others_record_all_the_same_what_was_asked()
    {
        using WebNodes nodes = WebNodes.Of(2);
        nodes.Start("follower", "cam3", options: ["--camera", FixedSize]);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"), new() { ViewportSize = new() { Width = 1400, Height = 900 }, ColorScheme = ColorScheme.Dark });
        await page.IsReady(3);
        await page.Asked.Open();
        await page.Asked.Field("Picture size").FillAsync("256x192");
        await page.Start.ClickAsync();
        // the one that cannot is asked again and again until half a second before the take
        await Expect(page.Sentence).ToHaveTextAsync("The cameras are being set to 256x192 …");
        await Expect(page.Hero.GetByRole(AriaRole.Status)).ToHaveTextAsync("The cameras are being set to 256x192 …");
        await Expect(page.Start).ToBeDisabledAsync();
        await Expect(page.Asked.Field("Picture size")).ToBeHiddenAsync();
        await page.AssertAccessible("setting, dark");
        await page.Picture("asked-setting");
        await Expect(page.Refusal.GetByRole(AriaRole.Listitem)).ToHaveTextAsync(["cam3: this camera gives 320x240 and no 256x192"]);
        await Expect(page.Refusal).ToContainTextAsync("It asked of all cameras: 256x192");
        await page.IsReady(3);
        await page.AssertAccessible("withdrawn, dark");
        await page.Picture("asked-withdrawn", whole: true);

        await Expect(page.Hero.GetByRole(AriaRole.Status)).ToBeEmptyAsync();

        // what is typed meanwhile is for another START
        await page.Asked.Open();
        await page.Asked.Field("Picture size").FillAsync("640x480");
        ILocator again = page.Refusal.GetByRole(AriaRole.Button, new() { Name = "Start all the same, with those who can (cam1, cam2)" });
        await again.ClickAsync();
        await page.Shows("Recording");
        await Expect(page.Hero).ToContainTextAsync("Asked of all cameras: 256x192");
        await Expect(page.Card("cam1")).ToContainTextAsync("Recording");
        await Expect(page.Card("cam3")).Not.ToContainTextAsync("Recording");
        await page.Reaches(page.Figure("cam1", "Frames"), 30);
        await page.HoldStop();
        await page.IsReady(3);
        foreach (string node in new[] { "cam1", "cam2" })
            Assert.Equal((256, 192), RecordedTake.Read(nodes.VideoOf(node)).Manifest is var take ? (take.Width, take.Height) : default);
        Assert.Empty(nodes.VideosOf("cam3"));
        page.AssertQuiet("409");
    }

    [Fact]
    public async Task The_leaders_own_camera_is_named_too_and_nothing_is_offered_that_would_be_refused_again()
    {
        using WebNodes nodes = new();
        nodes.Start("leader", "cam1", options: ["--camera", FixedSize]).WaitForLineEver("this node leads");
        nodes.Start("follower", "cam2");
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"), new() { ViewportSize = new() { Width = 360, Height = 740 } });
        await page.IsReady(2);
        await page.Asked.Open();
        await page.Asked.Field("Lock exposure").CheckAsync();
        await page.Start.ClickAsync();
        await Expect(page.Refusal.GetByRole(AriaRole.Listitem)).ToHaveTextAsync(["cam1: the exposure of a pipeline camera cannot be locked from here"]);
        await Expect(page.Refusal.GetByRole(AriaRole.Button)).ToHaveTextAsync(["Close"]);
        await Expect(page.Refusal).ToBeInViewportAsync(new() { Ratio = 1 });
        await page.IsReady(2);
        page.AssertQuiet("409");
    }

    [Fact]
    public async Task A_mistake_is_told_beside_its_field_and_before_anything_is_sent_and_the_node_judges_again()
    {
        const string noSize = "\"1921x1080\" is no picture size: use even numbers like 1920x1080.", noRate = "\"quick\" is no frame rate: use 30, 29.97 or 30000/1001.";
        using WebNodes nodes = WebNodes.Of(1);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"));
        await page.IsReady(1);
        List<string> sent = [];
        await page.Page.RouteAsync("**/api/v1/start", route =>
        {
            sent.Add(route.Request.PostData!);
            return route.ContinueAsync(new() { PostData = Encoding.UTF8.GetBytes(sent[^1].Replace("1280x720", "1281x720", StringComparison.Ordinal)) });
        });
        // by keys alone
        await page.Start.FocusAsync();
        IKeyboard keys = page.Page.Keyboard;
        await keys.PressAsync("Tab");
        await keys.PressAsync("Tab");
        await Expect(page.Asked.Summary).ToBeFocusedAsync();
        await keys.PressAsync("Enter");
        await keys.PressAsync("Tab");
        ILocator size = page.Asked.Field("Picture size"), rate = page.Asked.Field("Frames/s");
        await Expect(size).ToBeFocusedAsync();
        await keys.TypeAsync("1921x1080");
        await Expect(page.Asked.Fault("size")).ToBeEmptyAsync();
        await keys.PressAsync("Tab");
        await Expect(page.Asked.Fault("size")).ToHaveTextAsync(noSize);
        await Expect(size).ToHaveAccessibleDescriptionAsync(noSize);
        await page.AssertAccessible("a mistake");
        await page.Picture("asked-mistake");
        await keys.TypeAsync("quick");
        await page.Asked.Close();
        await Expect(page.Asked.Next).ToContainTextAsync($"{noSize} {noRate}");

        await page.Start.PressAsync("Enter");
        await Expect(size).ToBeFocusedAsync();
        await Expect(page.Asked.Fault("fps")).ToHaveTextAsync(noRate);
        await size.FillAsync("1280x720");
        await Expect(page.Asked.Fault("size")).ToBeEmptyAsync();
        await page.Start.PressAsync("Enter");
        await Expect(rate).ToBeFocusedAsync();
        Assert.Empty(sent);
        await rate.FillAsync("60");
        await page.Start.PressAsync("Enter");
        await Expect(page.Refusal).ToContainTextAsync("\"1281x720\" is no picture size: use even numbers like 1920x1080.");
        await Expect(page.Refusal.GetByRole(AriaRole.Button)).ToHaveTextAsync(["Close"]);
        using JsonDocument asked = JsonDocument.Parse(Assert.Single(sent));
        Assert.Equal(("1280x720", "60", JsonValueKind.Null), asked.RootElement.GetProperty("settings") is var settings ? (settings.GetProperty("size").GetString(), settings.GetProperty("fps").GetString(), settings.GetProperty("bitrate").ValueKind) : default);
        page.AssertQuiet("400");
    }

    [Fact]
    public async Task A_page_that_shows_a_take_says_what_the_next_start_asks_without_the_fields()
    {
        using WebNodes nodes = WebNodes.Of(1);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"));
        await page.IsReady(1);
        await page.Asked.Open();
        await page.Asked.Field("kbit/s").FillAsync("300");
        await page.Page.EvaluateAsync("() => { location.hash = '#/takes/none'; }");
        await Expect(page.Asked.Summary).ToHaveCountAsync(0);
        await Expect(page.Asked.Next).ToContainTextAsync("300 kbit/s");
        await page.AssertNothingIsCutOff();
        await page.Picture("asked-compact");
        await page.Asked.Clear.ClickAsync();
        await Expect(page.Asked.All.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task It_fits_a_phone_and_a_desk_by_night_and_by_day()
    {
        using WebNodes nodes = WebNodes.Of(1);
        foreach (ColorScheme scheme in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            foreach (int width in new[] { 360, 1400 })
            {
                await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"), new() { ViewportSize = new() { Width = width, Height = 800 }, HasTouch = true, ColorScheme = scheme });
                await page.IsReady(1);
                string name = $"asked-{width}-{scheme}";
                await page.Picture($"{name}-closed");
                await page.Asked.Summary.TapAsync();
                await page.Asked.Field("Picture size").FillAsync("1920x1080");
                await page.Asked.Field("Frames/s").FillAsync("59.94");
                await page.Asked.Field("kbit/s").FillAsync("12000");
                await page.Asked.Field("Lock exposure").TapAsync();
                await page.Asked.Field("Lock white balance").TapAsync();
                await Looks(page, $"{name}-open");
                await page.Asked.Summary.TapAsync();
                await Looks(page, $"{name}-set");
                await page.Asked.Summary.TapAsync();
                await page.Asked.Field("kbit/s").FillAsync("12 Mbit/s");
                await page.Start.TapAsync();
                await Expect(page.Asked.Fault("bitrate")).ToBeInViewportAsync();
                await Looks(page, $"{name}-mistake");
                if (width == 1400)
                    Assert.Equal((await page.Asked.Field("kbit/s").BoundingBoxAsync())!.X, (await page.Asked.Fault("bitrate").BoundingBoxAsync())!.X);
                page.AssertQuiet();
            }
        }
    }

    private static async Task Looks(GroupPage page, string view)
    {
        await page.AssertNothingIsCutOff();
        // on one line, however much there is to say beside it
        Assert.InRange((await page.Asked.Clear.BoundingBoxAsync())!.Height, 30, 50);
        await page.AssertAccessible(view);
        await page.Picture(view, whole: true);
    }
}

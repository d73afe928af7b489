using System.Text.Json;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace RecordSync.Web.Tests;

/// <summary>On a phone and on a desk, by day and by night; how much of it there is, and how soon.</summary>
[Collection(Processes.Name)]
public sealed class LookTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly ViewportSize Phone = new() { Width = 360, Height = 740 };

    [Fact]
    public async Task It_fits_a_phone_by_night_and_by_day()
    {
        using WebNodes nodes = WebNodes.Three();
        foreach (ColorScheme scheme in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"), new() { ViewportSize = Phone, HasTouch = true, IsMobile = true, DeviceScaleFactor = 2, ColorScheme = scheme });
            await page.IsReady(3);
            await page.AssertNothingIsCutOff();
            await page.AssertAccessible($"phone, {scheme}");
            await page.Picture($"phone-{scheme}-ready", whole: true);
            await page.Start.TapAsync();
            await page.Shows("Recording");
            await Expect(page.Stop).ToBeInViewportAsync(new() { Ratio = 1 });
            await page.AssertNothingIsCutOff();
            await page.AssertAccessible($"phone, {scheme}, recording");
            await page.Picture($"phone-{scheme}-recording");
            await page.HoldStop();
            ILocator take = page.Page.GetByRole(AriaRole.Table).GetByRole(AriaRole.Link).First;
            await take.ClickAsync();
            await Expect(page.Page.Locator(".u-legend")).ToBeVisibleAsync();
            await page.AssertNothingIsCutOff();
            await page.AssertAccessible($"phone, {scheme}, take");
            await page.Picture($"phone-{scheme}-take", whole: true);
            page.AssertQuiet();
        }
    }

    [Fact]
    public async Task Word_and_timecode_fit_beside_the_button_at_every_width()
    {
        using WebNodes nodes = WebNodes.Of(1);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"));
        await page.Shows("Ready");
        await page.Start.ClickAsync();
        await page.Shows("Recording");
        foreach (int width in new[] { 320, 360, 480, 719, 720, 768, 900, 1024, 1280, 1920, 3840 })
        {
            await page.Page.SetViewportSizeAsync(width, 900);
            await page.AssertNothingIsCutOff();
            int[][] widths = await page.Page.EvaluateAsync<int[][]>("() => ['h1', '.timecode'].map(name => document.querySelector(name)).map(element => [element.scrollWidth, element.clientWidth])");
            Assert.All(widths, size => Assert.True(size[0] <= size[1], $"at {width} px: {size[0]} px of text in {size[1]} px"));
        }
        await page.HoldStop();
        await page.Shows("Ready");
    }

    [Fact]
    public async Task The_operator_may_choose_light_or_dark_and_the_choice_lasts()
    {
        using WebNodes nodes = WebNodes.Of(1);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"), new() { ColorScheme = ColorScheme.Light });
        await page.Shows("Ready");
        ILocator toggle = page.Page.GetByRole(AriaRole.Button, new() { NameString = "Colours:" });
        string byDay = await Background(page);
        await toggle.ClickAsync();
        Assert.Equal(byDay, await Background(page));
        await toggle.ClickAsync();
        string byNight = await Background(page);
        Assert.NotEqual(byDay, byNight);
        await page.AssertAccessible("chosen dark");
        await page.Page.ReloadAsync();
        await page.Shows("Ready");
        Assert.Equal(byNight, await Background(page));
        page.AssertQuiet();
    }

    [Fact]
    public async Task Nothing_moves_for_those_who_want_no_motion()
    {
        using WebNodes nodes = WebNodes.Of(1);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"), new() { ReducedMotion = ReducedMotion.Reduce });
        await page.Shows("Ready");
        await page.Start.ClickAsync();
        await page.Shows("Recording");
        Assert.Equal(0, await page.Page.EvaluateAsync<int>("() => document.getAnimations().length"));
        await page.HoldStop();
        await page.Shows("Ready");
        page.AssertQuiet();
    }

    [Fact]
    public async Task It_is_small_and_there_at_once()
    {
        using WebNodes nodes = WebNodes.Of(1);
        List<double> paints = [];
        for (int i = 0; i < 5; i++)
        {
            // a context has a cache of its own: everything is fetched each time
            await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"));
            await page.Shows("Ready");
            JsonElement figures = await page.Page.EvaluateAsync<JsonElement>(
                """
                () => ({
                    paint: performance.getEntriesByName('first-paint')[0].startTime,
                    bytes: [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')].filter(entry => !entry.name.includes('/api/')).reduce((sum, entry) => sum + entry.encodedBodySize, 0),
                })
                """
            );
            Assert.InRange(figures.GetProperty("bytes").GetDouble(), 10_000, 150_000);
            paints.Add(figures.GetProperty("paint").GetDouble());
            page.AssertQuiet();
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"first paint after {string.Join(", ", paints.Select(paint => $"{paint:0}"))} ms");
        Assert.InRange(paints.Order().ElementAt(2), 0, 300);
    }

    private static Task<string> Background(GroupPage page) => page.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
}

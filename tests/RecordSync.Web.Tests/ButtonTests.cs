using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace RecordSync.Web.Tests;

/// <summary>START is a press; STOP cannot be undone, and must be held. By mouse, keys, finger, and by those who can only click.</summary>
[Collection(Processes.Name)]
public sealed class ButtonTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task The_keyboard_alone_is_enough()
    {
        using WebNodes nodes = WebNodes.Of(2);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"));
        await page.IsReady(2);
        IKeyboard keys = page.Page.Keyboard;
        await keys.PressAsync("Tab");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "To the state and the button" })).ToBeFocusedAsync();
        await keys.PressAsync("Enter");
        await keys.PressAsync("Tab");
        await Expect(page.Start).ToBeFocusedAsync();
        await keys.PressAsync("Enter");
        await page.Shows("Recording");
        await Expect(page.Stop).ToBeFocusedAsync();

        await keys.PressAsync("Space");
        await Expect(page.Page.Locator(".hint")).ToContainTextAsync("Still recording: hold for one second");
        await keys.PressAsync("Enter");
        await page.Shows("Recording");
        await keys.DownAsync("Space");
        await Expect(page.State).Not.ToHaveTextAsync("Recording");
        await page.Shows("Ready");
        // still down: it repeats, and must not start another take
        await keys.DownAsync("Space");
        await keys.UpAsync("Space");
        ILocator link = page.Page.GetByRole(AriaRole.Table).GetByRole(AriaRole.Link);
        await Expect(link).ToHaveCountAsync(1);
        await page.Shows("Ready");

        await TabTo(page, link);
        await keys.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Level = 2 }).First).ToBeFocusedAsync();
        await keys.PressAsync("Shift+Tab");
        await keys.PressAsync("Enter");
        await Expect(page.Card("cam1")).ToBeVisibleAsync();
        page.AssertQuiet();
    }

    [Fact]
    public async Task A_finger_must_hold_and_a_click_without_one_must_come_twice()
    {
        using WebNodes nodes = WebNodes.Of(2);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"), new() { ViewportSize = new() { Width = 360, Height = 740 }, HasTouch = true, IsMobile = true });
        await page.IsReady(2);
        await page.Start.TapAsync();
        await page.Shows("Recording");
        await page.Stop.TapAsync();
        await Expect(page.Page.Locator(".hint")).ToContainTextAsync("Still recording");
        await page.Shows("Recording");
        await page.Stop.ScrollIntoViewIfNeededAsync();
        LocatorBoundingBoxResult box = (await page.Stop.BoundingBoxAsync())!;
        ICDPSession touch = await page.Page.Context.NewCDPSessionAsync(page.Page);
        await touch.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = "touchStart", ["touchPoints"] = new[] { new { x = box.X + box.Width / 2, y = box.Y + box.Height / 2 } } });
        await page.Shows("Ready");
        await touch.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = "touchEnd", ["touchPoints"] = Array.Empty<object>() });

        // as a screen reader does it
        await page.Start.EvaluateAsync("button => button.click()");
        await page.Shows("Recording");
        await page.Stop.EvaluateAsync("button => button.click()");
        await Expect(page.Page.Locator("[aria-live=assertive]")).ToContainTextAsync("Press once more");
        await page.Shows("Recording");
        await page.Stop.EvaluateAsync("button => button.click()");
        await page.Shows("Ready");
        await Expect(page.Page.GetByRole(AriaRole.Table).GetByRole(AriaRole.Link)).ToHaveCountAsync(2);
        page.AssertQuiet();
    }

    private static async Task TabTo(GroupPage page, ILocator wanted)
    {
        for (int i = 0; i < 40; i++)
        {
            if (await wanted.EvaluateAsync<bool>("element => element === document.activeElement"))
                return;
            await page.Page.Keyboard.PressAsync("Tab");
        }
        Assert.Fail("it cannot be reached with the Tab key");
    }
}

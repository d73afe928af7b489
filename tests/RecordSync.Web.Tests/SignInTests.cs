using System.Runtime.Versioning;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace RecordSync.Web.Tests;

/// <summary>A browser on another machine: the node asks for its token.</summary>
[SupportedOSPlatform("linux")]
[Collection(Processes.Name)]
public sealed class SignInTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task Another_machine_shows_nothing_before_the_token_and_everything_after_it()
    {
        using Elsewhere elsewhere = new();
        IBrowser there = await chromium.Launch(elsewhere.Chromium);
        await using (there)
        {
            await using GroupPage page = await GroupPage.Open(there, Elsewhere.PageOf(0));
            ILocator field = page.Page.GetByLabel("Token");
            await Expect(field).ToBeFocusedAsync();
            await Expect(page.State).ToHaveCountAsync(0);
            await page.AssertAccessible("sign in");
            await page.Picture("sign-in");
            await field.FillAsync("wrong");
            await page.Page.Keyboard.PressAsync("Enter");
            await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the node’s token");
            await page.AssertAccessible("sign in, refused");
            await field.FillAsync(Elsewhere.Token);
            await page.Page.Keyboard.PressAsync("Enter");
            await page.Shows("Ready");
            await page.Page.ReloadAsync();
            await page.Shows("Ready");
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
            await Expect(field).ToBeFocusedAsync();
            page.AssertQuiet("401");
        }
    }

    [Fact]
    public async Task Where_everybody_may_look_the_token_is_asked_for_when_something_is_to_be_changed()
    {
        using Elsewhere elsewhere = new("--http-public-view");
        IBrowser there = await chromium.Launch(elsewhere.Chromium);
        await using (there)
        {
            await using GroupPage page = await GroupPage.Open(there, Elsewhere.PageOf(0));
            ILocator field = page.Page.GetByLabel("Token");
            await page.Shows("Ready");
            await page.Start.ClickAsync();
            await Expect(field).ToBeFocusedAsync();
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Only look" }).ClickAsync();
            await page.Shows("Ready");
            await page.Start.ClickAsync();
            await field.FillAsync(Elsewhere.Token);
            await page.Page.Keyboard.PressAsync("Enter");
            await page.Shows("Ready");
            await page.Start.ClickAsync();
            await page.Shows("Recording");
            await page.HoldStop();
            await page.Shows("Ready");
            page.AssertQuiet("401");
        }
    }

    [Fact]
    public async Task Live_pictures_of_the_nodes_with_the_same_token_are_seen_on_one_page()
    {
        using Elsewhere elsewhere = new();
        elsewhere.Start("auto", Elsewhere.Token);
        elsewhere.Start("auto", Elsewhere.Token + "-of-another");
        IBrowser there = await chromium.Launch(elsewhere.Chromium);
        await using (there)
        {
            await using GroupPage page = await GroupPage.Open(there, Elsewhere.PageOf(0));
            await page.Page.GetByLabel("Token").FillAsync(Elsewhere.Token);
            await page.Page.Keyboard.PressAsync("Enter");
            foreach (string node in new[] { "cam1", "cam2" })
            {
                await page.Page.GetByRole(AriaRole.Button, new() { Name = $"Live picture of {node}" }).ClickAsync();
                Assert.Equal("320x240", await page.Page.GetByRole(AriaRole.Img, new() { Name = $"Live picture of {node}" }).EvaluateAsync<string>(TakeFromPageTests.Moves));
            }
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Live picture of cam3" }).ClickAsync();
            await Expect(page.Card("cam3")).ToContainTextAsync("No picture from this camera.");
        }
    }

    [Fact]
    public async Task The_doctor_wants_the_token_and_reaches_the_nodes_that_have_the_same()
    {
        using Elsewhere elsewhere = new("--http-public-view");
        elsewhere.Start("auto", Elsewhere.Token);
        elsewhere.Start("auto", Elsewhere.Token + "-of-another");
        IBrowser there = await chromium.Launch(elsewhere.Chromium);
        await using (there)
        {
            await using GroupPage page = await GroupPage.Open(there, Elsewhere.PageOf(0), view: "#/doctor");
            ILocator doctor = page.Page.GetByRole(AriaRole.Region, new() { Name = "Doctor" });
            await Expect(doctor).ToContainTextAsync("cam1 has not been examined since it was started");
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Examine cam1" }).ClickAsync();
            await page.Page.GetByLabel("Token").FillAsync(Elsewhere.Token);
            await page.Page.Keyboard.PressAsync("Enter");
            await Expect(doctor).ToContainTextAsync("cam1 has not been examined since it was started");

            ILocator nodes = page.Page.GetByRole(AriaRole.Navigation, new() { Name = "Nodes to examine" }).GetByRole(AriaRole.Link);
            await nodes.Filter(new() { HasText = "cam2" }).ClickAsync();
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Examine cam2" }).ClickAsync();
            await Expect(page.Page.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
            await Expect(page.Page.Locator("[data-check=interface]")).ToContainTextAsync(NetworkNamespaces.Address(1));
            await Expect(page.Page.Locator("[data-check=encoder]")).ToContainTextAsync(DoctorPageTests.Tried());

            await nodes.Filter(new() { HasText = "cam3" }).ClickAsync();
            await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("cam3 wants a token that this node has not");
            await page.Page.GetByRole(AriaRole.Link, new() { Name = "The doctor on the page of cam3" }).ClickAsync();
            await Expect(page.Page.GetByLabel("Token")).ToBeFocusedAsync();
            Assert.Equal(Elsewhere.PageOf(2) + "#/doctor", page.Page.Url);
        }
    }
}

using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace RecordSync.Web.Tests;

/// <summary>What the page shows when something is wrong: with a camera, with the leader, with the node whose page it is.</summary>
[Collection(Processes.Name)]
public sealed class TroubleTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Unreachable = "net::ERR_";

    [Fact]
    public async Task A_refused_start_names_node_and_reason_and_goes_on_with_those_who_are_ready()
    {
        using WebNodes nodes = WebNodes.Of(2);
        nodes.Start("auto", "cam3", options: ["--output", "missing/cam3.mp4"]);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"), new() { ViewportSize = new() { Width = 1400, Height = 900 }, ColorScheme = ColorScheme.Dark });
        await Expect(page.Card("cam3")).ToContainTextAsync("The folder \"missing\" does not exist");
        await page.Shows("Error");
        await Expect(page.Card("cam1")).ToContainTextAsync("Ready");
        await Expect(page.Card("cam2")).ToContainTextAsync("Ready");
        await page.Start.ClickAsync();
        await Expect(page.Refusal).ToContainTextAsync("cam3");
        await Expect(page.Refusal).ToContainTextAsync("missing");
        await page.AssertAccessible("refused, dark");
        await page.Picture("refused", whole: true);
        await page.Refusal.GetByRole(AriaRole.Button, new() { Name = "Start with those who are ready (cam1, cam2)" }).ClickAsync();
        await page.Shows("Recording");
        await Expect(page.Card("cam1")).ToContainTextAsync("Recording");
        await Expect(page.Card("cam2")).ToContainTextAsync("Recording");
        await Expect(page.Card("cam3")).ToContainTextAsync("Error");
        await Expect(page.Refusal).ToHaveCountAsync(0);
        await page.HoldStop();
        await Expect(page.State).ToHaveTextAsync("Error");
        page.AssertQuiet("409");
    }

    [Fact]
    public async Task A_leader_that_is_killed_in_mid_take_is_seen_to_be_replaced_and_the_take_goes_on()
    {
        using WebNodes nodes = WebNodes.Three();
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam3"));
        await page.IsReady(3);
        await page.Start.ClickAsync();
        await page.Shows("Recording");
        await page.Reaches(page.Figure("cam2", "Frames"), 30);
        nodes["cam1"].Kill();

        await Expect(page.Card("cam1")).ToHaveAttributeAsync("data-state", "lost");
        await Expect(page.Card("cam1")).ToContainTextAsync("led until");
        ILocator leader = page.Page.Locator("article[data-leads=true]");
        await Expect(leader).ToHaveCountAsync(1);
        string successor = (await leader.GetAttributeAsync("data-node"))!;
        Assert.Contains(successor, new[] { "cam2", "cam3" });
        await Expect(page.Page.GetByRole(AriaRole.Banner)).ToContainTextAsync($"{successor}\u00a0leads");
        await Expect(page.Events).ToContainTextAsync("cam1");
        await page.Shows("Recording");
        long frames = await page.Reaches(page.Figure("cam2", "Frames"), 1);
        await page.Reaches(page.Figure("cam2", "Frames"), frames + 60);
        await page.AssertAccessible("leader lost");
        await page.Picture("failover", whole: true);
        await page.HoldStop();
        await Expect(page.Card("cam2")).ToContainTextAsync("Ready");

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Forget cam1" }).ClickAsync();
        await Expect(page.Card("cam1")).ToHaveCountAsync(0);
        await page.IsReady(2);
        page.AssertQuiet();
    }

    [Fact]
    public async Task A_node_that_dies_is_seen_at_once_and_the_page_heals_when_it_is_back()
    {
        using WebNodes nodes = WebNodes.Of(2);
        string address = nodes.PageOf("cam2");
        await using GroupPage page = await GroupPage.Open(chromium.Browser, address);
        await page.IsReady(2);
        nodes["cam2"].Kill();
        await page.Shows("No contact");
        await Expect(page.Sentence).ToContainTextAsync("Ready");
        await Expect(page.Page.GetByRole(AriaRole.Region, new() { Name = "Connection" })).ToContainTextAsync("No contact with cam2");
        await Expect(page.Start).ToBeDisabledAsync();
        await page.AssertAccessible("no contact");
        await page.Picture("no-contact");
        nodes.Start("auto", "cam2", new Uri(address).Authority);
        await page.IsReady(2);
        await Expect(page.Page.GetByRole(AriaRole.Region, new() { Name = "Connection" })).ToHaveCountAsync(0);
        page.AssertQuiet(Unreachable);
    }

    [Fact]
    public async Task A_node_that_hangs_with_its_connection_open_counts_as_lost_until_it_speaks_again()
    {
        using WebNodes nodes = WebNodes.Of(2);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"));
        await page.IsReady(2);
        nodes["cam2"].Pause();
        await page.Shows("No contact");
        nodes["cam2"].Continue();
        await page.IsReady(2);
        page.AssertQuiet(Unreachable);
    }

    [Fact]
    public async Task A_picture_that_does_not_come_leaves_a_placeholder()
    {
        using WebNodes nodes = WebNodes.Of(1);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"));
        await page.Page.RouteAsync("**/preview.mjpeg", route => route.FulfillAsync(new() { Status = 404 }));
        ILocator toggle = page.Page.GetByRole(AriaRole.Button, new() { Name = "Live picture of cam1" });
        await toggle.ClickAsync();
        await Expect(page.Card("cam1")).ToContainTextAsync("No picture from this camera");
        await toggle.ClickAsync();
        await Expect(page.Card("cam1")).Not.ToContainTextAsync("No picture from this camera");
        page.AssertQuiet("404");
    }
}

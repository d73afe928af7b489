using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace RecordSync.Web.Tests;

/// <summary>The doctor on the page: of the node that serves it, of the others through it, by day and by night, and beside a take.</summary>
[Collection(Processes.Name)]
public sealed partial class DoctorPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly string[] Trials = ["encoder", "container", "disk speed"];

    [Fact]
    public async Task What_is_wrong_is_found_with_its_remedy_which_can_be_copied_and_helps()
    {
        using WebNodes nodes = new();
        nodes.Start("leader", "cam1", options: ["--output", "missing/cam1.mp4"]).WaitForLineEver("this node leads");
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"));
        await page.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Doctor: examine the machines" }).PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "Doctor" })).ToBeFocusedAsync();
        await Expect(Doctor(page)).ToContainTextAsync("the node that serves this page");
        await Expect(Doctor(page)).ToContainTextAsync("cam1 has not been examined since it was started");
        Assert.Equal("never", await StateOf(page, "cam1"));
        await page.AssertAccessible("doctor, before");

        ILocator examine = page.Page.GetByRole(AriaRole.Button, new() { Name = "Examine cam1" });
        await examine.FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Progressbar, new() { NameString = "Examining cam1" })).ToBeVisibleAsync();
        await Expect(page.Page.Locator("[aria-live=polite].unseen")).ToHaveTextAsync("cam1 is being examined.");
        await page.AssertAccessible("doctor, running");
        await page.Picture("doctor-running", whole: true);

        await Expect(Summary(page)).ToHaveTextAsync(Wrong());
        await Expect(page.Page.Locator("[aria-live=polite].unseen")).ToHaveTextAsync($"cam1: {await Summary(page).InnerTextAsync()}.");
        await Expect(examine).ToBeFocusedAsync();
        ILocator output = Finding(page, "output");
        await Expect(output).ToHaveAttributeAsync("data-verdict", "problem");
        await Expect(output).ToContainTextAsync("To mend");
        await Expect(output).ToContainTextAsync("The folder \"missing\" does not exist");
        string remedy = await output.Locator("code").InnerTextAsync();
        Assert.Equal("mkdir -p missing", remedy);
        await output.GetByRole(AriaRole.Button, new() { Name = "Copy the remedy of output" }).PressAsync("Enter");
        await Expect(output.GetByRole(AriaRole.Button)).ToContainTextAsync("Copied");
        Assert.Equal(remedy, await page.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        await page.AssertAccessible("doctor, something wrong");
        await page.Picture("doctor-wrong", whole: true);

        Directory.CreateDirectory(nodes.Folder("missing"));
        await examine.ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        await Expect(output).ToHaveAttributeAsync("data-verdict", new Regex("ok|warning"));
        await FineIsFoldedAway(page);
        await Expect(Finding(page, "encoder")).ToContainTextAsync(Tried());
        page.AssertQuiet();
    }

    [Fact]
    public async Task The_machines_of_all_nodes_are_examined_from_the_page_of_one()
    {
        using WebNodes nodes = WebNodes.Of(1);
        nodes.Start("auto", "cam2", options: ["--output", "missing/cam2.mp4"]);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam1"));
        await page.Card("cam2").GetByRole(AriaRole.Link, new() { Name = "Doctor of cam2" }).ClickAsync();
        await Expect(Doctor(page)).ToContainTextAsync("It examines the machine of cam2, at 127.0.0.1");
        ILocator all = page.Page.GetByRole(AriaRole.Button, new() { Name = "Examine all 2, one after the other" });
        await all.ClickAsync();
        ILocator choice = page.Page.GetByRole(AriaRole.Navigation, new() { Name = "Nodes to examine" }).GetByRole(AriaRole.Link);
        await Expect(choice.Nth(0)).ToContainTextAsync("is being examined");
        await Expect(choice.Nth(1)).ToContainTextAsync("comes next");
        Assert.Equal("never", await StateOf(page, "cam2"));
        await Expect(choice.Nth(1)).ToContainTextAsync("is being examined");
        await Expect(choice.Nth(0)).ToContainTextAsync(" fine");
        await Expect(choice.Nth(1)).ToContainTextAsync(" to mend");
        await Expect(Finding(page, "output")).ToContainTextAsync("The folder \"missing\" does not exist");
        await page.Picture("doctor-other", whole: true);

        // the leader tells its clock, and with it by how much each direction waits
        ILocator way = page.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "cam1" });
        await Expect(way).ToContainTextAsync(OutOfQuestions());
        await Expect(way.GetByRole(AriaRole.Cell).Last).ToHaveTextAsync(TwoTimes());

        await choice.Nth(0).ClickAsync();
        await Expect(Doctor(page)).ToContainTextAsync("the node that serves this page");
        await Expect(Finding(page, "output")).Not.ToContainTextAsync("missing");
        await Expect(page.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "cam2" })).ToContainTextAsync(OutOfQuestions());
        page.AssertQuiet();
    }

    [Fact]
    public async Task A_take_is_not_disturbed_by_an_examination_and_is_not_held_up_by_one()
    {
        using WebNodes nodes = WebNodes.Of(2);
        await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"), view: "#/doctor");
        await page.IsReady(2);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Examine cam2" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        // with trials to come
        await page.Start.ClickAsync();
        await page.Shows("Recording");
        string take = await page.Page.EvaluateAsync<string>("async () => (await (await fetch('/api/v1/group')).json()).take.name");
        await AssertNothingTried(page, $"take {take} is being recorded, and is not disturbed");

        await Expect(Doctor(page)).ToContainTextAsync("Something is being recorded");
        JsonElement refused = await page.Page.EvaluateAsync<JsonElement>("async () => { const answer = await fetch('/api/v1/nodes/cam2/doctor', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }); return { status: answer.status, detail: (await answer.json()).detail }; }");
        Assert.Equal(409, refused.GetProperty("status").GetInt32());
        Assert.StartsWith($"take {take} is being recorded: encoder, container and disk are not tried meanwhile", refused.GetProperty("detail").GetString());
        await page.AssertAccessible("doctor, take");
        await page.Picture("doctor-take", whole: true);
        // of the other node, which is in the take too
        await page.Page.GetByRole(AriaRole.Navigation, new() { Name = "Nodes to examine" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Examine cam1, without trials" }).ClickAsync();
        await AssertNothingTried(page, $"take {take} is being recorded, and is not disturbed");
        await Expect(Doctor(page)).ToContainTextAsync("ago, without trials.");
        await page.HoldStop();
        await page.Shows("Ready");
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Examine cam1 again", Exact = true })).ToBeVisibleAsync();
        page.AssertQuiet("409");
    }

    [Fact]
    public async Task It_fits_a_phone_by_night_and_by_day()
    {
        using WebNodes nodes = WebNodes.Of(1);
        nodes.Start("auto", "cam2", options: ["--output", "missing/cam2.mp4"]);
        nodes["cam2"].WaitForLineEver("cam1");
        await using (GroupPage desk = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"), view: "#/doctor"))
        {
            await desk.Page.GetByRole(AriaRole.Button, new() { Name = "Examine cam2" }).ClickAsync();
            await Expect(Summary(desk)).ToHaveTextAsync(Wrong());
        }
        foreach (ColorScheme scheme in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            foreach ((string kind, int width) in new[] { ("phone", 360), ("desk", 1400) })
            {
                // what was found is there for whoever opens the page later
                await using GroupPage page = await GroupPage.Open(chromium.Browser, nodes.PageOf("cam2"), new() { ViewportSize = new() { Width = width, Height = 780 }, DeviceScaleFactor = kind == "phone" ? 2 : 1, ColorScheme = scheme }, "#/doctor");
                await Expect(Summary(page)).ToHaveTextAsync(Wrong());
                await page.AssertNothingIsCutOff();
                await page.AssertAccessible($"doctor, {kind}, {scheme}");
                await page.Picture($"doctor-{kind}-{scheme}", whole: true);
                await page.Page.GetByText(AllFine()).ClickAsync();
                await Expect(Finding(page, "own multicast")).ToBeVisibleAsync();
                await page.AssertNothingIsCutOff();
                await page.AssertAccessible($"doctor, {kind}, {scheme}, all checks");
                await page.Picture($"doctor-{kind}-{scheme}-all", whole: true);
                page.AssertQuiet();
            }
        }
    }

    private static ILocator Doctor(GroupPage page) => page.Page.GetByRole(AriaRole.Region, new() { Name = "Doctor" });

    private static ILocator Summary(GroupPage page) => page.Page.Locator(".found .summary");

    private static ILocator Finding(GroupPage page, string check) => page.Page.Locator($"[data-check='{check}']");

    private static Task<string> StateOf(GroupPage page, string node) => page.Page.EvaluateAsync<string>("async node => (await (await fetch(`/api/v1/nodes/${node}/doctor`)).json()).state", node);

    private static async Task AssertNothingTried(GroupPage page, string reason)
    {
        foreach (string trial in Trials)
        {
            await Expect(Finding(page, trial)).ToHaveAttributeAsync("data-verdict", "skipped");
            await Expect(Finding(page, trial)).ToContainTextAsync(reason);
        }
    }

    private static async Task FineIsFoldedAway(GroupPage page)
    {
        ILocator fold = page.Page.GetByText(AllFine());
        await Expect(Finding(page, "own multicast")).ToBeHiddenAsync();
        await fold.PressAsync("Enter");
        await Expect(Finding(page, "own multicast")).ToBeVisibleAsync();
    }

    [GeneratedRegex("^[1-9][0-9]* to mend, .*[1-9][0-9]* fine")]
    private static partial Regex Wrong();

    [GeneratedRegex("^[1-9][0-9]* checks are fine$")]
    private static partial Regex AllFine();

    /// <summary>Nodes of other tests may be recording on this machine, and are not disturbed either.</summary>
    [GeneratedRegex(@"frames of 320x240|a node \(process [0-9]+\) records")]
    internal static partial Regex Tried();

    [GeneratedRegex("[0-9]+ of [1-9][0-9]*")]
    private static partial Regex OutOfQuestions();

    [GeneratedRegex("^[0-9.]+ (ns|µs|ms), [0-9.]+ (ns|µs|ms)$")]
    private static partial Regex TwoTimes();
}

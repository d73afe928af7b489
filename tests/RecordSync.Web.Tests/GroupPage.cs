using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace RecordSync.Web.Tests;

/// <summary>
/// The page of one node in a browser. It remembers every request that went elsewhere and everything that the browser complained of, scripts that failed and what
/// the Content-Security-Policy forbade among it: <see cref="AssertQuiet"/>.
/// </summary>
internal sealed class GroupPage : IAsyncDisposable
{
    /// <summary>For what takes a second on a quiet machine.</summary>
    private const float PatienceMs = 40_000;

    private readonly IBrowserContext context;
    private readonly string address;
    private readonly ConcurrentQueue<string> complaints = new();
    private readonly ConcurrentQueue<string> elsewhere = new();

    private GroupPage(IBrowserContext context, IPage page, string address)
    {
        this.context = context;
        this.address = address;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                complaints.Enqueue(message.Text);
        };
        page.PageError += (_, fault) => complaints.Enqueue(fault);
        context.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address, StringComparison.Ordinal))
                elsewhere.Enqueue(request.Url);
        };
    }

    public IPage Page { get; }

    /// <summary>The one large word.</summary>
    public ILocator State => Page.Locator("h1[data-state]");

    public ILocator Sentence => Hero.Locator(".sentence");

    public ILocator Hero => Page.Locator("section.hero");

    public AskedOfCameras Asked => new(Hero);

    public ILocator Timecode => Page.GetByRole(AriaRole.Timer);

    public ILocator Start => Page.GetByRole(AriaRole.Button, new() { Name = "START recording" });

    public ILocator Stop => Page.GetByRole(AriaRole.Button, new() { Name = "STOP: hold for one second" });

    public ILocator Events => Page.GetByRole(AriaRole.Log);

    public ILocator Refusal => Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "was refused" });

    static GroupPage() => SetDefaultExpectTimeout(PatienceMs);

    /// <param name="address">"http://127.0.0.1:41234/"</param>
    /// <param name="view">"#/doctor"; empty: the group.</param>
    public static async Task<GroupPage> Open(IBrowser browser, string address, BrowserNewContextOptions? options = null, string view = "")
    {
        IBrowserContext context = await browser.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 1400, Height = 900 } });
        context.SetDefaultTimeout(PatienceMs);
        GroupPage page = new(context, await context.NewPageAsync(), address);
        await page.Page.GotoAsync(address + view);
        return page;
    }

    public ILocator Card(string node) => Page.GetByRole(AriaRole.Article, new() { Name = node, Exact = true });

    /// <summary>A figure of a card: "Frames", "Dropped" …</summary>
    public ILocator Figure(string node, string name) => Card(node).Locator("dl > div").Filter(new() { Has = Page.GetByText(name, new() { Exact = true }) }).Locator("dd");

    public Task Shows(string state) => Expect(State).ToHaveTextAsync(state);

    public async Task IsReady(int cameras)
    {
        await Expect(Sentence).ToHaveTextAsync(cameras == 1 ? "1 camera is ready" : $"{cameras} cameras are ready");
        await Shows("Ready");
    }

    /// <summary>All that the sentence beside the large word says from now on, however short the while.</summary>
    public Task<IJSHandle> Sentences() =>
        Sentence.EvaluateHandleAsync(
            """
            sentence => {
                const seen = [sentence.textContent];
                new MutationObserver(() => seen.push(sentence.textContent)).observe(sentence, { childList: true, characterData: true, subtree: true });
                return seen;
            }
            """
        );

    /// <summary>Holds STOP with the mouse until it has been obeyed.</summary>
    public async Task HoldStop()
    {
        await Stop.HoverAsync();
        await Page.Mouse.DownAsync();
        await Expect(State).Not.ToHaveTextAsync("Recording");
        await Page.Mouse.UpAsync();
    }

    /// <summary>Waits until a whole number that is shown is at least so large.</summary>
    public async Task<long> Reaches(ILocator figure, long least)
    {
        IElementHandle shown = await figure.ElementHandleAsync();
        await Page.WaitForFunctionAsync("([element, least]) => element.isConnected && Number(element.textContent.replace(/\\D/g, '') || -1) >= least", new object[] { shown, least });
        return long.Parse((await figure.InnerTextAsync()).Where(char.IsAsciiDigit).ToArray());
    }

    /// <summary>axe finds nothing serious in what is shown now.</summary>
    public async Task AssertAccessible(string view)
    {
        AxeResult result = await Page.RunAxe();
        IEnumerable<string> grave = result.Violations
            .Where(violation => violation.Impact is "serious" or "critical")
            .Select(violation => $"{violation.Impact} {violation.Id}: {violation.Help}\n  {string.Join("\n  ", violation.Nodes.Select(node => $"{node.Target} {node.Html}"))}");
        string all = string.Join('\n', grave);
        Assert.True(all.Length == 0, $"{view}:\n{all}");
        Assert.NotEmpty(result.Passes);
    }

    public async Task AssertNothingIsCutOff()
    {
        int[] widths = await Page.EvaluateAsync<int[]>("() => [document.documentElement.scrollWidth, window.innerWidth]");
        Assert.True(widths[0] <= widths[1], $"the page is {widths[0]} px wide on a screen of {widths[1]} px");
    }

    /// <summary>For people to look at: kept where RECORD_SYNCD_SCREENSHOTS names a folder.</summary>
    public async Task Picture(string name, bool whole = false)
    {
        if (Environment.GetEnvironmentVariable("RECORD_SYNCD_SCREENSHOTS") is { Length: > 0 } folder)
            await Page.ScreenshotAsync(new() { Path = Path.Join(folder, $"{name}.png"), FullPage = whole });
    }

    /// <summary>No request left the node, and the browser had nothing to complain of.</summary>
    /// <param name="expected">Parts of complaints that the test has brought about: a browser calls every answer from 400 on an error.</param>
    public void AssertQuiet(params string[] expected)
    {
        Assert.Empty(elsewhere);
        Assert.DoesNotContain(complaints, complaint => !expected.Any(part => complaint.Contains(part, StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync() => await context.CloseAsync();
}

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A node without a camera on the loopback interface and its page on a free port, in this process: the real server, the real loop, a folder of takes.</summary>
internal sealed class PageInProcess : IAsyncDisposable
{
    private readonly LocalClock clock = new();
    private readonly MulticastLink link;
    private readonly NodePage page;
    private readonly Task running;

    private PageInProcess(NodePage page, MulticastLink link, string? output)
    {
        (this.page, this.link) = (page, link);
        Nanos wallOffset = new(clock.WallNow().Nanoseconds - clock.Now().Nanoseconds);
        NodeSettings settings = new("one", NodeRole.Leader, "host", wallOffset, 7, FrameRate.Default, HasCamera: false) { Http = page.AnnouncedFrom(link.Self) };
        SharedClock network = new();
        Notices = new NoticeLog(settings.NodeId, () => clock.WallNow().Nanoseconds / 1_000);
        Loop = new NodeLoop(settings, link, clock, network, Notices.Add);
        running = Loop.Run();
        Assert.True(OutputPath.TryParse(output ?? Folder["{take}/{node}.mp4"], out OutputPath? path, out string? fault), fault);
        page.Open(new NodePage.Parts(new NodeSnapshots(Loop), Loop, link, clock, settings, path, InterfaceChoice.Resolve("lo"), Notices, null, Notices.Add, () => null));
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(page.Url!) };
    }

    public ScratchFolder Folder { get; } = new();

    public NodeLoop Loop { get; }

    public NoticeLog Notices { get; }

    public HttpClient Client { get; }

    public ApiEndpoints Endpoints => page.Endpoints!;

    public int Port => Client.BaseAddress!.Port;

    public static PageInProcess Start(string? output = null, string? tokenFile = null)
    {
        NodeOptions options = new() { Role = RoleChoice.Leader, Page = new PageOptions { Address = new IPEndPoint(IPAddress.Loopback, 0), Written = true, TokenFile = tokenFile } };
        Assert.True(NodePage.TryPrepare(options, null, out NodePage? page, out string? fault, out _), fault);
        return new PageInProcess(page!, new MulticastLink(new LinkSettings(InterfaceChoice.Resolve("lo"), TestGroup.Next()), new LocalClock()), output);
    }

    public async Task<JsonElement> Get(string path)
    {
        using HttpResponseMessage response = await Client.GetAsync(path);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    /// <summary>The refusal, which must be a problem with a sentence.</summary>
    public static async Task<string> SentenceOf(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonElement problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal((int)response.StatusCode, problem.GetProperty("status").GetInt32());
        return problem.GetProperty("detail").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await page.DisposeAsync();
        Loop.Post(new NodeInput.LeaveRequested("the test is over"));
        await running.WaitAsync(RunningNode.Patience);
        link.Dispose();
        Folder.Dispose();
    }
}

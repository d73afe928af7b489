using System.Net;
using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/api.md with real nodes: the same group from each of them, commands through a follower, takes and files.</summary>
[Collection(Processes.Name)]
public sealed class ApiTests : IDisposable
{
    private const string AnyFreePort = "127.0.0.1:0";

    private readonly NodeGroup group = new();
    private readonly List<HttpClient> clients = [];

    public void Dispose()
    {
        clients.ForEach(client => client.Dispose());
        group.Dispose();
    }

    private RunningNode Start(string role, string id, params string[] options) => group.Start(role, id, ["--http", AnyFreePort, "--output", "{take}/{node}.mp4", .. options]);

    private static RunningNode StartPlain(string role, string id) =>
        RunningNode.Start("--role", role, "--node-id", id, "--interface", "lo", "--group", TestGroup.Next().ToString(), "--camera", "none");

    private HttpClient PageOf(RunningNode node)
    {
        node.WaitForLineEver("page: http://");
        string line = node.Output.Split('\n').First(said => said.Contains("page: http://", StringComparison.Ordinal));
        HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(line[(line.IndexOf("page: ", StringComparison.Ordinal) + 6)..].Trim()) };
        clients.Add(client);
        return client;
    }

    private static async Task<JsonElement> Get(HttpClient client, string path) => JsonDocument.Parse(await client.GetStringAsync(path)).RootElement;

    private static async Task<(HttpStatusCode Status, JsonElement Answer)> Post(HttpClient client, string path, string body)
    {
        using HttpResponseMessage response = await client.PostAsync(path, PageInProcess.Json(body));
        string text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement : default);
    }

    [Fact]
    public async Task A_take_is_started_and_stopped_from_a_followers_page_and_its_files_are_fetched_there()
    {
        RunningNode leader = Start("leader", "cam1"), follower = Start("follower", "cam2");
        HttpClient atLeader = PageOf(leader), atFollower = PageOf(follower);
        using EventReader events = await EventReader.Open(atFollower);
        JsonElement ready = (await events.Next("group", data => data.GetProperty("can_start").GetBoolean() && data.GetProperty("nodes").GetArrayLength() == 2)).Data;
        Assert.Equal("ready", ready.GetProperty("state").GetString());
        Assert.Equal("2 cameras are ready", ready.GetProperty("sentence").GetString());
        Assert.Equal("cam1", ready.GetProperty("leader").GetString());
        JsonElement other = ready.GetProperty("nodes").EnumerateArray().Single(node => !node.GetProperty("self").GetBoolean());
        // the beacon tells where the other's page is
        Assert.Equal(atLeader.BaseAddress!.ToString().TrimEnd('/'), other.GetProperty("page").GetString());

        (HttpStatusCode status, JsonElement started) = await Post(atFollower, "/api/v1/start", """{"delay_ms":700,"label":"jump3"}""");
        Assert.True(status == HttpStatusCode.OK, started.ToString());
        string take = started.GetProperty("take").GetString()!;
        Assert.EndsWith("-jump3", take);
        await events.Next("group", data => data.GetProperty("state").GetString() == "recording" && data.GetProperty("nodes").EnumerateArray().All(node => node.GetProperty("take") is { ValueKind: JsonValueKind.Object } each && each.GetProperty("frames").GetInt64() > 20));
        Assert.Equal(take, (await Get(atLeader, "/api/v1/group")).GetProperty("take").GetProperty("name").GetString());
        (HttpStatusCode again, JsonElement refused) = await Post(atFollower, "/api/v1/start", "{}");
        Assert.Equal(HttpStatusCode.Conflict, again);
        Assert.Contains(take, refused.GetProperty("detail").GetString());

        (HttpStatusCode stopped, JsonElement answer) = await Post(atFollower, "/api/v1/stop", """{"delay_ms":300}""");
        Assert.True(stopped == HttpStatusCode.OK, answer.ToString());
        leader.WaitForLine("saved in");
        JsonElement judged = await Until(atLeader, "/api/v1/takes", takes => takes.EnumerateArray().Any(each => each.GetProperty("word").ValueKind == JsonValueKind.String));
        JsonElement listed = Assert.Single(judged.EnumerateArray());
        Assert.Equal((take, "complete"), (listed.GetProperty("name").GetString(), listed.GetProperty("state").GetString()));
        // a busy machine may repeat a frame, and then a reason says so
        Assert.True(listed.GetProperty("word").GetString() == "PASS" || (listed.GetProperty("word").GetString() == "WARN" && listed.GetProperty("reasons").GetArrayLength() > 0), listed.ToString());
        // both nodes' files are in one folder here
        Assert.Equal(["cam1", "cam2"], listed.GetProperty("nodes").EnumerateArray().Select(node => node.GetString()!));
        byte[] video = await atFollower.GetByteArrayAsync($"/api/v1/takes/{take}/files/cam2.mp4");
        Assert.Equal(await File.ReadAllBytesAsync(group[$"{take}/cam2.mp4"]), video);
        // take.json is written again when the files have been hashed
        await Until(atLeader, $"/api/v1/takes/{take}", detail => JsonElement.DeepEquals(JsonDocument.Parse(File.ReadAllBytes(group[$"{take}/take.json"])).RootElement, detail.GetProperty("verdict")));
        JsonElement skew = await Get(atFollower, $"/api/v1/takes/{take}/skew");
        Assert.Equal(("sidecars", listed.GetProperty("frames").GetInt32()), (skew.GetProperty("source").GetString(), skew.GetProperty("points").GetArrayLength()));
    }

    [Fact]
    public async Task A_refusal_says_who_is_not_ready_and_why()
    {
        RunningNode leader = Start("leader", "cam1"), follower = Start("follower", "cam2", "--camera", "v4l2:/dev/video-none");
        HttpClient page = PageOf(leader);
        JsonElement state = await Until(page, "/api/v1/group", data => data.GetProperty("state").GetString() == "error" && data.GetProperty("nodes").EnumerateArray().Any(node => node.GetProperty("state").GetString() == "ready"));
        Assert.Contains("cam2: ", state.GetProperty("sentence").GetString());
        Assert.False(state.GetProperty("can_start").GetBoolean());

        (HttpStatusCode status, JsonElement refused) = await Post(page, "/api/v1/start", "{}");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.StartsWith("not started, because not all are ready: cam2: ", refused.GetProperty("detail").GetString());
        JsonElement reason = Assert.Single(refused.GetProperty("reasons").EnumerateArray());
        Assert.Equal("cam2", reason.GetProperty("node").GetString());
        Assert.Contains("/dev/video-none", reason.GetProperty("reason").GetString());

        using HttpResponseMessage notReady = await PageOf(follower).GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, notReady.StatusCode);
        Assert.Contains("/dev/video-none", await PageInProcess.SentenceOf(notReady));
        Assert.Equal("ready\n", await page.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task Two_nodes_on_one_machine_have_a_page_each_and_a_written_port_that_is_taken_is_an_error()
    {
        // without --http, as a user starts it; other programs of this machine may have some of the ports
        using RunningNode first = StartPlain("leader", "cam1"), second = StartPlain("follower", "cam2");
        int port = PageOf(first).BaseAddress!.Port, other = PageOf(second).BaseAddress!.Port;
        Assert.InRange(port, PageOptions.FirstPort, PageOptions.LastPort);
        Assert.InRange(other, PageOptions.FirstPort, PageOptions.LastPort);
        Assert.NotEqual(port, other);
        RunningNode third = group.Start("follower", "cam3", "--camera", "none", "--http", $"127.0.0.1:{port}");
        Assert.Equal(69, third.WaitForExit());
        Assert.Contains($"(process {first.Id}): stop that program", third.Output);
        Assert.Equal("ok\n", await PageOf(second).GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task Another_machine_needs_the_token_that_the_program_has_made()
    {
        using RunningNode maker = RunningNode.Start("token");
        Assert.Equal(0, maker.WaitForExit());
        string token = maker.StandardOutput.Trim();
        string file = group["token"];
        await File.WriteAllTextAsync(file, token);
        RunningNode careless = group.Start("leader", "cam0", "--camera", "none", "--http", "0.0.0.0:0");
        Assert.Equal(78, careless.WaitForExit());
        Assert.Contains("--http-token-file", careless.Output);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        RunningNode node = group.Start("leader", "cam1", "--camera", "none", "--http", "0.0.0.0:0", "--http-token-file", file);
        HttpClient here = PageOf(node);
        Assert.Equal("cam1", (await Get(here, "/api/v1/group")).GetProperty("self").GetString());

        // an address of this machine that is not loopback, as another machine would use it
        IPAddress? outward = Dns.GetHostAddresses(Dns.GetHostName()).Concat(Libc.Interfaces().SelectMany(row => row.Addresses).Select(address => IPAddress.Parse(Endpoint.FormatAddress(address)))).FirstOrDefault(address => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
        Assert.SkipWhen(outward is null, "this machine has the loopback interface only");
        using HttpClient outside = new(new SocketsHttpHandler { UseProxy = false, CookieContainer = new CookieContainer() }) { BaseAddress = new Uri($"http://{outward}:{here.BaseAddress!.Port}") };
        using HttpResponseMessage refused = await outside.GetAsync("/api/v1/group");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("token", await PageInProcess.SentenceOf(refused));
        Assert.Equal(HttpStatusCode.OK, (await outside.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Post(outside, "/api/v1/session", """{"token":"wrong"}""")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Post(outside, "/api/v1/session", $$"""{"token":"{{token}}"}""")).Status);
        Assert.Equal("cam1", (await Get(outside, "/api/v1/group")).GetProperty("self").GetString());
    }

    [Fact]
    public async Task A_shell_steers_the_group_through_any_of_its_nodes()
    {
        RunningNode leader = Start("leader", "cam1"), follower = Start("follower", "cam2");
        await Until(PageOf(follower), "/api/v1/group", data => data.GetProperty("can_start").GetBoolean() && data.GetProperty("nodes").GetArrayLength() == 2);
        string[] at = ["--node", PageOf(follower).BaseAddress!.ToString()];
        using RunningNode watch = RunningNode.Start(["watch", .. at]);
        watch.WaitForLine("READY  2 cameras are ready");

        Assert.Contains("READY  2 cameras are ready", Told(0, "status", at));
        Assert.StartsWith("START at ", Told(0, "start", [.. at, "--delay", "400", "--label", "shell"]));
        watch.WaitForLine(line => line.StartsWith("RECORDING  ", StringComparison.Ordinal) && line.Contains("-shell", StringComparison.Ordinal));
        Assert.Equal("recording", JsonDocument.Parse(Told(0, "status", [.. at, "--json"])).RootElement.GetProperty("state").GetString());
        Assert.Contains("already recording", Told(1, "start", at));
        Assert.StartsWith("STOP", Told(0, "stop", [.. at, "--delay", "200"]));
        leader.WaitForLine("saved in");
        JsonElement take = Assert.Single(JsonDocument.Parse(Told(0, "takes", [.. at, "--json"])).RootElement.EnumerateArray());
        Assert.EndsWith("-shell", take.GetProperty("name").GetString());
        watch.Interrupt();
        Assert.Equal(0, watch.WaitForExit());
        Assert.Contains("no node answers at http://127.0.0.1:1/", Told(69, "status", ["--node", "127.0.0.1:1"]));
    }

    private static string Told(int code, string command, string[] options)
    {
        using RunningNode program = RunningNode.Start([command, .. options]);
        if (program.WaitForExit() != code)
            program.Fail($"it should have ended with {code}");
        return program.Output;
    }

    private static async Task<JsonElement> Until(HttpClient client, string path, Func<JsonElement, bool> fits)
    {
        long deadline = Environment.TickCount64 + (long)RunningNode.Patience.TotalMilliseconds;
        while (true)
        {
            JsonElement answer = await Get(client, path);
            if (fits(answer))
                return answer;
            Assert.True(Environment.TickCount64 < deadline, answer.ToString());
        }
    }
}

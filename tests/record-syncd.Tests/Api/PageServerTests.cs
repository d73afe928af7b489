using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The server round the API: its limits, its headers, its stream of events, and what it costs the node.</summary>
public sealed class PageServerTests
{
    [Fact]
    public async Task Every_answer_keeps_strangers_out_and_the_page_is_there()
    {
        await using PageInProcess page = PageInProcess.Start();
        foreach (string path in (string[])["/", "/api/v1/group", "/healthz", "/nothing"])
        {
            using HttpResponseMessage response = await page.Client.GetAsync(path);
            string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.False(response.Headers.Contains("Server"));
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        }
        using HttpResponseMessage front = await page.Client.GetAsync("/");
        Assert.Equal("text/html", front.Content.Headers.ContentType?.MediaType);
        using HttpResponseMessage nothing = await page.Client.GetAsync("/nothing");
        Assert.Contains("/openapi/v1.json", await PageInProcess.SentenceOf(nothing));
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_said_in_a_sentence()
    {
        await using PageInProcess page = PageInProcess.Start();
        async Task<(HttpStatusCode, string)> Post(string path, string body, string type = "application/json")
        {
            using StringContent content = new(body, Encoding.UTF8, type);
            using HttpResponseMessage response = await page.Client.PostAsync(path, content);
            return (response.StatusCode, await PageInProcess.SentenceOf(response));
        }
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Post("/api/v1/start", "{}", "text/plain")).Item1);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("/api/v1/start", "{")).Item1);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("/api/v1/start", """{"delay":5}""")).Item1);
        Assert.Equal((HttpStatusCode.BadRequest, "a delay_ms of -1 is none: use 0 to 3600000"), await Post("/api/v1/start", """{"delay_ms":-1}"""));
        (HttpStatusCode status, string label) = await Post("/api/v1/start", """{"label":"../x"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("is no label", label);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Post("/api/v1/start", $$"""{"label":"{{new string('x', 20_000)}}"}""")).Item1);
        Assert.Equal((HttpStatusCode.Conflict, "nothing is being recorded: there is nothing to stop"), await Post("/api/v1/stop", ""));
        Assert.Equal(HttpStatusCode.NotFound, (await Post("/api/v1/nodes/two/forget", "")).Item1);
        Assert.Equal(HttpStatusCode.Conflict, (await Post("/api/v1/nodes/one/forget", "")).Item1);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Post("/api/v1/group", "{}")).Item1);
    }

    [Fact]
    public async Task Settings_that_may_change_are_changed_and_others_are_not_known()
    {
        await using PageInProcess page = PageInProcess.Start();
        using HttpResponseMessage changed = await page.Client.PatchAsync("/api/v1/settings", PageInProcess.Json("""{"label":"jump4"}"""));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal("jump4", (await page.Get("/api/v1/settings")).GetProperty("label").GetString());
        using HttpResponseMessage unknown = await page.Client.PatchAsync("/api/v1/settings", PageInProcess.Json("""{"bitrate":1}"""));
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        using HttpResponseMessage bad = await page.Client.PatchAsync("/api/v1/settings", PageInProcess.Json("""{"label":"a b"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Equal("jump4", (await page.Get("/api/v1/settings")).GetProperty("label").GetString());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 421)]
    [InlineData("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400)]
    [InlineData("POST /api/v1/start HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", 403)]
    [InlineData("nonsense\r\n\r\n", 400)]
    public async Task Requests_that_are_not_meant_for_this_page_are_refused(string request, int status)
    {
        await using PageInProcess page = PageInProcess.Start();
        Assert.StartsWith($"HTTP/1.1 {status} ", await RawHttp.Send(page.Port, request));
    }

    [Fact]
    public async Task Long_headers_and_more_connections_than_are_allowed_are_refused()
    {
        await using PageInProcess page = PageInProcess.Start();
        Assert.StartsWith("HTTP/1.1 431 ", await RawHttp.Get(page.Port, "/", $"Host: 127.0.0.1\r\nX-Long: {new string('x', 20_000)}\r\n"));
        Assert.StartsWith("HTTP/1.1 414 ", await RawHttp.Get(page.Port, "/" + new string('x', 5_000)));
        List<Socket> open = [];
        try
        {
            // each is served once, so that it is known to be counted
            for (int i = 0; i < ConnectionLimit.Most; i++)
            {
                Socket socket = await RawHttp.Connect(page.Port);
                open.Add(socket);
                await socket.SendAsync(Encoding.ASCII.GetBytes("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
                Assert.True(await socket.ReceiveAsync(new byte[4_096]).WaitAsync(RunningNode.Patience) > 0, $"connection {i}");
            }
            Assert.Equal("", await RawHttp.Get(page.Port, "/healthz"));
        }
        finally
        {
            open.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_stream_begins_with_the_group_goes_on_with_what_is_told_and_resumes_after_the_last_that_was_seen()
    {
        await using PageInProcess page = PageInProcess.Start();
        page.Notices.Add(NoticeLevel.Info, "before");
        long last;
        using (EventReader events = await EventReader.Open(page.Client))
        {
            JsonElement group = (await events.Next("group")).Data;
            Assert.Equal("one", group.GetProperty("self").GetString());
            JsonElement notice = (await events.Next("notice", data => data.GetProperty("text").GetString() == "before")).Data;
            Assert.Equal("info", notice.GetProperty("level").GetString());
            page.Loop.Post(new NodeInput.OperatorForget("nobody"));
            (JsonElement told, string? id) = await events.Next("notice", data => data.GetProperty("text").GetString()!.StartsWith("no node nobody", StringComparison.Ordinal));
            Assert.Equal("warning", told.GetProperty("level").GetString());
            last = long.Parse(id!);
        }
        page.Notices.Add(NoticeLevel.Error, "after");
        using EventReader resumed = await EventReader.Open(page.Client, last);
        JsonElement next = (await resumed.Next("notice")).Data;
        Assert.Equal("after", next.GetProperty("text").GetString());
        // at least every two seconds, whether or not something happens
        await resumed.Next("group");
        await resumed.Next("group");
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_and_harms_nobody()
    {
        await using PageInProcess page = PageInProcess.Start();
        using Socket slow = await RawHttp.Connect(page.Port, receiveBuffer: 4_096);
        await slow.SendAsync(Encoding.ASCII.GetBytes("GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
        using EventReader good = await EventReader.Open(page.Client);
        string much = new('x', 50_000);
        // more than all buffers on the way hold
        for (int i = 0; i < 100; i++)
            page.Notices.Add(NoticeLevel.Detail, $"{i} {much}");
        for (int i = 0; i < 100; i++)
            await good.Next("notice", data => data.GetProperty("text").GetString()!.StartsWith($"{i} ", StringComparison.Ordinal));
        System.Diagnostics.Stopwatch waited = System.Diagnostics.Stopwatch.StartNew();
        while (await ClientsOf(page) > 1)
        {
            await good.Next("group");
            Assert.True(waited.Elapsed < EventHub.Patience * 3, "the slow one is still there");
        }
    }

    private static async Task<double> ClientsOf(PageInProcess page) =>
        double.Parse(Regex.Match(await page.Client.GetStringAsync("/metrics"), "record_syncd_event_clients\\{[^}]*\\} (.*)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_flood_of_questions_costs_the_nodes_thread_ten_looks_a_second()
    {
        await using PageInProcess page = PageInProcess.Start();
        NodeSnapshots snapshots = new(page.Loop);
        long from = Environment.TickCount64;
        HashSet<NodeSnapshot> different = new(ReferenceEqualityComparer.Instance as IEqualityComparer<NodeSnapshot>);
        for (int i = 0; i < 20_000; i++)
            different.Add(await snapshots.Recent());
        long ms = Environment.TickCount64 - from;
        Assert.InRange(different.Count, 1, 2 + ms / 95);
    }

    [Fact]
    public async Task Metrics_are_what_Prometheus_reads()
    {
        await using PageInProcess page = PageInProcess.Start();
        using HttpResponseMessage response = await page.Client.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        string text = await response.Content.ReadAsStringAsync();
        HashSet<string> declared = [], series = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Regex.Match(line, "^# TYPE ([a-z_]+) (gauge|counter)$") is { Success: true } type)
                Assert.True(declared.Add(type.Groups[1].Value), line);
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                Match sample = Regex.Match(line, "^([a-z_]+)\\{(node=\"one\"(?:,[a-z]+=\"[^\"]*\")?)\\} (-?[0-9.]+(?:E-?[0-9]+)?)$");
                Assert.True(sample.Success, line);
                Assert.Contains(sample.Groups[1].Value, declared);
                Assert.True(series.Add($"{sample.Groups[1].Value}{sample.Groups[2].Value}"), line);
            }
        }
        Assert.All(["record_syncd_clock_offset_seconds", "record_syncd_beacons_sent_total", "record_syncd_packets_dropped_total", "record_syncd_leader_changes_total", "record_syncd_encoder_queue_frames"], name => Assert.Contains(name, declared));
        Assert.Equal("ok\n", await page.Client.GetStringAsync("/healthz"));
    }
}

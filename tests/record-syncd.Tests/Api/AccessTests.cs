using System.Net;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/api.md, "Access": who may look, who may change, and what a page of somewhere else can do.</summary>
public sealed class AccessTests
{
    private static readonly string Token = AccessToken.Make();
    private static readonly IPEndPoint Bound = new(IPAddress.Any, 9943);

    private const long Instance = 0x1f2e;

    private readonly Access access = new(Bound, new PageTokens(new AccessToken(Token)), publicView: false, "cam1", Instance);

    private static DefaultHttpContext Request(string method, string path, string from = "192.168.1.77", string host = "192.168.1.5:9943", string? bearer = null, string? cookie = null, string? origin = null, string? type = "application/json")
    {
        DefaultHttpContext http = new();
        (http.Request.Method, http.Request.Path, http.Request.Scheme) = (method, path, "http");
        http.Request.Host = new HostString(host);
        http.Connection.RemoteIpAddress = IPAddress.Parse(from);
        http.Connection.LocalIpAddress = IPAddress.Parse(from.StartsWith("127.", StringComparison.Ordinal) ? "127.0.0.1" : "192.168.1.5");
        if (bearer is not null)
            http.Request.Headers.Authorization = $"Bearer {bearer}";
        if (cookie is not null)
            http.Request.Headers.Cookie = $"{Access.Cookie}={cookie}";
        if (origin is not null)
            http.Request.Headers.Origin = origin;
        if (method != "GET")
            http.Request.ContentType = type;
        return http;
    }

    [Theory]
    [InlineData("GET", "/api/v1/group")]
    [InlineData("GET", "/metrics")]
    [InlineData("GET", "/readyz")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("POST", "/api/v1/start")]
    [InlineData("DELETE", "/api/v1/session/other")]
    public void Another_machine_needs_the_token(string method, string path)
    {
        Assert.Equal(401, access.Refuse(Request(method, path))?.Status);
        Assert.Null(access.Refuse(Request(method, path, bearer: Token)));
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/assets/page-1a2b.js")]
    [InlineData("GET", "/healthz")]
    [InlineData("POST", "/api/v1/session")]
    public void The_page_itself_and_the_way_in_are_open(string method, string path) => Assert.Null(access.Refuse(Request(method, path)));

    [Fact]
    public void This_machine_needs_no_token_unless_a_proxy_speaks_for_others()
    {
        Assert.Null(access.Refuse(Request("POST", "/api/v1/start", from: "127.0.0.1", host: "localhost:9943")));
        Assert.Null(access.Refuse(Request("GET", "/api/v1/group", from: "::ffff:127.0.0.1", host: "localhost:9943")));
        DefaultHttpContext passedOn = Request("GET", "/api/v1/group", from: "127.0.0.1", host: "localhost:9943");
        passedOn.Request.Headers["X-Forwarded-For"] = "10.1.2.3";
        Assert.Equal(401, access.Refuse(passedOn)?.Status);
    }

    [Fact]
    public void Public_view_lets_everybody_look_and_nobody_change()
    {
        Access open = new(Bound, tokens: null, publicView: true, "cam1", Instance);
        Assert.Null(open.Refuse(Request("GET", "/api/v1/group")));
        Assert.Equal(403, open.Refuse(Request("POST", "/api/v1/start"))?.Status);
        Assert.Null(open.Refuse(Request("POST", "/api/v1/start", from: "127.0.0.1", host: "127.0.0.1:9943")));
    }

    [Fact]
    public void A_ticket_opens_the_doctor_or_the_picture_of_one_process_and_nothing_else()
    {
        AccessToken same = new(Token), other = new(AccessToken.Make());
        Assert.Null(Asked("POST", "/api/v1/nodes/cam1/doctor", same.Ticket("doctor", "cam1", Instance)));
        Assert.Null(Asked("GET", "/api/v1/nodes/cam1/doctor", same.Ticket("doctor", "cam1", Instance)));
        Assert.Null(Asked("GET", "/api/v1/nodes/cam1/preview.mjpeg", same.Ticket("preview.mjpeg", "cam1", Instance)));
        Assert.Equal(401, Asked("GET", "/api/v1/nodes/cam1/preview.mjpeg", same.Ticket("doctor", "cam1", Instance)));
        Assert.Equal(401, Asked("POST", "/api/v1/nodes/cam1/doctor", same.Ticket("preview.mjpeg", "cam1", Instance)));
        Assert.Equal(401, Asked("POST", "/api/v1/start", same.Ticket("doctor", "cam1", Instance)));
        Assert.Equal(401, Asked("GET", "/api/v1/group", same.Ticket("doctor", "cam1", Instance)));
        Assert.Equal(401, Asked("POST", "/api/v1/nodes/cam2/doctor", same.Ticket("doctor", "cam2", Instance)));
        // of the process that was there before
        Assert.Equal(401, Asked("POST", "/api/v1/nodes/cam1/doctor", same.Ticket("doctor", "cam1", Instance + 1)));
        Assert.Equal(401, Asked("POST", "/api/v1/nodes/cam1/doctor", other.Ticket("doctor", "cam1", Instance)));
        Assert.Equal(401, Asked("POST", "/api/v1/nodes/cam1/doctor", Token));
        Assert.Equal(401, Asked("POST", "/api/v1/nodes/cam1/doctor", ""));

        int? Asked(string method, string path, string ticket)
        {
            DefaultHttpContext http = Request(method, path);
            http.Request.Headers[Access.PassedOn] = ticket;
            return access.Refuse(http)?.Status;
        }
    }

    [Theory]
    [InlineData("192.168.1.5:9943", true)]
    [InlineData("localhost:9943", true)]
    [InlineData("[::1]:9943", true)]
    [InlineData("cam1", true)]
    [InlineData("CAM1.:9943", true)]
    [InlineData("192.168.1.6:9943", false)]
    [InlineData("evil.example", false)]
    [InlineData("cam1.evil.example:9943", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("", false)]
    public void A_name_that_somebody_elses_server_gives_this_address_is_refused(string host, bool known) =>
        Assert.Equal(known, access.Refuse(Request("GET", "/healthz", host: host))?.Status != 421);

    [Theory]
    [InlineData(null, "application/json", null)]
    [InlineData("http://127.0.0.1:9943", "application/json; charset=utf-8", null)]
    [InlineData("http://evil.example", "application/json", 403)]
    [InlineData("http://127.0.0.1:9944", "application/json", 403)]
    [InlineData("null", "application/json", 403)]
    [InlineData(null, "text/plain", 415)]
    [InlineData(null, "application/x-www-form-urlencoded", 415)]
    [InlineData(null, null, 415)]
    public void A_change_comes_as_JSON_and_from_this_page(string? origin, string? type, int? refused) =>
        Assert.Equal(refused, access.Refuse(Request("POST", "/api/v1/start", from: "127.0.0.1", host: "127.0.0.1:9943", origin: origin, type: type))?.Status);

    [Fact]
    public void After_a_few_wrong_tokens_an_address_has_to_wait_and_others_have_not()
    {
        for (int i = 0; i < FailureLimit.AtOnce; i++)
            Assert.Equal(401, access.Refuse(Request("GET", "/api/v1/group", bearer: "wrong"))?.Status);
        DefaultHttpContext again = Request("GET", "/api/v1/group", bearer: Token);
        Assert.Equal(429, access.Refuse(again)?.Status);
        Assert.InRange(int.Parse(again.Response.Headers.RetryAfter!), 1, 10);
        Assert.Equal(429, access.LogIn(Request("POST", "/api/v1/session"), Token)?.Status);
        Assert.Null(access.Refuse(Request("GET", "/api/v1/group", from: "192.168.1.78", bearer: Token)));
    }

    [Fact]
    public void A_browser_gets_a_cookie_for_the_token_that_scripts_and_other_sites_cannot_use()
    {
        DefaultHttpContext http = Request("POST", "/api/v1/session");
        Assert.Equal(401, access.LogIn(Request("POST", "/api/v1/session"), "wrong")?.Status);
        Assert.Null(access.LogIn(http, Token));
        string set = http.Response.Headers.SetCookie!;
        Assert.Contains("httponly", set, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", set, StringComparison.OrdinalIgnoreCase);
        string cookie = set[(Access.Cookie.Length + 1)..set.IndexOf(';')];

        Assert.Null(access.Refuse(Request("GET", "/api/v1/events", cookie: cookie)));
        Assert.Equal(401, access.Refuse(Request("GET", "/api/v1/events", cookie: cookie[..^1] + (cookie[^1] == 'A' ? 'B' : 'A')))?.Status);
        access.LogOut(Request("DELETE", "/api/v1/session", cookie: cookie));
        Assert.Equal(401, access.Refuse(Request("GET", "/api/v1/events", cookie: cookie))?.Status);
    }
}

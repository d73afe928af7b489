using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace RecordSync.Daemon;

/// <summary>Who may do what (docs/api.md): a refusal with its sentence, or null.</summary>
/// <param name="bound">Where the page listens.</param>
/// <param name="tokens">Null: other machines cannot log in.</param>
/// <param name="node">Its name is a host name too, where people have entered it in their name service.</param>
/// <param name="instance">Of this process, as its beacons tell it.</param>
internal sealed class Access(IPEndPoint bound, PageTokens? tokens, bool publicView, string node, long instance)
{
    public const string Cookie = "record_syncd_session";

    /// <summary>The header of what another node of the group asks for somebody else, with its ticket.</summary>
    public const string PassedOn = "Record-Syncd-Passed-On";

    public const string DoctorPurpose = "doctor";
    public const string PreviewPurpose = "preview.mjpeg";

    private const string SessionPath = "/api/v1/session";

    private readonly FailureLimit failures = new(() => Environment.TickCount64);

    /// <summary>What everybody gets: the page's own files, which know nothing, whether the process lives, and the way to log in.</summary>
    private static bool IsOpen(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
            ? !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/openapi") && request.Path != "/metrics" && request.Path != "/readyz"
            : request.Path == SessionPath;

    public ApiProblem? Refuse(HttpContext http)
    {
        HttpRequest request = http.Request;
        if (!IsKnownHost(request.Host.Host, http.Connection.LocalIpAddress))
            return Problems.Of(421, $"this node is not called '{request.Host.Host}': use its address, its host name or its node id");
        bool looks = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (!looks && RefuseForeign(request) is { } foreign)
            return foreign;
        if (IsOpen(request) || IsLocal(http) || (looks && publicView))
            return null;
        if (tokens is not null && request.Headers[PassedOn] is [{ } ticket] && PurposeOf(request) is { } purpose && tokens.IsTicket(ticket, purpose, node, instance))
            return null;
        if (tokens is null)
            return Problems.Of(403, "changes are possible on this node's own machine only: it was started without --http-token-file");
        string from = AddressOf(http);
        if (failures.Wait(from) is > 0 and var seconds)
            return TooMany(http, seconds);
        string? shown = Bearer(request);
        bool known = shown is not null ? tokens.Matches(shown) : request.Cookies[Cookie] is { } session && tokens.IsSession(session, DateTimeOffset.UtcNow);
        if (known)
            return null;
        // a session may have ended by itself: that is no attempt at guessing
        if (shown is not null)
            failures.Failed(from);
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Of(401, shown is null ? "this node wants its token: the one in its --http-token-file" : "that is not this node's token");
    }

    /// <summary>What a ticket may open: of this node itself, what the page of another one shows of it.</summary>
    private string? PurposeOf(HttpRequest request) =>
        request.Path == $"/api/v1/nodes/{node}/{DoctorPurpose}" ? DoctorPurpose
        : HttpMethods.IsGet(request.Method) && request.Path == $"/api/v1/nodes/{node}/{PreviewPurpose}" ? PreviewPurpose
        : null;

    /// <summary>POST /api/v1/session.</summary>
    public ApiProblem? LogIn(HttpContext http, string shown)
    {
        string from = AddressOf(http);
        if (failures.Wait(from) is > 0 and var seconds)
            return TooMany(http, seconds);
        if (tokens is null && !IsLocal(http))
            return Problems.Of(403, "this node was started without --http-token-file: there is nothing to log in to");
        if (tokens is not null && !tokens.Matches(shown))
        {
            failures.Failed(from);
            return Problems.Of(401, "that is not this node's token");
        }
        if (tokens is not null)
            SetCookie(http, tokens.BeginSession(DateTimeOffset.UtcNow), AccessToken.SessionLength);
        return null;
    }

    public void LogOut(HttpContext http)
    {
        if (http.Request.Cookies[Cookie] is { } session)
            tokens?.EndSession(session, DateTimeOffset.UtcNow);
        SetCookie(http, "", TimeSpan.Zero);
    }

    private static void SetCookie(HttpContext http, string value, TimeSpan length) =>
        http.Response.Cookies.Append(Cookie, value, new CookieOptions { HttpOnly = true, SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Strict, Path = "/", MaxAge = length });

    /// <summary>A page of somewhere else, open in the same browser, can send simple forms; it can neither send JSON nor hide where it is from.</summary>
    private static ApiProblem? RefuseForeign(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            return Problems.Of(415, "a change is asked for with the header Content-Type: application/json");
        string? origin = request.Headers.Origin;
        return string.IsNullOrEmpty(origin) || origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            ? null
            : Problems.Of(403, $"a page of {origin} may not change anything here");
    }

    /// <summary>A name that somebody else's server hands out for this machine's address (DNS rebinding) is none of these.</summary>
    private bool IsKnownHost(string host, IPAddress? local)
    {
        string name = host.TrimEnd('.');
        if (IPAddress.TryParse(name.Trim('[', ']'), out IPAddress? address))
            return IPAddress.IsLoopback(address) || address.Equals(bound.Address) || address.Equals(Plain(local));
        string machine = Environment.MachineName;
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.Equals(node, StringComparison.OrdinalIgnoreCase)
            || name.Equals(machine, StringComparison.OrdinalIgnoreCase)
            || name.Equals($"{machine.Split('.')[0]}.local", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>This machine's own people. What a proxy of this machine passes on is not theirs.</summary>
    private static bool IsLocal(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } remote
        && IPAddress.IsLoopback(Plain(remote)!)
        && !http.Request.Headers.ContainsKey("X-Forwarded-For")
        && !http.Request.Headers.ContainsKey("Forwarded");

    private static ApiProblem TooMany(HttpContext http, int seconds)
    {
        http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Problems.Of(429, $"too many wrong tokens from this address: try again in {seconds} s");
    }

    private static string? Bearer(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        return header is not null && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : null;
    }

    /// <summary>An IPv6 host has as many addresses as it likes in its /64.</summary>
    private static string AddressOf(HttpContext http)
    {
        IPAddress? remote = Plain(http.Connection.RemoteIpAddress);
        return remote is { AddressFamily: AddressFamily.InterNetworkV6 } ? Convert.ToHexString(remote.GetAddressBytes().AsSpan(0, 8)) : remote?.ToString() ?? "";
    }

    private static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
}

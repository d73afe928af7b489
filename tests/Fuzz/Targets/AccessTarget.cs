using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using RecordSync.Daemon;

namespace RecordSync.Fuzz;

/// <summary>Who comes from another machine and has no token: its request's line, host and headers, the token that it shows, and a token file. It looks at nothing and changes nothing.</summary>
internal static class AccessTarget
{
    private static readonly AccessToken Token = new("k3yZ7Qm1v9Xb5Tn8Lw2Rd6Hs4Jc0Pf");
    private static readonly IPEndPoint Bound = new(IPAddress.Any, 9943);

    public static FuzzTarget Make() =>
        new(
            "access",
            2_048,
            ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "/api/v1/start", "/api/v1/session", "/API", "//api/v1/start", "/%61pi", "localhost", "127.0.0.1", "[::1]", "192.168.1.5", "cam1", ".local", "application/json", "Bearer ", "http://", "\n", "X-Forwarded-For: 127.0.0.1", "Authorization: ", "Cookie: record_syncd_session=", "Record-Syncd-Passed-On: ", "/api/v1/nodes/cam1/doctor", "Origin: ", "Content-Type: ", "Host: "],
            Examine
        )
        {
            Memory = 1_000_000,
            Seeds = () =>
                [
                    ("start", Encoding.UTF8.GetBytes("POST\n/api/v1/start\n192.168.1.5:9943\nContent-Type: application/json\nAuthorization: Bearer abcdefghijklmnopqrstuvwxyz")),
                    ("look", Encoding.UTF8.GetBytes("GET\n/api/v1/group\nlocalhost:9943\nCookie: record_syncd_session=AAAAAABqAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
                    ("doctor", Encoding.UTF8.GetBytes("GET\n/api/v1/nodes/cam1/doctor\n192.168.1.5:9943\nRecord-Syncd-Passed-On: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
                    ("page", Encoding.UTF8.GetBytes("GET\n/assets/page.js\ncam1.local\nOrigin: http://cam1.local")),
                    ("token", Encoding.UTF8.GetBytes("abcdefghijklmnopqrstuvwxyz")),
                ],
        };

    private static void Examine(byte[] input)
    {
        string path = Scratch.File("token");
        File.WriteAllBytes(path, input);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        AccessToken? read = AccessToken.Read(path, out string? fault);
        BrokenLawException.Unless(read is null == fault is not null, "a token, or a sentence that says why not");
        string text = Encoding.Latin1.GetString(input);
        BrokenLawException.Unless(!Token.IsSession(text, DateTimeOffset.UnixEpoch) && !Token.Matches(text), "a session or a token that was not given is none");
        string[] lines = text.Split('\n');
        if (lines.Length >= 3)
            Ask(lines);
    }

    private static void Ask(string[] lines)
    {
        DefaultHttpContext http = new();
        (http.Request.Method, http.Request.Scheme) = (lines[0], "http");
        // what a server hands over has been checked for this by Kestrel
        if (lines[1].Length == 0 || lines[1][0] != '/')
            return;
        http.Request.Path = new PathString(lines[1]);
        http.Request.Headers.Host = lines[2];
        (http.Connection.RemoteIpAddress, http.Connection.LocalIpAddress) = (IPAddress.Parse("192.168.1.77"), IPAddress.Parse("192.168.1.5"));
        foreach (string[] header in lines.Skip(3).Select(line => line.Split(": ", 2)).Where(header => header.Length == 2 && header[0].Length > 0))
            http.Request.Headers[header[0]] = header[1];
        Access access = new(Bound, new PageTokens(Token), publicView: false, "cam1", instance: 7);
        ApiProblem? refusal = access.Refuse(http);
        bool open = HttpMethods.IsGet(lines[0]) || HttpMethods.IsHead(lines[0]) ? !http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) : http.Request.Path == "/api/v1/session";
        BrokenLawException.Unless(refusal is not null || open, "without the token nothing of the API is open");
        access.LogOut(http);
        _ = access.LogIn(http, lines[^1]);
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;

namespace RecordSync.Daemon;

/// <summary>Where this node serves the group's page and its API, and to whom (docs/api.md).</summary>
internal sealed record PageOptions
{
    public const ushort FirstPort = 9943;

    /// <summary>Several nodes on one machine: the next free one up to here.</summary>
    public const ushort LastPort = 9962;

    public static readonly IPEndPoint DefaultAddress = new(IPAddress.Loopback, FirstPort);

    /// <summary>Null: nowhere.</summary>
    public IPEndPoint? Address { get; init; } = DefaultAddress;

    /// <summary>The user has written it: another port than this one is not what they asked for.</summary>
    public bool Written { get; init; }

    /// <summary>The file with the token that other machines must show; null: there is none.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Other machines may look without the token; they still change nothing.</summary>
    public bool PublicView { get; init; }

    /// <summary>"127.0.0.1:9943", "0.0.0.0:9943", "[::1]:9943", "*:9943"; port 0: any that is free.</summary>
    public static bool TryParse(string text, out IPEndPoint? address)
    {
        address = null;
        int colon = text.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return false;
        string host = text[..colon];
        if (host is "*")
            host = "0.0.0.0";
        else if (host is "localhost")
            host = "127.0.0.1";
        // IPAddress.Parse would also take "10" and "0x7f.1"
        bool isV4 = Endpoint.TryParseAddress(host, out _), isV6 = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        if (!(isV4 || isV6) || !IPAddress.TryParse(isV6 ? host[1..^1] : host, out IPAddress? parsed))
            return false;
        address = new IPEndPoint(parsed, port);
        return true;
    }
}

/// <summary>The options for <see cref="PageOptions"/>.</summary>
internal sealed class PageCommandLine
{
    private readonly Option<string> http = new("--http")
    {
        Description = "where the group's page and the API are served; off: nowhere; an address other than loopback needs --http-token-file",
        HelpName = "ADDRESS:PORT|off",
        DefaultValueFactory = _ => PageOptions.DefaultAddress.ToString(),
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!IsOff(text) && !PageOptions.TryParse(text, out _))
                result.AddError($"'{text}' is no place for the page: use an address and a port like 127.0.0.1:9943 or 0.0.0.0:9943, or --http off");
            return text;
        },
    };

    private readonly Option<string?> tokenFile = new("--http-token-file")
    {
        Description = "file with the token that other machines must show, as 'record-syncd token' makes one; readable by its owner only",
        HelpName = "FILE",
    };

    private readonly Option<bool> publicView = new("--http-public-view") { Description = "other machines may look without the token; changes still need it" };

    public IReadOnlyList<Option> All => [http, tokenFile, publicView];

    /// <summary>Of the node command's options the one that no two nodes can share.</summary>
    public Option Http => http;

    public PageOptions Read(ParseResult parsed)
    {
        string text = parsed.GetValue(http)!;
        IPEndPoint? address = null;
        if (!IsOff(text))
            _ = PageOptions.TryParse(text, out address);
        return new PageOptions
        {
            Address = address,
            Written = parsed.GetResult(http) is { Implicit: false },
            TokenFile = parsed.GetValue(tokenFile),
            PublicView = parsed.GetValue(publicView),
        };
    }

    private static bool IsOff(string text) => text.Equals("off", StringComparison.OrdinalIgnoreCase);
}

using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace RecordSync.Daemon;

/// <summary>The page of a running node, in stages: its port before the node's first word, its server after it, its end with the node.</summary>
internal sealed class NodePage : IAsyncDisposable
{
    private readonly NodeOptions options;
    private readonly PageSocket? socket;
    private readonly PageTokens? tokens;
    private Task<PageServer?>? starting;

    private NodePage(NodeOptions options, PageSocket? socket, PageTokens? tokens, string? fault) => (this.options, this.socket, this.tokens, Fault) = (options, socket, tokens, fault);

    /// <param name="Desk">Null: no verdicts are written here.</param>
    public sealed record Parts(
        NodeSnapshots Snapshots,
        NodeLoop Loop,
        MulticastLink Link,
        LocalClock Clock,
        NodeSettings Settings,
        OutputPath Output,
        InterfaceChoice Chosen,
        NoticeLog Notices,
        VerdictDesk? Desk,
        Action<NoticeLevel, string> Tell,
        Func<PreviewFeed?> Preview
    );

    /// <summary>Why there is no page after all: nobody has asked for a certain port, and so it does not keep the node from recording.</summary>
    public string? Fault { get; }

    public string? Url => socket?.Url;

    public string? AnnouncedFrom(Endpoint self) => socket?.AnnouncedFrom(self);

    /// <param name="keys">The group's: where the page is open to others and has no token of its own, they make it.</param>
    /// <param name="page">Null for <c>--http off</c>.</param>
    /// <param name="inUse">It is the port, and not the options.</param>
    /// <returns>False with a sentence when the node should not start like this.</returns>
    public static bool TryPrepare(NodeOptions options, GroupKeys? keys, out NodePage? page, [NotNullWhen(false)] out string? fault, out bool inUse)
    {
        (page, fault, inUse) = (null, null, false);
        if (options.Page.Address is not { } address)
            return true;
        if (!TryRead(options.Page, address, keys, out PageTokens? tokens, out fault))
            return false;
        PageSocket? socket = PageSocket.TryClaim(options.Page, out string? taken);
        if (socket is null && options.Page.Written)
        {
            (fault, inUse) = (taken!, true);
            return false;
        }
        page = new NodePage(options, socket, tokens, taken);
        return true;
    }

    /// <summary>What can be said of the page's options without a port.</summary>
    /// <param name="keys">As for <see cref="TryPrepare"/>.</param>
    /// <returns>False with a sentence when they make no sense.</returns>
    public static bool TryRead(PageOptions page, IPEndPoint address, GroupKeys? keys, out PageTokens? tokens, [NotNullWhen(false)] out string? fault)
    {
        (tokens, fault) = (null, null);
        if (page.TokenFile is { } path)
        {
            if (AccessToken.Read(path, out fault) is not { } written)
            {
                fault ??= "";
                return false;
            }
            tokens = new PageTokens(written);
        }
        // a page for its own machine only asks nobody for a token, and shows the other pages of its group one
        else if (keys is not null)
            tokens = new PageTokens(keys);
        if (IPAddress.IsLoopback(address.Address) || tokens is not null || page.PublicView)
            return true;
        fault =
            $"--http {address} is open to other machines: give it a token with --http-token-file FILE (make one with:  (umask 077; record-syncd token > FILE)) or the group's key with --key-file, "
            + "or let everybody look, and change nothing, with --http-public-view";
        return false;
    }

    /// <summary>What there is; from <see cref="Open"/> on.</summary>
    public ApiEndpoints? Endpoints { get; private set; }

    /// <summary>Returns at once; the server starts on a thread of the pool, and whoever calls before it is up waits in the queue of the port.</summary>
    public void Open(Parts parts)
    {
        if (socket is null)
            return;
        Access access = new(socket.Address, tokens, options.Page.PublicView, parts.Settings.NodeId, parts.Settings.Instance);
        Endpoints = MakeEndpoints(parts, access);
        starting = Task.Run(() => Start(socket, Endpoints, access, parts.Tell));
    }

    public async ValueTask DisposeAsync()
    {
        if (starting is not null && await starting is { } server)
            await server.DisposeAsync();
        socket?.Dispose();
    }

    private ApiEndpoints MakeEndpoints(Parts parts, Access access)
    {
        GroupView group = new(parts.Snapshots, parts.Link, parts.Settings, parts.Chosen);
        EventHub events = new(group, parts.Notices, EventHub.Patience);
        events.Start();
        TakeLibrary takes = new(parts.Output);
        if (parts.Desk is { } desk)
        {
            desk.Saved = _ =>
            {
                takes.Changed();
                events.TakesChanged();
            };
        }
        NodeOptions examined = options with { Interface = parts.Chosen.Name, Group = parts.Link.Group, Output = parts.Output.Pattern, NodeId = parts.Settings.NodeId };
        DoctorEndpoints doctor = new(group, new StandingDoctor(examined, parts.Settings.NodeId, () => DoctorEndpoints.Recording(group), RunningNodes.Find), tokens);
        return new ApiEndpoints(group, events, parts.Notices, new Commands(parts.Loop), new TakeEndpoints(takes, group, parts.Loop), new PreviewEndpoint(group, parts.Preview, tokens), doctor, parts.Snapshots, parts.Loop, access);
    }

    private static async Task<PageServer?> Start(PageSocket at, ApiEndpoints endpoints, Access access, Action<NoticeLevel, string> tell)
    {
        try
        {
            return await PageServer.Start(at, endpoints, access, tell);
        }
        catch (Exception fault)
        {
            // whatever it is, it must not end a recording
            tell(NoticeLevel.Error, $"there is no page: its server does not start: {fault.Message}");
            return null;
        }
    }
}

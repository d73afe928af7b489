using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace RecordSync.Daemon;

/// <summary>The page of a running node, in stages: its port before the node's first word, its server after it, its end with the node.</summary>
internal sealed class NodePage : IAsyncDisposable
{
    private readonly PageOptions options;
    private readonly PageSocket? socket;
    private readonly AccessToken? token;
    private Task<PageServer?>? starting;

    private NodePage(PageOptions options, PageSocket? socket, AccessToken? token, string? fault) => (this.options, this.socket, this.token, Fault) = (options, socket, token, fault);

    /// <summary>What the page is made of.</summary>
    public sealed record Parts(
        NodeSnapshots Snapshots,
        NodeLoop Loop,
        MulticastLink Link,
        LocalClock Clock,
        NodeSettings Settings,
        OutputPath Output,
        InterfaceChoice Chosen,
        NoticeLog Notices,
        VerdictDesk Desk,
        Action<NoticeLevel, string> Tell
    );

    /// <summary>Why there is no page after all: nobody has asked for a certain port, and so it does not keep the node from recording.</summary>
    public string? Fault { get; }

    public string? Url => socket?.Url;

    public string? AnnouncedFrom(Endpoint self) => socket?.AnnouncedFrom(self);

    /// <param name="page">Null for <c>--http off</c>.</param>
    /// <param name="inUse">It is the port, and not the options.</param>
    /// <returns>False with a sentence when the node should not start like this.</returns>
    public static bool TryPrepare(NodeOptions options, out NodePage? page, [NotNullWhen(false)] out string? fault, out bool inUse)
    {
        (page, fault, inUse) = (null, null, false);
        if (options.Page.Address is not { } address)
            return true;
        AccessToken? token = null;
        if (options.Page.TokenFile is { } path && (token = AccessToken.Read(path, out fault)) is null)
        {
            fault ??= "";
            return false;
        }
        if (!IPAddress.IsLoopback(address.Address) && token is null && !options.Page.PublicView)
        {
            fault =
                $"--http {address} is open to other machines: give it a token with --http-token-file FILE (make one with:  (umask 077; record-syncd token > FILE)), "
                + "or let everybody look, and change nothing, with --http-public-view";
            return false;
        }
        PageSocket? socket = PageSocket.TryClaim(options.Page, out string? taken);
        if (socket is null && options.Page.Written)
        {
            (fault, inUse) = (taken!, true);
            return false;
        }
        page = new NodePage(options.Page, socket, token, taken);
        return true;
    }

    /// <summary>Returns at once; the server starts on a thread of the pool, and whoever calls before it is up waits in the queue of the port.</summary>
    public void Open(Parts parts)
    {
        if (socket is not null)
            starting = Task.Run(() => Start(parts, socket));
    }

    public async ValueTask DisposeAsync()
    {
        if (starting is not null && await starting is { } server)
            await server.DisposeAsync();
        socket?.Dispose();
    }

    private async Task<PageServer?> Start(Parts parts, PageSocket at)
    {
        try
        {
            GroupView group = new(parts.Snapshots, parts.Link, parts.Settings, parts.Chosen);
            EventHub events = new(group, parts.Notices, EventHub.Patience);
            events.Start();
            parts.Desk.Saved = _ => events.TakesChanged();
            Access access = new(at.Address, token, options.PublicView, parts.Settings.NodeId);
            ApiEndpoints endpoints = new(group, events, new Commands(parts.Loop, group, parts.Notices), parts.Loop, access);
            return await PageServer.Start(at, endpoints, access, parts.Tell);
        }
        catch (Exception fault)
        {
            // whatever it is, it must not end a recording
            parts.Tell(NoticeLevel.Error, $"there is no page: its server does not start: {fault.Message}");
            return null;
        }
    }
}

using System.Net;
using Microsoft.AspNetCore.Http;

namespace RecordSync.Daemon;

/// <summary>The pages of the other nodes: what only they know is fetched there and passed on, so that one page shows the whole group. No token is ever sent to them.</summary>
internal static class OtherPages
{
    public static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(2), UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>The node that is asked about. Whoever passes a question on means the node that it asks: it is not passed on once more.</summary>
    public static ApiNode? Meant(string id, GroupView.Rendered known, HttpRequest request) =>
        known.Group.Nodes.FirstOrDefault(node => node.Id == id && (node.Self || !request.Headers.ContainsKey(Access.PassedOn)));

    /// <summary>Only where the node itself speaks from: a beacon must not be able to send this node anywhere else.</summary>
    /// <returns>Null with the refusal.</returns>
    public static Uri? Find(ApiNode node, out ApiProblem? refusal)
    {
        refusal = null;
        if (!node.Lost && node.Page is { } text && Uri.TryCreate(text, UriKind.Absolute, out Uri? page) && IPAddress.TryParse(page.Host, out IPAddress? address))
        {
            if (IPAddress.IsLoopback(address) || (IPEndPoint.TryParse(node.Address, out IPEndPoint? speaks) && speaks.Address.Equals(address)))
                return page;
        }
        refusal = Problems.Of(404, node.Lost ? $"{node.Id} is lost: nothing is heard from it" : $"{node.Id} does not say where its page is, or only programs of its own machine can see it: start it with --http ADDRESS:PORT");
        return null;
    }

    /// <summary>What is asked there, with the ticket for it (<see cref="Access.PassedOn"/>).</summary>
    /// <param name="page">As <see cref="Find"/> has it.</param>
    public static HttpRequestMessage Question(HttpMethod method, Uri page, string purpose, ApiNode node, NodeSnapshot snapshot, PageTokens? tokens)
    {
        HttpRequestMessage question = new(method, new Uri(page, $"/api/v1/nodes/{Uri.EscapeDataString(node.Id)}/{purpose}"));
        // it also says that somebody else asks, and is there without a token too
        question.Headers.Add(Access.PassedOn, TicketFor(purpose, node, snapshot, tokens));
        return question;
    }

    private static string TicketFor(string purpose, ApiNode node, NodeSnapshot snapshot, PageTokens? tokens) =>
        tokens is not null && snapshot.Peers.FirstOrDefault(peer => peer.NodeId == node.Id)?.Instance is { } instance ? tokens.Ticket(purpose, node.Id, instance) : "without a ticket";

    public static ApiProblem Unreachable(ApiNode node, Uri page) => Problems.Of(502, $"{node.Id} cannot be reached at {page}");
}

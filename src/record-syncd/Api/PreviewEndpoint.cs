using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace RecordSync.Daemon;

/// <summary>
/// The live picture of a camera, as parts of a multipart answer that each replace the one before. A browser shows it in an image element. That of another node is
/// fetched from its own page and passed on, so that one page shows them all.
/// </summary>
internal sealed class PreviewEndpoint(GroupView group, Func<PreviewFeed?> own, PageTokens? tokens)
{
    private const string Boundary = "picture";
    private const string MediaType = $"multipart/x-mixed-replace; boundary={Boundary}";

    /// <summary>A picture should come within this; a slow camera has twice its time.</summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(4);

    /// <summary>The server is going; streams end.</summary>
    public CancellationToken Stopping { get; set; }

    public void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/nodes/{id}/preview.mjpeg", Show).Produces(200, contentType: "multipart/x-mixed-replace").Problem(404, 502, 503).WithName("getPreview")
            .WithSummary($"The camera's live picture: JPEG, {PreviewPipeline.LargestWidth} pixels wide at the most, up to {PreviewFeed.PicturesPerSecond} a second").WithTags("Group");

    private async Task<IResult> Show(string id, HttpContext http, CancellationToken gone)
    {
        GroupView.Rendered known = await group.Recent();
        if (OtherPages.Meant(id, known, http.Request) is not { } node)
            return Problems.NoSuchNode(id);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(gone, Stopping);
        try
        {
            return node.Self ? await ShowOwn(http, ended.Token) : await PassOn(node, known.Snapshot, http, ended.Token);
        }
        catch (OperationCanceledException)
        {
            http.Abort();
            return TypedResults.Empty;
        }
    }

    private async Task<IResult> ShowOwn(HttpContext http, CancellationToken ended)
    {
        if (own() is not { } feed)
            return Problems.Result(404, "this node has no camera");
        using PreviewFeed.Viewer? viewer = feed.Open();
        if (viewer is null)
            return Problems.Result(503, $"{PreviewFeed.MostViewers} watch this camera already: close one of them");
        byte[] picture;
        try
        {
            picture = await viewer.Next(ended).WaitAsync(FirstPatience, ended);
        }
        catch (TimeoutException)
        {
            return Problems.Result(503, feed.Fault ?? "the camera gives no pictures");
        }
        http.Response.ContentType = MediaType;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        while (true)
        {
            byte[] head = Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: {picture.Length}\r\n\r\n");
            // whoever does not read is waited for here, and misses what is made meanwhile
            await http.Response.Body.WriteAsync(head, ended);
            await http.Response.Body.WriteAsync(picture, ended);
            await http.Response.Body.WriteAsync("\r\n"u8.ToArray(), ended);
            await http.Response.Body.FlushAsync(ended);
            picture = await viewer.Next(ended);
        }
    }

    private async Task<IResult> PassOn(ApiNode node, NodeSnapshot snapshot, HttpContext http, CancellationToken ended)
    {
        if (OtherPages.Find(node, out ApiProblem? refusal) is not { } page)
            return Problems.Result(refusal!);
        try
        {
            using HttpRequestMessage wanted = OtherPages.Question(HttpMethod.Get, page, Access.PreviewPurpose, node, snapshot, tokens);
            using HttpResponseMessage answer = await OtherPages.Client.SendAsync(wanted, HttpCompletionOption.ResponseHeadersRead, ended);
            string type = answer.Content.Headers.ContentType?.ToString() ?? "";
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                return Problems.Result(502, $"{node.Id} wants a token that this node has not: look at it on {page}");
            if (answer.StatusCode != HttpStatusCode.OK || !type.StartsWith("multipart/x-mixed-replace", StringComparison.Ordinal))
                return Problems.Result(502, $"{node.Id} gives no picture now");
            http.Response.ContentType = MediaType;
            http.Response.Headers.CacheControl = "no-store";
            await using Stream pictures = await answer.Content.ReadAsStreamAsync(ended);
            await pictures.CopyToAsync(http.Response.Body, ended);
            return TypedResults.Empty;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            if (!http.Response.HasStarted)
                return Problems.Result(OtherPages.Unreachable(node, page));
            http.Abort();
            return TypedResults.Empty;
        }
    }
}

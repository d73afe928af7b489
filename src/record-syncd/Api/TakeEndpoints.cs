using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace RecordSync.Daemon;

/// <summary>/api/v1/takes: the list, one of them, its skew, its files (docs/api.md).</summary>
internal sealed class TakeEndpoints(TakeLibrary takes, GroupView group, NodeLoop loop)
{
    private readonly SkewSeries skews = new();

    public void Map(RouteGroupBuilder api)
    {
        RouteGroupBuilder routes = api.MapGroup("/takes").WithTags("Takes");
        routes.MapGet("", All).Produces<IReadOnlyList<ApiTake>>().WithName("getTakes").WithSummary("The takes on this node's disk, newest first");
        routes.MapGet("/{name}", One).Produces<ApiTakeDetail>().Problem(404).WithName("getTake").WithSummary("One of them, with its verdict and its files");
        routes.MapGet("/{name}/skew", Skew).Produces<ApiSkew>().Problem(404).WithName("getSkew").WithSummary("How its frames lie to the grid and to each other, at 2000 points at most");
        routes.MapPost("/{name}/verdict", AskForVerdict).Produces(202).Problem(404, 409).WithName("askForVerdict").WithSummary("Asks the group for its verdicts; take.json is written when they are there, or after 3 s without them");
        routes.MapGet("/{name}/files/{file}", Serve).Produces(200, contentType: "application/octet-stream").Produces(206, contentType: "application/octet-stream").Problem(404, 416)
            .WithName("getFile").WithSummary("A file of the take, whole or in ranges; with ?download as an attachment");
    }

    private async Task<string?> Running() => (await group.Recent()).Group.Take?.Name;

    private async Task<IResult> All()
    {
        string? running = await Running();
        return TypedResults.Json([.. (await takes.All()).Select(take => take.ToApi(running))], ApiJson.Wire.IReadOnlyListApiTake);
    }

    private async Task<IResult> One(string name)
    {
        if (await takes.Find(name) is not { } take)
            return NoSuchTake(name);
        GroupVerdict? verdict = take.Verdict is { } paper ? GroupVerdictFile.Read(paper.Path) : null;
        ApiFile[] files = [.. take.Files().Select(file => new ApiFile(file.Node, file.Name, file.Kind, file.Bytes, $"/api/v1/takes/{Uri.EscapeDataString(name)}/files/{Uri.EscapeDataString(file.Name)}"))];
        return TypedResults.Json(new ApiTakeDetail(take.ToApi(await Running()), verdict, files), ApiJson.Wire.ApiTakeDetail);
    }

    private async Task<IResult> Skew(string name)
    {
        if (await takes.Find(name) is not { } take)
            return NoSuchTake(name);
        return await skews.Of(take) is { } skew
            ? TypedResults.Json(skew, ApiJson.Wire.ApiSkew)
            : Problems.Result(404, $"nothing is known here of the frames of {name}: neither the sidecars of all its nodes nor its take.json are on this disk; ask for its verdict first");
    }

    private async Task<IResult> AskForVerdict(string name)
    {
        if (await Running() == name)
            return Problems.Result(409, $"take {name} is still being recorded: its verdict comes when it has ended");
        if (await takes.Find(name) is null)
            return NoSuchTake(name);
        loop.Post(new NodeInput.OperatorVerdict(name));
        return TypedResults.Accepted((string?)null);
    }

    private async Task<IResult> Serve(string name, string file, HttpRequest request)
    {
        if (await takes.Find(name) is not { } take)
            return NoSuchTake(name);
        if (take.Files().FirstOrDefault(entry => entry.Name == file) is not { } found)
            return Problems.Result(404, $"take {name} has no file {file} here; /api/v1/takes/{name} lists those it has");
        FileStream content;
        try
        {
            content = new FileStream(found.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Problems.Result(404, StorageFault.Describe(e, found.Path));
        }
        DateTime changed = File.GetLastWriteTimeUtc(content.SafeFileHandle);
        request.HttpContext.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue(request.Query.ContainsKey("download") ? "attachment" : "inline") { FileNameStar = found.Name, FileName = FileNamePart.From(found.Name) }.ToString();
        return TypedResults.Stream(content, MediaTypeOf(found), lastModified: changed, entityTag: new EntityTagHeaderValue($"\"{changed.Ticks:x}-{content.Length:x}\""), enableRangeProcessing: true);
    }

    private static IResult NoSuchTake(string name) => Problems.Result(404, $"no take {name} is on this node's disk; /api/v1/takes lists those that are");

    private static string MediaTypeOf(TakeFileEntry file) =>
        Path.GetExtension(file.Name).ToLowerInvariant() switch
        {
            ".mp4" => "video/mp4",
            ".mov" => "video/quicktime",
            ".mkv" => "video/x-matroska",
            ".csv" => "text/csv; charset=utf-8",
            ".json" => "application/json",
            _ => "application/octet-stream",
        };
}

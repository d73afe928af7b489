using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace RecordSync.Daemon;

/// <summary>The doctor of this node, and through its page that of every other (docs/api.md).</summary>
/// <param name="tokens">Null: other machines let this node do nothing there.</param>
internal sealed class DoctorEndpoints(GroupView group, StandingDoctor doctor, PageTokens? tokens)
{
    /// <summary>An examination is not waited for: whoever is asked says at once how far it has come.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A report is some ten thousand bytes.</summary>
    private const int LongestAnswer = 1 << 20;

    public void Map(RouteGroupBuilder api)
    {
        RouteGroupBuilder routes = api.MapGroup("").WithTags("Machines");
        routes.MapGet("/doctor", async () => TypedResults.Json(await doctor.Recent(), ApiJson.Wire.ApiDoctor)).Produces<ApiDoctor>().WithName("getDoctor")
            .WithSummary("What the doctor finds on this machine; an examination of the last thirty seconds, else one without trials, which takes up to ten");
        routes.MapGet("/nodes/{id}/doctor", Look).Produces<ApiExamination>().Problem(404, 502).WithName("getExamination").WithSummary("How far the examination of a node's machine is, and what the last one has found");
        routes.MapPost("/nodes/{id}/doctor", Begin).Produces<ApiExamination>(202).Problem(400, 404, 409, 502).WithName("examine")
            .WithSummary("Examines the machine of a node, or joins the examination that runs there; with trials of encoder and disk it is refused while something is recorded");
    }

    /// <summary>What is being recorded, as <see cref="StandingDoctor"/> wants it.</summary>
    public static async Task<string?> Recording(GroupView group)
    {
        ApiGroup now = (await group.Recent()).Group;
        if (now.Take is { } take)
        {
            string phase = take.Phase switch
            {
                "armed" => "about to be recorded",
                GroupReadiness.Stopping => "ending",
                _ => "being recorded",
            };
            return $"take {take.Name} is {phase}";
        }
        return now.Nodes.FirstOrDefault(node => node is { Lost: false, State: "recording" }) is { } other ? $"{other.Id} is recording" : null;
    }

    private Task<IResult> Look(string id, HttpContext http) => OfSelfOrPassedOn(id, http, null, () => Task.FromResult<IResult>(TypedResults.Json(doctor.Now(), ApiJson.Wire.ApiExamination)));

    private Task<IResult> Begin(string id, ApiExamine? wanted, HttpContext http)
    {
        wanted ??= new ApiExamine();
        return OfSelfOrPassedOn(
            id,
            http,
            wanted,
            async () => await doctor.Begin(wanted.Trials) is { } refusal ? Problems.Result(409, refusal) : TypedResults.Json(doctor.Now(), ApiJson.Wire.ApiExamination, statusCode: 202)
        );
    }

    private async Task<IResult> OfSelfOrPassedOn(string id, HttpContext http, ApiExamine? wanted, Func<Task<IResult>> own)
    {
        GroupView.Rendered known = await group.Recent();
        if (OtherPages.Meant(id, known, http.Request) is not { } node)
            return Problems.NoSuchNode(id);
        return node.Self ? await own() : await PassOn(node, known.Snapshot, wanted, http.RequestAborted);
    }

    /// <param name="wanted">Null: only to look.</param>
    private async Task<IResult> PassOn(ApiNode node, NodeSnapshot snapshot, ApiExamine? wanted, CancellationToken gone)
    {
        if (OtherPages.Find(node, out ApiProblem? refusal) is not { } page)
            return Problems.Result(refusal!);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(gone);
        patience.CancelAfter(Patience);
        try
        {
            using HttpRequestMessage question = OtherPages.Question(wanted is null ? HttpMethod.Get : HttpMethod.Post, page, Access.DoctorPurpose, node, snapshot, tokens);
            if (wanted is not null)
                question.Content = new StringContent(JsonSerializer.Serialize(wanted, ApiJson.Wire.ApiExamine), Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await OtherPages.Client.SendAsync(question, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            await answer.Content.LoadIntoBufferAsync(LongestAnswer, patience.Token);
            await using Stream content = await answer.Content.ReadAsStreamAsync(patience.Token);
            return await Told(node, page, answer.StatusCode, content);
        }
        catch (JsonException)
        {
            return Problems.Result(502, $"{node.Id} answers at {page}, but not as a node of this version does: look at its own page");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException && !gone.IsCancellationRequested)
        {
            return Problems.Result(OtherPages.Unreachable(node, page));
        }
    }

    /// <summary>What the other has said, read and written anew: nothing passes through here as it came.</summary>
    private static async Task<IResult> Told(ApiNode node, Uri page, HttpStatusCode status, Stream content) =>
        status switch
        {
            HttpStatusCode.OK or HttpStatusCode.Accepted when await JsonSerializer.DeserializeAsync(content, ApiJson.Wire.ApiExamination) is { State: not null, Report: null or { Findings: not null, Links: not null } } told => TypedResults.Json(
                told with { Node = node.Id },
                ApiJson.Wire.ApiExamination,
                statusCode: (int)status
            ),
            HttpStatusCode.Conflict when await JsonSerializer.DeserializeAsync(content, ApiJson.Wire.ApiProblem) is { Detail: { } sentence } => Problems.Result(409, sentence),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Problems.Result(502, $"{node.Id} wants a token that this node has not: its doctor is on its own page, {page}"),
            _ => Problems.Result(502, $"{node.Id} tells nothing of its machine ({(int)status}): look at its own page, {page}"),
        };
}

using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace RecordSync.Daemon;

/// <summary>What there is under /api/v1, and who answers it (docs/api.md).</summary>
internal sealed class ApiEndpoints(GroupView group, EventHub events, NoticeLog notices, Commands commands, TakeEndpoints takes, PreviewEndpoint preview, DoctorEndpoints doctor, NodeSnapshots snapshots, NodeLoop loop, Access access)
{
    private const string Json = "application/json; charset=utf-8";

    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(1);

    private readonly CameraCatalogue cameras = new();
    private volatile ApiSettings settings = new(Label: null);

    /// <summary>The server is going; streams end.</summary>
    public CancellationToken Stopping
    {
        get;
        set => field = preview.Stopping = value;
    }

    public void Map(IEndpointRouteBuilder routes)
    {
        MapForMachines(routes);
        RouteGroupBuilder api = routes.MapGroup("/api/v1");
        api.MapGet("/group", Group).Produces<ApiGroup>().WithName("getGroup").WithSummary("The group as this node sees it").WithTags("Group");
        api.MapGet("/nodes", Nodes).Produces<IReadOnlyList<ApiNode>>().WithName("getNodes").WithSummary("Its nodes, this one first").WithTags("Group");
        api.MapGet("/nodes/{id}", NodeOf).Produces<ApiNode>().Problem(404).WithName("getNode").WithSummary("One of them").WithTags("Group");
        api.MapPost("/nodes/{id}/forget", Forget).Produces(204).Problem(404, 409).WithName("forgetNode").WithSummary("A lost node is not missed any more").WithTags("Group");
        api.MapGet("/events", Events).Produces(200, contentType: "text/event-stream").WithName("getEvents")
            .WithSummary("Everything that moves, as server-sent events: group (the whole Group), notice (a Notice, with an id), takes (the list of takes has changed)").WithTags("Group");
        api.MapGet("/notices", (long? after) => TypedResults.Json(notices.After(after), ApiJson.Wire.IReadOnlyListApiNotice)).Produces<IReadOnlyList<ApiNotice>>().WithName("getNotices")
            .WithSummary("What this node has told its operator, the latest 200, or what came after the notice of that id").WithTags("Group");
        api.MapPost("/start", StartTake).Produces<ApiOutcome>().Problem(400, 409).WithName("start").WithSummary("START, given to the leader by whichever node is asked").WithTags("Commands");
        api.MapPost("/stop", StopTake).Produces<ApiOutcome>().Problem(400, 409).WithName("stop").WithSummary("STOP, given to the leader by whichever node is asked").WithTags("Commands");
        api.MapGet("/settings", () => TypedResults.Json(settings, ApiJson.Wire.ApiSettings)).Produces<ApiSettings>().WithName("getSettings").WithSummary("What may be changed while nothing is recorded").WithTags("Settings");
        api.MapPatch("/settings", Change).Produces<ApiSettings>().Problem(400, 409).WithName("changeSettings").WithSummary("Changes what is named").WithTags("Settings");
        api.MapGet("/cameras", () => TypedResults.Json(cameras.Now(), ApiJson.Wire.CameraList)).Produces<CameraList>().WithName("getCameras").WithSummary("What can be written after --camera on this machine").WithTags("Settings");
        takes.Map(api);
        preview.Map(api);
        doctor.Map(api);
        api.MapPost("/session", LogIn).Produces(204).Problem(401, 403, 429).WithName("logIn").WithSummary("A cookie for browsers, whose event streams cannot show the token").WithTags("Session");
        api.MapDelete("/session", LogOut).Produces(204).WithName("logOut").WithSummary("Ends it").WithTags("Session");
    }

    private void MapForMachines(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/metrics", Metrics).Produces<string>(contentType: "text/plain").WithName("getMetrics").WithSummary("For Prometheus").WithTags("Machines");
        routes.MapGet("/healthz", Health).Produces<string>(contentType: "text/plain").Problem(503).WithName("getHealth").WithSummary("Whether the process lives, and its node's thread answers").WithTags("Machines");
        routes.MapGet("/readyz", Readiness).Produces<string>(contentType: "text/plain").Problem(503).WithName("getReadiness").WithSummary("Whether this node would obey a START").WithTags("Machines");
        routes.MapGet("/openapi/v1.json", () => TypedResults.Stream(typeof(ApiEndpoints).Assembly.GetManifestResourceStream("openapi.json")!, "application/json")).ExcludeFromDescription();
    }

    private async Task<IResult> Metrics() => TypedResults.Text(NodeMetrics.Of(await snapshots.Recent(), loop, events), NodeMetrics.MediaType);

    private async Task<IResult> Health()
    {
        try
        {
            await snapshots.Recent().WaitAsync(LongestSilence);
            return TypedResults.Text("ok\n");
        }
        catch (TimeoutException)
        {
            return Problems.Result(503, "the node's thread has not answered for a second");
        }
    }

    private async Task<IResult> Readiness() =>
        (await snapshots.Recent()).NotReady is { } reason ? Problems.Result(503, $"not ready to record: {reason}") : TypedResults.Text("ready\n");

    private async Task<IResult> Group() => TypedResults.Bytes((await group.Recent()).Json, Json);

    private async Task<IResult> Nodes() => TypedResults.Bytes((await group.Recent()).NodesJson, Json);

    /// <summary>What is told has been written when it returns.</summary>
    private async Task<IResult> Events(HttpContext http, CancellationToken gone)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(gone, Stopping);
        await events.Tell(http, ended.Token);
        return TypedResults.Empty;
    }

    private async Task<IResult> NodeOf(string id) =>
        (await group.Recent()).Group.Nodes.FirstOrDefault(node => node.Id == id) is { } found ? TypedResults.Json(found, ApiJson.Wire.ApiNode) : Problems.NoSuchNode(id);

    private async Task<IResult> Forget(string id)
    {
        ApiNode? known = (await group.Recent()).Group.Nodes.FirstOrDefault(node => node.Id == id);
        if (known is null)
            return Problems.NoSuchNode(id);
        if (!known.Lost)
            return Problems.Result(409, $"{id} is not lost: a node that is there cannot be forgotten");
        loop.Post(new NodeInput.OperatorForget(id));
        return TypedResults.NoContent();
    }

    private async Task<IResult> StartTake(ApiStart? wanted, HttpContext http)
    {
        wanted ??= new ApiStart();
        if (wanted.DelayMs is { } tooFar and (< 0 or > PromptCommand.LongestDelayMs))
            return BadDelay(tooFar);
        ApiTakeSettings asks = wanted.Settings ?? new ApiTakeSettings();
        string? kbps = asks.Bitrate?.ToString(CultureInfo.InvariantCulture);
        if (StartSettings.Read(asks.Size, asks.Fps, kbps, asks.LockExposure, asks.LockWhiteBalance, out TakeSettings? asked) is { } wrong)
            return Problems.Result(400, wrong);
        string? label = wanted.Label ?? settings.Label;
        if (label is not null && PromptCommand.FaultOfLabel(label) is { } fault)
            return Problems.Result(400, fault);
        return Answer("start", await commands.Start(wanted.DelayMs ?? StartSettings.DefaultDelayMs(asked), wanted.Force, label, asked, http.RequestAborted));
    }

    private async Task<IResult> StopTake(ApiStop? wanted, HttpContext http)
    {
        wanted ??= new ApiStop();
        return wanted.DelayMs is < 0 or > PromptCommand.LongestDelayMs ? BadDelay(wanted.DelayMs) : Answer("stop", await commands.Stop(wanted.DelayMs, http.RequestAborted));
    }

    private static IResult BadDelay(int delay) => Problems.Result(400, $"a delay_ms of {delay} is none: use 0 to {PromptCommand.LongestDelayMs}");

    private static IResult Answer(string command, CommandOutcome outcome) =>
        outcome.Refused
            ? Problems.Result(409, outcome.Sentence, [.. outcome.Nodes.Where(node => node.Reason is not null || node.Outcome == "silent").Select(node => new ApiReason(node.Node, node.Reason ?? "it has not answered"))])
            : TypedResults.Json(new ApiOutcome(command, outcome.Take, outcome.TargetUs, outcome.Nodes), ApiJson.Wire.ApiOutcome);

    private async Task<IResult> Change(ApiSettings wanted)
    {
        if (wanted.Label is { } label && PromptCommand.FaultOfLabel(label) is { } fault)
            return Problems.Result(400, fault);
        if ((await group.Recent()).Group.Take is { } take)
            return Problems.Result(409, $"take {take.Name} is being recorded: settings change when it has ended");
        settings = wanted;
        return TypedResults.Json(settings, ApiJson.Wire.ApiSettings);
    }

    private IResult LogIn(ApiToken shown, HttpContext http) => access.LogIn(http, shown.Token) is { } refusal ? Problems.Result(refusal) : TypedResults.NoContent();

    private NoContent LogOut(HttpContext http)
    {
        access.LogOut(http);
        return TypedResults.NoContent();
    }
}

/// <summary>Looking for cameras opens devices: once in a while, however many ask.</summary>
internal sealed class CameraCatalogue
{
    private const int Fresh = 5_000;

    private readonly Lock gate = new();
    private CameraList? latest;
    private long lookedAt;

    public CameraList Now()
    {
        lock (gate)
        {
            if (latest is null || Environment.TickCount64 - lookedAt >= Fresh)
                (latest, lookedAt) = (CamerasCommand.List(), Environment.TickCount64);
            return latest;
        }
    }
}

/// <summary>Errors in the description of an endpoint.</summary>
internal static class EndpointProblems
{
    public static RouteHandlerBuilder Problem(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (int status in statuses)
            endpoint.Produces<ApiProblem>(status, Problems.MediaType);
        return endpoint;
    }
}

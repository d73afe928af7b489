using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RecordSync.Daemon;

// The JSON of /api/v1 (docs/api.md). Names become snake_case; …Us are µs, …Ns ns, …Ms ms; instants are µs of network time since the UNIX epoch. The schema names
// of docs/openapi.json are these without "Api".

/// <param name="NowUs">Network time of this snapshot; null while this node is not synchronised.</param>
/// <param name="State">idle, ready, armed, recording, stopping or error.</param>
/// <param name="Sentence">One line for people: who is not ready and why, or what is wrong.</param>
internal sealed record ApiGroup(
    string Self,
    string Version,
    string Host,
    string? Leader,
    string? Term,
    string? Timescale,
    string Group,
    string Interface,
    string State,
    string Sentence,
    bool CanStart,
    bool CanStop,
    long? NowUs,
    ApiGroupTake? Take,
    IReadOnlyList<ApiNode> Nodes
);

/// <param name="Phase">armed, recording or stopping.</param>
/// <param name="Rate">Frames per second: "30", "30000/1001".</param>
/// <param name="Settings">What its START asked of all cameras; null: nothing, or this node is not in the take and does not know.</param>
internal sealed record ApiGroupTake(string Name, string Phase, string Rate, long StartUs, long? StopUs, ApiTakeSettings? Settings);

/// <param name="Leads">It is the one that this group obeys.</param>
/// <param name="Lost">Silent for three beacons; its figures are of before.</param>
/// <param name="State">idle, ready, recording or error.</param>
/// <param name="Reason">What is wrong, or why it is not ready.</param>
/// <param name="LastSeenMs">Age of its last word; null for this node itself.</param>
/// <param name="Camera">What it records, in words: source, size, rate, encoder, file.</param>
/// <param name="Page">Where its own page is.</param>
/// <param name="Fps">Frames that went into its file, over the last seconds.</param>
internal sealed record ApiNode(
    string Id,
    bool Self,
    string Role,
    bool Leads,
    bool VersionOne,
    bool Lost,
    string State,
    string? Reason,
    string Address,
    long? LastSeenMs,
    string? Camera,
    string? Phase,
    string? Page,
    ApiClock Clock,
    ApiNodeTake? Take,
    double? Fps,
    long? BitrateKbps,
    long? DiskSecondsLeft
);

/// <param name="State">leader, synchronised, synchronising, unsynchronised or holdover.</param>
/// <param name="OffsetNs">Network time minus the node's own wall clock.</param>
/// <param name="ErrorNs">What the offset can be wrong by: a bound.</param>
internal sealed record ApiClock(string? State, long? OffsetNs, long? ErrorNs, long? DelayNs, long? RatePpb, long? DispersionNs, long? AgeNs, string? Stamps, string? Source, string? Alarm);

/// <param name="Dropped">Grid points that are missing from the file; of another node, also those that show the picture before.</param>
/// <param name="Repeated">Grid points that show the picture before; null where the node tells only both together.</param>
internal sealed record ApiNodeTake(string Name, long? Frames, long? Dropped, long? Repeated, long? Duplicated, long? Bytes, long? Queued, string? File);

internal sealed record ApiNotice(long Id, long AtUs, string Level, string Text, string Node);

/// <param name="DelayMs">From now to the first frame; null: 2000, or 5000 where settings ask something of the cameras.</param>
/// <param name="Force">Go on with those who are ready.</param>
/// <param name="Label">A word for the take's name; null: the default of the settings.</param>
/// <param name="Settings">Asked of all cameras, for this take; null: nothing.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ApiStart(int? DelayMs = null, bool Force = false, string? Label = null, ApiTakeSettings? Settings = null);

/// <param name="Size">Of the picture: 1920x1080.</param>
/// <param name="Fps">30, 29.97 or 30000/1001.</param>
/// <param name="Bitrate">Of the video, kbit/s.</param>
/// <param name="LockExposure">Exposure time and gain stay as the camera has found them.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ApiTakeSettings(string? Size = null, string? Fps = null, int? Bitrate = null, bool LockExposure = false, bool LockWhiteBalance = false);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ApiStop(int DelayMs = 1_000);

/// <param name="Command">start or stop.</param>
internal sealed record ApiOutcome(string Command, string? Take, long? TargetUs, IReadOnlyList<ApiAnswer> Nodes);

/// <param name="Outcome">acknowledged, refused, silent or best-effort.</param>
internal sealed record ApiAnswer(string Node, string Outcome, string? Reason);

internal record ApiTake
{
    public required string Name { get; init; }
    public required string? Label { get; init; }
    public required long? StartedUs { get; init; }
    public required double? LengthS { get; init; }

    /// <summary>Of the file that has the most.</summary>
    public required long? Frames { get; init; }
    public required string? Rate { get; init; }

    /// <summary>recording, complete or incomplete.</summary>
    public required string State { get; init; }

    /// <summary>PASS, WARN or FAIL; null while there is no verdict.</summary>
    public required string? Word { get; init; }
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>The largest distance between frames of one index that was found.</summary>
    public required double? WorstSkewUs { get; init; }

    /// <summary>Of all nodes together.</summary>
    public required long? Dropped { get; init; }
    public required long? Repeated { get; init; }
    public required IReadOnlyList<string> Nodes { get; init; }

    /// <summary>Nodes that were in the take and have said nothing of it.</summary>
    public required IReadOnlyList<string> Missing { get; init; }
}

internal sealed record ApiTakeDetail : ApiTake
{
    [JsonConstructor]
    public ApiTakeDetail() { }

    [SetsRequiredMembers]
    public ApiTakeDetail(ApiTake take, GroupVerdict? verdict, IReadOnlyList<ApiFile> files)
        : base(take) => (Verdict, Files) = (verdict, files);

    /// <summary>take.json as it was written.</summary>
    public required GroupVerdict? Verdict { get; init; }

    /// <summary>On this node's disk.</summary>
    public required IReadOnlyList<ApiFile> Files { get; init; }
}

/// <param name="Kind">video, sidecar, manifest, take or other.</param>
internal sealed record ApiFile(string? Node, string Name, string Kind, long Bytes, string Href);

/// <param name="Source">"sidecars", every frame, or "take.json", a sample of them.</param>
/// <param name="Points">Seconds from the start of the take.</param>
/// <param name="SpreadUs">Between the earliest and the latest node at that point.</param>
internal sealed record ApiSkew(string Rate, string Source, IReadOnlyList<double> Points, IReadOnlyList<ApiResiduals> Nodes, IReadOnlyList<double?> SpreadUs);

/// <param name="ResidualUs">How far its frame was captured from the instant of the grid; null where it has no frame of its own.</param>
internal sealed record ApiResiduals(string Node, IReadOnlyList<double?> ResidualUs);

/// <param name="Label">Of the takes to come, where START names none.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ApiSettings(string? Label);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ApiToken(string Token);

internal sealed record ApiReason(string Node, string Reason);

/// <summary>RFC 9457, with a sentence that says what to do.</summary>
internal sealed record ApiProblem(string Type, string Title, int Status, string Detail, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ApiReason>? Reasons = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ApiGroup))]
[JsonSerializable(typeof(IReadOnlyList<ApiNode>))]
[JsonSerializable(typeof(ApiNotice))]
[JsonSerializable(typeof(IReadOnlyList<ApiNotice>))]
[JsonSerializable(typeof(ApiStart))]
[JsonSerializable(typeof(ApiStop))]
[JsonSerializable(typeof(ApiOutcome))]
[JsonSerializable(typeof(IReadOnlyList<ApiTake>))]
[JsonSerializable(typeof(ApiTakeDetail))]
[JsonSerializable(typeof(ApiSkew))]
[JsonSerializable(typeof(ApiSettings))]
[JsonSerializable(typeof(ApiToken))]
[JsonSerializable(typeof(ApiProblem))]
[JsonSerializable(typeof(CameraList))]
[JsonSerializable(typeof(ApiDoctor))]
[JsonSerializable(typeof(ApiExamination))]
[JsonSerializable(typeof(ApiExamine))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    public static ApiJson Wire { get; } = new(Configured(new JsonSerializerOptions()));

    /// <summary>take.json inside a take's detail is spelled as in the file.</summary>
    public static JsonSerializerOptions Configured(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        // nothing of this is ever put into a page as it is, and people read it
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.NumberHandling = JsonNumberHandling.Strict;
        foreach (JsonConverter words in ManifestJson.Words)
            options.Converters.Add(words);
        return options;
    }
}

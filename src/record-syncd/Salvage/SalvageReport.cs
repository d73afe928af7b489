using System.Text.Json;
using System.Text.Json.Serialization;

namespace RecordSync.Daemon;

internal enum SalvageOutcome
{
    /// <summary>It was cut off, and is an ordinary take now.</summary>
    Salvaged,

    /// <summary>Nothing is wrong with it.</summary>
    Whole,

    /// <summary>A running process writes it; or there is no room for the repaired copy. Left alone.</summary>
    LeftAlone,

    /// <summary>Not one picture can be read. Left as it is.</summary>
    BeyondRepair,

    /// <summary>There is no such file, or it is no take.</summary>
    Unreadable,
}

/// <summary>What became of one take.</summary>
/// <param name="Path">Its manifest, or the video where there is none.</param>
/// <param name="Text">In a sentence.</param>
/// <param name="LastIndex">Grid point of the last frame that is there.</param>
/// <param name="LastSeconds">Its time from the start of the take.</param>
/// <param name="FramesLost">Frames that the sidecar promised.</param>
/// <param name="Kept">The files as they were found.</param>
internal sealed record SalvagedTake(
    string Path,
    SalvageOutcome Outcome,
    string Text,
    string? Take = null,
    long? Frames = null,
    long? LastIndex = null,
    double? LastSeconds = null,
    long? FramesLost = null,
    IReadOnlyList<string>? Kept = null
);

/// <summary>Also the shape of <c>salvage --json</c>.</summary>
internal sealed record SalvageReport(IReadOnlyList<SalvagedTake> Takes)
{
    /// <summary>0 all is well now, 1 something was left alone, 2 something is beyond repair, 3 something could not be read or there was nothing.</summary>
    [JsonIgnore]
    public int ExitCode =>
        Takes.Count == 0 || Has(SalvageOutcome.Unreadable) ? 3
        : Has(SalvageOutcome.BeyondRepair) ? 2
        : Has(SalvageOutcome.LeftAlone) ? 1
        : 0;

    public string ToJson() => JsonSerializer.Serialize(this, SalvageJson.Default.SalvageReport);

    private bool Has(SalvageOutcome outcome) => Takes.Any(take => take.Outcome == outcome);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = [typeof(SalvageOutcomeWords)])]
[JsonSerializable(typeof(SalvageReport))]
internal sealed partial class SalvageJson : JsonSerializerContext;

internal sealed class SalvageOutcomeWords() : JsonStringEnumConverter<SalvageOutcome>(JsonNamingPolicy.SnakeCaseLower);

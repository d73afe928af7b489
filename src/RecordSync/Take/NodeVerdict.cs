using System.Text.Json.Serialization;

namespace RecordSync;

/// <param name="Name">Of a file beside the manifest, without a folder.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
internal sealed record FileHash(string Name, long Bytes, string Sha256);

/// <summary>
/// What one node says of its own part of a take, at stop: counts, times and a word. In its manifest, and over the wire to whoever gathers the take's
/// verdict (docs/protocol.md §3.7). It is the node's own account; <c>record-syncd verify</c> makes the same from the files alone and compares.
/// </summary>
internal sealed record NodeVerdict
{
    public required string Take { get; init; }
    public required string Node { get; init; }

    /// <summary>Grows when more is known, such as the hashes; the highest counts.</summary>
    public int Revision { get; init; } = 1;
    public TakeGrade Word { get; init; }

    /// <summary>Why it is not PASS, in sentences.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];
    public required string Fps { get; init; }

    /// <summary>The instant of grid point 0, network time.</summary>
    public long StartNs { get; init; }

    /// <summary>Grid points from START to STOP; null where there was no STOP.</summary>
    public long? Expected { get; init; }

    /// <summary>Where a node that joined the running take began; null: at START.</summary>
    public long? JoinedIndex { get; init; }

    /// <summary>Frames in the file.</summary>
    public long Recorded { get; init; }

    /// <summary>Of these, how many show the picture before, because the camera gave none.</summary>
    public long Repeated { get; init; }

    /// <summary>Camera frames left out because their grid point was taken.</summary>
    public long Duplicates { get; init; }

    /// <summary>Frames that reached the recorder late, and points that had passed before the node was ready: known, and no fault of the file.</summary>
    public long Late { get; init; }

    /// <summary>Grid points that are missing from the file: encoder or disk were behind, or the camera was away.</summary>
    public long Dropped { get; init; }

    /// <summary>First and last grid point with a frame of its own, and how far these were captured from it.</summary>
    public long? FirstIndex { get; init; }
    public long? LastIndex { get; init; }
    public long? FirstResidualNs { get; init; }
    public long? LastResidualNs { get; init; }

    /// <summary>The own frame that is farthest from its grid point.</summary>
    public long? WorstResidualNs { get; init; }
    public long? WorstIndex { get; init; }

    /// <summary>The longest run of grid points without a frame of their own, and where it begins.</summary>
    public long LongestGap { get; init; }
    public long? LongestGapIndex { get; init; }

    /// <summary>The largest bound on the clock's error during the take; 0 on the leader, whose clock is the take's.</summary>
    public long ClockErrorNs { get; init; }

    /// <summary>leader, synchronised, or holdover if it was that at any moment.</summary>
    public string ClockState { get; init; } = "";

    /// <summary>How much longer than nominal the camera's period is in network time, parts per billion; null with too few frames to tell.</summary>
    public long? SensorPpb { get; init; }

    /// <summary>free-running, or what the phase alignment has reached.</summary>
    public string Phase { get; init; } = FreeRunning;

    /// <summary>How often what was written has been brought to the disk.</summary>
    public long? FragmentsSynced { get; init; }
    public string? Error { get; init; }
    public ResidualSeries Residuals { get; init; } = ResidualSeries.Empty;
    public IReadOnlyList<FileHash> Hashes { get; init; } = [];

    public const string FreeRunning = "free-running";

    /// <summary>Null for a rate that makes no sense.</summary>
    [JsonIgnore]
    public FrameGrid? Grid => FrameRate.TryParse(Fps, out FrameRate rate) ? new FrameGrid(new NetworkTime(StartNs), rate) : null;
}

/// <summary>What a <see cref="NodeTally"/> cannot see in the rows.</summary>
/// <param name="ArmedLateNs">How long after START the node was ready to record.</param>
/// <param name="Gaps">Times without a camera in mid-take; null: none.</param>
/// <param name="Sound">What is wrong with the sound, in a sentence; null: nothing, or there is none.</param>
internal readonly record struct NodeFacts(
    string Take,
    string Node,
    long? Expected,
    long Duplicates,
    long ClockErrorNs,
    string ClockState,
    string Phase,
    long? FragmentsSynced,
    long ArmedLateNs,
    string? Error,
    string? Sound = null,
    IReadOnlyList<TakeGap>? Gaps = null,
    long JoinedIndex = 0
);

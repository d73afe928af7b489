using System.Text.Json.Serialization;

namespace RecordSync;

internal enum ManifestState
{
    Recording,
    Finished,
    Failed,

    /// <summary>Cut off by a power failure or a kill, and repaired since.</summary>
    Salvaged,
}

/// <summary>One file of a take that has several, or that was joined.</summary>
/// <param name="FirstIndex">The grid point of its first frame; its PTS count from there.</param>
internal sealed record ManifestSegment(string Video, long FirstIndex, long Frames, long Bytes);

/// <summary>How the disk kept up.</summary>
/// <param name="DeepestQueue">The most coded frames that ever waited to be written.</param>
/// <param name="LongestSyncNs">The longest that the disk took to make data safe.</param>
internal sealed record ManifestDisk(long DeepestQueue, long LongestSyncNs);

/// <summary>What salvage found and did.</summary>
/// <param name="LastIndex">Grid point of the last frame that could be saved.</param>
/// <param name="LastPtsNs">Its time from the start of the take.</param>
/// <param name="FramesLost">Frames that the sidecar promised and the video does not have.</param>
/// <param name="Kept">The files as they were found, beside the repaired ones.</param>
internal sealed record ManifestSalvage(long LastIndex, long LastPtsNs, long FramesLost, IReadOnlyList<string> Kept);

/// <summary>The node's clock against network time when the manifest was written.</summary>
/// <param name="OffsetNs">Network minus local time.</param>
/// <param name="RatePpb">How much faster network time runs, parts per billion.</param>
/// <param name="ErrorNs">What the offset can be wrong by: a bound, not a deviation.</param>
/// <param name="StampSource">What stamped the packets, "hardware", "kernel", "kernel-receive" or "program".</param>
/// <param name="Leader">The node whose time it is.</param>
internal sealed record ManifestClock(long OffsetNs, long RatePpb, long? ErrorNs, string StampSource, string Leader);

/// <summary>The frames' times in this take.</summary>
/// <param name="OnDrop">What became of points without a frame: "repeat" or "gap".</param>
/// <param name="Late">Frames that reached the recorder late, and points that had passed before the node was ready.</param>
/// <param name="Phase">How the camera's exposures stood to the group's grid during the take: "aligned" (all the time), "aligning", "no-headroom" or "free-running".</param>
/// <param name="SensorPpm">How much longer than nominal the camera's frame period was, in network time; null: too short a take to tell.</param>
/// <param name="SensorPpmError">Standard error of that.</param>
/// <param name="LargestCorrectionNs">How far the clock of the whole take moved a frame's capture time at most.</param>
internal sealed record ManifestTiming(string OnDrop, long Late, string Phase, double? SensorPpm, double? SensorPpmError, long? LargestCorrectionNs);

/// <summary>The sound of a take.</summary>
/// <param name="Source">In words.</param>
/// <param name="Codec">"aac" or "flac".</param>
/// <param name="Rate">Samples per second in the file.</param>
/// <param name="Ppm">How much faster than nominal the sound card ran, in network time; it has been evened out in the file. Null: too short a time to tell.</param>
/// <param name="Samples">From START to STOP.</param>
/// <param name="SilentSamples">Of these, how many are silence because the card gave none.</param>
/// <param name="Gaps">How often its sound broke off.</param>
/// <param name="StartOffsetNs">From START to the first sample in the file.</param>
/// <param name="PrimingSamples">At the beginning of each file so many samples are silent, because the codec needs them.</param>
/// <param name="Fault">What is wrong with the card, or was at the end.</param>
/// <param name="Simulated">All that a simulated card was told or drew, as <c>--audio test:…</c> reads it.</param>
internal sealed record ManifestAudio(
    string Source,
    string Codec,
    string Encoder,
    int Rate,
    int Channels,
    double? Ppm,
    long Samples,
    long SilentSamples,
    int Gaps,
    long StartOffsetNs,
    int PrimingSamples,
    string? Fault,
    string? Simulated
)
{
    /// <summary>What makes it worth a warning; null when the card gave every sample. A fault of the sound is none of the pictures.</summary>
    [JsonIgnore]
    public string? Complaint
    {
        get
        {
            if (Samples == 0 && Fault is null)
                return null;
            string reason = Fault is null ? "" : $": {Fault.TrimEnd('.')}";
            return SilentSamples == 0 ? Fault is null ? null : $"The sound card failed{reason}."
                : SilentSamples >= Samples ? $"There is no sound, only silence{reason}."
                : $"{(double)SilentSamples / Rate:0.000} s of the sound are silence, because the card gave none in {Gaps} {(Gaps == 1 ? "place" : "places")}{reason}.";
        }
    }
}

/// <summary>
/// What this node knows of one of its takes; X.json beside X.mp4. Written when the take starts and again when it ends, so "recording" in
/// the manifest of a node that no longer runs means that it was cut off. Times are network time, nanoseconds since the UNIX epoch.
/// </summary>
internal sealed record TakeManifest
{
    public required string Take { get; init; }
    public required string Node { get; init; }
    public required string Role { get; init; }
    public string? Leader { get; init; }

    /// <summary>File names beside the manifest, without a folder, so that the three can be moved together.</summary>
    public required string Video { get; init; }
    public required string Sidecar { get; init; }
    public ManifestState State { get; init; }

    /// <summary>As a fraction where it is one: "30", "30000/1001".</summary>
    public required string Fps { get; init; }
    public int Width { get; init; }
    public int Height { get; init; }
    public required string Camera { get; init; }

    /// <summary>By what the capture times of the frames are known, and what is assumed; null in the manifests of older versions.</summary>
    public string? CaptureTimes { get; init; }
    public required string Encoder { get; init; }
    public required string Container { get; init; }
    public int BitrateKbps { get; init; }

    /// <summary>What the take's START asked of the camera, in words; null: nothing.</summary>
    public string? Asked { get; init; }

    /// <summary>Why a better way to write the file was passed over.</summary>
    public string? ContainerNote { get; init; }

    /// <summary>The files of a take that is cut, that lost its camera in between or that was joined; null for one file from START. Indices of the sidecar run on through all of them.</summary>
    public IReadOnlyList<ManifestSegment>? Segments { get; init; }

    /// <summary>The grid point at which a node that joined the running take began; null: it was there at START.</summary>
    public long? JoinedIndex { get; init; }

    /// <summary>How long after START that was; null: it was there at START.</summary>
    public double? JoinedSeconds { get; init; }

    /// <summary>Times in mid-take without a camera; null: none.</summary>
    public IReadOnlyList<TakeGap>? Gaps { get; init; }

    /// <summary>SMPTE time of day of the first frame, UTC; ';' before the frames of a drop-frame label.</summary>
    public string? Timecode { get; init; }

    /// <summary>The instant of grid point 0.</summary>
    public long StartNs { get; init; }

    /// <summary>The instant of the STOP; null while nobody has asked for one.</summary>
    public long? StopNs { get; init; }
    public long Frames { get; init; }
    public long Repeated { get; init; }
    public long Dropped { get; init; }
    public long Duplicates { get; init; }

    /// <summary>How long after <see cref="StartNs"/> the node was ready to record; 0 if it was in time.</summary>
    public long LateNs { get; init; }
    public ManifestClock? Clock { get; init; }

    /// <summary>Null while the take is being recorded.</summary>
    public ManifestTiming? Timing { get; init; }

    /// <summary>The parameters of <c>--simulated-clock</c>: a manifest that names any is of a test.</summary>
    public string? SimulatedClock { get; init; }

    /// <summary>All that the simulated camera was told or drew, as <c>--camera test:…</c> reads it: the truth that a verdict must find.</summary>
    public string? SimulatedCamera { get; init; }
    public required string Version { get; init; }
    public required string Host { get; init; }
    public ManifestDisk? Disk { get; init; }

    /// <summary>Null: recorded without sound.</summary>
    public ManifestAudio? Audio { get; init; }

    /// <summary>Null but for a salvaged take.</summary>
    public ManifestSalvage? Salvage { get; init; }
    public IReadOnlyList<string> Notes { get; init; } = [];
    public string? Error { get; init; }

    /// <summary>This node's word on its part of the take; null until it has ended.</summary>
    public NodeVerdict? Verdict { get; init; }
}

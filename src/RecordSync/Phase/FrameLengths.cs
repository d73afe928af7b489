namespace RecordSync;

/// <summary>What a camera's frame length can be set to. All lengths are by the camera's own clock.</summary>
/// <param name="Quantum">The step of it: a line, or a microsecond.</param>
/// <param name="Latency">Frame intervals between a command and the first one that obeys it.</param>
internal sealed record FrameLengths(Nanos Quantum, Nanos Shortest, Nanos Longest, int Latency)
{
    public Nanos Nearest(double length) => Quantum * (long)Math.Clamp(Math.Round(length / Quantum.Value), Math.Ceiling((double)Shortest.Value / Quantum.Value), Math.Floor((double)Longest.Value / Quantum.Value));

    public bool Reaches(double length) => length >= Shortest.Value && length <= Longest.Value;
}

internal enum PhaseState
{
    /// <summary>The camera cannot be steered, or nobody asked for it.</summary>
    FreeRunning,

    /// <summary>On its way to the grid.</summary>
    Aligning,

    /// <summary>Its exposures are on the grid.</summary>
    Aligned,

    /// <summary>The camera cannot be made as fast or as slow as the grid: it drifts past it.</summary>
    NoHeadroom,
}

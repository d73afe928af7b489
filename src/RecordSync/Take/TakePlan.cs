using System.Globalization;

namespace RecordSync;

/// <summary>What a START asks for: the same on every node, because every node computes it from the same command.</summary>
internal sealed record TakePlan(string Id, string Name, NetworkTime Start, FrameRate Rate, string Leader)
{
    /// <summary>So far ahead a node joins a running take: time to open an encoder, and to learn the camera's phase.</summary>
    public static readonly Nanos JoinAhead = Nanos.FromMilliseconds(300);

    public FrameGrid Grid => new(Start, Rate);

    /// <summary>The time scale that <see cref="Start"/> is an instant of; null: version 1 does not say.</summary>
    public string? Timescale { get; init; }

    /// <summary>What its START asked of the cameras; null: nothing, or this node joins it and takes part as it is.</summary>
    public TakeSettings? Settings { get; init; }

    /// <summary>No grid point before this one is recorded: 0, or on a node that joins a running take the first that it can have.</summary>
    public long FirstIndex { get; init; }

    /// <summary>The same take for a node that comes to it now.</summary>
    public TakePlan JoinedAt(NetworkTime now) => this with { FirstIndex = Math.Max(0, Grid.IndexFrom(now + JoinAhead)) };

    /// <summary>The name of a take whose leader gave none (version 1): its start in UTC, so that all followers arrive at the same one.</summary>
    public static string NameFor(NetworkTime start) =>
        DateTime.UnixEpoch.AddTicks(start.Nanoseconds / 100).ToString("'take-'yyyyMMdd'-'HHmmss", CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace RecordSync;

/// <summary>What a START asks for: the same on every node, because every node computes it from the same command.</summary>
internal sealed record TakePlan(string Id, string Name, NetworkTime Start, FrameRate Rate, string Leader)
{
    public FrameGrid Grid => new(Start, Rate);

    /// <summary>The name of a take whose leader gave none (version 1): its start in UTC, so that all followers arrive at the same one.</summary>
    public static string NameFor(NetworkTime start) =>
        DateTime.UnixEpoch.AddTicks(start.Nanoseconds / 100).ToString("'take-'yyyyMMdd'-'HHmmss", CultureInfo.InvariantCulture);
}

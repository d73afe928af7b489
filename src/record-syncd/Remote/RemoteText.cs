using System.Globalization;
using Spectre.Console;

namespace RecordSync.Daemon;

/// <summary>What the remote commands show to people.</summary>
internal static class RemoteText
{
    public static string Group(ApiGroup group, int width, bool colour)
    {
        string take = group.Take is { } running ? $"\n{running.Phase} {running.Name}{Elapsed(group, running)}" : "";
        return $"{Headline(group)}{take}\n\n{PeersTable.Render([.. group.Nodes.Select(RowOf)], width, colour)}";
    }

    /// <summary>"READY  3 cameras are ready".</summary>
    public static string Headline(ApiGroup group) => $"{group.State.ToUpperInvariant()}  {PeersTable.Clean(group.Sentence)}";

    /// <summary>One line of what moves, for where there is no terminal.</summary>
    public static string Line(ApiGroup group)
    {
        IEnumerable<string> nodes = group.Nodes.Select(node => $"{PeersTable.Clean(node.Id)} {(node.Lost ? "lost" : node.State)}{(node.Take is { } take ? $" {take.Frames} frames" : "")}{(node.Take?.Dropped > 0 ? $" {node.Take.Dropped} dropped" : "")}");
        return $"{Headline(group)}  {string.Join(", ", nodes)}";
    }

    public static string Outcome(ApiOutcome outcome)
    {
        string at = outcome.TargetUs is { } us ? $" at {DateTime.UnixEpoch.AddTicks(us * 10).ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)}" : "";
        string nodes = string.Join("", outcome.Nodes.Select(node => $"\n  {PeersTable.Clean(node.Node)}: {node.Outcome}{(node.Reason is null ? "" : $", {PeersTable.Clean(node.Reason)}")}"));
        return $"{outcome.Command.ToUpperInvariant()}{at}{(outcome.Take is null ? "" : $": {PeersTable.Clean(outcome.Take)}")}{nodes}";
    }

    public static string Takes(IReadOnlyList<ApiTake> takes, int width, bool colour)
    {
        if (takes.Count == 0)
            return "no takes are on this node's disk";
        Table table = new() { Border = TableBorder.Rounded, UseSafeBorder = false };
        table.AddColumns("Take", "Begun", "Length", "Frames", "Worst skew", "Lost", "Nodes", "Verdict");
        foreach (ApiTake take in takes)
            table.AddRow(
                new Text(PeersTable.Clean(take.Name)),
                new Text(take.StartedUs is { } us ? DateTime.UnixEpoch.AddTicks(us * 10).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : Quantity.Unknown),
                new Text(take.LengthS is { } length ? Quantity.Duration(length) : Quantity.Unknown),
                new Text(take.Frames?.ToString(CultureInfo.InvariantCulture) ?? Quantity.Unknown),
                new Text(take.WorstSkewUs is { } worst ? Quantity.Span((long)(worst * 1_000)) : Quantity.Unknown),
                new Text((take.Dropped + take.Repeated)?.ToString(CultureInfo.InvariantCulture) ?? Quantity.Unknown),
                new Text(string.Join(", ", take.Nodes.Select(PeersTable.Clean))),
                new Text(take.Word ?? take.State, take.Word switch { "PASS" => new Style(Color.Green), "WARN" => new Style(Color.Yellow), "FAIL" => new Style(Color.Red), _ => Style.Plain })
            );
        return PeersTable.Print(table, width, colour);
    }

    private static string Elapsed(ApiGroup group, ApiGroupTake take) =>
        group.NowUs is { } now && now >= take.StartUs ? $"  {TimeSpan.FromTicks((Math.Min(now, take.StopUs ?? now) - take.StartUs) * 10).ToString(@"hh\:mm\:ss\.f", CultureInfo.InvariantCulture)}" : "";

    private static PeerRow RowOf(ApiNode node)
    {
        string? take = node.Take is { } running ? $"{running.Frames} frames{(running.Dropped + (running.Repeated ?? 0) > 0 ? $", {running.Dropped + (running.Repeated ?? 0)} LOST" : "")}{(node.Fps is { } fps ? $", {fps:0.0} fps" : "")}" : null;
        string? words = node.Reason ?? take ?? node.Camera;
        return new PeerRow(
            node.Id,
            Capital(node.Role) + (node.Leads ? " *" : ""),
            Capital(node.State),
            node.Address,
            node.Clock.OffsetNs,
            node.Clock.ErrorNs,
            node.Clock.DelayNs,
            node.LastSeenMs * 1_000_000,
            node.DiskSecondsLeft is { } left && words is not null ? $"{words}, disk for {Quantity.Duration(left)}" : words,
            node.Lost,
            node.VersionOne,
            node.Self,
            node.Clock.AgeNs
        );
    }

    private static string Capital(string word) => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..];
}

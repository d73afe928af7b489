using System.Globalization;
using System.Text;

namespace RecordSync.Tests;

/// <summary>A run in words: what was typed and what happened, what the nodes said to each other and to their operators. The time exchange and unchanged beacons are left out.</summary>
internal sealed class ClusterTranscript
{
    private readonly StringBuilder text = new();
    private readonly Dictionary<string, string> beacons = [];
    private readonly Dictionary<Endpoint, string> names = [];

    /// <summary>Figures that depend on the last digit of a logarithm are left out, so that the text is the same on every machine.</summary>
    public bool ForReaders { get; init; }

    public void Add(long now, string who, string what)
    {
        string time = (now / 1e9).ToString("0.000", CultureInfo.InvariantCulture);
        text.Append(CultureInfo.InvariantCulture, $"{time,8}  ").Append(who.Length == 0 ? "" : who + " ").Append(what).Append('\n');
    }

    /// <summary>A line of its own, for readers.</summary>
    public void Heading(string words) => text.Append(text.Length == 0 ? "" : "\n").Append("# ").Append(words).Append('\n');

    public override string ToString() => text.ToString();

    public void Note(SimulatedGroup group, SimulatedNode node, NodeInput input, IReadOnlyList<NodeAction> actions)
    {
        string name = node.Settings.NodeId;
        names[node.Address] = name;
        if (Words(input) is { } happened)
            Add(group.Now, name, happened);
        foreach (NodeAction action in actions)
        {
            if (Words(name, action) is { } done)
                Add(group.Now, name, done);
        }
    }

    private static string? Words(NodeInput input) =>
        input switch
        {
            NodeInput.OperatorStart start => $"> start {start.DelayMs}{(start.Force ? " --force" : "")}{(start.Label is null ? "" : $" --label {start.Label}")}{(start.Settings is null ? "" : $" with {start.Settings.InWords}")}",
            NodeInput.OperatorStop stop => $"> stop {stop.DelayMs}",
            NodeInput.LeaveRequested => "> quit",
            NodeInput.Recorder { Event: RecorderEvent.NotReady { Reason: { } reason } } => $"camera: {reason}",
            _ => null,
        };

    private string? Words(string name, NodeAction action) =>
        action switch
        {
            NodeAction.Send send => Words(name, send.Message) is { } said ? $"-> {(send.To is { } to ? names.GetValueOrDefault(to, to.ToString()) : "all")}: {said}" : null,
            NodeAction.StartTake start => $"records {start.Plan.Name}",
            NodeAction.StopTake stop => $"stops its recording at …{Seconds(stop.At.Nanoseconds)}",
            NodeAction.Tell tell => $"{(tell.Level is NoticeLevel.Warning or NoticeLevel.Error ? "! " : "| ")}{Shown(tell.Text)}",
            NodeAction.PublishVerdict { Show: true } verdict => $"| verdict on {verdict.Verdict.Take}: {VerdictField.NameOf(verdict.Verdict.Word)}, of {string.Join(", ", verdict.Verdict.Nodes.Select(part => part.Node))}{(verdict.Verdict.Missing.Count == 0 ? "" : $", missing {string.Join(", ", verdict.Verdict.Missing)}")}{(ForReaders && verdict.Verdict.Reasons.Count > 0 ? $": {string.Join(" ", verdict.Verdict.Reasons)}" : "")}",
            NodeAction.PublishVerdict { Show: false } verdict => $"saves the record of {verdict.Verdict.Take}: {string.Join(", ", verdict.Verdict.Nodes.Select(part => part.Node))}",
            NodeAction.Exit => "exits",
            _ => null,
        };

    private string Shown(string told) => ForReaders && told.StartsWith("synchronised to", StringComparison.Ordinal) ? told[..told.IndexOf(':', StringComparison.Ordinal)] : told;

    private string? Words(string name, Message message)
    {
        switch (message)
        {
            case Discovery { Query: true }:
                return null;
            case Discovery beacon:
                string said = beacon.Leaving ? "goodbye" : $"beacon, {(beacon.Role == NodeRole.Leader ? "leads" : "follows")}, {new Term(beacon.Term ?? 0)}{(beacon.Take is null ? "" : $", take {beacon.Take}")}";
                if (beacons.GetValueOrDefault(name) == said)
                    return null;
                beacons[name] = said;
                return said;
            case RecordingCommand command:
                return Words(command);
            case Status { Ack: { } ack } status:
                return $"ack {Short(ack)}{(status.Outcome is null ? "" : $": {status.Outcome.InWords}")}";
            case Status { Nack: { } nack } status:
                return $"nack {Short(nack)}: {status.Error}";
            case Status { Prepared: { } prepared }:
                return $"prepared {Short(prepared)}";
            case Status { Part: { } part, Verdict: null }:
                return $"asks for {part.Node}'s verdict on {part.Take}";
            case Status { Part: { } part }:
                return $"{part.Node}'s verdict on {part.Take}";
            case Status { Record: { } record }:
                return $"record of {record.Take}: {string.Join(", ", record.Parts.Select(part => part.Node))}{(record.Missing.Count == 0 ? "" : $", missing {string.Join(", ", record.Missing)}")}";
            case Status { Verdict: { } verdict }:
                return $"verdict on {verdict.Take}: {VerdictField.NameOf(verdict.Word)}";
            case Status { Ask: { } asked }:
                return $"asks for the verdict on {asked}";
            case Status { Got: { } got }:
                return $"has got {got}";
            default:
                return null;
        }
    }

    private static string Words(RecordingCommand command)
    {
        string word = WireNames.Of(command.Command).ToUpperInvariant(), id = Short(command.Id ?? "?");
        return command.Request ? $"asks for {word} in {command.DelayMs} ms, {id}"
            : command.Withdraw ? $"withdraws {id}"
            : $"{(command.Prepare ? "prepare " : "")}{word} {id} of {command.Take ?? "whatever runs"} at …{Seconds(command.Target.Nanoseconds)}, {new Term(command.Term ?? 0)}";
    }

    /// <summary>The instant within its minute.</summary>
    private static string Seconds(long nanoseconds) => (nanoseconds % 60_000_000_000 / 1e9).ToString("00.000", CultureInfo.InvariantCulture);

    /// <summary>A command's id without the instance: that is a number without meaning to a reader.</summary>
    private static string Short(string id)
    {
        string[] parts = id.Split('-');
        return parts.Length < 3 ? id : $"{string.Join('-', parts[..^2])}#{parts[^1]}";
    }
}

using System.Text.Json;

namespace RecordSync;

/// <summary>The <c>outcome</c> object of Status, and <c>start</c> and <c>stop</c> of a take's record (docs/protocol.md §3.8).</summary>
internal static class ReportField
{
    /// <summary>As many as a node knows peers, and itself.</summary>
    public const int MostNodes = PeerTable.Capacity + 1;

    /// <summary>With a thousand nodes a datagram has no room for long stories.</summary>
    public const int LongestReason = 160;

    public static void Write(ref JsonSpanWriter json, ReadOnlySpan<byte> name, CommandReport? report)
    {
        if (report is not { } told)
            return;
        json.BeginObject(name);
        json.Field("command"u8, WireNames.Of(told.Command));
        json.Optional("id"u8, told.Id);
        json.Optional("take"u8, told.Take);
        json.Optional("leader"u8, told.Leader);
        json.Optional("term"u8, told.Term);
        json.Optional("target_ns"u8, told.TargetNs);
        json.Optional("refusal"u8, told.Refusal is { } refusal ? Shortened(refusal, JsonFields.LongestText) : null);
        json.BeginArray("nodes"u8);
        int most = Math.Min(told.Nodes.Count, MostNodes);
        for (int i = 0; i < most; i++)
        {
            NodeOutcome node = told.Nodes[i];
            json.BeginObject();
            json.Field("node"u8, node.Node);
            json.Field("answer"u8, NameOf(node.Answer));
            json.Optional("reason"u8, node.Reason is { } reason ? Shortened(reason, LongestReason) : null);
            json.EndObject();
        }
        json.EndArray();
        json.EndObject();
    }

    public static CommandReport? Read(ref Utf8JsonReader reader, out bool ok)
    {
        CommandReport read = new(CommandKind.Start);
        bool hasCommand = false;
        ok = reader.TokenType == JsonTokenType.StartObject;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (reader.TokenType == JsonTokenType.Null)
                continue;
            if (name.SequenceEqual("command"u8))
                read = read with { Command = WireNames.Command(ref reader, out ok, ref hasCommand) };
            else if (name.SequenceEqual("id"u8))
                read = read with { Id = WireNames.Text(ref reader, out ok) };
            else if (name.SequenceEqual("take"u8))
                read = read with { Take = WireNames.Text(ref reader, out ok) };
            else if (name.SequenceEqual("leader"u8))
                read = read with { Leader = WireNames.Text(ref reader, out ok) };
            else if (name.SequenceEqual("refusal"u8))
                read = read with { Refusal = WireNames.Text(ref reader, out ok) };
            else if (name.SequenceEqual("nodes"u8))
                read = read with { Nodes = JsonFields.List(ref reader, MostNodes, ReadNode, out ok) };
            else if (name.SequenceEqual("term"u8))
                read = read with { Term = WireNames.Time(ref reader, out ok) };
            else if (name.SequenceEqual("target_ns"u8))
                read = read with { TargetNs = WireNames.Time(ref reader, out ok) };
            else
                reader.Skip();
        }
        ok = ok && hasCommand;
        return ok ? read : null;
    }

    private static NodeOutcome? ReadNode(ref Utf8JsonReader reader, out bool ok)
    {
        string node = "";
        NodeAnswer answer = NodeAnswer.Silent;
        string? reason = null;
        bool hasNode = false;
        ok = reader.TokenType == JsonTokenType.StartObject;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("node"u8))
                node = WireNames.NodeId(ref reader, out ok, ref hasNode);
            else if (name.SequenceEqual("answer"u8))
                answer = AnswerOf(WireNames.Text(ref reader, out ok));
            else if (name.SequenceEqual("reason"u8) && reader.TokenType != JsonTokenType.Null)
                reason = WireNames.Text(ref reader, out ok);
            else
                reader.Skip();
        }
        ok = ok && hasNode;
        return ok ? new NodeOutcome(node, answer, reason) : null;
    }

    public static string NameOf(NodeAnswer answer) =>
        answer switch
        {
            NodeAnswer.Acknowledged => "acknowledged",
            NodeAnswer.Refused => "refused",
            NodeAnswer.BestEffort => "best_effort",
            NodeAnswer.Absent => "absent",
            _ => "silent",
        };

    /// <summary>A word that a later version may have invented is no acknowledgement.</summary>
    private static NodeAnswer AnswerOf(string? word) =>
        word switch
        {
            "acknowledged" => NodeAnswer.Acknowledged,
            "refused" => NodeAnswer.Refused,
            "best_effort" => NodeAnswer.BestEffort,
            "absent" => NodeAnswer.Absent,
            _ => NodeAnswer.Silent,
        };

    private static string Shortened(string text, int longest) => text.Length <= longest ? text : text[..(longest - 1)] + "…";
}

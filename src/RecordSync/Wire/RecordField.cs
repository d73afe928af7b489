using System.Text.Json;

namespace RecordSync;

/// <summary>The <c>record</c> object of Status (docs/protocol.md §3.8): the head of a take's record, or the name of one part of it.</summary>
internal static class RecordField
{
    public static void Write(ref JsonSpanWriter json, TakeRecord? record, PartOfTake? part)
    {
        if (part is { } named)
        {
            json.BeginObject("record"u8);
            json.Field("take"u8, named.Take);
            json.Field("node"u8, named.Node);
            json.EndObject();
        }
        else if (record is { } head)
        {
            json.BeginObject("record"u8);
            json.Field("take"u8, head.Take);
            json.Field("serial"u8, head.Serial);
            json.BeginArray("parts"u8);
            foreach (RecordedPart known in head.Parts)
            {
                json.BeginObject();
                json.Field("node"u8, known.Node);
                json.Field("revision"u8, known.Revision);
                json.EndObject();
            }
            json.EndArray();
            WriteNames(ref json, "missing"u8, head.Missing);
            WriteNames(ref json, "version_one"u8, head.VersionOne);
            ReportField.Write(ref json, "start"u8, head.Start);
            ReportField.Write(ref json, "stop"u8, head.Stop);
            json.EndObject();
        }
    }

    public static void Read(ref Utf8JsonReader reader, out TakeRecord? record, out PartOfTake? part, out bool ok)
    {
        (record, part) = (null, null);
        TakeRecord read = new("", 0);
        string? node = null;
        ok = reader.TokenType == JsonTokenType.StartObject;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            bool seen = false;
            if (reader.TokenType == JsonTokenType.Null)
                continue;
            if (name.SequenceEqual("node"u8))
                node = WireNames.NodeId(ref reader, out ok, ref seen);
            else
                read = ReadField(ref reader, name, read, out ok);
        }
        ok = ok && read.Take.Length > 0 && (node is not null || read.Serial > 0);
        if (!ok)
            return;
        if (node is not null)
            part = new PartOfTake(read.Take, node);
        else
            record = read;
    }

    private static TakeRecord ReadField(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, TakeRecord read, out bool ok)
    {
        ok = true;
        if (name.SequenceEqual("take"u8))
            return read with { Take = WireNames.Text(ref reader, out ok) ?? "" };
        if (name.SequenceEqual("serial"u8))
            return read with { Serial = WireNames.Revision(ref reader, out ok) };
        if (name.SequenceEqual("parts"u8))
            return read with { Parts = JsonFields.List(ref reader, ReportField.MostNodes, ReadPart, out ok) };
        if (name.SequenceEqual("missing"u8))
            return read with { Missing = JsonFields.List(ref reader, ReportField.MostNodes, ReadName, out ok) };
        if (name.SequenceEqual("version_one"u8))
            return read with { VersionOne = JsonFields.List(ref reader, ReportField.MostNodes, ReadName, out ok) };
        if (name.SequenceEqual("start"u8))
            return read with { Start = ReportField.Read(ref reader, out ok) };
        if (name.SequenceEqual("stop"u8))
            return read with { Stop = ReportField.Read(ref reader, out ok) };
        reader.Skip();
        return read;
    }

    private static RecordedPart? ReadPart(ref Utf8JsonReader reader, out bool ok)
    {
        string node = "";
        int revision = 0;
        bool hasNode = false;
        ok = reader.TokenType == JsonTokenType.StartObject;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("node"u8))
                node = WireNames.NodeId(ref reader, out ok, ref hasNode);
            else if (name.SequenceEqual("revision"u8))
                revision = WireNames.Revision(ref reader, out ok);
            else
                reader.Skip();
        }
        ok = ok && hasNode && revision > 0;
        return ok ? new RecordedPart(node, revision) : null;
    }

    private static string? ReadName(ref Utf8JsonReader reader, out bool ok)
    {
        bool seen = false;
        return WireNames.NodeId(ref reader, out ok, ref seen);
    }

    private static void WriteNames(ref JsonSpanWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> names)
    {
        json.BeginArray(name);
        foreach (string node in names)
            json.Item(node);
        json.EndArray();
    }
}

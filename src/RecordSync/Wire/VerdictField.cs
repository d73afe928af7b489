using System.Text.Json;

namespace RecordSync;

/// <summary>The nested <c>verdict</c> object of Status (docs/protocol.md §3.7). Bounded: no list is longer than what a datagram of ours may carry.</summary>
internal static class VerdictField
{
    public const int MostReasons = 8;
    public const int MostHashes = 16;
    public const int LongestReason = 400;

    public static void Write(ref JsonSpanWriter json, NodeVerdict? verdict)
    {
        if (verdict is not { } node)
            return;
        json.BeginObject("verdict"u8);
        json.Field("take"u8, node.Take);
        json.Field("revision"u8, node.Revision);
        json.Field("word"u8, NameOf(node.Word));
        WriteReasons(ref json, node.Reasons);
        json.Field("fps"u8, node.Fps);
        json.Field("start_ns"u8, node.StartNs);
        json.Optional("expected"u8, node.Expected);
        json.Optional("joined_index"u8, node.JoinedIndex);
        json.Field("recorded"u8, node.Recorded);
        json.Field("repeated"u8, node.Repeated);
        json.Field("duplicates"u8, node.Duplicates);
        json.Field("late"u8, node.Late);
        json.Field("dropped"u8, node.Dropped);
        json.Optional("first_index"u8, node.FirstIndex);
        json.Optional("last_index"u8, node.LastIndex);
        json.Optional("first_residual_ns"u8, node.FirstResidualNs);
        json.Optional("last_residual_ns"u8, node.LastResidualNs);
        json.Optional("worst_residual_ns"u8, node.WorstResidualNs);
        json.Optional("worst_index"u8, node.WorstIndex);
        json.Field("longest_gap"u8, node.LongestGap);
        json.Optional("longest_gap_index"u8, node.LongestGapIndex);
        json.Field("clock_error_ns"u8, node.ClockErrorNs);
        json.Field("clock_state"u8, node.ClockState);
        json.Optional("sensor_ppb"u8, node.SensorPpb);
        json.Field("phase"u8, node.Phase);
        json.Optional("fragments_synced"u8, node.FragmentsSynced);
        json.Optional("error"u8, node.Error);
        WriteSeries(ref json, node.Residuals);
        WriteHashes(ref json, node.Hashes);
        json.EndObject();
    }

    /// <summary>Total, like every reader of the wire: false in <paramref name="ok"/> for anything that is no verdict.</summary>
    public static NodeVerdict? Read(ref Utf8JsonReader reader, out bool ok)
    {
        NodeVerdict read = new() { Take = "", Node = "", Fps = "" };
        ok = reader.TokenType == JsonTokenType.StartObject;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
            ok = ReadField(ref reader, name, ref read);
        ok = ok && read.Take.Length > 0 && read.Grid is not null && TakeSense.Complaint(read) is null;
        return ok ? read : null;
    }

    public static string NameOf(TakeGrade word) =>
        word switch
        {
            TakeGrade.Pass => "PASS",
            TakeGrade.Warn => "WARN",
            _ => "FAIL",
        };

    private static void WriteReasons(ref JsonSpanWriter json, IReadOnlyList<string> reasons)
    {
        json.BeginArray("reasons"u8);
        for (int i = 0; i < Math.Min(reasons.Count, MostReasons); i++)
            json.Item(reasons[i].Length <= LongestReason ? reasons[i] : reasons[i][..(LongestReason - 1)] + "…");
        json.EndArray();
    }

    private static void WriteSeries(ref JsonSpanWriter json, ResidualSeries series)
    {
        json.BeginObject("residuals"u8);
        json.Field("step"u8, series.Step);
        WriteNumbers(ref json, "samples_us"u8, series.Samples);
        json.Field("span"u8, series.Span);
        WriteNumbers(ref json, "low_us"u8, series.Low);
        WriteNumbers(ref json, "high_us"u8, series.High);
        json.EndObject();
    }

    private static void WriteNumbers(ref JsonSpanWriter json, ReadOnlySpan<byte> name, IReadOnlyList<int?> numbers)
    {
        json.BeginArray(name);
        foreach (int? number in numbers)
            json.Item(number);
        json.EndArray();
    }

    private static void WriteHashes(ref JsonSpanWriter json, IReadOnlyList<FileHash> hashes)
    {
        if (hashes.Count is 0 or > MostHashes)
            return;
        json.BeginArray("hashes"u8);
        foreach (FileHash hash in hashes)
        {
            json.BeginObject();
            json.Field("name"u8, hash.Name);
            json.Field("bytes"u8, hash.Bytes);
            json.Field("sha256"u8, hash.Sha256);
            json.EndObject();
        }
        json.EndArray();
    }

    private static bool ReadField(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref NodeVerdict read)
    {
        bool ok = true;
        if (reader.TokenType == JsonTokenType.Null)
            return true;
        if (name.SequenceEqual("take"u8))
            read = read with { Take = WireNames.Text(ref reader, out ok) ?? "" };
        else if (name.SequenceEqual("word"u8))
            read = read with { Word = Word(ref reader, out ok) };
        else if (name.SequenceEqual("reasons"u8))
            read = read with { Reasons = Texts(ref reader, out ok) };
        else if (name.SequenceEqual("fps"u8))
            read = read with { Fps = WireNames.Text(ref reader, out ok) ?? "" };
        else if (name.SequenceEqual("clock_state"u8))
            read = read with { ClockState = WireNames.Text(ref reader, out ok) ?? "" };
        else if (name.SequenceEqual("phase"u8))
            read = read with { Phase = WireNames.Text(ref reader, out ok) ?? "" };
        else if (name.SequenceEqual("error"u8))
            read = read with { Error = WireNames.Text(ref reader, out ok) };
        else if (name.SequenceEqual("residuals"u8))
            read = read with { Residuals = Series(ref reader, out ok) };
        else if (name.SequenceEqual("hashes"u8))
            read = read with { Hashes = JsonFields.List(ref reader, MostHashes, Hash, out ok) };
        else
            ok = ReadSigned(ref reader, name, ref read) || ReadNumber(ref reader, name, ref read);
        return ok;
    }

    /// <returns>False also for a field that is none of these.</returns>
    private static bool ReadSigned(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref NodeVerdict read)
    {
        bool first = name.SequenceEqual("first_residual_ns"u8), last = name.SequenceEqual("last_residual_ns"u8);
        bool worst = name.SequenceEqual("worst_residual_ns"u8), sensor = name.SequenceEqual("sensor_ppb"u8);
        if (!(first || last || worst || sensor) || !JsonFields.TrySigned(ref reader, out long value))
            return false;
        read =
            first ? read with { FirstResidualNs = value }
            : last ? read with { LastResidualNs = value }
            : worst ? read with { WorstResidualNs = value }
            : read with { SensorPpb = value };
        return true;
    }

    private static bool ReadNumber(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref NodeVerdict read)
    {
        // a text that is compared with a span cannot be switched over
        string field = System.Text.Encoding.ASCII.GetString(name.Length <= 32 ? name : default);
        bool known =
            field is "revision" or "start_ns" or "expected" or "joined_index" or "recorded" or "repeated" or "duplicates" or "late" or "dropped" or "first_index" or "last_index" or "worst_index" or "longest_gap" or "longest_gap_index" or "clock_error_ns" or "fragments_synced";
        if (!known)
        {
            // the signed ones come here only with a value that was none
            bool signed = field is "first_residual_ns" or "last_residual_ns" or "worst_residual_ns" or "sensor_ppb";
            if (!signed)
                reader.Skip();
            return !signed;
        }
        if (!JsonFields.TryInteger(ref reader, 0, JsonFields.LatestTime - 1, out long value) || (field == "revision" && value > int.MaxValue))
            return false;
        read = field switch
        {
            "revision" => read with { Revision = (int)value },
            "start_ns" => read with { StartNs = value },
            "expected" => read with { Expected = value },
            "joined_index" => read with { JoinedIndex = value },
            "recorded" => read with { Recorded = value },
            "repeated" => read with { Repeated = value },
            "duplicates" => read with { Duplicates = value },
            "late" => read with { Late = value },
            "dropped" => read with { Dropped = value },
            "first_index" => read with { FirstIndex = value },
            "last_index" => read with { LastIndex = value },
            "worst_index" => read with { WorstIndex = value },
            "longest_gap" => read with { LongestGap = value },
            "longest_gap_index" => read with { LongestGapIndex = value },
            "clock_error_ns" => read with { ClockErrorNs = value },
            _ => read with { FragmentsSynced = value },
        };
        return true;
    }

    private static TakeGrade Word(ref Utf8JsonReader reader, out bool ok)
    {
        ok = reader.TokenType == JsonTokenType.String;
        bool pass = ok && reader.ValueTextEquals("PASS"u8), warn = ok && reader.ValueTextEquals("WARN"u8);
        ok = pass || warn || (ok && reader.ValueTextEquals("FAIL"u8));
        return pass ? TakeGrade.Pass
            : warn ? TakeGrade.Warn
            : TakeGrade.Fail;
    }

    private static List<string> Texts(ref Utf8JsonReader reader, out bool ok)
    {
        List<string> texts = [];
        ok = reader.TokenType == JsonTokenType.StartArray;
        while (ok && (ok = reader.Read()) && reader.TokenType != JsonTokenType.EndArray)
        {
            ok = texts.Count < MostReasons && JsonFields.TryText(ref reader, out string text) && Keep(texts, text);
        }
        return texts;
    }

    private static List<int?> Numbers(ref Utf8JsonReader reader, int most, out bool ok)
    {
        List<int?> numbers = [];
        ok = reader.TokenType == JsonTokenType.StartArray;
        while (ok && (ok = reader.Read()) && reader.TokenType != JsonTokenType.EndArray)
        {
            long value = 0;
            bool absent = reader.TokenType == JsonTokenType.Null;
            ok = numbers.Count < most && (absent || JsonFields.TryInteger(ref reader, -1_000_000_000, 1_000_000_000, out value)) && Keep(numbers, absent ? null : (int?)value);
        }
        return numbers;
    }

    private static ResidualSeries Series(ref Utf8JsonReader reader, out bool ok)
    {
        ResidualSeries series = ResidualSeries.Empty;
        ok = reader.TokenType == JsonTokenType.StartObject;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("step"u8))
                series = series with { Step = Positive(ref reader, out ok) };
            else if (name.SequenceEqual("span"u8))
                series = series with { Span = Positive(ref reader, out ok) };
            else if (name.SequenceEqual("samples_us"u8))
                series = series with { Samples = Numbers(ref reader, ResidualSeries.MostSamples, out ok) };
            else if (name.SequenceEqual("low_us"u8))
                series = series with { Low = Numbers(ref reader, ResidualSeries.MostSpans, out ok) };
            else if (name.SequenceEqual("high_us"u8))
                series = series with { High = Numbers(ref reader, ResidualSeries.MostSpans, out ok) };
            else
                reader.Skip();
        }
        return series;
    }

    private static FileHash Hash(ref Utf8JsonReader reader, out bool ok)
    {
        FileHash hash = new("", 0, "");
        ok = reader.TokenType == JsonTokenType.StartObject;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("name"u8))
                hash = hash with { Name = WireNames.Text(ref reader, out ok) ?? "" };
            else if (name.SequenceEqual("sha256"u8))
                hash = hash with { Sha256 = WireNames.Text(ref reader, out ok) ?? "" };
            else if (name.SequenceEqual("bytes"u8))
            {
                ok = JsonFields.TryCount(ref reader, out long? bytes);
                hash = hash with { Bytes = bytes ?? 0 };
            }
            else
                reader.Skip();
        }
        return hash;
    }

    private static long Positive(ref Utf8JsonReader reader, out bool ok)
    {
        ok = JsonFields.TryInteger(ref reader, 1, 1L << 40, out long value);
        return value;
    }

    private static bool Keep<T>(List<T> list, T item)
    {
        list.Add(item);
        return true;
    }
}

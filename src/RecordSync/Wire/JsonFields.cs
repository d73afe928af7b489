using System.Text.Json;

namespace RecordSync;

/// <summary>Typed reads of one JSON value. Each returns false on a wrong type or a value out of range; none throws for well-formed JSON.</summary>
internal static class JsonFields
{
    /// <summary>The longest text that a field may carry, in UTF-16 units: enough for an error sentence, far below a datagram.</summary>
    public const int LongestText = 1024;

    /// <summary>Times on the wire lie in [0, 2^62): their sums and differences cannot overflow a signed 64-bit integer.</summary>
    public const long LatestTime = 1L << 62;

    public static bool TryText(ref Utf8JsonReader reader, out string value)
    {
        value = "";
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > LongestText * 4)
            return false;
        value = reader.GetString()!;
        return value.Length <= LongestText;
    }

    public static bool TryInteger(ref Utf8JsonReader reader, long smallest, long largest, out long value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value) && value >= smallest && value <= largest;
    }

    public static bool TryTime(ref Utf8JsonReader reader, out long value) => TryInteger(ref reader, 0, LatestTime - 1, out value);

    public static bool TryCount(ref Utf8JsonReader reader, out long? value)
    {
        bool ok = TryInteger(ref reader, 0, long.MaxValue, out long count);
        value = count;
        return ok;
    }

    /// <summary>A signed difference of times or a rate: anything whose double still fits.</summary>
    public static bool TrySigned(ref Utf8JsonReader reader, out long value) => TryInteger(ref reader, -LatestTime, LatestTime, out value);

    public static bool TryFlag(ref Utf8JsonReader reader, out bool value)
    {
        value = reader.TokenType == JsonTokenType.True;
        return value || reader.TokenType == JsonTokenType.False;
    }

    internal delegate T? ItemReader<T>(ref Utf8JsonReader reader, out bool ok);

    /// <summary>An array of objects or names, up to so many.</summary>
    public static List<T> List<T>(ref Utf8JsonReader reader, int most, ItemReader<T> item, out bool ok)
        where T : class
    {
        List<T> items = [];
        ok = reader.TokenType == JsonTokenType.StartArray;
        while (ok && (ok = reader.Read()) && reader.TokenType != JsonTokenType.EndArray)
        {
            T? read = item(ref reader, out ok);
            ok = ok && read is not null && items.Count < most;
            if (ok)
                items.Add(read!);
        }
        return items;
    }

    /// <summary>Moves on to the value of the next field of the object that the reader stands in: the condition of every loop over fields.</summary>
    /// <param name="ok">Whether all before was good; it is false afterwards also where the JSON breaks off.</param>
    /// <returns>False at the end of the object, and when something before was bad.</returns>
    public static bool NextField(ref Utf8JsonReader reader, ref bool ok, out ReadOnlySpan<byte> name)
    {
        name = default;
        ok = ok && reader.Read();
        if (!ok || reader.TokenType == JsonTokenType.EndObject)
            return false;
        // a name that is spelt with escapes is no name of ours; it is skipped like any unknown field
        name = reader.ValueIsEscaped ? default : reader.ValueSpan;
        return ok = reader.Read();
    }
}

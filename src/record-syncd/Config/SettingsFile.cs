using System.Text;
using System.Text.Json;

namespace RecordSync.Daemon;

/// <summary>
/// <c>record-syncd.jsonc</c>: one JSON object, a key for each setting, with comments and commas at the end of a list allowed. Values may be written as
/// JSON has them (<c>true</c>, <c>30</c>) or as text; what they mean is for the option to say.
/// </summary>
internal static class SettingsFile
{
    /// <summary>More than anybody has to say, and little enough to be read by mistake.</summary>
    private const int LargestFile = 1 << 20;

    private static readonly JsonReaderOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="SettingsException">It cannot be read, is no JSON, or has a key that is no setting.</exception>
    public static IReadOnlyList<WrittenSetting> Read(string path, SettingKeys keys)
    {
        byte[] text = Load(path);
        List<WrittenSetting> found = [];
        Utf8JsonReader reader = new(text, Lenient);
        int line = 1;
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new SettingsException($"\"{path}\": settings are written between braces, like {{ \"role\": \"follower\" }}");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                line = LineOf(text, reader.TokenStartIndex);
                string key = reader.GetString()!;
                string place = $"\"{path}\", line {line}, \"{key}\"";
                if (keys.Find(key) is null)
                    throw new SettingsException($"{place}: there is no such setting{Suggestion(keys.Nearest(key))}");
                if (found.Find(earlier => earlier.Key == key) is { } twice)
                    throw new SettingsException($"{place}: it is written a second time, after {twice.Place}; keep one of them");
                reader.Read();
                found.Add(new WrittenSetting(key, ReadValues(ref reader, place), place));
            }
            reader.Read();
        }
        catch (JsonException fault)
        {
            // its own numbers count from zero
            string what = fault.Message.Split(" LineNumber:")[0].Split(" Path:")[0].TrimEnd('.');
            throw new SettingsException($"\"{path}\", line {(fault.LineNumber ?? line - 1) + 1}: {what}");
        }
        catch (InvalidOperationException)
        {
            // half a character, written out or escaped
            throw new SettingsException($"\"{path}\", line {line}: a text in it is no Unicode: save the file as UTF-8");
        }
        return found;
    }

    /// <summary>A list as it stands in a variable of the environment: <c>["a", "b"]</c>.</summary>
    /// <exception cref="SettingsException">It is none.</exception>
    public static IReadOnlyList<string> ReadList(string text, string place)
    {
        try
        {
            Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(text), Lenient);
            reader.Read();
            IReadOnlyList<string> values = ReadValues(ref reader, place);
            reader.Read();
            return values;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new SettingsException($"{place}: a list is written like [\"first\", \"second\"]");
        }
    }

    private static string Suggestion(string? nearest) => nearest is null ? "; 'record-syncd --help' lists all" : $"; do you mean \"{nearest}\"?";

    private static byte[] Load(string path)
    {
        try
        {
            FileInfo file = new(path);
            if (file is { Exists: true, Length: > LargestFile })
                throw new SettingsException($"\"{path}\" is too large for a file of settings");
            byte[] text = File.ReadAllBytes(path);
            return text.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"the settings \"{path}\" cannot be read: {fault.Message.TrimEnd('.')}");
        }
    }

    private static int LineOf(ReadOnlySpan<byte> text, long index) => 1 + text[..(int)index].Count((byte)'\n');

    private static List<string> ReadValues(ref Utf8JsonReader reader, string place)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return [ReadValue(ref reader, place)];
        List<string> values = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            values.Add(ReadValue(ref reader, place));
        return values.Count > 0 ? values : throw new SettingsException($"{place}: the list is empty; leave the key out for its default");
    }

    private static string ReadValue(ref Utf8JsonReader reader, string place) =>
        reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            JsonTokenType.True => "true",
            JsonTokenType.False => "false",
            JsonTokenType.Null => throw new SettingsException($"{place}: null is no value; leave the key out for its default"),
            _ => throw new SettingsException($"{place}: a value is a text, a number, true or false"),
        };
}

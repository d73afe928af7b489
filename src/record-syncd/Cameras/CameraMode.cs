using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>A picture that a camera offers: a format and a size, with the rates at which it comes.</summary>
/// <param name="Format">As GStreamer calls it: YUY2, NV12 …; MJPEG and H264 are coded.</param>
/// <param name="Width">The largest where it is a range.</param>
/// <param name="Rates">In the camera's order: "30", "30000/1001", or "5 to 60" for a range; empty where the camera does not say.</param>
/// <param name="SmallestWidth">Null: just this one.</param>
internal sealed record CameraMode(string Format, int Width, int Height, IReadOnlyList<string> Rates, int? SmallestWidth = null, int? SmallestHeight = null)
{
    /// <summary>All that GStreamer's caps list; what has no size is left out, and so is what the caps tell twice.</summary>
    public static IReadOnlyList<CameraMode> Read(string caps)
    {
        List<CameraMode> modes = [];
        foreach (string structure in Split(caps, ';'))
        {
            List<string> fields = Split(structure, ',');
            if (fields.Count == 0 || FormatOf(fields[0]) is not { } media)
                continue;
            Dictionary<string, string> values = [];
            foreach (string field in fields.Skip(1))
            {
                int equals = field.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0)
                    values[field[..equals].Trim()] = WithoutType(field[(equals + 1)..]);
            }
            IReadOnlyList<string> formats = media.Length > 0 ? [media] : [.. Items(values.GetValueOrDefault("format", ""))];
            IReadOnlyList<string> rates = [.. RatesOf(values.GetValueOrDefault("framerate", ""))];
            foreach ((int least, int most) in SizesOf(values.GetValueOrDefault("width", "")))
            {
                foreach ((int low, int high) in SizesOf(values.GetValueOrDefault("height", "")))
                    modes.AddRange(formats.Select(format => new CameraMode(format, most, high, rates, least == most ? null : least, low == high ? null : low)));
            }
        }
        return [.. modes.DistinctBy(mode => (mode.Format, mode.Width, mode.Height, mode.SmallestWidth, mode.SmallestHeight, string.Join(' ', mode.Rates)))];
    }

    /// <summary>In a few words: "1920x1080 MJPEG 30, 15".</summary>
    public override string ToString()
    {
        string size = SmallestWidth is null && SmallestHeight is null ? $"{Width}x{Height}" : $"{SmallestWidth ?? Width}x{SmallestHeight ?? Height} to {Width}x{Height}";
        return Rates.Count == 0 ? $"{size} {Format}" : $"{size} {Format} {string.Join(", ", Rates)}";
    }

    /// <summary>Empty: raw pictures, whose format is a field; null: no picture.</summary>
    private static string? FormatOf(string media) =>
        // a feature such as (memory:NVMM) says where the pictures lie, and not what they are
        media.Split('(')[0].Trim() switch
        {
            "video/x-raw" => "",
            "image/jpeg" => "MJPEG",
            "video/x-h264" => "H264",
            "video/x-h265" => "H265",
            "video/x-bayer" => "Bayer",
            _ => null,
        };

    private static IEnumerable<(int Least, int Most)> SizesOf(string text)
    {
        if (text.StartsWith('['))
        {
            string[] ends = text.Trim('[', ']', ' ').Split(',', StringSplitOptions.TrimEntries);
            if (ends.Length >= 2 && Whole(ends[0]) is { } least && Whole(ends[1]) is { } most)
                yield return (least, most);
            yield break;
        }
        foreach (string item in Items(text))
        {
            if (Whole(item) is { } size)
                yield return (size, size);
        }
    }

    private static IEnumerable<string> RatesOf(string text)
    {
        if (!text.StartsWith('['))
            return Items(text).Select(RateOf).OfType<string>();
        string[] ends = text.Trim('[', ']', ' ').Split(',', StringSplitOptions.TrimEntries);
        return ends.Length == 2 && RateOf(ends[0]) is { } slowest && RateOf(ends[1]) is { } fastest ? [$"{slowest} to {fastest}"] : [];
    }

    /// <summary>Null for 0/1, which stands for "any".</summary>
    private static string? RateOf(string fraction)
    {
        string[] parts = fraction.Split('/');
        if (parts.Length != 2 || Whole(parts[0]) is not > 0 || Whole(parts[1]) is not > 0)
            return null;
        return parts[1] == "1" ? parts[0] : fraction;
    }

    private static IEnumerable<string> Items(string value) => value.Trim('{', '}', ' ').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(item => WithoutType(item).Trim('"'));

    private static string WithoutType(string value)
    {
        value = value.Trim();
        return value.StartsWith('(') ? value[(value.IndexOf(')', StringComparison.Ordinal) + 1)..].Trim() : value;
    }

    private static int? Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>Cuts at a character that stands outside of all brackets and quotes.</summary>
    private static List<string> Split(string text, char separator)
    {
        List<string> parts = [];
        int depth = 0, begin = 0;
        bool quoted = false;
        for (int at = 0; at < text.Length; at++)
        {
            char c = text[at];
            quoted ^= c == '"';
            depth += quoted ? 0 : c is '{' or '[' or '(' ? 1 : c is '}' or ']' or ')' ? -1 : 0;
            if (c != separator || depth > 0 || quoted)
                continue;
            parts.Add(text[begin..at].Trim());
            begin = at + 1;
        }
        parts.Add(text[begin..].Trim());
        parts.RemoveAll(part => part.Length == 0);
        return parts;
    }
}

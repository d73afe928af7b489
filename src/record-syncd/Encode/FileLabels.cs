using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace RecordSync.Daemon;

/// <summary>What a file says of itself, for those who get it without its manifest.</summary>
/// <param name="FirstFrame">The grid point of the file's first frame.</param>
internal sealed record FileLabels(string Take, string Node, string Camera, string Encoder, NetworkTime FirstFrame, FrameRate Rate)
{
    /// <summary>The time of day of the first frame, UTC.</summary>
    public SmpteTimecode Timecode => SmpteTimecode.At(FirstFrame, Rate);

    /// <summary>GStreamer's tag names; ffprobe shows them as title, artist, encoder, date, description and comment.</summary>
    public IEnumerable<KeyValuePair<string, string>> Tags =>
        [
            new("title", Take),
            new("artist", Node),
            new("encoder", Encoder),
            new("description", Camera),
            new("datetime", DateTime.UnixEpoch.AddTicks(FirstFrame.Nanoseconds / 100).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture)),
            new("comment", Comment()),
        ];

    /// <summary>matroskamux writes a text with anything but these characters in it as a quoted and escaped one, so that it gets a plain one.</summary>
    public IEnumerable<KeyValuePair<string, string>> MatroskaTags =>
        [
            new("title", Plain(Take)),
            new("artist", Plain(Node)),
            new("encoder", Plain(Encoder)),
            new("comment", $"frame_0_ns:{FirstFrame.Nanoseconds}"),
        ];

    private static string Plain(string text) => string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || "_-+/:.".Contains(c) ? c : '-'));

    /// <summary>One line of JSON with what has no field of its own in a container.</summary>
    private string Comment()
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("take", Take);
            json.WriteString("node", Node);
            json.WriteNumber("frame_0_ns", FirstFrame.Nanoseconds);
            json.WriteString("fps", Rate.ToString());
            json.WriteString("timecode", Timecode.ToString());
            json.WriteString("camera", Camera);
            json.WriteString("encoder", Encoder);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}

using System.Text.Json;

namespace RecordSync;

/// <summary>The <c>settings</c> object of a START (docs/protocol.md §3.4, §5.10).</summary>
internal static class SettingsField
{
    public static void Write(ref JsonSpanWriter json, TakeSettings? settings)
    {
        if (settings is not { } asked)
            return;
        json.BeginObject("settings"u8);
        json.Optional("size"u8, asked.Size?.ToString());
        json.Optional("fps"u8, asked.Rate?.ToString());
        json.Optional("bitrate"u8, asked.Bitrate);
        if (asked.LockExposure)
            json.Field("lock_exposure"u8, true);
        if (asked.LockWhiteBalance)
            json.Field("lock_white_balance"u8, true);
        json.EndObject();
    }

    public static TakeSettings? Read(ref Utf8JsonReader reader, out bool ok)
    {
        TakeSettings read = new();
        ok = reader.TokenType == JsonTokenType.StartObject;
        while (JsonFields.NextField(ref reader, ref ok, out ReadOnlySpan<byte> name))
        {
            if (reader.TokenType == JsonTokenType.Null)
                continue;
            if (name.SequenceEqual("size"u8))
                read = read with { Size = Size(ref reader, out ok) };
            else if (name.SequenceEqual("fps"u8))
                read = read with { Rate = WireNames.Rate(ref reader, out ok) };
            else if (name.SequenceEqual("bitrate"u8))
            {
                ok = JsonFields.TryInteger(ref reader, TakeSettings.SmallestBitrate, TakeSettings.LargestBitrate, out long bitrate);
                read = read with { Bitrate = (int)bitrate };
            }
            else if (name.SequenceEqual("lock_exposure"u8))
            {
                ok = JsonFields.TryFlag(ref reader, out bool locked);
                read = read with { LockExposure = locked };
            }
            else if (name.SequenceEqual("lock_white_balance"u8))
            {
                ok = JsonFields.TryFlag(ref reader, out bool locked);
                read = read with { LockWhiteBalance = locked };
            }
            else
                reader.Skip();
        }
        return ok ? read : null;
    }

    private static FrameSize? Size(ref Utf8JsonReader reader, out bool ok)
    {
        FrameSize size = default;
        ok = JsonFields.TryText(ref reader, out string text) && FrameSize.TryParse(text, out size);
        return size;
    }
}

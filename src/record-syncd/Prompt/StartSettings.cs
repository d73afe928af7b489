using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>What a START asks of the cameras, as people and programs write it.</summary>
internal static class StartSettings
{
    public const string Flags = "--size WxH, --fps RATE, --bitrate KBPS, --lock-exposure and --lock-white-balance";

    private static readonly string[] withValue = ["--size", "--fps", "--bitrate"];

    /// <returns>What is wrong with it, and what would be right; null when it is good.</returns>
    public static string? Read(string? size, string? fps, string? bitrate, bool lockExposure, bool lockWhiteBalance, out TakeSettings? settings)
    {
        settings = null;
        FrameSize? asSize = null;
        FrameRate? asRate = null;
        int? asBitrate = null;
        if (size is not null)
        {
            if (!FrameSize.TryParse(size, out FrameSize parsed))
                return $"\"{PromptCommand.Shown(size)}\" is no picture size: use even numbers like 1920x1080.";
            asSize = parsed;
        }
        if (fps is not null)
        {
            if (!FrameRate.TryParse(fps, out FrameRate parsed))
                return $"\"{PromptCommand.Shown(fps)}\" is no frame rate: use 30, 29.97 or 30000/1001.";
            asRate = parsed;
        }
        if (bitrate is not null)
        {
            if (!int.TryParse(bitrate, NumberStyles.None, CultureInfo.InvariantCulture, out int kbps) || kbps is < TakeSettings.SmallestBitrate or > TakeSettings.LargestBitrate)
                return $"\"{PromptCommand.Shown(bitrate)}\" is no bitrate: use kbit/s from {TakeSettings.SmallestBitrate} to {TakeSettings.LargestBitrate}, for example 8000.";
            asBitrate = kbps;
        }
        TakeSettings asked = new() { Size = asSize, Rate = asRate, Bitrate = asBitrate, LockExposure = lockExposure, LockWhiteBalance = lockWhiteBalance };
        settings = asked.AsksNothing ? null : asked;
        return null;
    }

    /// <summary>Takes its own words out of what was typed after <c>start</c>.</summary>
    /// <returns>As <see cref="Read"/>.</returns>
    public static string? Take(List<string> words, out TakeSettings? settings)
    {
        settings = null;
        Dictionary<string, string> found = [];
        foreach (string flag in withValue)
        {
            int at = words.IndexOf(flag);
            if (at < 0)
                continue;
            if (at + 1 >= words.Count)
                return $"{flag} wants a value after it, for example start {flag} {Example(flag)}";
            found[flag] = words[at + 1];
            words.RemoveRange(at, 2);
        }
        bool exposure = words.Remove("--lock-exposure"), whiteBalance = words.Remove("--lock-white-balance");
        return Read(found.GetValueOrDefault("--size"), found.GetValueOrDefault("--fps"), found.GetValueOrDefault("--bitrate"), exposure, whiteBalance, out settings);
    }

    /// <summary>A camera may have to be opened anew, and to find its exposure.</summary>
    public static int DefaultDelayMs(TakeSettings? settings) => settings is { TouchesCamera: true } ? PromptCommand.DefaultStartDelayWithSettingsMs : PromptCommand.DefaultStartDelayMs;

    private static string Example(string flag) =>
        flag switch
        {
            "--size" => "1920x1080",
            "--fps" => "60",
            _ => "8000",
        };
}

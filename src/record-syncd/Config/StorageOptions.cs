using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>How takes are cut into files, and how much of the disk they may take.</summary>
internal sealed record StorageOptions
{
    /// <summary>The shortest file that a take is cut into.</summary>
    public static readonly Nanos ShortestSegment = Nanos.FromSeconds(1);

    /// <summary>Length of a file; null: a take is one file.</summary>
    public Nanos? Segment { get; init; }

    public Nanos KeyframeInterval { get; init; } = Nanos.FromSeconds(1);

    /// <summary>A START is refused when the disk has no room for so much.</summary>
    public Nanos MinRecordTime { get; init; } = Nanos.FromSeconds(600);

    /// <summary>What a recording leaves free; null: 500 MB, or 30 s of the recording where that is more.</summary>
    public DiskReserve? Reserve { get; init; }
}

/// <summary>Bytes, or so much time of the recording.</summary>
internal readonly record struct DiskReserve(long Bytes, Nanos Time)
{
    public static readonly DiskReserve Default = new(500_000_000, Nanos.FromSeconds(30));

    /// <summary>The larger of the two.</summary>
    public long At(double bytesPerSecond) => Math.Max(Bytes, (long)(Time.Seconds * bytesPerSecond));
}

/// <summary>Amounts as people write them.</summary>
internal static class Amount
{
    private static readonly (string Unit, double Factor)[] Times = [("ms", 1e-3), ("min", 60), ("s", 1), ("m", 60), ("h", 3600)];
    private static readonly (string Unit, double Factor)[] Sizes = [("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("KIB", 1024), ("MIB", 1 << 20), ("GIB", 1 << 30)];

    /// <summary>"90", "90s", "1.5 min", "2h", "500ms"; without a unit seconds.</summary>
    public static bool TryTime(string text, out Nanos time)
    {
        time = default;
        if (!TryParse(text, Times, StringComparison.Ordinal, out double seconds) || seconds > 1e6)
            return false;
        time = new Nanos((long)Math.Round(seconds * 1e9));
        return true;
    }

    /// <summary>"500MB", "2 GB", "30s".</summary>
    public static bool TryReserve(string text, out DiskReserve reserve)
    {
        reserve = default;
        if (text.Trim() == "0")
            return true;
        if (TryParse(text, Sizes, StringComparison.OrdinalIgnoreCase, out double bytes, needsUnit: true) && bytes < 1e15)
            reserve = new DiskReserve((long)bytes, default);
        else if (TryParse(text, Times, StringComparison.Ordinal, out double seconds, needsUnit: true) && seconds < 1e6)
            reserve = new DiskReserve(0, new Nanos((long)(seconds * 1e9)));
        else
            return false;
        return true;
    }

    private static bool TryParse(string text, (string Unit, double Factor)[] units, StringComparison comparison, out double value, bool needsUnit = false)
    {
        text = text.Trim();
        (string unit, double factor) = units.Where(known => text.EndsWith(known.Unit, comparison)).OrderByDescending(known => known.Unit.Length).FirstOrDefault(("", 1.0));
        value = 0;
        if ((unit.Length == 0 && needsUnit) || !double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double number))
            return false;
        value = number * factor;
        return double.IsFinite(value);
    }
}

/// <summary>The options for <see cref="StorageOptions"/>.</summary>
internal sealed class StorageCommandLine
{
    private readonly Option<Nanos?> segment = new("--segment")
    {
        Description = "begin a new file every so long (10min, 1h): FILE-0001.mp4, FILE-0002.mp4 …, without losing a frame [default: one file]",
        HelpName = "DURATION",
        CustomParser = result =>
            Amount.TryTime(result.Tokens[0].Value, out Nanos time) && time >= StorageOptions.ShortestSegment
                ? time
                : Fail<Nanos?>(result, $"'{result.Tokens[0].Value}' is no length of a file: use at least a second, for example 10min or 1h"),
    };

    private readonly Option<Nanos> keyframes = new("--keyframe-interval")
    {
        Description = "from key frame to key frame, on the same frames in the files of all nodes",
        HelpName = "DURATION",
        DefaultValueFactory = _ => new StorageOptions().KeyframeInterval,
        CustomParser = result =>
            Amount.TryTime(result.Tokens[0].Value, out Nanos time) && time.Value > 0 && time <= Nanos.FromSeconds(60)
                ? time
                : Fail<Nanos>(result, $"'{result.Tokens[0].Value}' is no distance of key frames: use up to 60 s, for example 1s or 500ms"),
    };

    private readonly Option<Nanos> minRecordTime = new("--min-record-time")
    {
        Description = "a START is refused when the disk has room for less than this",
        HelpName = "DURATION",
        DefaultValueFactory = _ => new StorageOptions().MinRecordTime,
        CustomParser = result =>
            Amount.TryTime(result.Tokens[0].Value, out Nanos time) ? time : Fail<Nanos>(result, $"'{result.Tokens[0].Value}' is no length of time: use for example 10min, 90s or 0"),
    };

    private readonly Option<DiskReserve?> reserve = new("--reserve")
    {
        Description = "what a recording leaves free on its disk; there it is finished properly [default: 500MB, or 30s of it where that is more]",
        HelpName = "SIZE|DURATION",
        CustomParser = result =>
            Amount.TryReserve(result.Tokens[0].Value, out DiskReserve kept) ? kept : Fail<DiskReserve?>(result, $"'{result.Tokens[0].Value}' is no amount of disk: use for example 500MB, 2GB, 30s or 0"),
    };

    public IReadOnlyList<Option> All => [segment, keyframes, minRecordTime, reserve];

    public StorageOptions Read(ParseResult parsed) =>
        new()
        {
            Segment = parsed.GetValue(segment),
            KeyframeInterval = parsed.GetValue(keyframes),
            MinRecordTime = parsed.GetValue(minRecordTime),
            Reserve = parsed.GetValue(reserve),
        };

    private static T Fail<T>(ArgumentResult result, string sentence)
    {
        result.AddError(sentence);
        return default!;
    }
}

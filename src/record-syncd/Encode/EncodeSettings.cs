using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>What a take asks of its encoder. Bitrate is in kbit/s.</summary>
internal sealed record EncodeSettings
{
    public FrameRate Rate { get; init; } = FrameRate.Default;

    public int Bitrate { get; init; } = 8000;

    public Nanos KeyframeInterval { get; init; } = Nanos.FromSeconds(1);

    /// <summary>Length of one file of the take; null: the take is one file.</summary>
    public Nanos? Segment { get; init; }

    /// <summary>Frames of one file: whole key frame intervals, and at least one.</summary>
    public long? SegmentFrames =>
        Segment is { } length ? Math.Max(1, (Rate.FramesIn(length) + KeyframeDistance / 2) / KeyframeDistance) * KeyframeDistance : null;

    /// <summary>The grid point of the file's first frame: key frames are counted from the beginning of the take.</summary>
    public long FirstIndex { get; init; }

    /// <summary>Bytes of coded video that may wait for a slow disk: half a minute and more. Beyond that the encoder waits, and points are dropped before it.</summary>
    public int LargestQueue { get; init; } = 64 << 20;

    /// <summary>What the file says of itself; null: nothing.</summary>
    public FileLabels? Labels { get; init; }

    /// <summary>Null: a file without sound.</summary>
    public SoundSettings? Sound { get; init; }

    /// <summary>For a copy: the file that it is made of may have sound, which is copied as it is.</summary>
    public bool SoundExpected { get; init; }

    /// <summary>The longest take that the front of a file has room for the index of. A longer one has its index at the end, or where GStreamer is older than 1.20, an end.</summary>
    public Nanos LongestTake { get; init; } = Nanos.FromSeconds(4 * 3600);

    /// <summary>Frames from one key frame to the next: at least 1.</summary>
    public long KeyframeDistance => Math.Max(1, Rate.FramesIn(KeyframeInterval));

    /// <summary>Of a cut take the index needs room for two cuts only: the next file may come late.</summary>
    private Nanos LongestFile => Segment is { } length && length * 2 < LongestTake ? length * 2 : LongestTake;

    /// <summary>Bytes that the index of the longest take needs: four for each frame, at most 20 for each fragment of 0.2 s and four for each key frame; with sound, which is laid between the pictures one by one, more.</summary>
    public int IndexRoom =>
        (int)Math.Min(1 << 30, 16_384 + (long)(LongestFile.Seconds * (Rate.PerSecond * 4 + 5 * 20 + Rate.PerSecond / KeyframeDistance * 4 + SoundIndexPerSecond)));

    /// <summary>For each frame of sound its size, its place and that it can be jumped to; and for each picture a place of its own.</summary>
    private double SoundIndexPerSecond => Sound is null && !SoundExpected ? 0 : SoundCodec.Rate / 1024.0 * 16 + Rate.PerSecond * 8;

    /// <summary>Units per second of the file's time stamps: a multiple of the rate's numerator, so that every PTS k · denominator / numerator is a whole number, also at the /1.001 rates.</summary>
    public int Timescale
    {
        get
        {
            int scale = Rate.Numerator;
            while (scale < 10_000)
                scale *= 10;
            return scale;
        }
    }

    /// <summary>Fills the placeholders of the encoder and container tables.</summary>
    internal string Fill(string template)
    {
        if (!template.Contains('{', StringComparison.Ordinal))
            return template;
        // about 12 bytes of index per frame (size, chunk offset), and never less than the muxer's own estimate
        long indexBytes = Math.Max(550, (long)(Rate.PerSecond * 20));
        return template
            .Replace("{bps}", Text((long)Bitrate * 1000), StringComparison.Ordinal)
            .Replace("{kbps}", Text(Bitrate), StringComparison.Ordinal)
            .Replace("{gop}", Text(KeyframeDistance), StringComparison.Ordinal)
            .Replace("{timescale}", Text(Timescale), StringComparison.Ordinal)
            .Replace("{longest}", Text(LongestTake.Value), StringComparison.Ordinal)
            .Replace("{index-bytes}", Text(indexBytes), StringComparison.Ordinal);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

namespace RecordSync;

/// <summary>
/// What a START asks of every camera for the length of its take (docs/protocol.md §5.10); what it does not name stays as the node was started with.
/// </summary>
internal sealed record TakeSettings
{
    public const int SmallestBitrate = 50;
    public const int LargestBitrate = 400_000;

    public FrameSize? Size { get; init; }

    /// <summary>Of the camera and of the take's grid.</summary>
    public FrameRate? Rate { get; init; }

    /// <summary>Of the video, kbit/s.</summary>
    public int? Bitrate { get; init; }

    /// <summary>Exposure time and gain stay as they are when the take is prepared.</summary>
    public bool LockExposure { get; init; }

    public bool LockWhiteBalance { get; init; }

    public bool AsksNothing => this == new TakeSettings();

    /// <summary>A camera may have to be opened anew for them, which takes a moment.</summary>
    public bool TouchesCamera => Size is not null || Rate is not null || LockExposure || LockWhiteBalance;

    public string InWords
    {
        get
        {
            List<string> words = [];
            if (Size is { } size)
                words.Add($"{size}");
            if (Rate is { } rate)
                words.Add($"{rate} frames/s");
            if (Bitrate is { } bitrate)
                words.Add($"{bitrate} kbit/s");
            if (LockExposure)
                words.Add("exposure locked");
            if (LockWhiteBalance)
                words.Add("white balance locked");
            return words.Count == 0 ? "its own settings" : string.Join(", ", words);
        }
    }
}

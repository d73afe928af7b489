namespace RecordSync.Daemon;

/// <summary>A coded picture on its way into the file. Pts in ns from the start of the take, Size in bytes.</summary>
internal readonly record struct AccessUnit(long Pts, long Size, bool IsKeyFrame);

/// <summary>Why a recording cannot go on; Text is for the user.</summary>
internal sealed record EncodeFault(string Text, bool DiskFull);

/// <summary>How an encode pipeline ended. Complete: the muxer has finished the file and no error came up. Bytes is the size of the file.</summary>
internal sealed record EncodeOutcome(bool Complete, long Frames, long Bytes, string? Error, bool DiskFull)
{
    /// <summary>What is not as usual in a file that is complete all the same.</summary>
    public string? Note { get; init; }
}

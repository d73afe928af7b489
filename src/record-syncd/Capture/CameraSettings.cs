namespace RecordSync.Daemon;

/// <summary>Which camera, and what is asked of it.</summary>
/// <param name="Source">As after --camera (<see cref="CameraSource"/>); null takes the best that this machine has.</param>
internal sealed record CameraSettings(string? Source, int Width, int Height, FrameRate FrameRate)
{
    /// <summary>Held as it is, once the camera has found it.</summary>
    public bool LockExposure { get; init; }

    public bool LockWhiteBalance { get; init; }

    public static readonly CameraSettings Default = new(null, 640, 480, FrameRate.Default);
}

/// <summary>A picture that passes the gate.</summary>
/// <param name="MonotonicNs">Capture instant on CLOCK_MONOTONIC.</param>
/// <param name="ArrivedNs">When it came to the gate, on CLOCK_MONOTONIC.</param>
/// <param name="Sequence">Counts the pictures of this camera; numbers that are missing were lost before the gate, where the camera tells.</param>
internal readonly record struct CapturedFrame(long MonotonicNs, long ArrivedNs, long Sequence);

/// <summary>The gate: called on the camera's streaming thread for every picture. It must not block.</summary>
internal delegate void FrameHandler(in CapturedFrame frame, Gst.BorrowedBuffer buffer);

/// <summary>Sees a picture as it passes, on the same thread.</summary>
internal delegate void PictureHandler(Gst.BorrowedBuffer buffer);

internal abstract record CameraEvent
{
    private CameraEvent() { }

    /// <summary>The first picture has arrived.</summary>
    internal sealed record Ready(string Description, string Caps, int Width, int Height) : CameraEvent;

    /// <summary>The capture times are worse known than they could be, or well known again.</summary>
    internal sealed record Times(CaptureTimes Now) : CameraEvent;

    /// <summary>No pictures any more, or none yet; the camera is tried again by itself.</summary>
    internal sealed record Lost(string Reason) : CameraEvent;

    /// <summary>What <see cref="Camera.Use"/> asked for is had, or cannot be.</summary>
    /// <param name="Asked">The settings that it was given.</param>
    /// <param name="Fault">Why they cannot be had; null when they are.</param>
    internal sealed record Settled(CameraSettings Asked, string? Fault) : CameraEvent;
}

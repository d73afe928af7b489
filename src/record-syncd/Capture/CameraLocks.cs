using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>Exposure and white balance of a camera that runs, held as they are or left to the camera again.</summary>
internal static class CameraLocks
{
    /// <summary>A camera that was opened just now is still looking for its exposure; what is held is what it has found.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(1.5);

    /// <returns>Why this kind of camera can never hold what is asked; null when it may.</returns>
    public static string? WhyNever(CameraSource source, bool exposure, bool whiteBalance)
    {
        if (!exposure && !whiteBalance)
            return null;
        CameraKind kind = source.Kind;
        bool can = kind.Word == "v4l2" || kind.Maker == PictureMaker.TestPicture || kind is { ExposureLock: not null, WhiteBalanceLock: not null };
        return can ? null : $"the {(exposure ? "exposure" : "white balance")} of a {kind.Word} camera cannot be locked from here";
    }

    /// <exception cref="GstException">The camera has no such lock; the text says which.</exception>
    public static void Apply(CameraSource source, GstPipeline pipeline, CameraSettings settings)
    {
        if (source.Kind is { ExposureLock: { } exposure, WhiteBalanceLock: { } whiteBalance })
        {
            using GstElement camera = pipeline.Get("camera");
            Apply(camera, exposure, settings.LockExposure, "exposure");
            Apply(camera, whiteBalance, settings.LockWhiteBalance, "white balance");
        }
        else if (source.Kind.Word == "v4l2")
            VideoControls.Apply(source.Argument, settings.LockExposure, settings.LockWhiteBalance);
        // a simulated camera has one exposure and one white balance
    }

    private static void Apply(GstElement camera, PropertyLock found, bool locked, string what)
    {
        if (camera.HasProperty(found.Property))
            camera.Set(found.Property, locked ? found.Locked : found.Free);
        else if (locked)
            throw new GstException($"this camera's {what} cannot be locked: its element has no property {found.Property}");
    }
}

/// <summary>A property of a camera's element that holds something as it is.</summary>
internal sealed record PropertyLock(string Property, string Locked, string Free);

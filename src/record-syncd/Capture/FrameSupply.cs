using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>Where a paced source has its pictures from.</summary>
internal abstract class FrameSupply : IDisposable
{
    /// <summary>GStreamer caps of every buffer.</summary>
    public abstract string Caps { get; }

    public abstract int BytesPerFrame { get; }

    /// <summary>The picture that was captured at <paramref name="captureNs"/> (CLOCK_MONOTONIC), not yet stamped; null when there is none right now.</summary>
    /// <exception cref="GstException">There will never be one again.</exception>
    public abstract GstBuffer? Take(long captureNs, long frameNumber);

    public abstract void Dispose();

    protected static string RawCaps(int width, int height, FrameRate rate) =>
        $"video/x-raw,format=I420,width={width},height={height},framerate={rate.Numerator}/{rate.Denominator},pixel-aspect-ratio=1/1,interlace-mode=progressive,colorimetry=bt709";
}

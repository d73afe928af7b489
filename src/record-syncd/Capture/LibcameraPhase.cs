using System.Globalization;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>
/// libcamera's FrameDurationLimits, shortest and longest set to the same number of microseconds. libcamerasrc has controls as properties from libcamera 0.4 on. Written from its documentation and
/// not tried on a device: how many frames a change takes, and whether a frame of twice the length passes, are what to look at there.
/// </summary>
internal sealed class LibcameraPhase : IAdjustablePhase
{
    private const string Property = "frame-duration-limits";

    /// <summary>libcamera delays sensor controls itself so that all of a request count together: two frames of blanking, and the request queue.</summary>
    private const int Latency = 4;

    private readonly GstElement element;

    private LibcameraPhase(GstElement element, FrameRate rate)
    {
        this.element = element;
        Nanos period = rate.Period;
        // a sensor mode may be faster than the rate that was asked for, but nobody says so
        Lengths = new FrameLengths(Nanos.FromMicroseconds(1), new Nanos((long)(period.Value * 0.98)), period * 2, Latency);
    }

    public FrameLengths Lengths { get; }

    public static LibcameraPhase? Open(GstPipeline pipeline, FrameRate rate, out string? whyNot)
    {
        GstElement element = pipeline.Get("camera");
        whyNot = element.HasProperty(Property) ? null : "this libcamerasrc has no frame-duration-limits: libcamera 0.4 or newer is needed";
        if (whyNot is null)
            return new LibcameraPhase(element, rate);
        element.Dispose();
        return null;
    }

    public void SetFrameLength(Nanos length)
    {
        string us = ((length.Value + 500) / 1_000).ToString(CultureInfo.InvariantCulture);
        element.Set(Property, $"<(gint64){us},(gint64){us}>");
    }

    public void Dispose() => element.Dispose();
}

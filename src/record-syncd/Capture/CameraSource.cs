using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>How the capture instant of a picture is known.</summary>
internal enum CaptureStamp
{
    /// <summary>The buffer's PTS on the pipeline's clock, which the source derives from the driver's stamp, or from arrival where there is none.</summary>
    BufferTime,

    /// <summary>Argus: start of frame, which nvarguscamerasrc hangs on the buffer; its PTS is only the arrival, 6 to 8 ms later.</summary>
    StartOfFrame,

    /// <summary>A network camera: its own clock, by its sender reports, where that can be (<see cref="SenderClock"/>); else arrival.</summary>
    SenderReport,
}

/// <summary>Who makes the pictures of a source that is not a GStreamer element.</summary>
internal enum PictureMaker
{
    Element,
    TestPicture,
    Clip,
    None,
}

/// <summary>One kind of camera: everything that is particular to it.</summary>
/// <param name="Word">What people write: the word, or the word and a colon and an argument.</param>
/// <param name="Element">The element that must exist.</param>
/// <param name="Package">What to install when it does not.</param>
/// <param name="Property">The element's property that takes the argument.</param>
/// <param name="DefaultArgument">Null leaves the property alone.</param>
/// <param name="Launch">gst-launch fragment; {width} {height} {fps} {caps} are put in. The element is named "camera".</param>
internal sealed record CameraKind(
    string Word,
    string ArgumentHint,
    string Title,
    string Element,
    string Package,
    string? Property,
    string? DefaultArgument,
    string Launch,
    PictureMaker Maker = PictureMaker.Element,
    CaptureStamp Stamp = CaptureStamp.BufferTime,
    bool InDeviceMemory = false,
    PropertyLock? ExposureLock = null,
    PropertyLock? WhiteBalanceLock = null
);

/// <summary>A camera as the user named it, understood.</summary>
internal sealed record CameraSource(CameraKind Kind, string Argument, SensorTiming? Timing)
{
    /// <summary>Of a simulated camera that loses its cable; null for all others.</summary>
    public SimulatedCable? Cable { get; } = Timing is { Die.Seconds: > 0 } timing ? new SimulatedCable(timing.Die) : null;

    private const string AppSource = "appsrc name=camera is-live=true format=time max-bytes=0 block=false do-timestamp=false";

    private const string Size = "width={width},height={height},framerate={fps}";

    public static readonly IReadOnlyList<CameraKind> Kinds =
    [
        new("test", SensorTiming.Help, "Simulated camera", "appsrc", "gstreamer1.0-plugins-base", null, null, AppSource, PictureMaker.TestPicture),
        new(
            "v4l2",
            "DEVICE",
            "USB or other Video4Linux camera",
            "v4l2src",
            "gstreamer1.0-plugins-good",
            "device",
            "/dev/video0",
            // many USB cameras reach their frame rate only as motion JPEG; raw pictures pass decodebin untouched
            "v4l2src name=camera ! capsfilter caps=\"video/x-raw," + Size + ";image/jpeg," + Size + "\" ! decodebin"
        ),
        new(
            "argus",
            "SENSOR-ID",
            "Jetson camera (Argus)",
            "nvarguscamerasrc",
            "nvidia-l4t-gstreamer",
            "sensor-id",
            "0",
            "nvarguscamerasrc name=camera ! capsfilter caps=\"video/x-raw(memory:NVMM),format=NV12," + Size + "\"",
            Stamp: CaptureStamp.StartOfFrame,
            InDeviceMemory: true,
            ExposureLock: new("aelock", "true", "false"),
            WhiteBalanceLock: new("awblock", "true", "false")
        ),
        new(
            "libcamera",
            "NAME",
            "libcamera (Raspberry Pi)",
            "libcamerasrc",
            "gstreamer1.0-libcamera",
            "camera-name",
            null,
            "libcamerasrc name=camera ! capsfilter caps=\"video/x-raw,format=(string){NV12,I420,YUY2,UYVY}," + Size + "\"",
            // controls as properties from libcamera 0.4 on: switched off, they keep what they had found
            ExposureLock: new("ae-enable", "false", "true"),
            WhiteBalanceLock: new("awb-enable", "false", "true")
        ),
        new(
            "rtsp",
            "//HOST/PATH",
            "Network camera (RTSP)",
            "rtspsrc",
            "gstreamer1.0-plugins-good",
            "location",
            null,
            // its own rate is kept: the grid takes care of it
            "rtspsrc name=camera latency=100 ! decodebin ! videoconvert ! videoscale ! capsfilter caps=\"video/x-raw,width={width},height={height}\"",
            Stamp: CaptureStamp.SenderReport
        ),
        new("file", "CLIP", "Video file, played in real time over and over", "appsrc", "gstreamer1.0-plugins-base", null, null, AppSource, PictureMaker.Clip),
        // identity paces a source that is not live (videotestsrc, filesrc); a live one is early enough anyhow
        new("pipeline", "GST-LAUNCH FRAGMENT", "Any GStreamer source", "identity", "gstreamer1.0-plugins-base", null, null, "{argument} ! identity sync=true"),
        new("none", "", "No camera", "fakesink", "libgstreamer1.0-0", null, null, "", PictureMaker.None),
    ];

    /// <summary>True for a node without a camera, which only commands others.</summary>
    public bool IsNone => Kind.Maker == PictureMaker.None;

    public string Description =>
        Timing is { } timing && Kind.Maker == PictureMaker.TestPicture ? timing.ToString()
        : Argument.Length > 0 ? $"{Kind.Title} {Argument}"
        : Kind.Title;

    /// <summary>Reads what follows --camera. Does not look whether the camera exists.</summary>
    public static bool TryParse(string text, FrameRate rate, out CameraSource source, out string error)
    {
        source = null!;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string word = (colon < 0 ? text : text[..colon]).Trim(), argument = colon < 0 ? "" : text[(colon + 1)..].Trim();
        CameraKind? kind = Kinds.FirstOrDefault(kind => kind.Word.Equals(word, StringComparison.OrdinalIgnoreCase));
        if (kind is null)
        {
            error = $"'{text}' is no kind of camera; possible are {string.Join(", ", Kinds.Select(Usage))}.";
            return false;
        }
        SensorTiming? timing = null;
        if (kind.Maker == PictureMaker.TestPicture && !SensorTiming.TryParse(argument, rate, ProcessRandom(), out timing, out error))
            return false;
        if (kind.Maker == PictureMaker.Clip)
            _ = SensorTiming.TryParse("jitter=0,ppm=0", rate, ProcessRandom(), out timing, out error);
        error = argument.Length == 0 && kind.Word is "rtsp" or "file" or "pipeline" && argument.Length == 0 ? $"--camera {kind.Word} needs {kind.ArgumentHint}: {Usage(kind)}." : "";
        if (kind.Word == "argus" && argument.Length > 0 && !int.TryParse(argument, out _))
            error = $"--camera argus takes the number of a sensor, as in argus:0, not '{argument}'.";
        source = new CameraSource(kind, kind.Word == "rtsp" ? $"rtsp:{argument}" : argument.Length > 0 ? argument : kind.DefaultArgument ?? "", timing);
        return error.Length == 0;
    }

    /// <summary>The gst-launch fragment of this source at a size and rate; ends before the tee.</summary>
    public string Launch(CameraSettings settings) =>
        Kind.Launch.Replace("{argument}", Argument, StringComparison.Ordinal)
            .Replace("{width}", $"{settings.Width}", StringComparison.Ordinal)
            .Replace("{height}", $"{settings.Height}", StringComparison.Ordinal)
            .Replace("{fps}", $"{settings.FrameRate.Numerator}/{settings.FrameRate.Denominator}", StringComparison.Ordinal);

    /// <summary>The pictures of a source that has no element of its own; null for those that have.</summary>
    public FrameSupply? OpenSupply(CameraSettings settings) =>
        Kind.Maker switch
        {
            PictureMaker.TestPicture => new TestPicture(settings.Width, settings.Height, settings.FrameRate, Timing?.Label ?? ""),
            PictureMaker.Clip => new ClipFrames(Argument, settings.Width, settings.Height, settings.FrameRate),
            _ => null,
        };

    /// <summary>The way to set the frame length of a camera that is a GStreamer element; null for those that have none, with the reason.</summary>
    public IAdjustablePhase? OpenPhase(GstPipeline pipeline, FrameRate rate, out string? whyNot)
    {
        whyNot = null;
        switch (Kind.Word)
        {
            case "libcamera":
                return LibcameraPhase.Open(pipeline, rate, out whyNot);
            case "v4l2":
                return SensorBlanking.Open(Argument, rate, out whyNot);
            default:
                whyNot = $"a {Kind.Word} camera cannot be steered";
                return null;
        }
    }

    public static string Usage(CameraKind kind) =>
        kind.ArgumentHint.Length == 0 ? kind.Word
        : kind.Word is "rtsp" or "file" or "pipeline" ? $"{kind.Word}:{kind.ArgumentHint}"
        : $"{kind.Word}[:{kind.ArgumentHint}]";

    // the phase of a camera is drawn once per process: a camera that is opened again is still the same camera
    private static Random ProcessRandom() => new(Environment.ProcessId * 7919 + (int)(StartOfProcess % 1_000_003));

    private static readonly long StartOfProcess = Environment.TickCount64;
}

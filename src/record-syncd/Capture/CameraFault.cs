using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>What GStreamer says about a camera, in words that tell what to do.</summary>
internal static class CameraFault
{
    // the system's words stand in the debug text of v4l2src and of others
    private static readonly (string Sign, string Remedy)[] Remedies =
    [
        ("No such file or directory", "there is no such device; 'record-syncd cameras' lists what there is"),
        ("Cannot identify device", "there is no such device; 'record-syncd cameras' lists what there is"),
        ("No such device", "it has been unplugged; plug it in again"),
        ("Permission denied", "this user may not open it: sudo usermod -aG video $USER, then log in again"),
        ("Device or resource busy", "another program uses it; close that program"),
        ("is busy", "another program uses it; close that program"),
        ("No space left on device", "the USB bus has no bandwidth left; use a smaller --size or another USB controller"),
        ("not-negotiated", "it does not offer this picture; choose another --size or --fps"),
        ("No cameras available", "no camera is connected; check the ribbon cable and restart nvargus-daemon: sudo systemctl restart nvargus-daemon"),
        ("Invalid camera device", "there is no sensor with this number; check the ribbon cable, then: sudo systemctl restart nvargus-daemon"),
        ("Could not find any supported", "it does not offer this picture; choose another --size or --fps"),
        ("Unauthorized", "the camera asks for a password: rtsp://USER:PASSWORD@HOST/PATH"),
        ("Could not connect", "it cannot be reached; check address and network"),
        ("Could not open resource", "it cannot be reached; check address and network"),
        ("missing a plug-in", "a GStreamer plugin is missing: sudo apt install gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav"),
        ("no suitable plugins found", "a GStreamer plugin is missing: sudo apt install gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav"),
    ];

    /// <summary>The text of GStreamer, after what it means where that is known.</summary>
    public static string Explain(string text)
    {
        foreach ((string sign, string remedy) in Remedies)
        {
            if (text.Contains(sign, StringComparison.OrdinalIgnoreCase))
                return $"{remedy}. ({text.TrimEnd('.')})";
        }
        return text;
    }

    /// <summary>Why this source cannot work here, before GStreamer is asked; null when nothing speaks against it.</summary>
    public static string? Foresee(CameraSource source, CameraSettings settings)
    {
        CameraKind kind = source.Kind;
        if (settings.Width % 2 != 0 || settings.Height % 2 != 0 || settings.Width < 16 || settings.Height < 16)
            return $"a picture of {settings.Width}x{settings.Height} cannot be encoded: width and height must be even and at least 16";
        if (!GstRuntime.HasElement(kind.Element))
            return $"GStreamer's element {kind.Element} is missing: sudo apt install {kind.Package}";
        if (kind.Word != "v4l2" || VideoDevice.TryOpen(source.Argument, out string reason))
            return null;
        return $"{source.Argument}: {Explain(reason)}";
    }
}

using System.Collections.Immutable;

namespace RecordSync.Daemon;

/// <summary>One property of an encoder. In the value, {bps} stands for the bitrate in bit/s, {kbps} in kbit/s, {gop} for the frames from key frame to key frame: the placeholder is the element's unit.</summary>
internal sealed record EncoderProperty(string Name, string Value)
{
    /// <summary>Without the bitrate a take is not what was asked for; anything else an older element may lack.</summary>
    public bool IsEssential => Value.Contains("bps}", StringComparison.Ordinal);
}

/// <summary>One row of <see cref="EncoderTable"/>.</summary>
internal sealed record EncoderSpec
{
    public required string Factory { get; init; }

    /// <summary>What the encoder is, for the list of encoders.</summary>
    public required string Hardware { get; init; }

    /// <summary>The Debian package that has the element.</summary>
    public required string Package { get; init; }

    /// <summary>The GStreamer plugin that has it.</summary>
    public required string Plugin { get; init; }

    /// <summary>The caps that the encoder is fed with, without size and rate.</summary>
    public required string InputCaps { get; init; }

    /// <summary>The gst-launch fragment that makes <see cref="InputCaps"/> of pictures in system memory.</summary>
    public required string Converter { get; init; }

    public required ImmutableArray<EncoderProperty> Properties { get; init; }

    /// <summary>One of these device nodes exists where the encoder does; they explain a failure and do not decide, since their names change with the drivers.</summary>
    public ImmutableArray<string> Devices { get; init; } = [];

    public bool TakesNvmm => Nvmm.Is(InputCaps);

    /// <summary>The fragment from a camera's caps to the encoder, ending in "! ", or empty where the camera already delivers what the encoder takes: pictures in the Jetson's own memory are not touched at all.</summary>
    public string ConversionFrom(string cameraCaps) =>
        (Nvmm.Is(cameraCaps), TakesNvmm) switch
        {
            (true, true) => Nvmm.IsNv12(cameraCaps) ? "" : $"{Nvmm.Converter} ! {InputCaps} ! ",
            (true, false) => $"{Nvmm.Converter} ! {InputCaps} ! ",
            _ => $"{Converter} ! {InputCaps} ! ",
        };

    private static class Nvmm
    {
        public const string Converter = "nvvidconv";

        public static bool Is(string caps) => caps.Contains("(memory:NVMM)", StringComparison.Ordinal);

        public static bool IsNv12(string caps) => caps.Contains("NV12", StringComparison.Ordinal);
    }
}

/// <summary>The H.265 encoders in the order in which they are tried: platform hardware first, software last.</summary>
internal static class EncoderTable
{
    private const string SystemMemory = "videoconvert";
    private const string Nv12 = "video/x-raw,format=NV12";

    private static readonly ImmutableArray<string> RenderNodes = ["/dev/dri/renderD128", "/dev/dri/renderD129"];

    public static readonly ImmutableArray<EncoderSpec> All =
    [
        new()
        {
            Factory = "nvv4l2h265enc",
            Hardware = "NVIDIA Jetson",
            Package = "nvidia-l4t-gstreamer",
            Plugin = "nvvideo4linux2",
            InputCaps = "video/x-raw(memory:NVMM),format=NV12",
            Converter = "nvvidconv",
            Devices = ["/dev/nvhost-msenc", "/dev/v4l2-nvenc"],
            Properties =
            [
                new("bitrate", "{bps}"),
                new("control-rate", "constant_bitrate"),
                new("iframeinterval", "{gop}"),
                new("idrinterval", "{gop}"),
                new("insert-sps-pps", "true"),
                new("maxperf-enable", "true"),
                new("preset-level", "1"),
                new("num-B-Frames", "0"),
            ],
        },
        new()
        {
            Factory = "nvh265enc",
            Hardware = "NVIDIA GPU (NVENC)",
            Package = "gstreamer1.0-plugins-bad",
            Plugin = "nvcodec",
            InputCaps = Nv12,
            Converter = SystemMemory,
            Devices = ["/dev/nvidiactl", "/dev/dxg"],
            Properties =
            [
                new("bitrate", "{kbps}"),
                new("gop-size", "{gop}"),
                new("rc-mode", "cbr"),
                new("preset", "low-latency-hq"),
                new("zerolatency", "true"),
                new("strict-gop", "true"),
                new("bframes", "0"),
                new("b-frames", "0"),
            ],
        },
        new()
        {
            Factory = "vah265enc",
            Hardware = "Intel or AMD GPU (VA-API)",
            Package = "gstreamer1.0-plugins-bad",
            Plugin = "va",
            InputCaps = Nv12,
            Converter = SystemMemory,
            Devices = RenderNodes,
            Properties = [new("bitrate", "{kbps}"), new("rate-control", "cbr"), new("key-int-max", "{gop}"), new("b-frames", "0")],
        },
        new()
        {
            Factory = "vaapih265enc",
            Hardware = "Intel or AMD GPU (older VA-API plugin)",
            Package = "gstreamer1.0-vaapi",
            Plugin = "vaapi",
            InputCaps = Nv12,
            Converter = SystemMemory,
            Devices = RenderNodes,
            Properties = [new("bitrate", "{kbps}"), new("rate-control", "cbr"), new("keyframe-period", "{gop}"), new("max-bframes", "0")],
        },
        new()
        {
            Factory = "v4l2h265enc",
            Hardware = "V4L2 memory-to-memory encoder",
            Package = "gstreamer1.0-plugins-good",
            Plugin = "video4linux2",
            InputCaps = Nv12,
            Converter = SystemMemory,
            Devices = ["/dev/video0", "/dev/video1", "/dev/video11"],
            Properties = [new("extra-controls", "controls,video_bitrate={bps},video_gop_size={gop},repeat_sequence_header=1")],
        },
        new()
        {
            Factory = "qsvh265enc",
            Hardware = "Intel GPU (Quick Sync)",
            Package = "gstreamer1.0-plugins-bad",
            Plugin = "qsv",
            InputCaps = Nv12,
            Converter = SystemMemory,
            Devices = RenderNodes,
            Properties =
            [
                new("bitrate", "{kbps}"),
                new("rate-control", "cbr"),
                new("gop-size", "{gop}"),
                // for H.265 1 means that every I frame is an IDR frame
                new("idr-interval", "1"),
                new("b-frames", "0"),
                new("low-latency", "true"),
            ],
        },
        new()
        {
            Factory = "x265enc",
            Hardware = "software (x265)",
            Package = "gstreamer1.0-plugins-bad",
            Plugin = "x265",
            InputCaps = "video/x-raw,format=I420",
            Converter = SystemMemory,
            Properties =
            [
                new("bitrate", "{kbps}"),
                new("key-int-max", "{gop}"),
                new("speed-preset", "ultrafast"),
                new("tune", "zerolatency"),
                new("log-level", "none"),
                // key frames stay on their grid, so that files of different nodes can be cut at the same frames; also soon after the first one of a file that began off it
                new("option-string", "scenecut=0:open-gop=0:min-keyint=1"),
            ],
        },
    ];

    public static EncoderSpec? Find(string factory) => All.FirstOrDefault(spec => spec.Factory == factory);
}

using System.Diagnostics;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>GStreamer and its plugins, the encoder by encoding with it, the container by writing a file.</summary>
internal static class EncoderChecks
{
    /// <summary>Of the encoder at the size that is asked for, with pictures that cost time to make too.</summary>
    private static readonly TimeSpan LongestTrial = TimeSpan.FromSeconds(2);
    private const int MostFrames = 90;

    /// <summary>Other work of the machine wants some of the time.</summary>
    private const double Margin = 1.3;

    /// <summary>Since when a file is written in fragments and ends as an ordinary one.</summary>
    private static readonly Version Fragments = new(1, 20);

    private static readonly (string Element, string Package, string For)[] Needed =
    [
        ("appsrc", "gstreamer1.0-plugins-base", "every recording"),
        ("videoconvert", "gstreamer1.0-plugins-base", "every recording"),
        ("videoscale", "gstreamer1.0-plugins-base", "the page's picture"),
        ("decodebin", "gstreamer1.0-plugins-base", "cameras with compressed pictures"),
        ("h265parse", "gstreamer1.0-plugins-bad", "every recording"),
        ("mp4mux", "gstreamer1.0-plugins-good", "files of the kind .mp4"),
        ("qtmux", "gstreamer1.0-plugins-good", "files of the kind .mov"),
        ("matroskamux", "gstreamer1.0-plugins-good", "files of the kind .mkv"),
        ("jpegenc", "gstreamer1.0-plugins-good", "the page's picture"),
        ("v4l2src", "gstreamer1.0-plugins-good", "USB cameras"),
    ];

    /// <param name="obstacle">Why nothing may be tried now; null where it may. Asked again while something is tried.</param>
    public static IEnumerable<Finding> Run(NodeOptions options, Func<string?> obstacle)
    {
        Finding? missing = null;
        try
        {
            GstRuntime.Initialise();
        }
        catch (GstException fault)
        {
            missing = Finding.FromSentence("gstreamer", FindingVerdict.Problem, fault.Message);
        }
        if (missing is not null)
            return [missing];
        List<Finding> findings = [OfVersion(GstRuntime.Version), OfPlugins([.. Wanted(options).Where(row => !GstRuntime.HasElement(row.Element))])];
        if (options.Camera == "none")
            return findings;
        return [.. findings, .. Trials(options, obstacle)];
    }

    /// <summary>Pure.</summary>
    internal static Finding OfVersion(Version version) =>
        version >= Fragments
            ? Finding.Ok("gstreamer", $"{version}")
            : Finding.Warning("gstreamer", $"{version}: before {Fragments} files are written with an index of fixed room, and a power cut costs up to half a second more", "a distribution with GStreamer 1.20 or later: Debian 12, Ubuntu 22.04, JetPack 6");

    /// <summary>Pure.</summary>
    internal static Finding OfPlugins(IReadOnlyList<(string Element, string Package, string For)> missing) =>
        missing.Count == 0
            ? Finding.Ok("plugins", "none is missing")
            : Finding.Problem(
                "plugins",
                $"missing: {string.Join(", ", missing.Select(row => $"{row.Element} (for {row.For})"))}",
                $"sudo apt install {string.Join(' ', missing.Select(row => row.Package).Distinct().Order(StringComparer.Ordinal))}"
            );

    private static IEnumerable<(string Element, string Package, string For)> Wanted(NodeOptions options)
    {
        string ending = Path.GetExtension(options.Output).ToLowerInvariant();
        foreach ((string Element, string Package, string For) row in Needed)
        {
            bool otherKind = row.For.StartsWith("files of", StringComparison.Ordinal) && !row.For.EndsWith($" {ending}", StringComparison.Ordinal);
            if (!otherKind)
                yield return row;
        }
        if (options.Camera is { } camera && CameraSource.TryParse(camera, options.Rate, out CameraSource source, out _))
            yield return (source.Kind.Element, source.Kind.Package, $"--camera {source.Kind.Word}");
        if (options.Audio.Kind.Element.Length > 0)
            yield return (options.Audio.Kind.Element, options.Audio.Kind.Package, $"--audio {options.Audio.Kind.Word}");
    }

    private static IEnumerable<Finding> Trials(NodeOptions options, Func<string?> obstacle)
    {
        if (obstacle() is { } reason)
        {
            yield return Finding.Postponed("encoder", reason);
            yield return Finding.Skipped("container", reason);
            yield break;
        }
        EncoderVerdict verdict;
        Finding? unusable = null;
        try
        {
            verdict = EncoderChoice.Choose(options.Encoder);
        }
        catch (GstException fault)
        {
            unusable = Finding.FromSentence("encoder", FindingVerdict.Problem, fault.Message);
            verdict = null!;
        }
        if (unusable is not null)
        {
            yield return unusable;
            yield break;
        }
        yield return Speed(options, verdict, obstacle);
        yield return obstacle() is { } late ? Finding.Skipped("container", late) : Container(options, verdict.Spec);
    }

    private static Finding Speed(NodeOptions options, EncoderVerdict verdict, Func<string?> obstacle)
    {
        EncoderSpec spec = verdict.Spec;
        string left = verdict.LeftOut.Count == 0 ? "" : $" (without {string.Join("; ", verdict.LeftOut)})";
        try
        {
            return Encode(options, spec, obstacle, out string? interrupted) is var (frames, took) ? OfSpeed(spec, left, options, frames, took) : Finding.Postponed("encoder", interrupted!);
        }
        catch (GstException fault)
        {
            return Finding.Problem("encoder", $"{spec.Factory} encodes a small picture, but not {options.Size}: {fault.Message}", "another --size, or another --encoder (record-syncd encoders lists them)");
        }
    }

    /// <summary>Pure.</summary>
    internal static Finding OfSpeed(EncoderSpec spec, string left, NodeOptions options, int frames, TimeSpan took)
    {
        double rate = frames / Math.Max(1e-3, took.TotalSeconds);
        string evidence = $"{spec.Factory}, {spec.Hardware}: {frames} frames of {options.Size} in {took.TotalSeconds:0.0} s, {rate:0} a second where {options.Rate.PerSecond:0.##} are wanted{left}";
        string remedy = $"a smaller --size or --fps{(spec.Factory == "x265enc" ? ", or a machine with a hardware encoder (record-syncd encoders)" : "")}; other programs off; see the CPU governor";
        return rate < options.Rate.PerSecond ? Finding.Problem("encoder", $"{evidence}: frames will be dropped", remedy)
            : rate < options.Rate.PerSecond * Margin ? Finding.Warning("encoder", $"{evidence}: there is no room for anything else", remedy)
            : Finding.Ok("encoder", evidence);
    }

    /// <returns>Null where an obstacle came in between.</returns>
    private static (int Frames, TimeSpan Took)? Encode(NodeOptions options, EncoderSpec spec, Func<string?> obstacle, out string? interrupted)
    {
        using GstPipeline pipeline = GstPipeline.Parse(
            $"videotestsrc num-buffers={MostFrames} ! video/x-raw,format=I420,width={options.Size.Width},height={options.Size.Height},framerate={options.Rate.Numerator}/{options.Rate.Denominator} ! queue ! "
                + $"{spec.ConversionFrom("video/x-raw")}{spec.Factory} name=encoder ! h265parse name=parse ! fakesink sync=false"
        );
        using (GstElement encoder = pipeline.Get("encoder"))
            _ = EncoderElement.Configure(encoder, spec, new EncodeSettings { Bitrate = options.Bitrate, Rate = options.Rate });
        int frames = 0;
        using GstElement parser = pipeline.Get("parse");
        using GstPad pad = parser.StaticPad("src");
        long first = 0, last = 0;
        using PadProbe probe = pad.AddBufferProbe(_ =>
        {
            Volatile.Write(ref last, Stopwatch.GetTimestamp());
            // opening the encoder is not encoding
            if (Interlocked.Increment(ref frames) == 1)
                Volatile.Write(ref first, Stopwatch.GetTimestamp());
            return true;
        });
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        long start = Stopwatch.GetTimestamp();
        GstBusMessage? end = null;
        // ten frames at least: the first comes late
        while ((interrupted = obstacle()) is null && end is null && (Stopwatch.GetElapsedTime(start) < LongestTrial || (Volatile.Read(ref frames) < 10 && Stopwatch.GetElapsedTime(start) < LongestTrial * 5)))
            end = pipeline.Poll(TimeSpan.FromMilliseconds(100)) is { Kind: GstMessageKind.Eos or GstMessageKind.Error } over ? over : null;
        if (interrupted is not null)
            return null;
        if (end is { Kind: GstMessageKind.Error })
            throw new GstException($"{end}");
        int encoded = Volatile.Read(ref frames);
        if (encoded < 2)
            throw new GstException($"it came to a halt after {encoded} frames");
        return (encoded - 1, Stopwatch.GetElapsedTime(Volatile.Read(ref first), Volatile.Read(ref last)));
    }

    private static Finding Container(NodeOptions options, EncoderSpec spec)
    {
        string folder = Path.Join(Path.GetTempPath(), $"record-syncd-doctor-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(folder);
            return OfContainer(ContainerChoice.Proved(options.Output, spec, folder));
        }
        catch (GstException fault)
        {
            return Finding.FromSentence("container", FindingVerdict.Problem, fault.Message);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Finding.FromSentence("container", FindingVerdict.Problem, StorageFault.Describe(fault, folder));
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Pure.</summary>
    internal static Finding OfContainer(ContainerChoice proved) =>
        proved.Mode == "plain"
            ? Finding.Warning("container", $"{proved.Muxer} writes plain files, of which a crash or a power cut leaves nothing{(proved.Note is { } why ? $": {why}" : "")}", "--output FILE.mkv, or a newer GStreamer")
            : Finding.Ok("container", $"{proved.Muxer}, {proved.Mode}: a trial file was read back while it was written{(proved.Note is { } note ? $" ({note})" : "")}");
}

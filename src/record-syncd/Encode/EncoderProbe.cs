using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>What became of trying one encoder: usable, or the reason why not. LeftOut are table properties that this version of the element does not take.</summary>
internal sealed record EncoderVerdict(EncoderSpec Spec, bool Usable, string Reason, IReadOnlyList<string> LeftOut)
{
    /// <summary>True when the element is there and something else is wrong: then installing its package is no remedy.</summary>
    public bool Installed { get; init; }
}

/// <summary>Finds out whether an encoder works here by encoding with it. That a factory exists, and its rank, say nothing: plugins register elements for hardware that is not there.</summary>
internal static class EncoderProbe
{
    private const int TrialFrames = 10;
    private static readonly TimeSpan TrialPatience = TimeSpan.FromSeconds(10);

    public static EncoderVerdict Try(EncoderSpec spec)
    {
        if (!GstRuntime.HasElement(spec.Factory))
            return GstRuntime.HasPlugin(spec.Plugin)
                ? No(spec, $"no such hardware, or not its driver{DeviceNote(spec)}")
                : No(spec, $"not installed (package {spec.Package})", installed: false);
        using (GstElement? element = GstElement.TryMake(spec.Factory))
        {
            if (element is null)
                return No(spec, $"its plugin cannot be loaded{DeviceNote(spec)}");
            if (!element.ReachesReady())
                return No(spec, $"it does not start: no device or driver{DeviceNote(spec)}");
        }
        try
        {
            return Encode(spec);
        }
        catch (GstException e)
        {
            return No(spec, $"the trial encode failed: {e.Message}{DeviceNote(spec)}");
        }
    }

    /// <summary>Ten frames, large enough for the minimum size of every hardware encoder.</summary>
    private static EncoderVerdict Encode(EncoderSpec spec)
    {
        using GstPipeline pipeline = GstPipeline.Parse(
            $"videotestsrc num-buffers={TrialFrames} ! video/x-raw,format=I420,width=320,height=240,framerate=30/1 ! "
                + $"{spec.ConversionFrom("video/x-raw")}{spec.Factory} name=encoder ! h265parse name=parse ! fakesink sync=false"
        );
        IReadOnlyList<string> leftOut;
        using (GstElement encoder = pipeline.Get("encoder"))
            leftOut = EncoderElement.Configure(encoder, spec, new EncodeSettings { Bitrate = 1000 });
        int frames = 0;
        bool startsWithKeyFrame = false;
        using GstElement parser = pipeline.Get("parse");
        using GstPad pad = parser.StaticPad("src");
        using PadProbe probe = pad.AddBufferProbe(unit =>
        {
            if (Interlocked.Increment(ref frames) == 1)
                startsWithKeyFrame = !unit.IsDelta;
            return true;
        });
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        GstBusMessage? end;
        do
        {
            int before = Volatile.Read(ref frames);
            end = pipeline.Poll(TrialPatience);
            if (end is null && Volatile.Read(ref frames) == before)
                return No(spec, $"the trial encode came to a halt after {before} of {TrialFrames} frames{DeviceNote(spec)}");
        } while (end is null or { Kind: GstMessageKind.Warning });
        if (end.Kind == GstMessageKind.Error)
            return No(spec, $"the trial encode failed: {end}{DeviceNote(spec)}");
        if (frames != TrialFrames || !startsWithKeyFrame)
            return No(spec, $"the trial encode gave {frames} frames for {TrialFrames}{(startsWithKeyFrame ? "" : ", not starting with a key frame")}");
        return new EncoderVerdict(spec, true, "works", leftOut) { Installed = true };
    }

    private static EncoderVerdict No(EncoderSpec spec, string reason, bool installed = true) => new(spec, false, reason, []) { Installed = installed };

    private static string DeviceNote(EncoderSpec spec) =>
        spec.Devices.IsEmpty || spec.Devices.Any(File.Exists) ? "" : $" (there is no {string.Join(" or ", spec.Devices)} here)";
}

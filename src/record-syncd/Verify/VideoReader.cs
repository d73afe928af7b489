using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>A video file as it was decoded: the time of every frame, and what its pixels say.</summary>
internal sealed record DecodedVideo(int Width, int Height, IReadOnlyList<VerdictFrame> Frames);

/// <summary>Decodes a whole file and keeps of each frame its time and its pixel code only.</summary>
internal static class VideoReader
{
    // a decoder that takes longer for one frame hangs
    private static readonly TimeSpan LongestFrame = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(200);

    /// <exception cref="GstException">The file cannot be decoded; the text says what to do.</exception>
    public static DecodedVideo Read(string path)
    {
        if (!File.Exists(path))
            throw new GstException("there is no such file");
        if (new FileInfo(path).Length == 0)
            throw new GstException("the file is empty");
        // a hardware decoder would leave the pictures where they cannot be read
        string software = GstRuntime.ElementHasProperty("decodebin", "force-sw-decoders") ? "force-sw-decoders=true" : "";
        // single-segment: times from the start of the presentation, whatever an edit list has put in front of reordered frames
        using GstPipeline pipeline = GstPipeline.Parse(
            $"filesrc name=file ! decodebin {software} ! video/x-raw ! identity single-segment=true ! videoconvert ! video/x-raw,format=(string){{I420,NV12,GRAY8}} "
                + "! appsink name=frames sync=false max-buffers=8 drop=false enable-last-sample=false"
        );
        using GstElement file = pipeline.Get("file"), frames = pipeline.Get("frames");
        file.Set("location", Path.GetFullPath(path));
        using AppSink sink = AppSink.From(frames);
        try
        {
            pipeline.SetState(GstState.Playing, TimeSpan.Zero);
            return ReadAll(pipeline, sink);
        }
        catch (GstException e)
        {
            throw new GstException(Explain(e.Message));
        }
    }

    private static DecodedVideo ReadAll(GstPipeline pipeline, AppSink sink)
    {
        List<VerdictFrame> frames = [];
        (int width, int height) = (0, 0);
        long waitingSince = MonotonicClock.Now;
        while (true)
        {
            using GstSample? sample = sink.TryPull(Slice);
            if (sample is not null)
            {
                if (frames.Count == 0)
                    (width, height) = SizeIn(sample.Caps);
                frames.Add(Examine(sample.Buffer, width, height));
                waitingSince = MonotonicClock.Now;
                continue;
            }
            // an error also ends the stream of the sink: ask the bus first
            if (pipeline.Poll(TimeSpan.Zero) is { Kind: GstMessageKind.Error } error)
                throw new GstException(error.ToString());
            if (sink.IsEos)
                break;
            if (MonotonicClock.Now - waitingSince > LongestFrame.Ticks * 100)
                throw new GstException($"the decoder gave no frame for {LongestFrame.TotalSeconds:0} s");
        }
        if (frames.Count == 0)
            throw new GstException("there is no video frame in it");
        return new DecodedVideo(width, height, frames);
    }

    private static (int Width, int Height) SizeIn(string caps) => (Camera.Number(caps, "width") ?? 0, Camera.Number(caps, "height") ?? 0);

    private static VerdictFrame Examine(BorrowedBuffer buffer, int width, int height)
    {
        using BufferMap map = buffer.MapRead();
        // GStreamer's own stride for these formats; appsink accepts no other
        int stride = (width + 3) & ~3;
        return new VerdictFrame(buffer.Pts ?? 0, PixelCode.TryRead(map.Span, stride, width, height, out PixelStamp stamp) ? stamp : null);
    }

    private static string Explain(string text) =>
        text.Contains("missing a plug-in", StringComparison.OrdinalIgnoreCase) || text.Contains("no suitable plugins", StringComparison.OrdinalIgnoreCase)
                ? $"GStreamer has no decoder for it: sudo apt install gstreamer1.0-libav gstreamer1.0-plugins-good gstreamer1.0-plugins-bad. ({text.TrimEnd('.')})"
        : text.Contains("could not determine type", StringComparison.OrdinalIgnoreCase) ? $"it is no video file ({text.TrimEnd('.')})"
        : text;
}

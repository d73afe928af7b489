using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>Takes single pictures out of a recorded file, for people.</summary>
internal static class PictureReader
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The picture at a time of the file, as a JPEG no wider than <paramref name="widest"/>; null when there is none at that time, or it cannot be had.</summary>
    public static byte[]? ReadJpeg(string path, long ptsNs, long toleranceNs, int width, int height, int widest = 480)
    {
        if (width <= 0 || height <= 0)
            return null;
        int shown = Math.Min(width, widest) & ~1, tall = Math.Max(2, (int)((long)height * shown / width) & ~1);
        string software = GstRuntime.ElementHasProperty("decodebin", "force-sw-decoders") ? "force-sw-decoders=true" : "";
        try
        {
            using GstPipeline pipeline = GstPipeline.Parse(
                $"filesrc name=file ! decodebin {software} ! videoconvert ! videoscale ! video/x-raw,width={shown},height={tall} ! jpegenc quality=80 "
                    + "! appsink name=picture sync=false max-buffers=1 enable-last-sample=false"
            );
            using GstElement file = pipeline.Get("file"), element = pipeline.Get("picture");
            file.Set("location", Path.GetFullPath(path));
            using AppSink sink = AppSink.From(element);
            if (!pipeline.SetState(GstState.Paused, Patience))
                return null;
            // half a frame early, so that rounding does not skip the one that is meant
            bool sought = pipeline.SeekTo(Math.Max(0, ptsNs - toleranceNs / 2));
            pipeline.SetState(GstState.Playing, TimeSpan.Zero);
            return Pull(sink, ptsNs, toleranceNs, sought);
        }
        catch (GstException)
        {
            // the page is worth having without the picture; that the file is bad has been said
            return null;
        }
    }

    private static byte[]? Pull(AppSink sink, long ptsNs, long toleranceNs, bool sought)
    {
        for (int tries = 0; tries < (sought ? 5 : int.MaxValue); tries++)
        {
            using GstSample? sample = sink.TryPull(Patience);
            if (sample?.Buffer.Pts is not { } pts || pts > ptsNs + toleranceNs)
                return null;
            if (pts < ptsNs - toleranceNs)
                continue;
            using BufferMap map = sample.Buffer.MapRead();
            return map.Span.ToArray();
        }
        return null;
    }
}

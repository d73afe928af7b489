using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>Reads coded frames back from a file, also from one that is still being written or was cut off.</summary>
internal static class RecordedFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Presentation times in ns, in file order, up to the end of what can be read; empty when nothing can.</summary>
    public static IReadOnlyList<long> FrameTimes(string demuxer, string path)
    {
        List<long> times = [];
        using GstPipeline pipeline = GstPipeline.Parse($"filesrc name=file ! {demuxer} ! h265parse ! appsink name=out sync=false");
        using (GstElement file = pipeline.Get("file"))
            file.Set("location", path);
        using GstElement sink = pipeline.Get("out");
        using AppSink output = AppSink.From(sink);
        try
        {
            pipeline.SetState(GstState.Playing, Patience);
        }
        catch (GstException)
        {
            // nothing in it yet
            return times;
        }
        while (output.TryPull(Patience) is { } sample)
        {
            using (sample)
                times.Add(sample.Buffer.Pts ?? -1);
        }
        return times;
    }
}

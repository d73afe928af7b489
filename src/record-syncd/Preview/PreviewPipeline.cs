using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>Makes small JPEG pictures of what a camera delivers: one in, one out, on the thread of the caller.</summary>
internal sealed class PreviewPipeline : IDisposable
{
    public const int LargestWidth = 640;

    private const int Quality = 70;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly GstPipeline pipeline;
    private readonly AppSource input;
    private readonly AppSink output;

    /// <param name="caps">Of the camera's buffers.</param>
    /// <exception cref="GstException">There is no way from these to a JPEG picture; the text says why.</exception>
    public PreviewPipeline(string caps)
    {
        Caps = caps;
        pipeline = GstPipeline.Parse(Launch(caps));
        try
        {
            using GstElement source = pipeline.Get("pictures"), sink = pipeline.Get("jpeg");
            input = AppSource.From(source);
            input.SetCaps(caps);
            output = AppSink.From(sink);
            pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        }
        catch
        {
            pipeline.Dispose();
            throw;
        }
    }

    public string Caps { get; }

    /// <summary>Scaled first, by dropping pixels, because that is cheap; a camera's own memory is scaled by its own element.</summary>
    public static string Launch(string caps)
    {
        if (!caps.StartsWith("video/x-raw", StringComparison.Ordinal) || Camera.Number(caps, "width") is not { } width || Camera.Number(caps, "height") is not { } height)
            throw new GstException($"there is no preview of {caps.Split(',')[0]}");
        (int small, int low) = Fit(width, height);
        string scaled = $"width={small},height={low},pixel-aspect-ratio=1/1";
        string convert = caps.Contains("memory:NVMM", StringComparison.Ordinal)
            ? $"nvvidconv ! video/x-raw,format=I420,{scaled}"
            : $"videoscale method=nearest-neighbour add-borders=false ! video/x-raw,{scaled} ! videoconvert";
        return $"appsrc name=pictures format=time ! {convert} ! jpegenc quality={Quality} ! appsink name=jpeg sync=false max-buffers=1 drop=true";
    }

    /// <summary>Even numbers, which every chroma format can be cut into.</summary>
    public static (int Width, int Height) Fit(int width, int height)
    {
        double scale = Math.Min(1, (double)LargestWidth / width);
        return (Even(width * scale), Even(height * scale));
    }

    private static int Even(double length) => Math.Max(2, (int)Math.Round(length / 2) * 2);

    /// <param name="picture">Consumed.</param>
    /// <exception cref="GstException">It did not become one.</exception>
    public byte[] Make(GstBuffer picture)
    {
        input.Push(picture);
        using GstSample? sample = output.TryPull(Patience);
        if (sample is null)
            throw new GstException(pipeline.Poll(TimeSpan.Zero) is { Kind: GstMessageKind.Error } error ? error.ToString() : "the preview's encoder gives no picture");
        using BufferMap map = sample.Buffer.MapRead();
        return map.Span.ToArray();
    }

    public void Dispose()
    {
        pipeline.Dispose();
        input.Dispose();
        output.Dispose();
    }
}

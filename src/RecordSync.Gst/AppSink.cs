namespace RecordSync.Gst;

/// <summary>An appsink: the way out of a pipeline.</summary>
internal sealed class AppSink : IDisposable
{
    private readonly GstHandle handle;

    private AppSink(GstHandle handle) => this.handle = handle;

    /// <summary>True when the stream has ended and all samples were pulled, or the sink was stopped.</summary>
    public bool IsEos => Native.gst_app_sink_is_eos(handle) != 0;

    public static AppSink From(GstElement element) =>
        element.IsA(Native.gst_app_sink_get_type()) ? new AppSink(element.Handle.Share()) : throw new GstException($"{element.Name} is not an appsink.");

    /// <summary>Null after the timeout, at end of stream and when the pipeline stops.</summary>
    public GstSample? TryPull(TimeSpan timeout)
    {
        nint sample = Native.gst_app_sink_try_pull_sample(handle, GstPipeline.ToClockTime(timeout));
        return sample == 0 ? null : new GstSample(new GstMiniHandle(sample));
    }

    public void Dispose() => handle.Dispose();
}

/// <summary>A buffer with its caps.</summary>
internal sealed class GstSample : IDisposable
{
    private readonly GstMiniHandle handle;

    internal GstSample(GstMiniHandle handle) => this.handle = handle;

    /// <summary>Lent: valid until the sample is disposed.</summary>
    public BorrowedBuffer Buffer
    {
        get
        {
            nint buffer = Native.gst_sample_get_buffer(handle);
            return buffer == 0 ? throw new GstException("The sample has no buffer.") : new BorrowedBuffer(buffer);
        }
    }

    public string Caps
    {
        get
        {
            nint caps = Native.gst_sample_get_caps(handle);
            return caps == 0 ? "" : NativeText.Take(Native.gst_caps_to_string(caps)) ?? "";
        }
    }

    public void Dispose() => handle.Dispose();
}

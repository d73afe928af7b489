namespace RecordSync.Gst;

/// <summary>An appsrc: the way into a pipeline.</summary>
internal sealed class AppSource : IDisposable
{
    private readonly GstHandle handle;

    private AppSource(GstHandle handle) => this.handle = handle;

    /// <summary>What waits in the appsrc itself, not in queues after it.</summary>
    public ulong QueuedBytes => Native.gst_app_src_get_current_level_bytes(handle);

    public static AppSource From(GstElement element) =>
        element.IsA(Native.gst_app_src_get_type()) ? new AppSource(element.Handle.Share()) : throw new GstException($"{element.Name} is not an appsrc.");

    /// <param name="buffer">Consumed, whatever the result.</param>
    public GstFlow Push(GstBuffer buffer) => (GstFlow)Native.gst_app_src_push_buffer(handle, buffer.HandOver());

    public GstFlow EndOfStream() => (GstFlow)Native.gst_app_src_end_of_stream(handle);

    public void SetCaps(string caps)
    {
        nint parsed = Native.gst_caps_from_string(caps);
        if (parsed == 0)
            throw new GstException($"These are no caps: {caps}");
        Native.gst_app_src_set_caps(handle, parsed);
        Native.gst_mini_object_unref(parsed);
    }

    public void Dispose() => handle.Dispose();
}

using System.Diagnostics;

namespace RecordSync.Gst;

internal enum GstState
{
    Null = 1,
    Ready = 2,
    Paused = 3,
    Playing = 4,
}

internal enum GstFlow
{
    Ok = 0,
    NotLinked = -1,
    Flushing = -2,
    Eos = -3,
    NotNegotiated = -4,
    Error = -5,
}

/// <summary>A GstPipeline made from gst-launch syntax. Dispose sets it to NULL, which waits for its streaming threads.</summary>
internal sealed class GstPipeline : IDisposable
{
    /// <summary>How long a failed state change waits for the reason.</summary>
    private static readonly TimeSpan LongestWord = TimeSpan.FromSeconds(1);

    internal const int EosMessage = 1;
    internal const int ErrorMessage = 2;
    internal const int WarningMessage = 4;
    internal const int ApplicationMessage = 1 << 14;

    private const int StateFailure = 0;
    private const int StateAsync = 2;

    private readonly GstHandle handle;
    private readonly GstHandle bus;

    private GstPipeline(GstHandle handle)
    {
        this.handle = handle;
        bus = new GstHandle(Native.gst_pipeline_get_bus(handle));
    }

    /// <summary>Clock time at which running time is 0, in ns; capture instant = BaseTime + PTS of a live source.</summary>
    public long BaseTime => (long)Native.gst_element_get_base_time(handle);

    /// <exception cref="GstException">The description has an error: any GError counts, also when GStreamer returns a partial pipeline with it.</exception>
    public static GstPipeline Parse(string description)
    {
        GstRuntime.Initialise();
        nint parsed = Native.gst_parse_launch(description, out nint error);
        nint owned = parsed == 0 ? 0 : Native.gst_object_ref_sink(parsed);
        if (error != 0 || owned == 0)
        {
            if (owned != 0)
                Native.gst_object_unref(owned);
            throw new GstException($"GStreamer cannot build the pipeline: {NativeText.TakeError(error).Text} (in: {description})");
        }
        if (Native.g_type_check_instance_is_a(owned, Native.gst_pipeline_get_type()) != 0)
            return new GstPipeline(new GstHandle(owned));
        nint pipeline = Native.gst_object_ref_sink(Native.gst_pipeline_new(null));
        bool added = Native.gst_bin_add(pipeline, owned) != 0;
        Native.gst_object_unref(owned);
        if (!added)
            throw new GstException($"GStreamer cannot build the pipeline (in: {description})");
        return new GstPipeline(new GstHandle(pipeline));
    }

    public GstElement Get(string name) => Find(name) ?? throw new GstException($"The pipeline has no element named '{name}'.");

    public GstElement? Find(string name)
    {
        nint element = Native.gst_bin_get_by_name(handle, name);
        return element == 0 ? null : new GstElement(new GstHandle(element));
    }

    /// <summary>Forces GStreamer's system clock (CLOCK_MONOTONIC), so that time stamps need no conversion whatever clocks the elements offer.</summary>
    public void UseMonotonicClock()
    {
        nint clock = Native.gst_system_clock_obtain();
        using (var element = new GstElement(new GstHandle(Native.gst_object_ref(clock))))
            element.Set("clock-type", "monotonic");
        Native.gst_pipeline_use_clock(handle, clock);
        Native.gst_object_unref(clock);
    }

    /// <returns>True when the state is reached (a live pipeline without preroll counts), false when it is still under way after <paramref name="wait"/>.</returns>
    /// <exception cref="GstException">The change failed; the text is the bus error's.</exception>
    public bool SetState(GstState state, TimeSpan wait)
    {
        int result = Native.gst_element_set_state(handle, (int)state);
        long start = Stopwatch.GetTimestamp();
        while (result == StateAsync)
        {
            TimeSpan left = wait - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                return false;
            // in slices: an element that fails while it prerolls posts an error but leaves the state change pending
            ulong slice = ToClockTime(TimeSpan.FromTicks(Math.Min(left.Ticks, TimeSpan.TicksPerSecond / 20)));
            result = Native.gst_element_get_state(handle, out _, out _, slice);
            if (result == StateAsync && TakeError() is { } pending)
                throw new GstException($"The pipeline does not reach {state}: {pending}");
        }
        // the element that fails may mark its state before its message is on the bus
        if (result == StateFailure)
            throw new GstException($"The pipeline does not reach {state}: {TakeError(LongestWord)?.ToString() ?? "an element refused without giving a reason"}");
        return true;
    }

    /// <summary>Waits for end of stream, an error, a warning or <see cref="PostApplicationMessage"/>; null after <paramref name="timeout"/>. TimeSpan.MaxValue waits for ever.</summary>
    public GstBusMessage? Poll(TimeSpan timeout)
    {
        nint message = Native.gst_bus_timed_pop_filtered(bus, ToClockTime(timeout), EosMessage | ErrorMessage | WarningMessage | ApplicationMessage);
        return message == 0 ? null : GstBusMessage.Take(message);
    }

    /// <summary>Wakes a thread that is blocked in <see cref="Poll"/>.</summary>
    public void PostApplicationMessage() => Native.gst_bus_post(bus, Native.gst_message_new_custom(ApplicationMessage, 0, 0));

    /// <summary>Goes to a time of the stream, ns: the next picture that comes out is the one at or after it. The pipeline must be paused or playing.</summary>
    /// <returns>False where the stream cannot be sought in.</returns>
    public bool SeekTo(long position)
    {
        const int Time = 3, FlushAccurate = 3;
        return Native.gst_element_seek_simple(handle, Time, FlushAccurate, position) != 0;
    }

    /// <summary>Sends end of stream to all sources; it comes out of <see cref="Poll"/> when every sink has seen it.</summary>
    public bool SendEos() => Native.gst_element_send_event(handle, Native.gst_event_new_eos()) != 0;

    public void Dispose()
    {
        if (handle.IsClosed)
            return;
        Native.gst_element_set_state(handle, (int)GstState.Null);
        bus.Dispose();
        handle.Dispose();
    }

    internal static ulong ToClockTime(TimeSpan span) =>
        span == TimeSpan.MaxValue ? Native.ClockTimeNone
        : span <= TimeSpan.Zero ? 0
        : (ulong)span.Ticks * 100;

    private GstBusMessage? TakeError(TimeSpan wait = default)
    {
        nint message = Native.gst_bus_timed_pop_filtered(bus, ToClockTime(wait), ErrorMessage);
        return message == 0 ? null : GstBusMessage.Take(message);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RecordSync.Gst;

/// <summary>Called on the streaming thread for every buffer. True passes it on, false drops it.</summary>
internal delegate bool BufferProbeHandler(BorrowedBuffer buffer);

internal sealed class GstPad : IDisposable
{
    private readonly GstHandle handle;

    internal GstPad(GstHandle handle) => this.handle = handle;

    /// <summary>Null until caps were negotiated.</summary>
    public string? CurrentCaps
    {
        get
        {
            nint caps = Native.gst_pad_get_current_caps(handle);
            if (caps == 0)
                return null;
            string? text = NativeText.Take(Native.gst_caps_to_string(caps));
            Native.gst_mini_object_unref(caps);
            return text;
        }
    }

    /// <inheritdoc cref="GstElement.Set"/>
    public void Set(string name, string value)
    {
        using GstElement properties = new(handle.Share());
        properties.Set(name, value);
    }

    public PadProbe AddBufferProbe(BufferProbeHandler handler) => new(handle.Share(), handler);

    /// <summary>For a stream of bytes: <paramref name="seek"/> is called with the position at which the next buffer belongs, when that is not behind the one before.</summary>
    public PadProbe AddByteProbe(BufferProbeHandler handler, Action<long> seek) => new(handle.Share(), handler, seek);

    public void Dispose() => handle.Dispose();
}

/// <summary>A buffer probe on a pad. It stays until it is disposed or the pad goes away; this object need not be kept for that.</summary>
internal sealed unsafe class PadProbe : IDisposable
{
    private const int BufferMask = 1 << 4;
    private const int BufferListMask = 1 << 5;
    private const int EventMask = 1 << 6;
    private const int Drop = 0;
    private const int Ok = 1;

    private readonly GstHandle pad;
    private readonly Callback callback;
    private readonly ulong id;

    internal PadProbe(GstHandle pad, BufferProbeHandler handler, Action<long>? seek = null)
    {
        this.pad = pad;
        callback = new Callback(handler, seek);
        // freed by the destroy notification, which GStreamer sends once no thread is in the callback any more. The native side holds
        // the callback only, not this object: its reference of the pad would keep both alive for ever
        nint target = GCHandle.ToIntPtr(GCHandle.Alloc(callback));
        int mask = BufferMask | BufferListMask | (seek is null ? 0 : EventMask);
        id = Native.gst_pad_add_probe(pad, mask, &OnData, target, &OnDestroy);
    }

    /// <summary>The first exception that the handler threw. Its buffer and all others are passed on: an exception cannot unwind through C.</summary>
    public Exception? Fault => callback.Fault;

    public void Dispose()
    {
        if (pad.IsClosed)
            return;
        Native.gst_pad_remove_probe(pad, id);
        pad.Dispose();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnData(nint pad, nint info, nint target)
    {
        if (GCHandle.FromIntPtr(target).Target is not Callback callback)
            return Ok;
        var fields = (GstPadProbeInfo*)info;
        if ((fields->Type & EventMask) != 0)
        {
            callback.OnEvent(fields->Data);
            return Ok;
        }
        if ((fields->Type & BufferListMask) == 0)
            return callback.Ask(fields->Data) ? Ok : Drop;
        bool any = false;
        uint count = Native.gst_buffer_list_length(fields->Data);
        for (uint i = 0; i < count; i++)
            any |= callback.Ask(Native.gst_buffer_list_get(fields->Data, i));
        return any ? Ok : Drop;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnDestroy(nint target) => GCHandle.FromIntPtr(target).Free();

    private sealed class Callback(BufferProbeHandler handler, Action<long>? seek)
    {
        private volatile Exception? fault;

        public Exception? Fault => fault;

        public void OnEvent(nint @event)
        {
            if (((GstEventStruct*)@event)->Type >> 8 != GstEventStruct.Segment)
                return;
            Native.gst_event_parse_segment(@event, out nint segment);
            var fields = (GstSegmentStruct*)segment;
            if (fields->Format != GstSegmentStruct.FormatBytes)
                return;
            try
            {
                seek?.Invoke((long)fields->Start);
            }
            catch (Exception e)
            {
                fault ??= e;
            }
        }

        public bool Ask(nint buffer)
        {
            try
            {
                return handler(new BorrowedBuffer(buffer));
            }
            catch (Exception e)
            {
                fault ??= e;
                return true;
            }
        }
    }
}

namespace RecordSync.Gst;

/// <summary>A buffer of which this object owns one reference.</summary>
internal sealed unsafe class GstBuffer : IDisposable
{
    private readonly GstMiniHandle handle;

    internal GstBuffer(nint owned) => handle = new GstMiniHandle(owned);

    internal nint Pointer => handle.Pointer;

    /// <summary>Presentation time, ns.</summary>
    public long? Pts
    {
        get => BufferFields.Time(Fields->Pts);
        set => Fields->Pts = BufferFields.Raw(value);
    }

    public long? Dts
    {
        get => BufferFields.Time(Fields->Dts);
        set => Fields->Dts = BufferFields.Raw(value);
    }

    public long? Duration
    {
        get => BufferFields.Time(Fields->Duration);
        set => Fields->Duration = BufferFields.Raw(value);
    }

    public bool IsDelta => (Fields->Flags & GstBufferStruct.DeltaUnit) != 0;

    public long Size => (long)Native.gst_buffer_get_size(Pointer);

    private GstBufferStruct* Fields => (GstBufferStruct*)Pointer;

    /// <summary>Memory that is not cleared.</summary>
    public static GstBuffer Allocate(int size)
    {
        GstRuntime.Initialise();
        nint buffer = Native.gst_buffer_new_allocate(0, (nuint)size, 0);
        return buffer == 0 ? throw new GstException($"No memory for a buffer of {size} bytes.") : new GstBuffer(buffer);
    }

    public static GstBuffer From(ReadOnlySpan<byte> bytes)
    {
        GstBuffer buffer = Allocate(bytes.Length);
        fixed (byte* source = bytes)
            Native.gst_buffer_fill(buffer.Pointer, 0, source, (nuint)bytes.Length);
        return buffer;
    }

    public BufferMap MapRead() => new(Pointer, BufferMap.ReadFlag);

    /// <exception cref="GstException">Somebody else holds the buffer or its memory.</exception>
    public BufferMap MapWrite() => new(Pointer, BufferMap.ReadFlag | BufferMap.WriteFlag);

    public void Read(Span<byte> into, long offset) => BufferFields.Read(Pointer, into, offset);

    /// <inheritdoc cref="BufferFields.Retimed"/>
    public GstBuffer Retimed(long pts, long duration) => BufferFields.Retimed(Pointer, pts, duration);

    public GstBuffer Ref() => new(Native.gst_mini_object_ref(Pointer));

    public void Dispose() => handle.Dispose();

    internal nint HandOver() => handle.HandOver();
}

/// <summary>A buffer lent by GStreamer for the length of a call: valid only there, so it cannot leave the stack. <see cref="Ref"/> and <see cref="Retimed"/> give something that can be kept.</summary>
internal readonly unsafe ref struct BorrowedBuffer
{
    private readonly nint pointer;

    internal BorrowedBuffer(nint pointer) => this.pointer = pointer;

    /// <summary>Presentation time, ns.</summary>
    public long? Pts => BufferFields.Time(Fields->Pts);

    public long? Dts => BufferFields.Time(Fields->Dts);

    public long? Duration => BufferFields.Time(Fields->Duration);

    /// <summary>The source's own count; ulong.MaxValue when it has none.</summary>
    public ulong Offset => Fields->Offset;

    /// <summary>True for a coded picture that is not a key frame.</summary>
    public bool IsDelta => (Fields->Flags & GstBufferStruct.DeltaUnit) != 0;

    public long Size => (long)Native.gst_buffer_get_size(pointer);

    private GstBufferStruct* Fields => (GstBufferStruct*)pointer;

    public void Read(Span<byte> into, long offset) => BufferFields.Read(pointer, into, offset);

    public BufferMap MapRead() => new(pointer, BufferMap.ReadFlag);

    /// <inheritdoc cref="BufferFields.Retimed"/>
    public GstBuffer Retimed(long pts, long duration) => BufferFields.Retimed(pointer, pts, duration);

    public GstBuffer Ref() => new(Native.gst_mini_object_ref(pointer));

    /// <summary>The time by the sender's clock that an RTP source has hung on the buffer, ns since 1900; null: none.</summary>
    public long? NtpTime
    {
        get
        {
            GstReferenceTimestampMeta* meta = Native.gst_buffer_get_reference_timestamp_meta(pointer, NtpReference.Caps);
            return meta == null ? null : BufferFields.Time(meta->Timestamp);
        }
    }

    /// <summary>Two 64-bit numbers that a source has hung on the buffer under a name: nvarguscamerasrc's "GstBufferMetaData" is its frame number and start-of-frame time (ns). Copies of the buffer do not have it.</summary>
    public bool TryGetQDataInt64Pair(string quark, out long first, out long second)
    {
        var data = (long*)Native.gst_mini_object_get_qdata(pointer, Native.g_quark_from_string(quark));
        (first, second) = data == null ? (0, 0) : (data[0], data[1]);
        return data != null;
    }
}

/// <summary>The name of NTP among the references of time stamps; lives as long as the program.</summary>
internal static class NtpReference
{
    public static readonly nint Caps = Native.gst_caps_from_string("timestamp/x-ntp");
}

/// <summary>A view of a buffer's bytes until it is disposed.</summary>
internal unsafe ref struct BufferMap
{
    internal const int ReadFlag = 1;
    internal const int WriteFlag = 2;

    private readonly nint buffer;
    private GstMapInfo info;
    private bool mapped;

    internal BufferMap(nint buffer, int flags)
    {
        this.buffer = buffer;
        fixed (GstMapInfo* map = &info)
            mapped = Native.gst_buffer_map(buffer, map, flags) != 0;
        if (!mapped)
            throw new GstException("The memory of a video buffer cannot be mapped (it is not system memory, or it is shared and therefore not writable).");
    }

    public readonly Span<byte> Span => mapped ? new Span<byte>(info.Data, checked((int)info.Size)) : throw new ObjectDisposedException(nameof(BufferMap));

    public void Dispose()
    {
        if (!mapped)
            return;
        mapped = false;
        fixed (GstMapInfo* map = &info)
            Native.gst_buffer_unmap(buffer, map);
    }
}

internal static unsafe class BufferFields
{
    private const int CopyFlags = 1;

    internal static long? Time(ulong raw) => raw == Native.ClockTimeNone ? null : (long)raw;

    internal static ulong Raw(long? time) => time is { } value ? (ulong)value : Native.ClockTimeNone;

    internal static void Read(nint buffer, Span<byte> into, long offset)
    {
        nuint read;
        fixed (byte* destination = into)
            read = Native.gst_buffer_extract(buffer, (nuint)offset, destination, (nuint)into.Length);
        if (read != (nuint)into.Length)
            throw new GstException($"The buffer has only {read} bytes at {offset}, not {into.Length}.");
    }

    /// <summary>The same picture with other times (ns): a new buffer on the same memory. Never a copy, which would be deep where the memory is not shareable (NVMM), and never a write to the original, which others hold too. The original goes back to its pool when the new buffer is gone.</summary>
    internal static GstBuffer Retimed(nint source, long pts, long duration)
    {
        nint target = Native.gst_buffer_new();
        var from = (GstBufferStruct*)source;
        var to = (GstBufferStruct*)target;
        uint count = Native.gst_buffer_n_memory(source);
        for (uint i = 0; i < count; i++)
            Native.gst_buffer_append_memory(target, Native.gst_mini_object_ref(Native.gst_buffer_peek_memory(source, i)));
        _ = Native.gst_buffer_copy_into(target, source, CopyFlags, 0, nuint.MaxValue);
        CopyMetas(source, target);
        Native.gst_buffer_add_parent_buffer_meta(target, source);
        to->Pts = (ulong)pts;
        to->Dts = Native.ClockTimeNone;
        to->Duration = (ulong)duration;
        to->Offset = from->Offset;
        to->OffsetEnd = from->OffsetEnd;
        return new GstBuffer(target);
    }

    /// <summary>gst_buffer_copy_into leaves out the metas that describe the memory (GstVideoMeta with its strides) unless it copies the memory too; so each meta is asked to copy itself.</summary>
    private static void CopyMetas(nint source, nint target)
    {
        uint copy = Native.g_quark_from_string("gst-copy");
        GstMetaTransformCopy whole = new() { Region = 0, Offset = 0, Size = nuint.MaxValue };
        nint state = 0;
        while (Native.gst_buffer_iterate_meta(source, ref state) is not 0 and nint item)
        {
            var meta = (GstMeta*)item;
            if (meta->Info->Transform != null)
                meta->Info->Transform(target, meta, source, copy, &whole);
        }
    }
}

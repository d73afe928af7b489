using System.Runtime.InteropServices;

namespace RecordSync.Gst;

/// <summary>Owns one reference of a GstObject (pipeline, element, pad, bus).</summary>
internal sealed class GstHandle : SafeHandle
{
    /// <param name="owned">A reference that this handle takes over.</param>
    internal GstHandle(nint owned)
        : base(0, ownsHandle: true) => SetHandle(owned);

    public override bool IsInvalid => handle == 0;

    /// <summary>For reading fields of an object that the caller keeps alive.</summary>
    internal nint Pointer => handle;

    internal GstHandle Share() => new(Native.gst_object_ref(handle));

    protected override bool ReleaseHandle()
    {
        Native.gst_object_unref(handle);
        return true;
    }
}

/// <summary>Owns one reference of a GstMiniObject (buffer, sample).</summary>
internal sealed class GstMiniHandle : SafeHandle
{
    internal GstMiniHandle(nint owned)
        : base(0, ownsHandle: true) => SetHandle(owned);

    public override bool IsInvalid => handle == 0;

    internal nint Pointer => IsClosed ? throw new ObjectDisposedException(nameof(GstBuffer), "The buffer was disposed or handed over.") : handle;

    /// <summary>Gives the reference away: to a C function that consumes it.</summary>
    internal nint HandOver()
    {
        nint given = Pointer;
        SetHandleAsInvalid();
        return given;
    }

    protected override bool ReleaseHandle()
    {
        Native.gst_mini_object_unref(handle);
        return true;
    }
}

using System.Runtime.InteropServices;

namespace RecordSync.Gst;

// Layouts of public C structs whose fields are only reachable through macros. The offsets are the same on x64 and arm64 from
// 1.16 to 1.22; GstRuntime.Initialise checks what can be checked before anything else reads through them.

[StructLayout(LayoutKind.Explicit, Size = 112)]
internal struct GstBufferStruct
{
    [FieldOffset(8)]
    public int RefCount;

    [FieldOffset(16)]
    public uint Flags;

    [FieldOffset(64)]
    public nint Pool;

    [FieldOffset(72)]
    public ulong Pts;

    [FieldOffset(80)]
    public ulong Dts;

    [FieldOffset(88)]
    public ulong Duration;

    [FieldOffset(96)]
    public ulong Offset;

    [FieldOffset(104)]
    public ulong OffsetEnd;

    internal const uint DeltaUnit = 1 << 13;
    internal const uint Discont = 1 << 6;
}

[StructLayout(LayoutKind.Explicit, Size = 104)]
internal unsafe struct GstMapInfo
{
    [FieldOffset(16)]
    public byte* Data;

    [FieldOffset(24)]
    public nuint Size;
}

[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct GstPadProbeInfo
{
    [FieldOffset(0)]
    public int Type;

    [FieldOffset(16)]
    public nint Data;
}

[StructLayout(LayoutKind.Explicit, Size = 92)]
internal struct GstMessageStruct
{
    [FieldOffset(64)]
    public int Type;

    [FieldOffset(72)]
    public ulong Timestamp;

    [FieldOffset(80)]
    public nint Source;
}

[StructLayout(LayoutKind.Explicit, Size = 68)]
internal struct GstEventStruct
{
    [FieldOffset(64)]
    public int Type;

    /// <summary>GST_EVENT_SEGMENT without its flags.</summary>
    internal const int Segment = 70;
}

[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct GstSegmentStruct
{
    [FieldOffset(24)]
    public int Format;

    [FieldOffset(48)]
    public ulong Start;

    internal const int FormatBytes = 2;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GstMeta
{
    public uint Flags;
    public GstMetaInfo* Info;
}

[StructLayout(LayoutKind.Sequential)]
internal struct GstReferenceTimestampMeta
{
    public GstMeta Meta;
    public nint Reference;
    public ulong Timestamp;
    public ulong Duration;
}

[StructLayout(LayoutKind.Explicit, Size = 48)]
internal unsafe struct GstMetaInfo
{
    [FieldOffset(40)]
    public delegate* unmanaged[Cdecl]<nint, GstMeta*, nint, uint, GstMetaTransformCopy*, int> Transform;
}

[StructLayout(LayoutKind.Sequential)]
internal struct GstMetaTransformCopy
{
    public int Region;
    public nuint Offset;
    public nuint Size;
}

[StructLayout(LayoutKind.Sequential)]
internal struct GErrorStruct
{
    public uint Domain;
    public int Code;
    public nint Message;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GList
{
    public nint Data;
    public GList* Next;
    public GList* Previous;
}

[StructLayout(LayoutKind.Sequential)]
internal struct GParamSpec
{
    public nint Class;
    public nint Name;
    public uint Flags;
    public nuint ValueType;

    internal const uint Readable = 1;
    internal const uint Writable = 2;
}

[StructLayout(LayoutKind.Sequential)]
internal struct GValue
{
    public nuint Type;
    public long Data0;
    public long Data1;
}

/// <summary>The fundamental GTypes, as their numbers in the C headers (index shifted left by two).</summary>
internal enum GFundamental
{
    Boolean = 5 << 2,
    Int = 6 << 2,
    UInt = 7 << 2,
    Long = 8 << 2,
    ULong = 9 << 2,
    Int64 = 10 << 2,
    UInt64 = 11 << 2,
    Enum = 12 << 2,
    Flags = 13 << 2,
    String = 16 << 2,
}

using System.Buffers.Binary;

namespace RecordSync.Daemon;

/// <summary>
/// Mends the fragments of a file with more than one track. GStreamer's muxer (seen with 1.22.0) writes a run of samples ("trun") without sizes when they are as large as the fragment's first, also
/// after it has taken that size back as the fragment's default, because another run differed: silence in AAC, and a dark and still picture, are all of one size. Readers then find
/// samples of no size, and give the whole file up. The size that was meant is put where the fragment's header has four bytes that can be spared: nothing moves.
/// </summary>
internal static class Mp4Fragment
{
    private const uint TrackDefaultDuration = 0x08, TrackDefaultSize = 0x10, TrackDefaultFlags = 0x20;
    private const uint RunOffset = 0x1, RunFirstFlags = 0x4, RunDuration = 0x100, RunSize = 0x200;

    /// <summary>The index in front of the fragments: from now on it says how long a sample is, unless a fragment says otherwise. So fragments can spare their own word for it.</summary>
    /// <param name="moov">Changed in place.</param>
    public static void MendHead(Memory<byte> moov)
    {
        Dictionary<uint, uint> durations = [];
        foreach ((string type, ReadOnlyMemory<byte> box) in Mp4Box.ReadInside(moov))
        {
            if (type == "trak" && Find(box, "tkhd") is { } header && Find(box, "mdia", "minf", "stbl", "stts") is { Length: >= 24 } times)
                durations[Number(header.Span, (Number(header.Span, 8) >> 24) == 0 ? 20 : 28)] = Number(times.Span, 20);
        }
        int at = Mp4Box.HeaderSize;
        foreach ((string type, ReadOnlyMemory<byte> box) in Mp4Box.ReadInside(moov))
        {
            if (type == "mvex")
                MendDefaults(moov.Slice(at, box.Length), durations);
            at += box.Length;
        }
    }

    /// <param name="moof">Changed in place.</param>
    public static void Mend(Memory<byte> moof)
    {
        int at = Mp4Box.HeaderSize;
        foreach ((string type, ReadOnlyMemory<byte> box) in Mp4Box.ReadInside(moof))
        {
            if (type == "traf")
                MendTrack(moof.Slice(at, box.Length));
            at += box.Length;
        }
    }

    private static void MendDefaults(Memory<byte> mvex, Dictionary<uint, uint> durations)
    {
        int at = Mp4Box.HeaderSize;
        foreach ((string type, ReadOnlyMemory<byte> box) in Mp4Box.ReadInside(mvex))
        {
            // version and flags, track, description, duration, size, flags
            if (type == "trex" && Number(box.Span, 20) == 0 && durations.TryGetValue(Number(box.Span, 12), out uint duration))
                BinaryPrimitives.WriteUInt32BigEndian(mvex.Span[(at + 20)..], duration);
            at += box.Length;
        }
    }

    private static void MendTrack(Memory<byte> traf)
    {
        int header = -1, length = 0, at = Mp4Box.HeaderSize;
        uint? size = null;
        bool missing = false;
        foreach ((string type, ReadOnlyMemory<byte> box) in Mp4Box.ReadInside(traf))
        {
            if (type == "tfhd")
                (header, length) = (at, box.Length);
            if (type == "trun")
            {
                uint flags = Number(box.Span, 8);
                int sample = 16 + ((flags & RunOffset) != 0 ? 4 : 0) + ((flags & RunFirstFlags) != 0 ? 4 : 0) + ((flags & RunDuration) != 0 ? 4 : 0);
                if ((flags & RunSize) == 0)
                    missing = true;
                else
                    size ??= Number(box.Span, sample);
            }
            at += box.Length;
        }
        if (header >= 0 && missing && size is { } meant)
            Swap(traf.Span.Slice(header, length), meant);
    }

    /// <summary>The word for the samples' length, which the index has too, becomes the one for their size; where there is none, that for their flags.</summary>
    private static void Swap(Span<byte> tfhd, uint size)
    {
        uint flags = Number(tfhd, 8);
        if ((flags & TrackDefaultSize) != 0)
            return;
        uint spared = (flags & TrackDefaultDuration) != 0 ? TrackDefaultDuration : TrackDefaultFlags;
        if ((flags & spared) == 0)
            return;
        int place = 16 + ((flags & 0x1) != 0 ? 8 : 0) + ((flags & 0x2) != 0 ? 4 : 0);
        _ = Number(tfhd, place);
        BinaryPrimitives.WriteUInt32BigEndian(tfhd[8..], (flags & ~spared) | TrackDefaultSize);
        BinaryPrimitives.WriteUInt32BigEndian(tfhd[place..], size);
    }

    private static ReadOnlyMemory<byte>? Find(ReadOnlyMemory<byte> box, params ReadOnlySpan<string> path)
    {
        if (path.Length == 0)
            return box;
        foreach ((string type, ReadOnlyMemory<byte> inner) in Mp4Box.ReadInside(box))
        {
            if (type == path[0])
                return Find(inner, path[1..]);
        }
        return null;
    }

    private static uint Number(ReadOnlySpan<byte> bytes, int at) =>
        at + sizeof(uint) <= bytes.Length ? BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]) : throw Mp4Box.Unexpected();
}

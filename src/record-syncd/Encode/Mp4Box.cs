using System.Buffers;
using System.Buffers.Binary;

namespace RecordSync.Daemon;

/// <summary>Boxes of ISO base media files (ISO/IEC 14496-12): just enough to move an index and to add to it.</summary>
internal static class Mp4Box
{
    public const int HeaderSize = 8;
    private const int TrackFragmentBaseOffset = 1;

    /// <summary>moov, trak, mdia, minf, stbl: deeper than twice that nests nobody.</summary>
    private const int DeepestNesting = 10;

    /// <summary>True when these bytes are exactly one box of this type.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> type) =>
        bytes.Length >= HeaderSize && bytes[4..8].SequenceEqual(type) && BinaryPrimitives.ReadUInt32BigEndian(bytes) == bytes.Length;

    public static byte[] Header(long size, ReadOnlySpan<byte> type)
    {
        byte[] header = new byte[HeaderSize];
        BinaryPrimitives.WriteUInt32BigEndian(header, checked((uint)size));
        type.CopyTo(header.AsSpan(4));
        return header;
    }

    /// <summary>The header of a box that may be larger than 4 GB; size includes these 16 bytes.</summary>
    public static byte[] LargeHeader(long size, ReadOnlySpan<byte> type)
    {
        byte[] header = new byte[2 * HeaderSize];
        Header(1, type).CopyTo(header, 0);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(8), size);
        return header;
    }

    public static byte[] Make(ReadOnlySpan<byte> type, params ReadOnlySpan<byte[]> parts)
    {
        using MemoryStream box = new();
        box.Write(Header(HeaderSize + parts.ToArray().Sum(part => part.Length), type));
        foreach (byte[] part in parts)
            box.Write(part);
        return box.ToArray();
    }

    /// <summary>The kinds of box that a file is made of; null for a file of another kind. A last box that is cut off counts.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static HashSet<string>? TopLevel(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        HashSet<string> found = [];
        byte[] header = new byte[2 * HeaderSize];
        for (long at = 0; at + HeaderSize <= file.Length;)
        {
            file.Position = at;
            int read = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            long size = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (size == 1 && read == header.Length)
                size = BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(HeaderSize));
            string type = System.Text.Encoding.Latin1.GetString(header, 4, 4);
            if (at == 0 && type != "ftyp")
                return null;
            found.Add(type);
            // 0: up to the end of the file; and no file ends behind what can be counted
            if (size < HeaderSize || size > file.Length - at)
                break;
            at += size;
        }
        return found;
    }

    /// <summary>The boxes inside a box or in a row: type, and the bytes with their header.</summary>
    /// <exception cref="InvalidDataException">They do not fill the space that they are in.</exception>
    public static List<(string Type, ReadOnlyMemory<byte> Bytes)> Read(ReadOnlyMemory<byte> boxes)
    {
        List<(string, ReadOnlyMemory<byte>)> found = [];
        while (boxes.Length > 0)
        {
            uint size = boxes.Length < HeaderSize ? 0 : BinaryPrimitives.ReadUInt32BigEndian(boxes.Span);
            if (size < HeaderSize || size > boxes.Length)
                throw Unexpected();
            found.Add((System.Text.Encoding.Latin1.GetString(boxes.Span[4..8]), boxes[..(int)size]));
            boxes = boxes[(int)size..];
        }
        return found;
    }

    /// <summary>The boxes inside this one.</summary>
    /// <inheritdoc cref="Read"/>
    public static List<(string Type, ReadOnlyMemory<byte> Bytes)> ReadInside(ReadOnlyMemory<byte> box) => box.Length < HeaderSize ? throw Unexpected() : Read(box[HeaderSize..]);

    internal static InvalidDataException Unexpected() => new("the index of the file is not built as expected");

    /// <summary>A moov or moof whose media data lie so much further back than it says.</summary>
    public static byte[] Moved(ReadOnlySpan<byte> box, long by) => Moved((ReadOnlyMemory<byte>)box.ToArray(), by, 0);

    private static byte[] Moved(ReadOnlyMemory<byte> box, long by, int depth)
    {
        if (depth > DeepestNesting)
            throw Unexpected();
        ArrayBufferWriter<byte> written = new(Math.Max(HeaderSize, box.Length));
        foreach ((string type, ReadOnlyMemory<byte> bytes) in Read(box))
        {
            ReadOnlyMemory<byte> body = bytes[HeaderSize..];
            written.Write(
                type switch
                {
                    "moov" or "trak" or "mdia" or "minf" or "stbl" or "moof" or "traf" => Make(bytes.Span[4..8], Moved(body, by, depth + 1)),
                    "stco" => MovedOffsets(body.Span, by, wide: false),
                    "co64" => MovedOffsets(body.Span, by, wide: true),
                    "tfhd" => MovedFragment(bytes, by),
                    _ => bytes.Span,
                }
            );
        }
        return written.WrittenSpan.ToArray();
    }

    /// <summary>The chunk offsets; 64 bits wide once one of them needs it.</summary>
    private static byte[] MovedOffsets(ReadOnlySpan<byte> table, long by, bool wide)
    {
        long room = (table.Length - 8) / (wide ? 8 : 4);
        if (table.Length < 8 || table.Length != 8 + room * (wide ? 8 : 4) || BinaryPrimitives.ReadUInt32BigEndian(table[4..]) != room)
            throw Unexpected();
        int count = (int)room;
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++)
            offsets[i] = by + (wide ? BinaryPrimitives.ReadInt64BigEndian(table[(8 + 8 * i)..]) : BinaryPrimitives.ReadUInt32BigEndian(table[(8 + 4 * i)..]));
        wide |= offsets.Any(offset => offset > uint.MaxValue);
        byte[] moved = new byte[8 + count * (wide ? 8 : 4)];
        table[..8].CopyTo(moved);
        for (int i = 0; i < count; i++)
        {
            if (wide)
                BinaryPrimitives.WriteInt64BigEndian(moved.AsSpan(8 + 8 * i), offsets[i]);
            else
                BinaryPrimitives.WriteUInt32BigEndian(moved.AsSpan(8 + 4 * i), (uint)offsets[i]);
        }
        return Make(wide ? "co64"u8 : "stco"u8, moved);
    }

    private static byte[] MovedFragment(ReadOnlyMemory<byte> header, long by)
    {
        byte[] moved = header.ToArray();
        if (moved.Length < 2 * HeaderSize)
            throw Unexpected();
        // version and flags, track, then the base offset where the flag says so
        if ((moved[HeaderSize + 3] & TrackFragmentBaseOffset) != 0)
        {
            if (moved.Length < 3 * HeaderSize)
                throw Unexpected();
            Span<byte> offset = moved.AsSpan(HeaderSize + 8);
            BinaryPrimitives.WriteInt64BigEndian(offset, BinaryPrimitives.ReadInt64BigEndian(offset) + by);
        }
        return moved;
    }
}

using System.Buffers.Binary;
using RecordSync.Daemon;

namespace RecordSync.Fuzz;

/// <summary>The boxes of an MP4: the list of them, an index or a fragment that is moved and mended, and a file that is ended.</summary>
internal static class BoxesTarget
{
    private const int Room = 4_096;

    public static readonly string[] Types = [.. "ftyp moov mvhd trak tkhd edts mdia mdhd minf stbl stsd stts stsc stsz stco co64 mvex trex moof mfhd traf tfhd tfdt trun mdat free tref".Split(' ')];

    public static FuzzTarget Make() => new("boxes", 8_192, Types, Examine) { MemoryPerByte = 300, Seeds = Seeds };

    private static IEnumerable<(string, byte[])> Seeds()
    {
        foreach ((string name, bool cutOff) in ((string, bool)[])[("fragmented", true), ("finished", false)])
        {
            byte[] file = SampleTake.Video(cutOff);
            foreach ((string type, long at, long size) in Boxes(file)!.Where(box => box.Type is "moov" or "moof").DistinctBy(box => box.Type))
                yield return ($"{name}-{type}", file.AsSpan((int)at, (int)size).ToArray());
        }
        // the index as it stands in front of fragments
        yield return ("head", Mp4Box.Make("moov"u8, Mp4Box.Make("mvhd"u8, new byte[100]), Mp4Box.Make("trak"u8, Mp4Box.Make("tkhd"u8, new byte[84])), Mp4Box.Make("mvex"u8, Mp4Box.Make("trex"u8, new byte[24]))));
    }

    private static void Examine(byte[] input)
    {
        string path = Scratch.File("boxes.mp4");
        File.WriteAllBytes(path, input);
        HashSet<string>? types = Mp4Box.TopLevel(path);
        BrokenLawException.Unless(types is null || types.Count <= input.Length / Mp4Box.HeaderSize, "there are no more boxes than fit");
        Known(() =>
        {
            byte[] moved = Mp4Box.Moved(input, 1_000);
            // chunk offsets may have become wider, and then stay so
            BrokenLawException.Unless(moved.Length >= input.Length, "moving an index leaves nothing out");
            BrokenLawException.Unless(moved.Length > input.Length || Mp4Box.Moved(moved, -1_000).AsSpan().SequenceEqual(input), "an index that is moved back is what it was");
        });
        Known(() => Mp4Fragment.Mend(input.ToArray()));
        Known(() => Mp4Fragment.MendHead(input.ToArray()));
        Known(() => End(input));
    }

    /// <summary>What a muxer writes, with this index.</summary>
    private static void End(byte[] index)
    {
        string path = Scratch.File("ended.mp4");
        File.Delete(path);
        byte[] head = Mp4Box.Make("ftyp"u8, [105, 115, 111, 109, 0, 0, 0, 0]), media = Mp4Box.Make("mdat"u8, [new byte[32]]);
        byte[] moov = Mp4Box.Make("moov"u8, [index]);
        using (MuxedFile file = new(path, Room))
        {
            file.Write(head);
            file.Write(media);
            byte[] before = File.ReadAllBytes(path);
            // its own first words, then the index
            file.Write("h"u8);
            file.Write(moov);
            try
            {
                Mp4Ending.Write(file, new FileLabels(SampleTake.Name, "cam1", "test", "x265enc", new NetworkTime(SampleTake.StartNs), SampleTake.Rate));
            }
            catch (InvalidDataException)
            {
                BrokenLawException.Unless(File.ReadAllBytes(path).AsSpan().SequenceEqual(before), "an ending that fails leaves the file as it was");
                throw;
            }
        }
        string[]? ended = Boxes(File.ReadAllBytes(path))?.Select(box => box.Type).ToArray();
        BrokenLawException.Unless(ended is ["ftyp", "moov", "free", "mdat"] or ["ftyp", "free", "mdat", "moov"], "an ended file is an ordinary one");
    }

    private static void Known(Action reading)
    {
        try
        {
            reading();
        }
        catch (InvalidDataException)
        {
            // the documented answer to bytes that are no index
        }
    }

    /// <summary>Null where they do not fill the file.</summary>
    public static List<(string Type, long At, long Size)>? Boxes(byte[] file)
    {
        List<(string, long, long)> boxes = [];
        for (long at = 0; at < file.Length;)
        {
            ReadOnlySpan<byte> rest = file.AsSpan((int)at);
            if (rest.Length < Mp4Box.HeaderSize)
                return null;
            long size = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (size == 1 && rest.Length >= 2 * Mp4Box.HeaderSize)
                size = BinaryPrimitives.ReadInt64BigEndian(rest[Mp4Box.HeaderSize..]);
            if (size == 0)
                size = rest.Length;
            if (size < Mp4Box.HeaderSize || size > rest.Length)
                return null;
            boxes.Add((System.Text.Encoding.Latin1.GetString(rest[4..8]), at, size));
            at += size;
        }
        return boxes;
    }
}

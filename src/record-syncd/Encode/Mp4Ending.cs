using System.Buffers.Binary;

namespace RecordSync.Daemon;

/// <summary>
/// Makes an ordinary MP4 with its index in front of a finished fragmented one, in place and without moving a picture.
///
/// The index is written into the hole behind the first box, where nobody looks, together with the head of one "mdat" that covers all fragments, and
/// synced. Then the eight bytes at the start of the hole are exchanged: "free" becomes "moov". Until that write the file is the fragmented one, after it the
/// ordinary one, and eight bytes in the first sector of a file are written whole or not at all. An index that does not fit is
/// appended, and the same eight bytes make the hole short enough to show the "mdat".
/// </summary>
internal static class Mp4Ending
{
    private const int LargeHeaderSize = 2 * Mp4Box.HeaderSize;
    private const int SampleSize = 4; // the time code of the first frame
    private const int ShortestHeader = 20; // with both times
    private const int ShortestMovieHeader = 32; // and its length, and the number of the next track
    private const long SecondsFrom1904 = 2_082_844_800;

    /// <param name="labels">What the file is of; null: no time code track, and the time of muxing as its time of creation.</param>
    /// <returns>Whether the index is in front.</returns>
    /// <exception cref="IOException">The disk did not take it; the file is as before.</exception>
    /// <exception cref="InvalidDataException">The muxer's index is not what it should be; the file is as before.</exception>
    public static bool Write(MuxedFile file, FileLabels? labels)
    {
        (int start, int room) = file.Room;
        byte[] index = file.Index ?? throw new InvalidDataException("the muxer has given no index");
        long end = file.Length, media = start + room;
        byte[] moov = Mp4Box.Moved(index, room);
        if (labels is not null)
            moov = Labelled(moov, labels, media - SampleSize);
        long tail = LargeHeaderSize + SampleSize;
        long spare = room - moov.Length - tail;
        bool inFront = spare >= Mp4Box.HeaderSize;
        file.Put(Mp4Box.LargeHeader(tail + end - media, "mdat"u8), media - tail);
        file.Put(labels is null ? new byte[SampleSize] : Sample(labels.Timecode), media - SampleSize);
        if (inFront)
        {
            file.Put(moov.AsSpan(Mp4Box.HeaderSize), start + Mp4Box.HeaderSize);
            file.Put(Mp4Box.Header(spare, "free"u8), start + moov.Length);
        }
        else
            file.Put(moov, end);
        file.Sync();
        file.Put(inFront ? moov.AsSpan(0, Mp4Box.HeaderSize) : Mp4Box.Header(room - tail, "free"u8), start);
        file.Sync();
        return inFront;
    }

    private static byte[] Sample(SmpteTimecode timecode)
    {
        byte[] sample = new byte[SampleSize];
        BinaryPrimitives.WriteUInt32BigEndian(sample, (uint)timecode.FrameNumber);
        return sample;
    }

    /// <summary>Adds the time code track behind the video's, and dates everything to the first frame.</summary>
    private static byte[] Labelled(byte[] moov, FileLabels labels, long samplePosition)
    {
        List<byte[]> parts = [];
        uint created = (uint)(labels.FirstFrame.Nanoseconds / 1_000_000_000 + SecondsFrom1904);
        uint track = 0, timescale = 0, duration = 0;
        foreach ((string type, ReadOnlyMemory<byte> bytes) in Mp4Box.Read(moov.AsMemory(Mp4Box.HeaderSize)))
        {
            byte[] box = bytes.ToArray();
            if (type == "mvhd")
            {
                if (box.Length < ShortestMovieHeader)
                    throw Mp4Box.Unexpected();
                if (box[8] != 0)
                    throw new InvalidDataException("the take is too long for the index of an MP4");
                Date(box, created);
                timescale = BinaryPrimitives.ReadUInt32BigEndian(box.AsSpan(20));
                duration = BinaryPrimitives.ReadUInt32BigEndian(box.AsSpan(24));
                track = BinaryPrimitives.ReadUInt32BigEndian(box.AsSpan(box.Length - 4));
                BinaryPrimitives.WriteUInt32BigEndian(box.AsSpan(box.Length - 4), track + 1);
            }
            else if (type == "trak")
                box = DatedTrack(box, created, parts.Count == 1 ? track : 0);
            parts.Add(box);
        }
        if (parts.Count < 2 || timescale == 0)
            throw new InvalidDataException("the index of the file has no video track");
        parts.Insert(2, TimecodeTrack.Make(labels, track, timescale, duration, created, samplePosition));
        return Mp4Box.Make("moov"u8, [.. parts]);
    }

    /// <param name="timecodeTrack">0: this track has none.</param>
    private static byte[] DatedTrack(byte[] trak, uint created, uint timecodeTrack)
    {
        List<byte[]> parts = [];
        foreach ((string type, ReadOnlyMemory<byte> bytes) in Mp4Box.Read(trak.AsMemory(Mp4Box.HeaderSize)))
        {
            byte[] box = bytes.ToArray();
            if (type is "tkhd" or "mdhd")
                Date(box, created);
            if (type == "mdia")
                box = DatedTrack(box, created, 0);
            if (type == "mdia" && timecodeTrack != 0)
                parts.Add(Mp4Box.Make("tref"u8, Mp4Box.Make("tmcd"u8, TimecodeTrack.Number(timecodeTrack))));
            parts.Add(box);
        }
        return Mp4Box.Make(trak.AsSpan(4, 4), [.. parts]);
    }

    /// <summary>Both times of a full box of version 0; others keep the time of muxing.</summary>
    private static void Date(byte[] box, uint created)
    {
        if (box.Length < ShortestHeader)
            throw Mp4Box.Unexpected();
        if (box[8] != 0)
            return;
        BinaryPrimitives.WriteUInt32BigEndian(box.AsSpan(12), created);
        BinaryPrimitives.WriteUInt32BigEndian(box.AsSpan(16), created);
    }
}

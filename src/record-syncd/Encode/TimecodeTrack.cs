using System.Buffers.Binary;

namespace RecordSync.Daemon;

/// <summary>The "tmcd" track of a file: one sample for the whole take, the label of its first frame (QuickTime File Format, "Timecode Media").</summary>
internal static class TimecodeTrack
{
    private const uint TrackEnabled = 1;
    private const uint DropFrameFlag = 1;
    private const uint CountsRoundAtMidnight = 2;

    public static byte[] Make(FileLabels labels, uint track, uint movieTimescale, uint movieDuration, uint created, long samplePosition)
    {
        FrameRate rate = labels.Rate;
        uint scale = (uint)rate.Numerator;
        uint duration = (uint)Math.Min(uint.MaxValue, (ulong)movieDuration * scale / movieTimescale);
        byte[] tkhd = new byte[84];
        BinaryPrimitives.WriteUInt32BigEndian(tkhd, TrackEnabled | 6);
        Fill(tkhd, 4, created, created, track, 0, movieDuration);
        // the unit matrix
        Fill(tkhd, 40, 0x10000);
        Fill(tkhd, 56, 0x10000);
        Fill(tkhd, 72, 0x40000000);
        byte[] mdhd = new byte[24];
        Fill(mdhd, 4, created, created, scale, duration);
        // language "und"
        BinaryPrimitives.WriteUInt16BigEndian(mdhd.AsSpan(20), 0x55C4);
        byte[] handler = [0, 0, 0, 0, .. "mhlrtmcd"u8, .. new byte[12], .. "Time Code Media Handler"u8, 0];
        byte[] media = Mp4Box.Make("minf"u8, GenericHeader(), DataInformation(), Table(labels.Timecode, rate, duration, samplePosition));
        return Mp4Box.Make(
            "trak"u8,
            Mp4Box.Make("tkhd"u8, tkhd),
            Mp4Box.Make("mdia"u8, Mp4Box.Make("mdhd"u8, mdhd), Mp4Box.Make("hdlr"u8, handler), media)
        );
    }

    public static byte[] Number(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] GenericHeader()
    {
        byte[] gmin = [0, 0, 0, 0, 0, 0x40, 0x80, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0];
        // plain text, 12 point, black on white, in no named font
        byte[] tcmi = [0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0];
        return Mp4Box.Make("gmhd"u8, Mp4Box.Make("gmin"u8, gmin), Mp4Box.Make("tmcd"u8, Mp4Box.Make("tcmi"u8, tcmi)));
    }

    private static byte[] DataInformation() =>
        Mp4Box.Make("dinf"u8, Mp4Box.Make("dref"u8, Number(0), Number(1), Mp4Box.Make("url "u8, Number(1))));

    private static byte[] Table(SmpteTimecode timecode, FrameRate rate, uint duration, long samplePosition)
    {
        uint flags = CountsRoundAtMidnight | (timecode.DropFrame ? DropFrameFlag : 0);
        byte[] entry =
        [
            .. new byte[6],
            0,
            1,
            .. Number(0),
            .. Number(flags),
            .. Number((uint)rate.Numerator),
            .. Number((uint)rate.Denominator),
            (byte)timecode.Base,
            0,
        ];
        byte[] position = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(position, samplePosition);
        return Mp4Box.Make(
            "stbl"u8,
            Mp4Box.Make("stsd"u8, Number(0), Number(1), Mp4Box.Make("tmcd"u8, entry)),
            Mp4Box.Make("stts"u8, Number(0), Number(1), Number(1), Number(duration)),
            Mp4Box.Make("stsc"u8, Number(0), Number(1), Number(1), Number(1), Number(1)),
            Mp4Box.Make("stsz"u8, Number(0), Number(4), Number(1)),
            Mp4Box.Make("co64"u8, Number(0), Number(1), position)
        );
    }

    private static void Fill(byte[] to, int at, params ReadOnlySpan<uint> values)
    {
        foreach (uint value in values)
        {
            BinaryPrimitives.WriteUInt32BigEndian(to.AsSpan(at), value);
            at += 4;
        }
    }
}

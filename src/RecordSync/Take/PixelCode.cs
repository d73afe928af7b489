using System.Diagnostics;

namespace RecordSync;

/// <summary>What the simulated camera writes into a picture: the true capture instant and the number of the frame.</summary>
/// <param name="Microseconds">CLOCK_MONOTONIC in microseconds, modulo 2⁴⁸ (it wraps every 8.9 years: <see cref="Unwrap"/>).</param>
/// <param name="FrameNumber">The sensor's own frame counter, modulo 2²⁴. Frames that the sensor lost keep their number.</param>
internal readonly record struct PixelStamp(long Microseconds, int FrameNumber)
{
    public const long TimeModulus = 1L << 48;
    public const int FrameModulus = 1 << 24;

    public static PixelStamp Of(long captureNs, long frameNumber) =>
        new(((captureNs + 500) / 1000) & (TimeModulus - 1), (int)(frameNumber & (FrameModulus - 1)));

    /// <summary>The instant in nanoseconds that is nearest to <paramref name="referenceNs"/> among all that this stamp can mean.</summary>
    public long Unwrap(long referenceNs)
    {
        long reference = referenceNs / 1000;
        long ahead = (Microseconds - reference) & (TimeModulus - 1);
        if (ahead >= TimeModulus / 2)
            ahead -= TimeModulus;
        return (reference + ahead) * 1000;
    }

    /// <summary>How many frames the sensor counted from <paramref name="earlier"/> to this one: 1 for neighbours, 0 for a repetition.</summary>
    public int FramesSince(PixelStamp earlier)
    {
        int ahead = (FrameNumber - earlier.FrameNumber) & (FrameModulus - 1);
        return ahead >= FrameModulus / 2 ? ahead - FrameModulus : ahead;
    }
}

/// <summary>
/// A time code that a machine reads back from the decoded picture: 88 black or white blocks (48 bits of time, 24 bits of frame
/// number, CRC-16), 22 columns by 4 rows near the upper left corner. Blocks are multiples of 8 pixels on a grid of 8, the smallest
/// transform that H.265 codes on its own, so that they survive 100 kbit/s. The layout follows from the size of the picture alone.
/// </summary>
internal static class PixelCode
{
    public const int Columns = 22;
    public const int Rows = 4;
    public const byte Black = 16;
    public const byte White = 235;
    private const int PayloadBytes = 9;
    private const int BytesInAll = PayloadBytes + 2;

    // A flat or noisy picture has no two kinds of blocks: neither may pass for a code before the CRC is even looked at.
    private const int LeastContrast = 64;

    /// <summary>Where the code lies. The panel is the code with a black margin of half a block, which keeps its neighbourhood from bleeding in.</summary>
    public readonly record struct Layout(int Left, int Top, int Block)
    {
        public int Width => Columns * Block;

        public int Height => Rows * Block;

        public int Right => Left + Width;

        public int Bottom => Top + Height;
    }

    /// <summary>False when the picture is too small for the smallest code (192 × 48).</summary>
    public static bool TryLayout(int width, int height, out Layout layout)
    {
        int block = Math.Max(8, Math.Min(width / 40, height / 30) & ~7);
        layout = new Layout(8, 8, block);
        return width >= layout.Right + 8 && height >= layout.Bottom + 8 && width <= 65536 && height <= 65536;
    }

    /// <summary>Draws the code into an 8-bit luma plane and touches nothing but the blocks.</summary>
    /// <exception cref="ArgumentException">The picture is too small, or the span is shorter than the picture.</exception>
    public static void Draw(Span<byte> luma, int stride, int width, int height, PixelStamp stamp)
    {
        if (!TryLayout(width, height, out Layout layout))
            throw new ArgumentException($"A picture of {width} x {height} is too small for the pixel code.");
        if (!Covers(luma.Length, stride, width, layout))
            throw new ArgumentException("The luma plane is smaller than the picture.");
        Span<byte> message = stackalloc byte[BytesInAll];
        Encode(stamp, message);
        for (int row = 0; row < Rows; row++)
        {
            Span<byte> line = luma.Slice((layout.Top + row * layout.Block) * stride + layout.Left, layout.Width);
            for (int column = 0; column < Columns; column++)
            {
                int bit = row * Columns + column;
                bool white = (message[bit >> 3] & (0x80 >> (bit & 7))) != 0;
                line.Slice(column * layout.Block, layout.Block).Fill(white ? White : Black);
            }
            for (int y = 1; y < layout.Block; y++)
                line.CopyTo(luma.Slice((layout.Top + row * layout.Block + y) * stride + layout.Left, layout.Width));
        }
    }

    /// <summary>Reads the code back. False for a picture without one, or with one that is damaged; never throws, whatever the arguments.</summary>
    public static bool TryRead(ReadOnlySpan<byte> luma, int stride, int width, int height, out PixelStamp stamp)
    {
        stamp = default;
        if (!TryLayout(width, height, out Layout layout) || !Covers(luma.Length, stride, width, layout))
            return false;
        Span<int> means = stackalloc int[Columns * Rows];
        int darkest = int.MaxValue, brightest = int.MinValue;
        for (int bit = 0; bit < means.Length; bit++)
        {
            int mean = MeanOfCentre(luma, stride, layout, bit / Columns, bit % Columns);
            means[bit] = mean;
            darkest = Math.Min(darkest, mean);
            brightest = Math.Max(brightest, mean);
        }
        int range = brightest - darkest;
        if (range < LeastContrast)
            return false;
        int middle = darkest + range / 2;
        Span<byte> message = stackalloc byte[BytesInAll];
        message.Clear();
        for (int bit = 0; bit < means.Length; bit++)
        {
            if (Math.Abs(means[bit] - middle) < range / 8)
                return false;
            if (means[bit] > middle)
                message[bit >> 3] |= (byte)(0x80 >> (bit & 7));
        }
        return TryDecode(message, out stamp);
    }

    /// <summary>The lines of the picture that <see cref="TryRead"/> looks at: nothing below them needs to be mapped or copied.</summary>
    public static int LinesNeeded(int width, int height) => TryLayout(width, height, out Layout layout) ? layout.Bottom : 0;

    private static bool Covers(int length, int stride, int width, Layout layout) =>
        stride >= width && (long)(layout.Bottom - 1) * stride + layout.Right <= length;

    // The outer quarter of a block is where the codec's ringing and its deblocking filter live.
    private static int MeanOfCentre(ReadOnlySpan<byte> luma, int stride, Layout layout, int row, int column)
    {
        int inset = layout.Block / 4, side = layout.Block - 2 * inset, step = Math.Max(1, side / 8);
        int left = layout.Left + column * layout.Block + inset, top = layout.Top + row * layout.Block + inset;
        int sum = 0, count = 0;
        for (int y = 0; y < side; y += step)
        {
            ReadOnlySpan<byte> line = luma.Slice((top + y) * stride + left, side);
            for (int x = 0; x < line.Length; x += step)
            {
                sum += line[x];
                count++;
            }
        }
        return sum / count;
    }

    private static void Encode(PixelStamp stamp, Span<byte> message)
    {
        long time = stamp.Microseconds & (PixelStamp.TimeModulus - 1);
        int frame = stamp.FrameNumber & (PixelStamp.FrameModulus - 1);
        for (int i = 0; i < 6; i++)
            message[i] = (byte)(time >> (40 - 8 * i));
        for (int i = 0; i < 3; i++)
            message[6 + i] = (byte)(frame >> (16 - 8 * i));
        ushort crc = Crc16(message[..PayloadBytes]);
        message[PayloadBytes] = (byte)(crc >> 8);
        message[PayloadBytes + 1] = (byte)crc;
    }

    private static bool TryDecode(ReadOnlySpan<byte> message, out PixelStamp stamp)
    {
        Debug.Assert(message.Length == BytesInAll);
        stamp = default;
        if (Crc16(message[..PayloadBytes]) != (message[PayloadBytes] << 8 | message[PayloadBytes + 1]))
            return false;
        long time = 0;
        for (int i = 0; i < 6; i++)
            time = time << 8 | message[i];
        stamp = new PixelStamp(time, message[6] << 16 | message[7] << 8 | message[8]);
        return true;
    }

    // CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF): an all-black message does not check.
    private static ushort Crc16(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFF;
        foreach (byte value in data)
        {
            crc ^= (uint)value << 8;
            for (int i = 0; i < 8; i++)
                crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
            crc &= 0xFFFF;
        }
        return (ushort)crc;
    }
}

using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>The picture of the simulated camera: the pixel code for machines; time, frame number and a hand that goes round once a second for people. Only these change, so that it costs the encoder little.</summary>
internal sealed class TestPicture : FrameSupply
{
    private const byte Ink = 235;
    private const byte Shade = 16;
    private const byte Neutral = 128;

    private readonly int width;
    private readonly int height;
    private readonly int stride;
    private readonly int chromaStride;
    private readonly byte[] background;
    private readonly string caps;
    private readonly int scale;
    private readonly int dialX;
    private readonly int dialY;
    private readonly int dialRadius;
    private readonly int trackTop;
    private readonly int trackHeight;

    public TestPicture(int width, int height, FrameRate rate, string label)
    {
        if (!PixelCode.TryLayout(width, height, out PixelCode.Layout code))
            throw new GstException($"The simulated camera needs a picture of at least 192x64, not {width}x{height}; choose --size 640x480.");
        this.width = width;
        this.height = height;
        stride = RoundUp(width, 4);
        chromaStride = RoundUp(RoundUp(width, 2) / 2, 4);
        caps = RawCaps(width, height, rate);
        int free = height - code.Bottom - 8;
        scale = Math.Max(1, Math.Min(width / 100, free / 44));
        dialRadius = Math.Min(width / 8, free / 4);
        dialX = width - dialRadius - width / 24;
        dialY = code.Bottom + 8 + free * 2 / 5;
        trackHeight = Math.Max(2, height / 48);
        trackTop = height - trackHeight * 3;
        background = new byte[stride * RoundUp(height, 2) + 2 * ChromaSize];
        PaintBackground(code, label);
    }

    public override string Caps => caps;

    public override int BytesPerFrame => background.Length;

    private int ChromaSize => chromaStride * (RoundUp(height, 2) / 2);

    private int TextTop => dialY - scale * (BitmapFont.Height + 2);

    private int TextLeft => Math.Max(8, width / 32);

    public override GstBuffer Take(long captureNs, long frameNumber)
    {
        GstBuffer buffer = GstBuffer.Allocate(background.Length);
        using BufferMap map = buffer.MapWrite();
        Draw(map.Span, captureNs, frameNumber);
        return buffer;
    }

    public override void Dispose() { }

    /// <summary>Draws a whole I420 picture.</summary>
    public void Draw(Span<byte> picture, long captureNs, long frameNumber)
    {
        background.CopyTo(picture);
        DrawHand(picture, captureNs % 1_000_000_000 / 1e9);
        int reach = width - 2 * TextLeft - trackHeight * 2;
        Box(picture, TextLeft + (int)(captureNs % 1_000_000_000 * reach / 1_000_000_000), trackTop, trackHeight * 2, trackHeight, Ink);

        Span<char> text = stackalloc char[32];
        TimeSpan time = TimeSpan.FromTicks(captureNs / 100);
        text.TryWrite($"{(long)time.TotalHours % 1000}:{time.Minutes:00}:{time.Seconds:00}.{time.Milliseconds:000}", out int length);
        BitmapFont.Draw(picture, stride, width, height, TextLeft, TextTop, scale, text[..length], Ink);
        text.TryWrite($"#{frameNumber % PixelStamp.FrameModulus:000000}", out length);
        BitmapFont.Draw(picture, stride, width, height, TextLeft, TextTop + scale * (BitmapFont.Height + 4), scale, text[..length], Ink);
        PixelCode.Draw(picture, stride, width, height, PixelStamp.Of(captureNs, frameNumber));
    }

    // A dusk: dark enough for white digits, smooth enough to cost no bits.
    private void PaintBackground(PixelCode.Layout code, string label)
    {
        Span<byte> luma = background.AsSpan(0, stride * RoundUp(height, 2));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                luma[y * stride + x] = (byte)(52 + 44 * y / height + 10 * x / width);
        }
        Span<byte> u = background.AsSpan(luma.Length, ChromaSize), v = background.AsSpan(luma.Length + ChromaSize, ChromaSize);
        for (int y = 0; y < RoundUp(height, 2) / 2; y++)
        {
            for (int x = 0; x < chromaStride; x++)
            {
                double across = (double)x / chromaStride, down = 2.0 * y / height;
                u[y * chromaStride + x] = (byte)(Neutral + 22 - 34 * down * down + 6 * across);
                v[y * chromaStride + x] = (byte)(Neutral - 14 + 44 * down * across);
            }
        }
        Box(luma, code.Left - 4, code.Top - 4, code.Width + 8, code.Height + 8, Shade);
        GreyChroma(u, v, code);
        PaintDial(luma);
        Box(luma, TextLeft, trackTop, width - 2 * TextLeft, trackHeight, Shade);
        BitmapFont.Draw(luma, stride, width, height, TextLeft, TextTop + scale * 2 * (BitmapFont.Height + 4), Math.Max(1, scale * 2 / 3), label.Length > 0 ? label : "SIMULATED CAMERA", 150);
    }

    private void GreyChroma(Span<byte> u, Span<byte> v, PixelCode.Layout code)
    {
        for (int y = (code.Top - 4) / 2; y < (code.Bottom + 4) / 2; y++)
        {
            u.Slice(y * chromaStride + (code.Left - 4) / 2, (code.Width + 8) / 2).Fill(Neutral);
            v.Slice(y * chromaStride + (code.Left - 4) / 2, (code.Width + 8) / 2).Fill(Neutral);
        }
    }

    private void PaintDial(Span<byte> luma)
    {
        for (int y = -dialRadius; y <= dialRadius; y++)
        {
            for (int x = -dialRadius; x <= dialRadius; x++)
            {
                double distance = Math.Sqrt(x * x + y * y);
                if (distance <= dialRadius && Inside(dialX + x, dialY + y))
                    luma[(dialY + y) * stride + dialX + x] = distance > dialRadius * 0.92 ? (byte)170 : (byte)30;
            }
        }
        for (int tick = 0; tick < 10; tick++)
            Spoke(luma, tick / 10.0, 0.80, 0.92, 170);
    }

    private void DrawHand(Span<byte> luma, double turn) => Spoke(luma, turn, 0, 0.74, Ink);

    private void Spoke(Span<byte> luma, double turn, double from, double to, byte level)
    {
        double x = Math.Sin(turn * 2 * Math.PI), y = -Math.Cos(turn * 2 * Math.PI);
        int thickness = Math.Max(2, dialRadius / 12);
        for (double r = from * dialRadius; r <= to * dialRadius; r += 1)
            Box(luma, dialX + (int)Math.Round(x * r) - thickness / 2, dialY + (int)Math.Round(y * r) - thickness / 2, thickness, thickness, level);
    }

    private void Box(Span<byte> luma, int left, int top, int boxWidth, int boxHeight, byte level)
    {
        for (int y = Math.Max(0, top); y < Math.Min(height, top + boxHeight); y++)
            luma.Slice(y * stride + Math.Max(0, left), Math.Max(0, Math.Min(width, left + boxWidth) - Math.Max(0, left))).Fill(level);
    }

    private bool Inside(int x, int y) => x >= 0 && y >= 0 && x < width && y < height;

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}

using CsCheck;
using Xunit;

namespace RecordSync.Tests;

public sealed class PixelCodeTests
{
    private static readonly Gen<PixelStamp> Stamps = Gen.Select(
        Gen.Long[0, PixelStamp.TimeModulus - 1],
        Gen.Int[0, PixelStamp.FrameModulus - 1],
        (time, frame) => new PixelStamp(time, frame)
    );

    private static readonly Gen<(int Width, int Height, int Stride)> Sizes = Gen.Select(
        Gen.Int[192, 2000],
        Gen.Int[48, 1200],
        Gen.Int[0, 64],
        (width, height, padding) => (width, height, width + padding)
    );

    [Fact]
    public void What_is_drawn_is_read_back_at_every_size() =>
        Gen.Select(Stamps, Sizes)
            .Sample(
                (stamp, size) =>
                {
                    byte[] luma = new byte[size.Stride * size.Height];
                    PixelCode.Draw(luma, size.Stride, size.Width, size.Height, stamp);
                    Assert.True(PixelCode.TryRead(luma, size.Stride, size.Width, size.Height, out PixelStamp read));
                    Assert.Equal(stamp, read);
                },
                iter: 300
            );

    [Theory]
    [InlineData(320, 240)]
    [InlineData(240, 320)]
    [InlineData(640, 480)]
    [InlineData(1280, 720)]
    [InlineData(1920, 1080)]
    [InlineData(3840, 2160)]
    public void It_survives_noise_and_a_change_of_contrast(int width, int height) =>
        Gen.Select(Stamps, Gen.Int, Gen.Double[0.4, 1.0], Gen.Int[0, 40])
            .Sample(
                (stamp, seed, contrast, brightness) =>
                {
                    byte[] luma = new byte[width * height];
                    PixelCode.Draw(luma, width, width, height, stamp);
                    Random random = new(seed);
                    for (int i = 0; i < PixelCode.LinesNeeded(width, height) * width; i++)
                        luma[i] = (byte)Math.Clamp(luma[i] * contrast + brightness + random.Next(-40, 41), 0, 255);
                    Assert.True(PixelCode.TryRead(luma, width, width, height, out PixelStamp read));
                    Assert.Equal(stamp, read);
                },
                iter: 10
            );

    [Fact]
    public void Arbitrary_pictures_never_throw_and_pixel_noise_never_passes() =>
        Gen.Select(Gen.Int[-5, 700], Gen.Int[-5, 500], Gen.Int[-5, 800], Gen.Byte.Array[0, 5000])
            .Sample(
                (width, height, stride, bytes) =>
                    Assert.False(PixelCode.TryRead(bytes, stride, width, height, out _)),
                iter: 2000
            );

    [Fact]
    public void Random_blocks_pass_at_most_by_the_odds_of_the_checksum()
    {
        Random random = new(1);
        byte[] luma = new byte[320 * 240];
        Assert.True(PixelCode.TryLayout(320, 240, out PixelCode.Layout layout));
        int passed = 0;
        for (int trial = 0; trial < 20_000; trial++)
        {
            for (int row = 0; row < PixelCode.Rows; row++)
                for (int column = 0; column < PixelCode.Columns; column++)
                {
                    byte value = random.Next(2) == 0 ? PixelCode.Black : PixelCode.White;
                    for (int y = 0; y < layout.Block; y++)
                        luma.AsSpan((layout.Top + row * layout.Block + y) * 320 + layout.Left + column * layout.Block, layout.Block).Fill(value);
                }
            if (PixelCode.TryRead(luma, 320, 320, 240, out _))
                passed++;
        }
        Assert.InRange(passed, 0, 4);
    }

    [Fact]
    public void A_single_wrong_block_is_always_noticed()
    {
        Assert.True(PixelCode.TryLayout(320, 240, out PixelCode.Layout layout));
        byte[] luma = new byte[320 * 240];
        for (int bit = 0; bit < PixelCode.Columns * PixelCode.Rows; bit++)
        {
            PixelCode.Draw(luma, 320, 320, 240, new PixelStamp(0x1234_5678_9ABC, 0x00FE01));
            int left = layout.Left + bit % PixelCode.Columns * layout.Block, top = layout.Top + bit / PixelCode.Columns * layout.Block;
            byte flipped = luma[top * 320 + left] == PixelCode.Black ? PixelCode.White : PixelCode.Black;
            for (int y = 0; y < layout.Block; y++)
                luma.AsSpan((top + y) * 320 + left, layout.Block).Fill(flipped);
            Assert.False(PixelCode.TryRead(luma, 320, 320, 240, out _));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(235)]
    [InlineData(255)]
    public void A_flat_picture_is_not_a_code(byte level)
    {
        byte[] luma = new byte[640 * 480];
        luma.AsSpan().Fill(level);
        Assert.False(PixelCode.TryRead(luma, 640, 640, 480, out _));
    }

    [Theory]
    [InlineData(191, 480)]
    [InlineData(640, 47)]
    [InlineData(0, 0)]
    public void A_picture_too_small_for_the_code_is_refused(int width, int height) =>
        Assert.Throws<ArgumentException>(() => PixelCode.Draw(new byte[1_000_000], Math.Max(width, 1), width, height, default));

    [Fact]
    public void Blocks_lie_on_the_codecs_grid_of_8() =>
        Sizes.Sample(size =>
        {
            Assert.True(PixelCode.TryLayout(size.Width, size.Height, out PixelCode.Layout layout));
            Assert.Equal(0, layout.Block % 8);
            Assert.Equal(0, layout.Left % 8);
            Assert.Equal(0, layout.Top % 8);
        });

    [Fact]
    public void The_true_instant_is_found_again_across_the_wrap() =>
        Gen.Select(Gen.Long[0, 1L << 61], Gen.Long[-3_600_000_000_000, 3_600_000_000_000])
            .Sample(
                (capture, error) =>
                {
                    long reference = Math.Max(0, capture + error);
                    long found = PixelStamp.Of(capture, 0).Unwrap(reference);
                    Assert.InRange(found - capture, -500, 500);
                }
            );

    [Fact]
    public void Frame_numbers_count_on_across_their_wrap()
    {
        PixelStamp last = PixelStamp.Of(0, PixelStamp.FrameModulus - 1), next = PixelStamp.Of(0, PixelStamp.FrameModulus + 1L);
        Assert.Equal(2, next.FramesSince(last));
        Assert.Equal(-2, last.FramesSince(next));
        Assert.Equal(0, last.FramesSince(last));
    }
}

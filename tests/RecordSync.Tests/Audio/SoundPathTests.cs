using Xunit;

namespace RecordSync.Tests;

/// <summary>Where the samples of a file are read, and where they belong.</summary>
public sealed class SoundPathTests
{
    [Fact]
    public void Correction_of_a_clock_is_leaned_into_and_never_a_jump()
    {
        SoundPath path = new(48_000);
        (double from, double step) = path.Next(1_000, 1_480, 480);
        Assert.Equal((1_000, 1), (from, step));
        double end = from + 480 * step;
        // the clock now says that it is a millisecond farther
        int chunks = 0;
        for (double wanted = 1_480 + 48; Math.Abs(end - wanted) > 1; wanted += 480, chunks++)
        {
            (from, step) = path.Next(wanted, wanted + 480, 480);
            Assert.Equal(end, from, 1e-6);
            Assert.InRange(step, 1, 1 + 501e-6);
            end = from + 480 * step - 480;
            end += 480;
            if (chunks > 1_000)
                break;
        }
        // 500 ppm: two seconds for a millisecond
        Assert.InRange(chunks, 190, 210);
    }

    [Fact]
    public void Another_card_is_jumped_to()
    {
        SoundPath path = new(48_000);
        path.Next(1_000, 1_480, 480);
        Assert.Equal(50_000, path.Next(50_000, 50_480, 480).From);
    }

    [Theory]
    [InlineData(30, 1, 30, 48_000)]
    [InlineData(30_000, 1001, 30, 48_048)]
    [InlineData(24, 1, 1, 2_000)]
    [InlineData(60_000, 1001, 1, 801)]
    public void File_that_begins_with_a_frame_begins_with_the_sample_of_that_instant(int numerator, int denominator, long index, long sample)
    {
        SoundGrid grid = new(new NetworkTime(0), 48_000);
        FrameRate rate = new(numerator, denominator);
        Assert.Equal(sample, grid.SampleOf(rate, index));
        // also after eight hours
        long late = rate.FramesIn(Nanos.FromSeconds(8 * 3600));
        Assert.InRange((grid.TimeOf(grid.SampleOf(rate, late)) - rate.TimeOf(late)).Value, -10_420, 10_420);
    }

    [Fact]
    public void Ticks_are_found_where_they_are_and_tell_their_second()
    {
        const double start = 123.4567;
        float[] heard = [.. Enumerable.Range(0, 48_000 * 3).Select(i => TickSound.At((start + i / 48_000.0) * 1e9))];
        IReadOnlyList<double> ticks = TickSound.Find(heard, 48_000);
        Assert.Equal(3, ticks.Count);
        for (int k = 0; k < 3; k++)
            Assert.Equal((124 + k - start) * 48_000, ticks[k], 0.5);
        Assert.Equal(124 % 60, TickSound.SecondBehind(heard, 48_000, ticks[0]));
    }
}

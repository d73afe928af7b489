using Xunit;

namespace RecordSync.Tests;

/// <summary>From a card's samples to those of a file (docs/recording.md, "Sound").</summary>
public sealed class SampleTrackTests
{
    private const int Wanted = 48_000;

    [Theory]
    [InlineData(48_000, 0)]
    [InlineData(48_000, 300)]
    [InlineData(44_100, -40)]
    [InlineData(96_000, 25)]
    public void Tone_between_the_samples_of_any_card_is_the_tone_to_a_ten_thousandth(int rate, double ppm)
    {
        SoundFormat format = new(rate, 2);
        SampleTrack track = new(format);
        double truth = rate * (1 + ppm * 1e-6);
        float[] block = new float[rate / 100 * 2];
        for (int k = 0; k < 50; k++)
        {
            for (int i = 0; i < block.Length / 2; i++)
            {
                double seconds = (k * block.Length / 2.0 + i) / truth;
                block[2 * i] = (float)Math.Sin(2 * Math.PI * 997 * seconds);
                block[2 * i + 1] = (float)Math.Sin(2 * Math.PI * 6_000 * seconds);
            }
            track.Add(block, 1_000_000_000L + k * 10_000_000L);
        }
        SampleReader reader = new(rate, Wanted);
        float[] read = new float[4_800 * 2];
        reader.Read(track, truth * 0.1 + 0.37, truth / Wanted, read);
        double offset = 0.37 / truth, worst = 0;
        for (int i = 0; i < read.Length / 2; i++)
        {
            double seconds = 0.1 + offset + (double)i / Wanted;
            worst = Math.Max(worst, Math.Abs(read[2 * i] - Math.Sin(2 * Math.PI * 997 * seconds)));
            worst = Math.Max(worst, Math.Abs(read[2 * i + 1] - Math.Sin(2 * Math.PI * 6_000 * seconds)));
        }
        Assert.InRange(worst, 0, 2e-4);
    }

    [Fact]
    public void Jump_in_the_source_s_own_count_is_silence_of_that_length_at_that_place()
    {
        SampleTrack track = new(new SoundFormat(48_000, 1));
        float[] ones = [.. Enumerable.Repeat(1f, 480)];
        track.Add(ones, 1_000_000_000, offset: 0);
        track.Add(ones, 1_000_000_000 + 30_000_000, offset: 1_440);
        Assert.Equal(960, track.Lost);
        Assert.Equal(1_920, track.End);
        float[] read = new float[1_920];
        track.Read(0, read);
        Assert.All(read[..480], sample => Assert.Equal(1, sample));
        Assert.All(read[480..1_440], sample => Assert.Equal(0, sample));
        Assert.All(read[1_440..], sample => Assert.Equal(1, sample));
        Assert.Equal(960, track.MissingIn(0, 1_920));
        Assert.Equal(100, track.MissingIn(1_340, 1_500));
    }

    [Fact]
    public void Card_that_was_opened_again_goes_on_where_time_has_come_to()
    {
        SampleTrack track = new(new SoundFormat(48_000, 1));
        float[] block = new float[480];
        for (int k = 0; k < 500; k++)
            track.Add(block, 1_000_000_000L + k * 10_000_000L);
        track.Interrupt();
        for (int k = 0; k < 500; k++)
            track.Add(block, 9_000_000_000L + k * 10_000_000L);
        // 5 s of sound, 3 s of nothing
        Assert.InRange(track.Lost, 3 * 48_000 - 48, 3 * 48_000 + 48);
        Assert.InRange(track.Clock.TimeOf(track.End) - 14e9, -1e6, 1e6);
    }

    [Fact]
    public void Card_with_many_channels_is_recorded_by_its_first_two()
    {
        SampleTrack track = new(new SoundFormat(48_000, 8));
        track.Add([.. Enumerable.Range(0, 480 * 8).Select(i => (float)(i % 8))], 1_000_000_000);
        float[] read = new float[4];
        track.Read(10, read);
        Assert.Equal([0f, 1f, 0f, 1f], read);
    }

    [Fact]
    public void What_is_older_than_half_a_minute_or_not_there_yet_is_silence()
    {
        SampleTrack track = new(new SoundFormat(8_000, 1));
        float[] ones = [.. Enumerable.Repeat(1f, 800)];
        for (int k = 0; k < 400; k++)
            track.Add(ones, 1_000_000_000L + k * 100_000_000L);
        Assert.Equal(80_000, track.Begin);
        float[] read = new float[2];
        track.Read(79_999, read);
        Assert.Equal([0f, 1f], read);
        track.Read(319_999, read);
        Assert.Equal([1f, 0f], read);
        Assert.Equal(2, track.MissingIn(79_999, 80_000) + track.MissingIn(320_000, 320_001));
    }
}

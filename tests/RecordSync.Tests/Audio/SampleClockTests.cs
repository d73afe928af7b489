using Xunit;

namespace RecordSync.Tests;

/// <summary>What is known of a sound card's oscillator from when its blocks came (docs/recording.md, "Sound").</summary>
public sealed class SampleClockTests
{
    private const int Rate = 48_000;
    private const int Block = 480;

    [Theory]
    [InlineData(0)]
    [InlineData(95)]
    [InlineData(-220)]
    public void Card_that_drifts_for_two_hours_is_known_to_a_fifth_of_a_millisecond_all_the_time(double ppm)
    {
        SampleClock clock = new(Rate);
        Random random = new(7);
        double worst = 0, time = 5e9;
        for (long sample = 0; sample < 7_200L * Rate; sample += Block)
        {
            // the oscillator warms up: 20 ppm in the first quarter of an hour
            double now = ppm + 20 * Math.Min(1, sample / (900.0 * Rate));
            Assert.Equal(0, clock.Add(sample, (long)(time + Late(random))));
            if (sample > 2 * Rate)
                worst = Math.Max(worst, Math.Abs(clock.TimeOf(sample) - time));
            time += Block * 1e9 / (Rate * (1 + now * 1e-6));
        }
        Assert.InRange(worst, 0, 200_000);
        Assert.InRange(clock.Ppm!.Value - ppm, 19, 21);
    }

    [Fact]
    public void Machine_that_stood_still_for_half_a_second_has_lost_no_sample()
    {
        SampleClock clock = new(Rate);
        for (long sample = 0; sample < 20 * Rate; sample += Block)
        {
            double time = 1e9 + sample * 1e9 / Rate;
            // all that has piled up comes at once
            double stall = sample is > 10 * Rate and < 10 * Rate + Rate * 2 / 5 ? 1e9 + (10.4 * Rate) * 1e9 / Rate - time : 0;
            Assert.Equal(0, clock.Add(sample, (long)(time + Math.Max(0, stall))));
        }
        Assert.InRange(clock.TimeOf(20 * Rate) - 21e9, -50_000, 50_000);
    }

    [Fact]
    public void Samples_that_the_driver_lost_without_a_word_are_found_within_a_second_and_counted()
    {
        SampleClock clock = new(Rate);
        Random random = new(3);
        long raised = 0, when = 0;
        for (long taken = 0; taken < 20 * Rate; taken += Block)
        {
            bool lost = taken is >= 8 * Rate and < 8 * Rate + Rate / 10;
            if (lost)
                continue;
            long told = taken - (taken > 8 * Rate ? Rate / 10 : 0) + raised;
            long found = clock.Add(told, (long)(1e9 + taken * 1e9 / Rate + Late(random)));
            if (found > 0)
                when = taken;
            raised += found;
        }
        Assert.InRange(raised, Rate / 10 - 48, Rate / 10 + 48);
        Assert.InRange(when, 8 * Rate, 9 * Rate);
        Assert.InRange(clock.TimeOf(20 * Rate) - 21e9, -1_000_000, 1_000_000);
    }

    [Fact]
    public void Machine_under_heavy_load_does_not_bend_the_card_s_clock()
    {
        SampleClock clock = new(Rate);
        Random random = new(11);
        double worst = 0;
        for (long sample = 0; sample < 60 * Rate; sample += Block)
        {
            double time = 1e9 + sample * 1e9 / (Rate * (1 + 50e-6));
            // of three quarters of the quarters of a second the blocks come up to 1.8 ms late
            bool busy = new Random((int)(time / 250_000_000) * 7919).Next(4) != 0;
            Assert.Equal(0, clock.Add(sample, (long)(time + Late(random) + (busy ? random.NextDouble() * 1_500_000 : 0))));
            if (sample > 10 * Rate)
                worst = Math.Max(worst, Math.Abs(clock.TimeOf(sample) - time));
        }
        Assert.InRange(worst, 0, 300_000);
        Assert.InRange(clock.Ppm!.Value, 40, 60);
    }

    /// <summary>Late as on a machine with other things to do, never early.</summary>
    private static double Late(Random random) => random.NextDouble() * 300_000 + (random.Next(40) == 0 ? random.NextDouble() * 15_000_000 : 0);
}

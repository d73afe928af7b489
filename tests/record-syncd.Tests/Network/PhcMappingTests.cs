using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Simulated reads of a network card's clock: nothing here needs one.</summary>
public sealed class PhcMappingTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(37)]
    [InlineData(-120)]
    [InlineData(400)]
    public void Stamps_of_a_card_that_runs_fast_or_slow_are_converted_within_half_a_bracket(double ppm)
    {
        for (int seed = 1; seed <= 100; seed++)
        {
            Card card = new(seed, ppm);
            for (int burst = 0; burst < 60; burst++)
            {
                card.Wait(Second / 2);
                // the first stamp of a burst makes the program read the card's clock: it was made before that
                long stamped = card.Now;
                long phc = card.Clock;
                card.Wait(30_000);
                card.Read();
                for (int packet = 0; packet < 8; packet++)
                {
                    long? converted = card.Mapping.ToMonotonic(phc, card.Now);
                    Assert.NotNull(converted);
                    // half the widest bracket that counts as good, and what a rate of 400 ppm makes of 30 µs while it is not known
                    Assert.InRange(Math.Abs(converted.Value - stamped), 0, 2_500);
                    (stamped, phc) = (card.Now, card.Clock);
                    card.Wait(300_000);
                }
            }
            Assert.Equal(0, card.Mapping.Steps);
            Assert.InRange(card.Mapping.Rate!.Value, -ppm * 1e-6 - 2e-6, -ppm * 1e-6 + 2e-6);
        }
    }

    [Fact]
    public void A_card_that_is_disciplined_meanwhile_is_followed()
    {
        for (int seed = 1; seed <= 100; seed++)
        {
            Card card = new(seed, ppm: 20);
            Random random = new(seed);
            double worst = 0;
            for (int turn = 0; turn < 400; turn++)
            {
                // ptp4l turns the rate by a ppm or two every second
                card.SetRate(20 + 2 * (random.NextDouble() - 0.5));
                for (int burst = 0; burst < 2; burst++)
                {
                    card.Wait(Second / 2);
                    card.Read();
                    worst = Math.Max(worst, Math.Abs(card.Mapping.ToMonotonic(card.Clock, card.Now)!.Value - card.Now));
                }
            }
            Assert.Equal(0, card.Mapping.Steps);
            Assert.InRange(worst, 0, 4_000);
        }
    }

    [Theory]
    [InlineData(37 * Second)]
    [InlineData(-37 * Second)]
    [InlineData(-300_000)]
    [InlineData(+1_000_000)]
    public void A_step_of_the_cards_clock_costs_the_stamps_of_a_moment_and_then_all_is_right_again(long step)
    {
        Card card = new(5, ppm: 10);
        for (int turn = 0; turn < 20; turn++)
        {
            card.Wait(Second / 4);
            card.Read();
        }
        long before = card.Clock;
        card.Step(step);
        card.Wait(100_000);
        card.Read();

        Assert.Equal(1, card.Mapping.Steps);
        Assert.Null(card.Mapping.ToMonotonic(before, card.Now));
        Assert.Null(card.Mapping.ToMonotonic(card.Clock, card.Now));
        card.Wait(Second / 4);
        card.Read();
        Assert.InRange(card.Mapping.ToMonotonic(card.Clock, card.Now)!.Value, card.Now - 2_500, card.Now + 2_500);
        Assert.Equal(1, card.Mapping.Steps);
    }

    [Fact]
    public void Nothing_is_converted_without_a_reading_of_late_nor_what_is_ahead_of_now_or_old()
    {
        Card card = new(5, ppm: 10);
        Assert.Null(card.Mapping.ToMonotonic(card.Clock, card.Now));
        card.Read();

        Assert.NotNull(card.Mapping.ToMonotonic(card.Clock, card.Now));
        Assert.Null(card.Mapping.ToMonotonic(card.Clock + 100_000, card.Now));
        Assert.Null(card.Mapping.ToMonotonic(card.Clock - 2 * Second, card.Now));
        card.Wait(9 * Second);
        Assert.Null(card.Mapping.ToMonotonic(card.Clock, card.Now));
    }

    /// <summary>A network card whose oscillator is off by some ppm, read over a bus that takes 1 to 4 µs and now and then stalls.</summary>
    private sealed class Card(int seed, double ppm)
    {
        private readonly Random random = new(seed);
        private double rate = 1 + ppm * 1e-6;
        private long epoch = 1_700_000_000L * Second;
        private double sinceEpoch;

        public PhcMapping Mapping { get; } = new();

        public long Now { get; private set; } = 500 * Second;

        public long Clock => epoch + (long)sinceEpoch;

        public void SetRate(double partsPerMillion) => rate = 1 + partsPerMillion * 1e-6;

        public void Step(long nanoseconds) => epoch += nanoseconds;

        public void Wait(long nanoseconds)
        {
            Now += nanoseconds;
            sinceEpoch += nanoseconds * rate;
        }

        public void Read()
        {
            PhcReading[] reads = new PhcReading[5];
            for (int i = 0; i < reads.Length; i++)
            {
                long before = Now;
                Wait(random.Next(500, random.Next(20) == 0 ? 40_000 : 2_000));
                long read = Clock;
                Wait(random.Next(500, 2_000));
                // one read in ten fails
                reads[i] = i > 0 && random.Next(10) == 0 ? default : new PhcReading(before, read, Now);
            }
            Mapping.Note(PhcReading.Narrowest(reads)!.Value);
        }
    }
}

using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Simulated reads of two clocks that are one counter and a constant: what the kernel's stamps are converted by.</summary>
public sealed class WallClockDifferenceTests
{
    private const long Second = 1_000_000_000;
    private const long Wall = 1_795_395_175 * Second;

    [Fact]
    public void Brackets_of_every_width_confine_the_difference_and_never_exclude_the_truth()
    {
        for (int seed = 1; seed <= 500; seed++)
        {
            SimulatedReads reads = new(seed);
            long narrowest = long.MaxValue;
            for (int turn = 0; turn < 300; turn++)
            {
                long stamped = reads.Now;
                long? converted = reads.Convert(stamped);
                Assert.NotNull(converted);
                Assert.InRange(Math.Abs(converted.Value - stamped), 0, reads.Difference.ErrorNs);
                narrowest = Math.Min(narrowest, reads.LastWidth);
                // no wider than the narrowest bracket, and never inverted
                Assert.InRange(reads.Difference.ErrorNs, 0, (narrowest + 1) / 2);
            }
            // many brackets are worth more than the best of them
            Assert.InRange(reads.Difference.ErrorNs, 0, 40);
        }
    }

    [Fact]
    public void A_reading_that_was_interrupted_gives_the_wall_clock_as_well_as_those_before_it_and_a_step_is_followed_at_once()
    {
        WallClockDifference difference = new();
        Assert.Equal(Wall + 1_010, difference.WallAt(1_000, Wall + 1_005, 1_010));

        // 100 µs between the outer readings, and the inner one at their end: the middle of this bracket alone is 49 µs off
        Assert.Equal(Wall + 102_000, difference.WallAt(2_000, Wall + 101_000, 102_000));

        Assert.Equal(Wall + Second + 200_010, difference.WallAt(200_000, Wall + Second + 200_005, 200_010));
    }

    [Fact]
    public void A_step_of_a_microsecond_or_more_is_noticed_within_a_few_reads_and_nothing_wrong_passes_after_that()
    {
        for (int seed = 1; seed <= 500; seed++)
        {
            SimulatedReads reads = new(seed);
            for (int turn = 0; turn < 100; turn++)
                reads.Convert(reads.Now);
            Random random = new(seed);
            long size = (long)(1_000 * Math.Pow(10, 9 * random.NextDouble()));
            reads.StepWall(random.Next(2) == 0 ? size : -size);

            long stepped = reads.Now;
            int wrong = 0;
            for (int turn = 0; turn < 50; turn++)
            {
                long stamped = reads.Now;
                if (reads.Convert(stamped) is { } converted && Math.Abs(converted - stamped) > reads.Difference.ErrorNs + 1)
                    wrong++;
            }
            // only brackets as wide as the step hide it, a few in a hundred
            Assert.InRange(wrong, 0, 4);
            // 20 ms of mistrust
            reads.Wait(stepped + 25_000_000 - reads.Now);
            for (int turn = 0; turn < 50; turn++)
            {
                long stamped = reads.Now;
                Assert.InRange(reads.Convert(stamped)!.Value, stamped - reads.Difference.ErrorNs - 1, stamped + reads.Difference.ErrorNs + 1);
            }
        }
    }

    [Theory]
    [InlineData(+300_000)]
    [InlineData(-300_000)]
    [InlineData(+3_600 * Second)]
    [InlineData(-3_600 * Second)]
    public void An_exchange_across_a_step_loses_its_stamps_and_not_its_truth(long step)
    {
        SimulatedReads reads = new(7, widest: 400);
        for (int turn = 0; turn < 20; turn++)
            reads.Convert(reads.Now);

        // stamped by the kernel before the step, fetched by the program after it
        long stampedBefore = reads.WallAt(reads.Now);
        reads.Wait(100_000);
        reads.StepWall(step);
        reads.Wait(100_000);

        Assert.Null(reads.ConvertWall(stampedBefore));
        // the answer of the same burst, which may have been stamped before the step as well
        Assert.Null(reads.Convert(reads.Now));
        reads.Wait(20_100_000);
        Assert.NotNull(reads.Convert(reads.Now));
    }

    [Fact]
    public void Two_processors_whose_counters_differ_a_little_are_no_step()
    {
        SimulatedReads reads = new(3, widest: 60);
        for (int turn = 0; turn < 1_000; turn++)
        {
            // the wall clock read on a processor that is 80 ns ahead
            long now = reads.Now;
            long skew = turn % 2 == 0 ? 80 : 0;
            Assert.NotNull(reads.Difference.ToMonotonic(now + Wall, now, now + Wall + 10 + skew, now + 30));
            reads.Wait(1_000);
        }
        Assert.InRange(reads.Difference.ErrorNs, 0, 100);
    }

    [Fact]
    public void A_reading_that_runs_back_is_passed_over()
    {
        SimulatedReads reads = new(3);
        reads.Convert(reads.Now);
        long error = reads.Difference.ErrorNs;

        Assert.NotNull(reads.Difference.ToMonotonic(reads.Now + Wall, reads.Now + 500, reads.Now + Wall, reads.Now - 500));
        Assert.Equal(error, reads.Difference.ErrorNs);
    }

    [Fact]
    public void Stamps_from_several_threads_are_all_right()
    {
        WallClockDifference difference = new();
        Parallel.For(
            0,
            4,
            thread =>
            {
                for (long turn = 1; turn < 20_000; turn++)
                {
                    long now = turn * 1_000 + thread;
                    Assert.InRange(difference.ToMonotonic(now + Wall, now - 50, now + Wall, now + 50)!.Value, now - 50, now + 50);
                }
            }
        );
        Assert.InRange(difference.ErrorNs, 0, 50);
    }

    /// <summary>A program that reads clocks: mostly in some ten nanoseconds, now and then interrupted for up to a millisecond.</summary>
    private sealed class SimulatedReads(int seed, long widest = 1_000_000)
    {
        private readonly Random random = new(seed);
        private long wallAhead = Wall;

        public WallClockDifference Difference { get; } = new();

        public long Now { get; private set; } = 1_000 * Second;

        public long LastWidth { get; private set; }

        public void Wait(long nanoseconds) => Now += nanoseconds;

        public void StepWall(long nanoseconds) => wallAhead += nanoseconds;

        public long WallAt(long monotonic) => monotonic + wallAhead;

        /// <summary>What becomes of the kernel's stamp of that instant, when the program gets it some microseconds later.</summary>
        public long? Convert(long monotonic) => ConvertWall(WallAt(monotonic));

        public long? ConvertWall(long wall)
        {
            Wait(random.Next(100, 10_000));
            long before = Now;
            Wait(Pause());
            long read = Now;
            Wait(Pause());
            LastWidth = Now - before;
            return Difference.ToMonotonic(wall, before, WallAt(read), Now);
        }

        private long Pause() => Math.Min(widest / 2, random.Next(25) == 0 ? random.Next(1, 1_000_000) : random.Next(20, 60));
    }
}

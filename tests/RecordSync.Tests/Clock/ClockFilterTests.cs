using RecordSync.Laboratory;
using Xunit;

namespace RecordSync.Tests;

/// <summary>The joint lower envelope against a simulated oscillator whose truth is known.</summary>
public sealed class ClockFilterTests
{
    /// <summary>A follower's clock that is wrong by a constant and a rate, and a path with a hard minimum delay and a one-sided tail.</summary>
    private sealed class Path(int seed, double ppm, long offset, double minimumUs, double tailUs)
    {
        private readonly Random random = new(seed);

        public long TailNs => (long)(-Math.Log(1 - random.NextDouble()) * tailUs * 1_000);

        public long OffsetAt(long trueNs) => offset - (long)(trueNs * ppm * 1e-6);

        public LocalTime Local(long trueNs) => new(trueNs - OffsetAt(trueNs));

        public ClockSample Exchange(long trueNs, long asymmetryNs = 0)
        {
            long arrives = trueNs + (long)(minimumUs * 1_000) + asymmetryNs + TailNs;
            long leaves = arrives + 20_000;
            long back = leaves + (long)(minimumUs * 1_000) + TailNs;
            return new ClockSample(Local(trueNs), new NetworkTime(arrives), new NetworkTime(leaves), Local(back));
        }
    }

    private static long ErrorAt(ClockFilter filter, Path path, long trueNs) =>
        path.Local(trueNs).Nanoseconds + filter.Estimate!.Value.OffsetAt(path.Local(trueNs)) - trueNs;

    private static void Bursts(ClockFilter filter, Path path, double fromSeconds, double toSeconds, long asymmetryNs = 0)
    {
        for (double second = fromSeconds; second < toSeconds; second++)
            for (int i = 0; i < NodeSettings.BurstLength; i++)
                filter.Add(path.Exchange((long)(second * 1e9) + i * 2_000_000, asymmetryNs));
    }

    [Fact]
    public void A_burst_gives_an_estimate_inside_its_own_bound_at_once()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            Path path = new(seed, ppm: seed % 200 - 100, offset: 1_795_395_175_000_000_000 + seed, minimumUs: 30, tailUs: 20);
            ClockFilter filter = new();
            Bursts(filter, path, 1, 2);
            long now = 1_000_000_000 + 8 * 2_000_000;
            Assert.True(
                Math.Abs(ErrorAt(filter, path, now)) <= filter.Estimate!.Value.ErrorAt(path.Local(now)),
                $"seed {seed}: error {ErrorAt(filter, path, now)} ns, bound {filter.Estimate.Value.ErrorAt(path.Local(now))} ns"
            );
        }
    }

    [Fact]
    public void After_thirty_seconds_offset_and_rate_are_known_far_better_than_one_exchange_tells()
    {
        List<double> errors = [];
        for (int seed = 0; seed < 200; seed++)
        {
            Path path = new(seed, ppm: seed % 100 - 50, offset: -3_000_000_000, minimumUs: 40, tailUs: 30);
            ClockFilter filter = new();
            Bursts(filter, path, 1, 31);
            errors.Add(Math.Abs(ErrorAt(filter, path, 31_000_000_000)));
            double trueRate = (seed % 100 - 50) * 1e-6;
            Assert.InRange(filter.Estimate!.Value.Rate * (1 + trueRate), -trueRate - 1.5e-6, -trueRate + 1.5e-6);
        }
        errors.Sort();
        // one exchange of this path has a mean error of 15 µs; the floor of 240 exchanges is known to two
        Assert.True(errors[198] < 5_000, $"p99 {errors[198]} ns");
    }

    [Fact]
    public void The_bound_covers_a_path_that_is_slower_one_way()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Path path = new(seed, ppm: 35, offset: 7_000_000_000, minimumUs: 100, tailUs: 30);
            ClockFilter filter = new();
            Bursts(filter, path, 1, 20, asymmetryNs: 1_000_000);
            long error = Math.Abs(ErrorAt(filter, path, 20_000_000_000));
            Assert.InRange(error, 400_000, filter.Estimate!.Value.ErrorAt(path.Local(20_000_000_000)));
        }
    }

    [Fact]
    public void A_single_late_packet_changes_nothing()
    {
        Path path = new(1, ppm: 20, offset: 0, minimumUs: 40, tailUs: 10);
        ClockFilter filter = new();
        Bursts(filter, path, 1, 10);
        ClockSample good = path.Exchange(10_000_000_000);
        filter.Add(good with { T2 = good.T2 + Nanos.FromMilliseconds(80), T3 = good.T3 + Nanos.FromMilliseconds(80), T4 = good.T4 + Nanos.FromMilliseconds(80) });
        Assert.InRange(ErrorAt(filter, path, 10_100_000_000), -20_000, 20_000);
    }

    [Fact]
    public void A_first_burst_over_a_busy_leader_is_not_taken_for_a_step()
    {
        // the answers of the first second left late: the floor of one direction is unknown, and with it the rate
        for (int seed = 0; seed < 300; seed++)
        {
            Path busy = new(seed, ppm: seed % 120 - 60, offset: 0, minimumUs: 10, tailUs: 4);
            ClockFilter filter = new();
            for (double second = 1; second < 12; second++)
            {
                for (int i = 0; i < NodeSettings.BurstLength; i++)
                {
                    long now = (long)(second * 1e9) + i * 2_000_000;
                    ClockSample sample = busy.Exchange(now);
                    long late = second < 2 ? 190_000 : 0;
                    filter.Add(sample with { T4 = sample.T4 + new Nanos(late) });
                    if (filter.Estimate is { Samples: >= NetworkClock.EnoughSamples } estimate)
                        Assert.True(Math.Abs(ErrorAt(filter, busy, now)) <= estimate.ErrorAt(busy.Local(now)), $"seed {seed}, second {second}");
                }
            }
            Assert.Equal(0, filter.Resets);
        }
    }

    [Fact]
    public void A_stepped_clock_is_noticed_and_learned_anew()
    {
        Path before = new(1, ppm: 20, offset: 0, minimumUs: 40, tailUs: 10);
        Path after = new(2, ppm: 20, offset: 2_000_000_000, minimumUs: 40, tailUs: 10);
        ClockFilter filter = new();
        Bursts(filter, before, 1, 10);
        Bursts(filter, after, 10, 14);
        Assert.Equal(1, filter.Resets);
        Assert.InRange(ErrorAt(filter, after, 14_000_000_000), -60_000, 60_000);
    }

    [Fact]
    public void An_exchange_that_took_negative_time_is_refused()
    {
        ClockFilter filter = new();
        Assert.False(filter.Add(new ClockSample(new LocalTime(100), new NetworkTime(1_000), new NetworkTime(2_000), new LocalTime(200))));
        Assert.Null(filter.Estimate);
    }

    [Fact]
    public void Adding_a_sample_allocates_nothing()
    {
        Path path = new(1, ppm: 20, offset: 0, minimumUs: 40, tailUs: 10);
        ClockFilter filter = new();
        Bursts(filter, path, 1, 3);
        int second = 3;
        Assert.Equal(0, Allocations.Least(() => Bursts(filter, path, second, second += 7)));
    }
}

using CsCheck;
using Xunit;

namespace RecordSync.Tests;

public sealed class NetworkClockTests
{
    private static ClockEstimate Estimate(long at, long offset, double rate = 0, int samples = 100) => new(new LocalTime(at), offset, rate, 1_000, 100_000, 51_000, 1e-6, samples);

    private static long? Follow(NetworkClock clock, ClockEstimate estimate, bool takeRunning) => clock.Follow(estimate, estimate.At, takeRunning);

    [Fact]
    public void There_is_no_network_time_before_there_are_enough_samples()
    {
        NetworkClock clock = new();
        Assert.Equal(SyncState.Unsynchronised, clock.State(new LocalTime(0)));
        Follow(clock, Estimate(1_000, 5_000, samples: 1), takeRunning: false);
        Assert.Null(clock.Mapping);
        Assert.Equal(SyncState.Synchronising, clock.State(new LocalTime(1_000)));
        Follow(clock, Estimate(2_000, 5_000, samples: NetworkClock.EnoughSamples), takeRunning: false);
        Assert.Equal(SyncState.Synchronised, clock.State(new LocalTime(2_000)));
    }

    [Fact]
    public void A_silent_leader_means_holdover_and_a_bound_that_grows()
    {
        NetworkClock clock = new();
        Follow(clock, Estimate(0, 5_000), takeRunning: false);
        LocalTime later = new(60_000_000_000);
        Assert.Equal(SyncState.Holdover, clock.State(later));
        Assert.True(clock.Mapping!.ErrorAt(later) >= clock.Mapping.ErrorAt(new LocalTime(0)) + 50_000);
    }

    [Fact]
    public void In_a_take_time_never_runs_back_and_never_jumps_whatever_the_estimates_say() =>
        Gen.Select(Gen.Long[-3_000_000, 3_000_000], Gen.Double[-80e-6, 80e-6]).Array[2, 40].Sample(estimates =>
        {
            NetworkClock clock = new();
            Follow(clock, Estimate(0, 0), takeRunning: false);
            long local = 0;
            NetworkTime last = clock.Mapping!.At(new LocalTime(0));
            foreach ((long offset, double rate) in estimates)
            {
                for (int i = 0; i < 10; i++)
                {
                    local += 10_000_000;
                    NetworkTime now = clock.Mapping.At(new LocalTime(local));
                    // 10 ms may be up to 700 ppm off: 500 of slew, the rest the rates themselves
                    Assert.InRange((now - last).Value, 9_993_000, 10_007_000);
                    last = now;
                }
                Assert.Null(Follow(clock, Estimate(local, offset, rate), takeRunning: true));
                Assert.InRange((clock.Mapping.At(new LocalTime(local)) - last).Value, -1, 1);
            }
        });

    [Fact]
    public void A_slewed_clock_arrives()
    {
        NetworkClock clock = new();
        Follow(clock, Estimate(0, 0), takeRunning: false);
        for (int second = 1; second <= 12; second++)
            Follow(clock, Estimate(second * 1_000_000_000L, 400_000), takeRunning: true);
        LocalTime end = new(13_000_000_000);
        Assert.InRange((clock.Mapping!.At(end) - new NetworkTime(end.Nanoseconds + 400_000)).Value, -100, 100);
    }

    [Fact]
    public void While_it_is_slewed_the_bound_covers_what_is_left()
    {
        NetworkClock clock = new();
        Follow(clock, Estimate(0, 0), takeRunning: false);
        Follow(clock, Estimate(1_000_000_000, 900_000), takeRunning: true);
        Assert.True(clock.Mapping!.ErrorAt(new LocalTime(1_000_000_000)) >= 900_000);
    }

    [Fact]
    public void Outside_a_take_a_large_error_is_stepped_and_said()
    {
        NetworkClock clock = new();
        Follow(clock, Estimate(0, 0), takeRunning: false);
        Assert.Equal(50_000_000, Follow(clock, Estimate(1_000_000_000, 50_000_000), takeRunning: false));
    }

    [Fact]
    public void The_inverse_of_the_mapping_is_its_inverse() =>
        Gen.Select(Gen.Long[-10_000_000_000_000, 10_000_000_000_000], Gen.Double[-500e-6, 500e-6])
            .Sample(
                (elapsed, rate) =>
                {
                    ClockMapping mapping = new(new LocalTime(1_000), new NetworkTime(1_795_395_175_000_000_000), rate, 0, 0);
                    LocalTime local = new(1_000 + elapsed);
                    Assert.InRange((mapping.LocalAt(mapping.At(local)) - local).Value, -5, 5);
                }
            );
}

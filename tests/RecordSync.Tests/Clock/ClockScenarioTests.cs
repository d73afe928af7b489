using Xunit;

namespace RecordSync.Tests;

/// <summary>
/// Filter, network clock and cadence together, over many seeds, against the truth: the figures and the faults of docs/clock.md. Errors in ns.
/// Every look at the clock, ten times a second, must lie within the bound that the clock states at that instant.
/// </summary>
public sealed class ClockScenarioTests
{
    private static SimulatedFollower Follower(int seed, SimulatedPath path)
    {
        Random random = new(seed);
        double ppm = (random.NextDouble() - 0.5) * 200;
        // a heating's cycle of ± 1 ppm, and ± 0.1 ppm within the minute
        SimulatedOscillator oscillator = new(random.NextInt64(-4_000_000_000_000, 4_000_000_000_000), ppm, MinutePpm: 0.1, RoomPpm: 1, Phase: seed);
        return new SimulatedFollower(seed, oscillator, path);
    }

    private static void MustBeHonest(SimulatedFollower follower) =>
        Assert.True(
            Math.Abs(follower.ErrorNs) <= follower.BoundNs,
            $"at {follower.NowNs / 1e9:0.0} s the error is {follower.ErrorNs:0} ns, the bound {follower.BoundNs:0} ns; {follower.Filter.Estimate}"
        );

    /// <returns>|error| from 5 s on, sorted.</returns>
    private static double[] Errors(SimulatedPath path, int seeds, double seconds)
    {
        List<double> errors = [];
        for (int seed = 0; seed < seeds; seed++)
        {
            SimulatedFollower follower = Follower(seed, path);
            follower.RunFor(5, MustBeHonest);
            follower.RunFor(
                seconds,
                looked =>
                {
                    MustBeHonest(looked);
                    errors.Add(Math.Abs(looked.ErrorNs));
                }
            );
        }
        errors.Sort();
        return [.. errors];
    }

    private static double P99(double[] sorted) => sorted[(int)(sorted.Length * 0.99)];

    [Fact]
    public void On_a_quiet_link_a_thousand_oscillators_are_followed_to_a_third_of_a_microsecond() => Assert.InRange(P99(Errors(SimulatedPath.Clean, 1_000, 15)), 1, 330);

    [Fact]
    public void Behind_fifty_microseconds_of_jitter_the_clock_is_known_to_three() => Assert.InRange(P99(Errors(SimulatedPath.Lan, 150, 40)), 1, 3_000);

    [Fact]
    public void Over_a_link_like_wifi_the_clock_is_known_to_ten_microseconds() =>
        Assert.InRange(P99(Errors(new SimulatedPath(1_300_000, random => Math.Pow(SimulatedPath.Exponential(random, 0.8), 1.25) * 1_000_000, Loss: 0.02), 100, 40)), 1, 10_000);

    [Fact]
    public void Eight_hours_of_a_heating_that_goes_on_and_off_stay_within_three_microseconds()
    {
        SimulatedFollower follower = new(1, new SimulatedOscillator(77, 50, MinutePpm: 0.1, RoomPpm: 2), SimulatedPath.Clean);
        follower.RunFor(5, MustBeHonest);
        double worst = 0;
        follower.RunFor(
            8 * 3_600,
            looked =>
            {
                MustBeHonest(looked);
                worst = Math.Max(worst, Math.Abs(looked.ErrorNs));
            }
        );
        Assert.InRange(worst, 1, 3_000);
    }

    [Fact]
    public void Two_parts_per_million_of_wander_within_a_minute_are_learned_and_followed()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            SimulatedFollower follower = new(seed, new SimulatedOscillator(0, -50, MinutePpm: 2, Phase: seed), SimulatedPath.Clean);
            follower.RunFor(40, MustBeHonest);
            follower.RunFor(60, looked => Assert.InRange(Math.Abs(looked.ErrorNs), 0, 3_000));
        }
    }

    [Fact]
    public void A_millisecond_more_one_way_is_half_a_millisecond_of_error_and_the_bound_says_so()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            SimulatedFollower follower = Follower(seed, SimulatedPath.Clean with { AsymmetryNs = 1_000_000 });
            follower.RunFor(20, MustBeHonest);
            Assert.InRange(Math.Abs(follower.ErrorNs), 495_000, 505_000);
        }
    }

    [Fact]
    public void A_route_that_becomes_slower_both_ways_moves_nothing()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            SimulatedFollower follower = Follower(seed, SimulatedPath.Clean);
            follower.RunFor(20, MustBeHonest);
            follower.Path = SimulatedPath.Clean with { LeastNs = 400_000 };
            follower.RunFor(120, MustBeHonest);
            Assert.InRange(Math.Abs(follower.ErrorNs), 0, 1_000);
            Assert.Equal(0, follower.Filter.Resets);
        }
    }

    [Fact]
    public void A_route_that_becomes_slower_one_way_is_believed_after_the_window_and_always_within_the_bound()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            SimulatedFollower follower = Follower(seed, SimulatedPath.Clean);
            follower.RunFor(20, MustBeHonest);
            follower.Path = SimulatedPath.Clean with { AsymmetryNs = 300_000 };
            follower.RunFor(ClockFilterTuning.Default.Window.Seconds + 40, MustBeHonest);
            Assert.InRange(Math.Abs(follower.ErrorNs), 145_000, 155_000);
            follower.Path = SimulatedPath.Clean;
            // a faster route is believed at once
            follower.RunFor(10, MustBeHonest);
            Assert.InRange(Math.Abs(follower.ErrorNs), 0, 5_000);
        }
    }

    [Fact]
    public void Twenty_seconds_of_congestion_one_way_do_not_pull_the_clock()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            SimulatedFollower follower = Follower(seed, SimulatedPath.Clean);
            follower.RunFor(30, MustBeHonest);
            Random random = new(seed);
            follower.Arrives = sample => [Later(sample, (long)(200_000 + SimulatedPath.Exponential(random, 3_000_000)))];
            follower.RunFor(20, looked => Assert.InRange(Math.Abs(looked.ErrorNs), 0, Math.Min(looked.BoundNs, 15_000)));
            follower.Arrives = sample => [sample];
            follower.RunFor(5, MustBeHonest);
            Assert.InRange(Math.Abs(follower.ErrorNs), 0, 1_000);
        }

        // the way out is congested: the leader gets it later, and answers later
        static ClockSample Later(ClockSample sample, long ns) =>
            new(sample.T1, sample.T2 + new Nanos(ns), sample.T3 + new Nanos(ns), sample.T4 + new Nanos(ns));
    }

    [Fact]
    public void A_leader_that_stalls_before_it_answers_costs_nothing()
    {
        SimulatedFollower follower = Follower(3, SimulatedPath.Clean);
        follower.RunFor(10, MustBeHonest);
        follower.Arrives = sample => [sample with { T3 = sample.T3 + Nanos.FromMilliseconds(300), T4 = sample.T4 + Nanos.FromMilliseconds(300) }];
        follower.RunFor(20, looked => Assert.InRange(Math.Abs(looked.ErrorNs), 0, Math.Min(looked.BoundNs, 40_000)));
        Assert.Equal(0, follower.Filter.Resets);
    }

    [Fact]
    public void Duplicates_and_stragglers_change_nothing()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            SimulatedFollower follower = Follower(seed, SimulatedPath.Clean);
            Queue<ClockSample> held = [];
            follower.Arrives = sample =>
            {
                held.Enqueue(sample);
                // each twice, and every third one nine exchanges late
                return held.Count > 9 ? [sample, sample, held.Dequeue()] : [sample, sample];
            };
            follower.RunFor(20, MustBeHonest);
            Assert.InRange(Math.Abs(follower.ErrorNs), 0, 500);
            Assert.Equal(0, follower.Filter.Resets);
        }
    }

    [Theory]
    [InlineData(-120_000_000_000)]
    [InlineData(7_000_000)]
    public void A_clock_that_jumped_is_noticed_with_the_next_bursts_and_learned_anew(long jumpNs)
    {
        // a laptop that slept: its clock stood still; or a leader that was moved to another machine alive
        for (int seed = 0; seed < 50; seed++)
        {
            SimulatedFollower follower = Follower(seed, SimulatedPath.Clean);
            follower.RunFor(15, MustBeHonest);
            follower.Oscillator = follower.Oscillator with { OffsetNs = follower.Oscillator.OffsetNs + jumpNs };
            // at the latest with the next burst but one: 4 s of pause, and a second look
            follower.RunFor(6);
            Assert.Equal(1, follower.Filter.Resets);
            follower.RunFor(5, MustBeHonest);
            Assert.InRange(Math.Abs(follower.ErrorNs), 0, 1_000);
        }
    }

    [Fact]
    public void Less_than_a_burst_and_a_half_of_wild_answers_is_ignored()
    {
        SimulatedFollower follower = Follower(5, SimulatedPath.Clean);
        follower.RunFor(10, MustBeHonest);
        int wild = 11;
        follower.Arrives = sample => wild-- > 0 ? [sample with { T2 = sample.T2 + Nanos.FromSeconds(3), T3 = sample.T3 + Nanos.FromSeconds(3) }] : [sample];
        follower.RunFor(10, MustBeHonest);
        Assert.Equal(0, follower.Filter.Resets);
        Assert.InRange(Math.Abs(follower.ErrorNs), 0, 500);
    }

    [Fact]
    public void The_first_estimate_comes_at_once_and_is_good_to_a_hundred_microseconds()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            SimulatedFollower follower = Follower(seed, SimulatedPath.Clean);
            follower.RunFor(0.3, looked => Assert.InRange(Math.Abs(looked.ErrorNs), 0, Math.Min(looked.BoundNs, 100_000)));
            Assert.NotNull(follower.Network.Mapping);
        }
    }

    [Fact]
    public void A_minute_without_leader_costs_twenty_microseconds_at_most_and_the_bound_has_room_for_them()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            SimulatedFollower follower = new(seed, new SimulatedOscillator(9, random.NextDouble() * 100 - 50, MinutePpm: 0.1, Phase: seed), SimulatedPath.Clean);
            follower.RunFor(60, MustBeHonest);
            follower.LeaderAnswers = false;
            follower.RunFor(60, MustBeHonest);
            Assert.Equal(SyncState.Holdover, follower.Network.State(follower.Local));
            Assert.InRange(Math.Abs(follower.ErrorNs), 0, 20_000);
        }
    }

    [Fact]
    public void In_a_take_network_time_is_never_stepped_whatever_happens()
    {
        SimulatedFollower follower = Follower(8, SimulatedPath.Wifi);
        follower.RunFor(3);
        follower.TakeRunning = true;
        (LocalTime Local, NetworkTime Network)? last = null;
        follower.Arrives = sample => [sample with { T2 = sample.T2 + Nanos.FromMilliseconds(1), T3 = sample.T3 + Nanos.FromMilliseconds(1) }];
        follower.RunFor(
            60,
            looked =>
            {
                (LocalTime Local, NetworkTime Network) now = (looked.Local, looked.Network.Mapping!.At(looked.Local));
                if (last is { } before)
                {
                    double local = (now.Local - before.Local).Value;
                    // 500 ppm of slew, and the rate itself
                    Assert.InRange((now.Network - before.Network).Value, local * (1 - 1_300e-6), local * (1 + 1_300e-6));
                }
                last = now;
            }
        );
    }
}

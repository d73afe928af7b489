using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class LocalClockTests
{
    [Fact]
    public void Local_time_is_the_monotonic_clock()
    {
        LocalClock clock = new();

        // on Linux a Stopwatch reads CLOCK_MONOTONIC in nanoseconds
        long before = Stopwatch.GetTimestamp();
        long now = clock.Now().Nanoseconds;
        long after = Stopwatch.GetTimestamp();

        Assert.InRange(now, before, after);
        Assert.Equal(before, clock.ToMonotonic(clock.FromMonotonic(before)));
    }

    [Fact]
    public void A_wall_clock_stamp_becomes_the_local_time_at_which_it_was_taken()
    {
        LocalClock clock = new(SimulatedClock.Parse("offset=7,ppm=100"));

        for (int turn = 0; turn < 1_000; turn++)
        {
            LocalTime before = clock.Now();
            LocalTime? stamp = clock.FromRealtime(Libc.Realtime());
            LocalTime after = clock.Now();
            // two microseconds: what the conversion itself may err
            Assert.NotNull(stamp);
            Assert.InRange(stamp.Value.Nanoseconds, before.Nanoseconds - 2_000, after.Nanoseconds + 2_000);
        }
    }

    [Fact]
    public void A_stamp_of_the_future_or_of_long_ago_is_not_believed()
    {
        LocalClock clock = new();

        Assert.Null(clock.FromRealtime(Libc.Realtime() + 1_000_000_000));
        Assert.Null(clock.FromRealtime(Libc.Realtime() - 2_000_000_000));
        Assert.NotNull(clock.FromRealtime(Libc.Realtime() - 500_000_000));
    }

    [Fact]
    public void The_wall_clock_of_a_simulated_node_is_wrong_by_its_offset()
    {
        LocalClock ahead = new(SimulatedClock.Parse("offset=3600"));

        long before = Libc.Realtime();
        long wall = ahead.WallNow().Nanoseconds - 3_600_000_000_000;

        Assert.InRange(wall, before, Libc.Realtime());
    }

    [Theory]
    [InlineData(+300_000)]
    [InlineData(-300_000)]
    [InlineData(+3_600_000_000_000)]
    public void After_a_step_of_the_wall_clock_stamps_are_not_trusted_for_a_moment(long stepNs)
    {
        WallClockSteps steps = new();
        const long Second = 1_000_000_000;

        Assert.True(steps.Note(100 * Second, 5) <= 100 * Second);
        Assert.True(steps.Note(100 * Second + 1_000_000, 5 + stepNs) > 100 * Second + 1_000_000);
        // two more in the same burst, which may have been stamped before the step
        Assert.True(steps.Note(100 * Second + 2_000_000, 5 + stepNs) > 100 * Second + 2_000_000);
        Assert.True(steps.Note(101 * Second, 5 + stepNs) <= 101 * Second);
    }

    [Fact]
    public void Slewing_is_not_a_step()
    {
        WallClockSteps steps = new();
        long difference = 0;

        for (long at = 0; at < 10_000_000_000; at += 1_000_000_000)
        {
            difference += 500_000; // 500 ppm
            Assert.True(steps.Note(at, difference) <= at);
        }
    }
}

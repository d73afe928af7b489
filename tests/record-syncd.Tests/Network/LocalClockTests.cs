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
            // 100 ns: two processors' counters
            long error = clock.RealtimeErrorNs + 100;
            Assert.NotNull(stamp);
            Assert.InRange(stamp.Value.Nanoseconds, before.Nanoseconds - error, after.Nanoseconds + error);
        }
    }

    [Fact]
    public void The_more_is_read_the_less_a_conversion_can_err()
    {
        LocalClock clock = new();

        Assert.NotNull(clock.FromRealtime(Libc.Realtime()));
        long first = clock.RealtimeErrorNs;
        for (int turn = 0; turn < 10_000; turn++)
            Assert.NotNull(clock.FromRealtime(Libc.Realtime()));

        Assert.InRange(clock.RealtimeErrorNs, 0, Math.Min(first, 1_000));
    }

    [Fact]
    public void Converting_a_stamp_allocates_nothing()
    {
        LocalClock clock = new();
        for (int turn = 0; turn < 100; turn++)
            clock.FromRealtime(Libc.Realtime());

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int turn = 0; turn < 10_000; turn++)
            clock.FromRealtime(Libc.Realtime());

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
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
}

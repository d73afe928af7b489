using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class SenderClockTests
{
    private const long Wall = 1_700_000_000_000_000_000;
    private const long Ms = 1_000_000;
    private readonly SenderClock clock = new();

    [Fact]
    public void A_picture_has_the_time_that_its_sender_says()
    {
        Assert.Equal(1_000 * Ms, clock.CaptureTime(1_080 * Ms, Ntp(1_000 * Ms), Wall));
        Assert.Equal((SenderTimes.Camera, 80 * Ms), (clock.Times, clock.LastDelay));
    }

    [Theory]
    [InlineData(-21)]
    [InlineData(2_001)]
    public void A_delay_that_is_not_possible_makes_it_another_clock(long delayMs)
    {
        Assert.Equal(5_000 * Ms, clock.CaptureTime(5_000 * Ms, Ntp((5_000 - delayMs) * Ms), Wall));
        Assert.Equal((SenderTimes.Arrival, true, delayMs * Ms), (clock.Times, clock.HasClock, clock.LastDelay));
    }

    [Fact]
    public void A_picture_that_does_not_fit_or_has_no_time_keeps_the_delay_of_those_before()
    {
        clock.CaptureTime(1_080 * Ms, Ntp(1_000 * Ms), Wall);
        Assert.Equal(1_033 * Ms, clock.CaptureTime(1_113 * Ms, null, Wall));
        Assert.Equal(1_066 * Ms, clock.CaptureTime(1_146 * Ms, Ntp(9_000 * Ms), Wall));
        Assert.Equal(SenderTimes.Camera, clock.Times);
    }

    [Fact]
    public void A_clock_that_was_set_is_followed_after_half_a_second()
    {
        clock.CaptureTime(1_080 * Ms, Ntp(1_000 * Ms), Wall);
        for (int k = 0; k < 14; k++)
            Assert.Equal((2_000 + k - 80) * Ms, clock.CaptureTime((2_000 + k) * Ms, Ntp(90_000 * Ms), Wall));
        Assert.Equal(2_100 * Ms, clock.CaptureTime(2_100 * Ms, Ntp(90_000 * Ms), Wall));
        Assert.Equal(SenderTimes.Arrival, clock.Times);
        for (int k = 0; k < 14; k++)
            clock.CaptureTime((3_000 + k) * Ms, Ntp((2_950 + k) * Ms), Wall);
        Assert.Equal(3_050 * Ms, clock.CaptureTime(3_100 * Ms, Ntp(3_050 * Ms), Wall));
        Assert.Equal(SenderTimes.Camera, clock.Times);
    }

    [Fact]
    public void Without_reports_it_is_arrival_until_one_comes()
    {
        Assert.Equal(7 * Ms, clock.CaptureTime(7 * Ms, null, Wall));
        Assert.Equal(SenderTimes.Unknown, clock.Times);
        clock.GiveUp();
        Assert.Equal((SenderTimes.Arrival, false), (clock.Times, clock.HasClock));
    }

    private static long Ntp(long monotonic) => monotonic + Wall + 2_208_988_800_000_000_000;
}

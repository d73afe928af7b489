using CsCheck;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class SimulatedClockTests
{
    private const long Day = 86_400_000_000_000;

    private static readonly Gen<SimulatedClock> AnyClock = Gen.Select(
        Gen.Long[-5_000_000_000, 5_000_000_000],
        Gen.Int[-500_000, 500_000],
        Gen.OneOf(Gen.Const(0), Gen.Int[-5_000, 5_000]),
        (offsetNs, ppb, wanderPpb) => new SimulatedClock(offsetNs / 1e9m, ppb / 1e3m, wanderPpb / 1e3m)
    );

    private static readonly Gen<long> AnyMonotonic = Gen.Long[0, 3_000 * Day];

    [Fact]
    public void A_clock_of_offset_and_rate_shows_exactly_that()
    {
        SimulatedClock clock = new(offsetSeconds: -2.5m, ppm: 20);

        Assert.Equal(new LocalTime(-2_500_000_000), clock.FromMonotonic(0));
        Assert.Equal(new LocalTime(1_000_000_000_000 + 20_000_000 - 2_500_000_000), clock.FromMonotonic(1_000_000_000_000));
        // a hundred days later still to the nanosecond, where doubles would be off by half a microsecond
        Assert.Equal(new LocalTime(100 * Day + 1 + 100 * Day / 50_000 - 2_500_000_000), clock.FromMonotonic(100 * Day + 1));
    }

    [Fact]
    public void A_simulated_clock_never_runs_back() =>
        Gen.Select(AnyClock, AnyMonotonic, Gen.Long[0, 100])
            .Sample((clock, at, step) => clock.FromMonotonic(at + step) >= clock.FromMonotonic(at));

    [Fact]
    public void Monotonic_time_is_found_again_to_the_nanosecond() =>
        Gen.Select(AnyClock, AnyMonotonic)
            .Sample(
                (clock, at) =>
                {
                    LocalTime shown = clock.FromMonotonic(at);
                    long back = clock.ToMonotonic(shown);
                    // a slow clock shows some nanoseconds twice: the first is found
                    return Math.Abs(back - at) <= 1 && clock.FromMonotonic(back) == shown && clock.FromMonotonic(back - 1) < shown;
                }
            );

    [Fact]
    public void A_deadline_is_reached_when_the_clock_shows_it_and_not_before() =>
        Gen.Select(AnyClock, AnyMonotonic)
            .Sample(
                (clock, at) =>
                {
                    LocalTime deadline = new(at);
                    long due = clock.ToMonotonic(deadline);
                    return clock.FromMonotonic(due) >= deadline && clock.FromMonotonic(due - 1) < deadline;
                }
            );

    [Fact]
    public void Wander_swings_the_rate_and_returns_within_a_minute()
    {
        SimulatedClock clock = new(0, ppm: 10, wanderPpm: 2);

        Assert.Equal(10, clock.RatePpm(0), 3);
        Assert.Equal(12, clock.RatePpm(15_000_000_000), 3);
        Assert.Equal(8, clock.RatePpm(45_000_000_000), 3);
        Assert.Equal(60_000_000_000 + 600_000, clock.FromMonotonic(60_000_000_000).Nanoseconds);
        // measured over a second round the peak, the clock gains what its rate says
        long gained = (clock.FromMonotonic(15_500_000_000) - clock.FromMonotonic(14_500_000_000)).Value - 1_000_000_000;
        Assert.InRange(gained, 11_980, 12_000);
    }

    [Theory]
    [InlineData("offset=1.5,ppm=-20", 1.5, -20, 0)]
    [InlineData("ppm=20.125, offset=-3,wander=0.5", -3, 20.125, 0.5)]
    [InlineData("offset=0", 0, 0, 0)]
    public void Text_gives_a_clock_that_writes_itself_back(string text, double offset, double ppm, double wander)
    {
        SimulatedClock clock = SimulatedClock.Parse(text);

        Assert.Equal(((decimal)offset, (decimal)ppm, (decimal)wander), (clock.OffsetSeconds, clock.Ppm, clock.WanderPpm));
        Assert.Equal(clock.ToString(), SimulatedClock.Parse(clock.ToString()).ToString());
    }

    [Theory]
    [InlineData("", "no key=value")]
    [InlineData("fast", "\"fast\" is no key=value")]
    [InlineData("ppm=1,drift=2", "has no \"drift\": use offset (seconds), ppm and wander")]
    [InlineData("ppm=fast", "ppm is \"fast\", which is no number")]
    [InlineData("ppm=1,ppm=2", "names ppm twice")]
    [InlineData("ppm=20000", "ppm must lie within ±10000 ppm; it is 20000")]
    [InlineData("offset=NaN", "is no number")]
    public void Nonsense_is_refused_with_what_to_write(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => SimulatedClock.Parse(text)).Message, StringComparison.Ordinal);
}

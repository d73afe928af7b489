using RecordSync.Laboratory;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The way of a card's stamp to local time, with a simulated card that runs off from this machine's real clock.</summary>
public sealed class HardwareClockTests
{
    private static readonly SimulatedClock Card = SimulatedClock.Parse("offset=1000000,ppm=35");

    [Fact]
    public void A_stamp_of_the_card_becomes_the_local_time_at_which_it_was_taken()
    {
        LocalClock clock = new(SimulatedClock.Parse("offset=7,ppm=-20"));
        HardwareClock hardware = new(clock, Read);

        for (int turn = 0; turn < 1_000; turn++)
        {
            LocalTime before = clock.Now();
            long stamp = ShownNow();
            LocalTime after = clock.Now();
            LocalTime? converted = hardware.ToLocal(stamp);
            Assert.NotNull(converted);
            // the bracket of a read, and 35 ppm of the 50 ms between two while the rate is not known
            Assert.InRange(converted.Value.Nanoseconds, before.Nanoseconds - 5_000, after.Nanoseconds + 5_000);
        }
    }

    [Fact]
    public void A_burst_costs_one_read_of_the_card_and_no_allocation()
    {
        int reads = 0;
        HardwareClock hardware = new(
            new LocalClock(),
            () =>
            {
                reads++;
                return Read();
            }
        );
        hardware.ToLocal(ShownNow());
        long start = Libc.Monotonic();
        long allocated = Allocations.Least(() =>
        {
            for (int packet = 0; packet < 1_000; packet++)
                hardware.ToLocal(ShownNow());
        });

        Assert.Equal(0, allocated);
        Assert.InRange(reads, 1, 1 + (Libc.Monotonic() - start) / 50_000_000 + 1);
    }

    [Fact]
    public void A_card_that_can_no_longer_be_read_gives_no_stamps()
    {
        HardwareClock hardware = new(new LocalClock(), () => null);

        Assert.Null(hardware.ToLocal(ShownNow()));
    }

    private static long ShownNow() => Card.FromMonotonic(Libc.Monotonic()).Nanoseconds;

    private static PhcReading? Read()
    {
        Span<PhcReading> reads = stackalloc PhcReading[5];
        foreach (ref PhcReading read in reads)
        {
            long before = Libc.Monotonic();
            long shown = ShownNow();
            read = new PhcReading(before, shown, Libc.Monotonic());
        }
        return PhcReading.Narrowest(reads);
    }
}

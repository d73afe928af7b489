using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Two stamps of one packet, and which of them counts.</summary>
public sealed class StampSelectionTests
{
    private static readonly LocalTime ByCard = new(1_234_567);
    private readonly LocalClock clock = new();

    [Fact]
    public void With_a_card_its_stamps_count_both_ways_and_the_kernels_do_not()
    {
        StampSelection stamps = new(clock, _ => ByCard);

        Assert.True(stamps.ByHardware(toOwnHost: false));
        Assert.Equal(ByCard, stamps.OfSend(new RawStamp(0, 77)));
        Assert.Equal(ByCard, stamps.OfReceived(new RawStamp(Libc.Realtime(), 77), fromOwnHost: false, out StampSource source));
        Assert.Equal(StampSource.Hardware, source);
    }

    [Fact]
    public void Packets_to_and_from_this_host_pass_no_card()
    {
        StampSelection stamps = new(clock, _ => ByCard);

        Assert.False(stamps.ByHardware(toOwnHost: true));
        for (int turn = 0; turn < 2 * StampSelection.Patience; turn++)
        {
            Assert.NotNull(stamps.OfReceived(new RawStamp(Libc.Realtime(), 0), fromOwnHost: true, out StampSource source));
            Assert.Equal(StampSource.Kernel, source);
        }
        // and say nothing of the card
        Assert.True(stamps.UsesHardware);
    }

    [Fact]
    public void A_card_that_falls_silent_on_reception_is_given_up_for_both_ways()
    {
        StampSelection stamps = new(clock, _ => ByCard);
        for (int turn = 0; turn < StampSelection.Patience; turn++)
        {
            Assert.True(stamps.UsesHardware);
            Assert.NotNull(stamps.OfReceived(new RawStamp(Libc.Realtime(), 0), fromOwnHost: false, out StampSource source));
            Assert.Equal(StampSource.Kernel, source);
        }

        Assert.False(stamps.UsesHardware);
        Assert.StartsWith("no longer stamps received packets", stamps.Silence, StringComparison.Ordinal);
        Assert.False(stamps.ByHardware(toOwnHost: false));
        // one that was under way
        Assert.Null(stamps.OfSend(new RawStamp(0, 77)));
        Assert.NotNull(stamps.OfReceived(new RawStamp(Libc.Realtime(), 77), fromOwnHost: false, out StampSource later));
        Assert.Equal(StampSource.Kernel, later);
    }

    [Fact]
    public void A_card_that_never_stamps_sends_is_given_up_for_both_ways()
    {
        StampSelection stamps = new(clock, _ => ByCard);
        for (int turn = 0; turn < StampSelection.Patience; turn++)
            Assert.True(stamps.ByHardware(toOwnHost: false));

        Assert.False(stamps.UsesHardware);
        Assert.Equal("does not stamp sent packets", stamps.Silence);
    }

    [Fact]
    public void A_stamp_now_and_then_missing_is_no_reason()
    {
        StampSelection stamps = new(clock, _ => ByCard);
        for (int turn = 1; turn <= 10 * StampSelection.Patience; turn++)
        {
            stamps.ByHardware(toOwnHost: false);
            if (turn % 10 == 0)
                stamps.OfSend(new RawStamp(0, 77));
            stamps.OfReceived(new RawStamp(Libc.Realtime(), turn % 10 == 0 ? 77 : 0), fromOwnHost: false, out _);
        }
        Assert.True(stamps.UsesHardware);
        Assert.Null(stamps.Silence);
    }

    [Fact]
    public void Without_a_card_the_kernels_count_and_without_those_the_program_reads_its_clock()
    {
        StampSelection stamps = new(clock, hardware: null);

        Assert.False(stamps.ByHardware(toOwnHost: false));
        Assert.NotNull(stamps.OfSend(new RawStamp(Libc.Realtime(), 0)));
        Assert.Null(stamps.OfSend(new RawStamp(0, 77)));
        Assert.NotNull(stamps.OfReceived(new RawStamp(Libc.Realtime(), 0), fromOwnHost: false, out StampSource source));
        Assert.Equal(StampSource.Kernel, source);
        Assert.Null(stamps.OfReceived(default, fromOwnHost: false, out source));
        Assert.Equal(StampSource.User, source);
    }
}

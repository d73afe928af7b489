using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class QuantityTests
{
    [Theory]
    [InlineData(0L, "0 µs")]
    [InlineData(7L, "7 ns")]
    [InlineData(-999L, "-1.0 µs")]
    [InlineData(9_949L, "9.9 µs")]
    [InlineData(12_300L, "12 µs")]
    [InlineData(999_499L, "999 µs")]
    [InlineData(999_500L, "1.0 ms")]
    [InlineData(45_600_000L, "46 ms")]
    [InlineData(2_500_000_123L, "2.500 s")]
    [InlineData(-312_000_000_000L, "-5 min 12 s")]
    [InlineData(7_300_000_000_000L, "2 h 1 min")]
    [InlineData(long.MaxValue, "106,752.0 days")]
    [InlineData(long.MinValue, "-106,752.0 days")]
    [InlineData(null, "—")]
    public void A_span_has_the_unit_that_fits(long? nanoseconds, string expected) => Assert.Equal(expected, Quantity.Span(nanoseconds));

    [Theory]
    [InlineData(2_500_000_123L, 12_300L, "+2.500 s ± 12 µs")]
    [InlineData(-7_000L, null, "-7.0 µs")]
    [InlineData(0L, 0L, "0 µs ± 0 µs")]
    [InlineData(null, 5L, "—")]
    public void An_offset_has_a_sign_and_its_bound(long? offset, long? bound, string expected) => Assert.Equal(expected, Quantity.Offset(offset, bound));

    [Theory]
    [InlineData(400_000_000L, "0.4 s")]
    [InlineData(-1L, "0.0 s")]
    [InlineData(65_000_000_000L, "65 s")]
    [InlineData(600_000_000_000L, "10 min")]
    [InlineData(null, "—")]
    public void An_age_is_no_more_precise_than_a_beacon(long? nanoseconds, string expected) => Assert.Equal(expected, Quantity.Age(nanoseconds));

    [Theory]
    [InlineData(999L, "999 B")]
    [InlineData(1_500_000L, "1.5 MB")]
    [InlineData(123_456_789_000L, "123.5 GB")]
    [InlineData(null, "—")]
    public void Bytes_are_counted_in_thousands(long? bytes, string expected) => Assert.Equal(expected, Quantity.Bytes(bytes));
}

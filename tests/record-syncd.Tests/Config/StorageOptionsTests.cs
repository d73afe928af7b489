using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class StorageOptionsTests
{
    [Theory]
    [InlineData("90", 90)]
    [InlineData("90s", 90)]
    [InlineData("1.5 min", 90)]
    [InlineData("2m", 120)]
    [InlineData("2h", 7200)]
    [InlineData("500ms", 0.5)]
    [InlineData("0", 0)]
    public void Lengths_of_time_are_read_as_people_write_them(string text, double seconds)
    {
        Assert.True(Amount.TryTime(text, out Nanos time));
        Assert.Equal(seconds, time.Seconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-5s")]
    [InlineData("ten minutes")]
    [InlineData("5 parsecs")]
    [InlineData("NaN")]
    [InlineData("99999999h")]
    public void What_is_no_length_of_time_is_refused(string text) => Assert.False(Amount.TryTime(text, out _));

    [Theory]
    [InlineData("500MB", 500_000_000, 0)]
    [InlineData("2 gb", 2_000_000_000, 0)]
    [InlineData("1GiB", 1_073_741_824, 0)]
    [InlineData("30s", 0, 30)]
    [InlineData("2min", 0, 120)]
    [InlineData("0", 0, 0)]
    public void Reserve_is_a_size_or_a_length_of_time(string text, long bytes, double seconds)
    {
        Assert.True(Amount.TryReserve(text, out DiskReserve reserve));
        Assert.Equal((bytes, seconds), (reserve.Bytes, reserve.Time.Seconds));
    }

    [Theory]
    [InlineData("500")]
    [InlineData("MB")]
    [InlineData("-1MB")]
    public void Reserve_without_a_unit_is_refused(string text) => Assert.False(Amount.TryReserve(text, out _));

    [Fact]
    public void Default_reserve_is_the_larger_of_the_two()
    {
        Assert.Equal(500_000_000, DiskReserve.Default.At(1_000_000));
        Assert.Equal(3_000_000_000, DiskReserve.Default.At(100_000_000));
    }

    [Fact]
    public void Budget_counts_down_to_the_reserve_at_the_measured_bitrate()
    {
        DiskBudget budget = new(new StorageOptions { Reserve = new DiskReserve(100_000_000, default), MinRecordTime = Nanos.FromSeconds(600) }, 8_000);
        Assert.Equal(900, budget.SecondsLeft(1_000_000_000), 3);
        Assert.Equal(0, budget.SecondsLeft(50_000_000));
        Assert.NotNull(budget.Complaint(699_999_999, "takes"));
        Assert.Null(budget.Complaint(700_000_000, "takes"));
        // a take that is too short says nothing about the bitrate
        budget.Measure(1_000, TimeSpan.FromSeconds(1));
        Assert.Equal(900, budget.SecondsLeft(1_000_000_000), 3);
        budget.Measure(20_000_000, TimeSpan.FromSeconds(10));
        Assert.Equal(450, budget.SecondsLeft(1_000_000_000), 3);
    }

    [Theory]
    [InlineData(30, 1, 2_000, 60)]
    [InlineData(30_000, 1_001, 2_000, 60)]
    [InlineData(30, 1, 1_400, 30)]
    [InlineData(30, 1, 1_600, 60)]
    [InlineData(25, 1, 10_000, 250)]
    public void Files_of_a_cut_take_have_whole_key_frame_intervals(int numerator, int denominator, int segmentMs, long frames)
    {
        EncodeSettings settings = new() { Rate = new FrameRate(numerator, denominator), Segment = Nanos.FromMilliseconds(segmentMs) };
        Assert.Equal(frames, settings.SegmentFrames);
        Assert.Null(new EncodeSettings().SegmentFrames);
    }
}

using CsCheck;
using Xunit;

namespace RecordSync.Tests;

public sealed class SmpteTimecodeTests
{
    private static readonly FrameRate Ntsc = new(30_000, 1_001);
    private static readonly FrameRate[] All = [new(24, 1), new(24_000, 1_001), new(25, 1), new(30, 1), Ntsc, new(50, 1), new(60, 1), new(60_000, 1_001), new(120, 1)];
    private static readonly Gen<FrameRate> Rates = Gen.Int[0, All.Length - 1].Select(i => All[i]);

    private static NetworkTime OfDay(double seconds) => new(1_795_392_000L * 1_000_000_000 / 86_400_000_000_000 * 86_400_000_000_000 + (long)(seconds * 1e9));

    [Theory]
    // SMPTE ST 12-1: numbers 0 and 1 are left out at the start of every minute but 0, 10, 20 …
    [InlineData(0, "00:00:00;00")]
    [InlineData(1_799, "00:00:59;29")]
    [InlineData(1_800, "00:01:00;02")]
    [InlineData(17_981, "00:09:59;29")]
    [InlineData(17_982, "00:10:00;00")]
    [InlineData(19_781, "00:10:59;29")]
    [InlineData(19_782, "00:11:00;02")]
    [InlineData(107_892, "01:00:00;00")]
    [InlineData(2_589_407, "23:59:59;29")]
    [InlineData(2_589_408, "00:00:00;00")]
    public void Drop_frame_labels_are_those_of_the_standard(long frame, string label)
    {
        Assert.Equal(label, SmpteTimecode.FromFrameNumber(frame, Ntsc).ToString());
    }

    [Fact]
    public void Four_numbers_are_dropped_at_5994()
    {
        FrameRate rate = new(60_000, 1_001);
        Assert.Equal("00:00:59;59", SmpteTimecode.FromFrameNumber(3_599, rate).ToString());
        Assert.Equal("00:01:00;04", SmpteTimecode.FromFrameNumber(3_600, rate).ToString());
    }

    [Theory]
    [InlineData("30", 37_230.5, "10:20:30:15")]
    [InlineData("25", 86_399.999, "00:00:00:00")]
    [InlineData("120", 3_661.25, "01:01:01:30")]
    [InlineData("23.976", 36_000.5, "10:00:00:12")]
    [InlineData("29.97", 3_600, "01:00:00;00")]
    public void Time_of_day_is_in_UTC(string fps, double ofDay, string label)
    {
        Assert.True(FrameRate.TryParse(fps, out FrameRate rate));
        Assert.Equal(label, SmpteTimecode.At(OfDay(ofDay), rate).ToString());
    }

    [Fact]
    public void Every_label_is_reached_once_and_in_order()
    {
        // a whole day of drop-frame labels
        SmpteTimecode previous = SmpteTimecode.FromFrameNumber(-1, Ntsc);
        for (long frame = 0; frame < 2_589_408; frame++)
        {
            var label = SmpteTimecode.FromFrameNumber(frame, Ntsc);
            bool dropped = label is { Frames: < 2, Seconds: 0 } && label.Minutes % 10 != 0;
            if (dropped || label.FrameNumber != frame || (frame > 0 && string.CompareOrdinal(label.ToString(), previous.ToString()) <= 0))
                Assert.Fail($"frame {frame} is {label}, after {previous}");
            previous = label;
        }
    }

    [Fact]
    public void Number_and_label_are_two_ways_to_say_the_same()
    {
        Gen.Select(Rates, Gen.Long[0, 2_000_000]).Sample((rate, number) => SmpteTimecode.FromFrameNumber(number, rate).FrameNumber == number);
    }

    [Fact]
    public void Next_frame_has_the_next_label()
    {
        Gen.Select(Rates, Gen.Long[0, 2_000_000], Gen.Long[0, 10_000])
            .Sample((rate, number, more) => SmpteTimecode.FromFrameNumber(number, rate).Plus(more) == SmpteTimecode.FromFrameNumber(number + more, rate));
    }

    [Fact]
    public void Drop_frame_label_keeps_up_with_the_clock_all_day()
    {
        Gen.Double[0, 86_399.9]
            .Sample(seconds =>
            {
                var label = SmpteTimecode.At(OfDay(seconds), Ntsc);
                double shown = label.Hours * 3600 + label.Minutes * 60 + label.Seconds + label.Frames / 29.97;
                Assert.InRange(Math.Abs(shown - seconds), 0, 0.086 + 2 / 29.97);
            });
    }
}

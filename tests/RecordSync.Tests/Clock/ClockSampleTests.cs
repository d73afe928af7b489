using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>RFC 5905 §8: offset = ((t2 − t1) + (t3 − t4)) / 2, delay = (t4 − t1) − (t3 − t2).</summary>
public sealed class ClockSampleTests
{
    [Fact]
    public void The_offset_is_positive_when_the_leader_is_ahead()
    {
        // leader 1000 ns ahead, 50 ns each way, 10 ns inside the leader
        ClockSample sample = new(new LocalTime(100), new NetworkTime(1_150), new NetworkTime(1_160), new LocalTime(210));
        Assert.Equal(1_000, sample.OffsetNs);
        Assert.Equal(100, sample.DelayNs);
    }

    [Fact]
    public void The_offset_is_negative_when_the_leader_is_behind()
    {
        ClockSample sample = new(new LocalTime(5_000), new NetworkTime(3_050), new NetworkTime(3_060), new LocalTime(5_110));
        Assert.Equal(-2_000, sample.OffsetNs);
    }

    [Fact]
    public void Local_time_plus_offset_is_network_time_whatever_the_offset() =>
        Gen.Select(Gen.Long[-2_000_000_000_000_000_000, 2_000_000_000_000_000_000], Gen.Long[0, 10_000_000], Gen.Long[0, 10_000_000])
            .Sample(
                (offset, delay, inside) =>
                {
                    LocalTime t1 = new(1_000_000_000);
                    NetworkTime t2 = new(t1.Nanoseconds + delay + offset);
                    NetworkTime t3 = t2 + new Nanos(inside);
                    LocalTime t4 = new(t3.Nanoseconds - offset + delay);
                    ClockSample sample = new(t1, t2, t3, t4);
                    Assert.Equal(offset, sample.OffsetNs);
                    Assert.Equal(2 * delay, sample.DelayNs);
                }
            );

    [Fact]
    public void An_asymmetric_path_shows_as_half_the_asymmetry()
    {
        // 1 ms one way only: nobody can see it, and the offset is half of it off
        ClockSample sample = new(new LocalTime(0), new NetworkTime(1_000_000), new NetworkTime(1_000_000), new LocalTime(1_000_000));
        Assert.Equal(500_000, sample.OffsetNs);
        Assert.Equal(1_000_000, sample.DelayNs);
    }
}

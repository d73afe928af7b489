using Xunit;

namespace RecordSync.Tests;

public sealed class SimulatedSensorTests
{
    private static readonly FrameRate Rate = new(30, 1);

    [Fact]
    public void A_command_counts_after_two_frame_intervals_and_is_rounded_to_lines()
    {
        SimulatedSensor sensor = Open("phase=0,ppm=0,jitter=0,steer");
        List<long> captures = [sensor.Next().CaptureNs, sensor.Next().CaptureNs];
        sensor.Steer(new Nanos(34_000_000));
        sensor.Steer(new Nanos(40_001_000));
        for (int frame = 0; frame < 3; frame++)
            captures.Add(sensor.Next().CaptureNs);

        // 2222 lines of 15 µs is what comes nearest to 33.333 ms; 40.001 ms is 2667 lines
        Assert.Equal([33_330_000, 33_330_000, 40_005_000, 40_005_000], captures.Zip(captures.Skip(1), (a, b) => b - a));
    }

    [Fact]
    public void A_frame_length_outside_the_sensors_bounds_becomes_the_nearest_that_it_can()
    {
        SimulatedSensor sensor = Open("phase=0,ppm=0,jitter=0,steer,shortest=33330");
        sensor.Steer(new Nanos(20_000_000));
        Assert.Equal(33_330_000, sensor.FrameLength.Value);
        sensor.Steer(new Nanos(1_000_000_000));
        Assert.Equal(sensor.LongestFrame, sensor.FrameLength);
    }

    [Fact]
    public void A_free_running_sensor_keeps_its_exact_rate_for_hours()
    {
        SimulatedSensor sensor = Open("phase=2,ppm=0,jitter=0");
        long first = sensor.Next().CaptureNs;
        for (int frame = 1; frame < 400_000; frame++)
            Assert.Equal(Rate.TimeOf(frame).Value, sensor.Next().CaptureNs - first);
    }

    [Fact]
    public void A_rate_of_drops_hits_that_share_of_the_frames_and_another_seed_hits_others()
    {
        Assert.True(FramePick.TryParse("0.02", out FramePick pick));
        long[] once = [.. Enumerable.Range(0, 50_000).Select(frame => (long)frame).Where(frame => pick.Hits(frame, 1, 1))];
        Assert.InRange(once.Length, 850, 1_150);
        Assert.Equal(once, Enumerable.Range(0, 50_000).Select(frame => (long)frame).Where(frame => pick.Hits(frame, 1, 1)));
        Assert.NotEqual(once, [.. Enumerable.Range(0, 50_000).Select(frame => (long)frame).Where(frame => pick.Hits(frame, 2, 1))]);
    }

    [Theory]
    [InlineData("@5", new long[] { 5 })]
    [InlineData("@5+7", new long[] { 5, 7 })]
    [InlineData("@5-8+30", new long[] { 5, 6, 7, 8, 30 })]
    [InlineData("@20/30", new long[] { 20, 50, 80 })]
    public void Frames_are_picked_by_their_numbers(string text, long[] expected)
    {
        Assert.True(FramePick.TryParse(text, out FramePick pick));
        Assert.Equal(expected, Enumerable.Range(0, 100).Select(frame => (long)frame).Where(frame => pick.Hits(frame, 1, 1)));
        Assert.Equal(text, pick.ToString());
    }

    private static SimulatedSensor Open(string options)
    {
        Assert.True(SensorTiming.TryParse(options, Rate, new Random(1), out SensorTiming timing, out string error), error);
        return new SimulatedSensor(timing, Rate, 1_000_000_000_000);
    }
}

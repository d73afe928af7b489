using System.Collections.Concurrent;
using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class JetsonCameraTests
{
    [Fact]
    public void The_jetsons_camera_is_found_and_stamped_at_the_start_of_the_frame()
    {
        using var plugin = new StandInPlugin();
        plugin.RunTests(typeof(OnJetsonCameraTests));
    }
}

/// <summary>Run by <see cref="JetsonCameraTests"/> in a process that sees the stand-in elements, hence explicit.</summary>
public sealed class OnJetsonCameraTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact(Explicit = true)]
    public void It_is_the_default_and_its_frames_carry_sensor_time_and_number()
    {
        BlockingCollection<CameraEvent> events = [];
        BlockingCollection<(CapturedFrame Frame, long Arrived)> frames = [];
        using Camera camera = new(CameraSettings.Default, events.Add);
        camera.Handler = (in CapturedFrame frame, BorrowedBuffer _) => frames.Add((frame, MonotonicClock.Now));
        camera.Start();

        Assert.Equal(("argus", "0"), (camera.Source.Kind.Word, camera.Source.Argument));
        Assert.True(events.TryTake(out CameraEvent? first, Patience));
        CameraEvent.Ready ready = Assert.IsType<CameraEvent.Ready>(first);
        Assert.Contains("memory:NVMM", ready.Caps, StringComparison.Ordinal);
        Assert.Equal((640, 480), (ready.Width, ready.Height));

        List<(CapturedFrame Frame, long Arrived)> seen = [];
        while (seen.Count < 20)
        {
            Assert.True(frames.TryTake(out (CapturedFrame, long) frame, Patience));
            seen.Add(frame);
        }
        (CapturedFrame start, _) = seen[0];
        foreach ((CapturedFrame frame, long arrived) in seen)
        {
            // the sensor is exact to the nanosecond, arrival is not
            Assert.InRange(frame.MonotonicNs - start.MonotonicNs - FrameRate.Default.TimeOf(frame.Sequence - start.Sequence).Value, -1, 1);
            Assert.True(arrived - frame.MonotonicNs >= 7_000_000, "the picture arrives 7 ms after the start of the frame");
        }
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.True(pair.Second.Frame.Sequence > pair.First.Frame.Sequence));
    }
}

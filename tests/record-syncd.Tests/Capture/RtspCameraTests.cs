using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Capture times of a network camera against the instants in its pixels.</summary>
[Collection(Processes.Name)]
public sealed class RtspCameraTests
{
    private const int DelayMs = 300;

    [Fact]
    public void Sender_reports_tell_when_a_picture_was_captured_however_late_it_comes()
    {
        using RtspCamera server = new(DelayMs);
        using WatchedCamera camera = new(server.Url);
        Assert.IsType<CameraEvent.Ready>(camera.NextEvent());
        double[] errors = ErrorsOf(camera, 60);
        TestContext.Current.SendDiagnosticMessage("capture time less the pixels' instant, ms: median {0:0.000}, from {1:0.000} to {2:0.000}", errors[errors.Length / 2], errors[0], errors[^1]);
        Assert.Equal("camera-clock", camera.Camera.Times!.Word);
        Assert.InRange(errors[errors.Length / 2], -DelayMs / 3, DelayMs / 3);
    }

    [Theory]
    [InlineData(3_600_000, true, "foreign-clock", "captured 35")]
    [InlineData(-86_400_000, true, "foreign-clock", "on their way for 864")]
    [InlineData(0, false, "silent", "sends no times of its own")]
    public void Camera_whose_times_cannot_be_used_is_stamped_at_arrival_and_says_why(long clockOffsetMs, bool reports, string word, string sentence)
    {
        using RtspCamera server = new(DelayMs, clockOffsetMs, reports);
        using WatchedCamera camera = new(server.Url);
        Assert.IsType<CameraEvent.Ready>(camera.NextEvent());
        CaptureTimes times = Assert.IsType<CameraEvent.Times>(camera.NextEvent()).Now;
        Assert.Equal((word, true), (times.Word, times.IsDoubtful));
        Assert.Contains(sentence, times.Sentence, StringComparison.Ordinal);
        double[] errors = ErrorsOf(camera, 30);
        Assert.True(errors[errors.Length / 2] > DelayMs * 0.9, $"{errors[errors.Length / 2]} ms");
    }

    /// <summary>Sorted, ms.</summary>
    private static double[] ErrorsOf(WatchedCamera camera, int count)
    {
        // those that came before the times were known are no evidence
        camera.Clear();
        List<SeenFrame> seen = camera.Collect(count);
        Assert.All(seen, frame => Assert.NotNull(frame.Stamp));
        return [.. seen.Select(frame => (frame.CaptureNs - frame.Stamp!.Value.Unwrap(frame.CaptureNs)) / 1e6).Order()];
    }
}

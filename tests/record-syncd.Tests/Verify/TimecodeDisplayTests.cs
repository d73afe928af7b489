using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class TimecodeDisplayTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_it_shows_is_the_instant_of_each_picture_and_verify_reads_it()
    {
        string video = folder["shown.mp4"];
        long before = MonotonicClock.Now;
        StringWriter error = new();
        int exit = TimecodeDisplay.Run(
            $"x265enc speed-preset=ultrafast tune=zerolatency ! h265parse ! mp4mux ! filesink location={video}",
            new FrameSize(320, 240),
            new FrameRate(20, 1),
            1.5,
            error,
            CancellationToken.None
        );
        long after = MonotonicClock.Now;
        Assert.True(exit == 0, error.ToString());

        IReadOnlyList<VerdictFrame> frames = VideoReader.Read(video).Frames;
        Assert.InRange(frames.Count, 5, 32);
        Assert.All(frames, frame => Assert.NotNull(frame.Stamp));
        long[] instants = [.. frames.Select(frame => frame.Stamp!.Value.Unwrap(before))];
        Assert.True(before <= instants[0] && instants[^1] <= after, $"{before} {instants[0]} {instants[^1]} {after}");
        for (int i = 1; i < frames.Count; i++)
            Assert.Equal(50_000_000d * frames[i].Stamp!.Value.FramesSince(frames[i - 1].Stamp!.Value), instants[i] - instants[i - 1], 2_000d);
    }

    [Fact]
    public void A_sink_that_does_not_exist_is_a_sentence()
    {
        StringWriter error = new();
        Assert.Equal(69, TimecodeDisplay.Run("nosuchsink", new FrameSize(320, 240), new FrameRate(20, 1), 1, error, CancellationToken.None));
        Assert.Contains("the display cannot be shown", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("nosuchsink", error.ToString(), StringComparison.Ordinal);
    }
}

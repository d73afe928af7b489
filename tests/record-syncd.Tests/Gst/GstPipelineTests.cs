using System.Diagnostics;
using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

public class GstPipelineTests
{
    [Fact]
    public void Library_starts_and_tells_its_version()
    {
        GstRuntime.Initialise();
        Assert.Equal(1, GstRuntime.Version.Major);
        Assert.True(GstRuntime.Version.Minor >= 16);
        Assert.True(GstRuntime.HasElement("videotestsrc"));
        Assert.False(GstRuntime.HasElement("nosuchelement"));
        Assert.True(GstRuntime.ElementHasProperty("videotestsrc", "is-live"));
        Assert.False(GstRuntime.ElementHasProperty("videotestsrc", "sensor-id"));
        Assert.False(GstRuntime.ElementHasProperty("nosuchelement", "is-live"));
    }

    [Fact]
    public void Many_threads_may_initialise_at_once()
    {
        Parallel.For(0, 16, _ => GstRuntime.Initialise());
        Assert.True(GstRuntime.HasElement("fakesink"));
    }

    [Fact]
    public void Null_reference_still_becomes_an_exception_after_initialisation()
    {
        // GStreamer's own SIGSEGV trap would break the runtime's
        GstRuntime.Initialise();
        string? nothing = Environment.GetEnvironmentVariable("NO_SUCH_VARIABLE_IN_ANY_ENVIRONMENT");
        Assert.Throws<NullReferenceException>(() => nothing!.Length);
    }

    [Theory]
    [InlineData("nosuchelement ! fakesink", "nosuchelement")]
    [InlineData("videotestsrc nosuchproperty=1 ! fakesink", "nosuchproperty")]
    [InlineData("videotestsrc ! ! fakesink", "")]
    [InlineData("videotestsrc ! audio/x-raw ! x265enc ! fakesink", "link")]
    [InlineData("", "")]
    public void Parse_error_is_fatal_and_says_why(string description, string reason)
    {
        var error = Assert.Throws<GstException>(() => GstPipeline.Parse(description));
        Assert.Contains("cannot build the pipeline", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fakesrc num-buffers=3 name=only")]
    [InlineData("( fakesrc num-buffers=3 name=only ! fakesink )")]
    [InlineData("fakesrc num-buffers=3 name=only ! fakesink")]
    public void Parse_always_gives_a_pipeline(string description)
    {
        using var pipeline = GstPipeline.Parse(description);
        using GstElement found = pipeline.Get("only");
        Assert.Equal("only", found.Name);
        Assert.Equal("fakesrc", found.Factory);
        Assert.Null(pipeline.Find("other"));
        Assert.Throws<GstException>(() => pipeline.Get("other"));
        Assert.True(pipeline.SetState(GstState.Ready, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void Failed_state_change_carries_the_bus_error()
    {
        using var pipeline = GstPipeline.Parse("filesrc location=/nonexistent/clip.mp4 name=reader ! fakesink");
        var error = Assert.Throws<GstException>(() => pipeline.SetState(GstState.Playing, TimeSpan.FromSeconds(10)));
        Assert.Contains("/nonexistent/clip.mp4", error.Message, StringComparison.Ordinal);
        Assert.Contains("reader", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Failure_while_prerolling_is_an_error_not_a_timeout()
    {
        using var pipeline = GstPipeline.Parse("videotestsrc ! identity error-after=1 name=breaks ! fakesink");
        var error = Assert.Throws<GstException>(() => pipeline.SetState(GstState.Paused, TimeSpan.FromSeconds(60)));
        Assert.Contains("breaks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void State_change_that_waits_for_data_times_out()
    {
        using var pipeline = GstPipeline.Parse("appsrc ! fakesink");
        Assert.False(pipeline.SetState(GstState.Paused, TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public void Live_pipeline_without_preroll_counts_as_reached()
    {
        using var pipeline = GstPipeline.Parse("videotestsrc is-live=true ! fakesink");
        Assert.True(pipeline.SetState(GstState.Paused, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Full_disk_is_recognised_from_the_bus()
    {
        using var pipeline = GstPipeline.Parse("fakesrc sizetype=fixed sizemax=65536 num-buffers=100 ! filesink location=/dev/full buffer-mode=unbuffered");
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        GstBusMessage? message = pipeline.Poll(TimeSpan.FromSeconds(60));
        Assert.Equal(GstMessageKind.Error, message?.Kind);
        Assert.True(message!.IsDiskFull, message.ToString());
    }

    [Fact]
    public void End_of_stream_comes_out_of_the_bus()
    {
        using var pipeline = GstPipeline.Parse("videotestsrc num-buffers=2 ! fakesink");
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        Assert.Equal(GstMessageKind.Eos, pipeline.Poll(TimeSpan.FromSeconds(60))?.Kind);
    }

    [Fact]
    public async Task Application_message_wakes_a_blocked_poll()
    {
        using var pipeline = GstPipeline.Parse("fakesrc ! fakesink");
        Task<GstBusMessage?> polling = Task.Factory.StartNew(() => pipeline.Poll(TimeSpan.MaxValue), TaskCreationOptions.LongRunning);
        pipeline.PostApplicationMessage();
        Assert.Equal(GstMessageKind.Application, (await polling.WaitAsync(TimeSpan.FromSeconds(60)))?.Kind);
        Assert.Null(pipeline.Poll(TimeSpan.Zero));
    }

    [Fact]
    public void System_clock_is_the_monotonic_clock()
    {
        // Stopwatch reads CLOCK_MONOTONIC on Linux; bracketing makes this exact on a slow machine too
        long before = MonotonicNow();
        long clock = GstRuntime.SystemClockNow();
        long after = MonotonicNow();
        Assert.InRange(clock, before, after);
    }

    [Fact]
    public void Base_time_lies_on_the_monotonic_clock()
    {
        using var pipeline = GstPipeline.Parse("videotestsrc is-live=true ! fakesink");
        pipeline.UseMonotonicClock();
        long before = MonotonicNow();
        pipeline.SetState(GstState.Playing, TimeSpan.FromSeconds(10));
        Assert.InRange(pipeline.BaseTime, before, MonotonicNow());
    }

    [Fact]
    public void Property_texts_are_checked_before_they_are_set()
    {
        using var pipeline = GstPipeline.Parse("x265enc name=encoder");
        using GstElement encoder = pipeline.Get("encoder");
        encoder.Set("tune", "zerolatency");
        encoder.Set("bitrate", "1234");
        encoder.Set("option-string", "scenecut=0:open-gop=0");
        Assert.Equal("zerolatency", encoder.GetString("tune"));
        Assert.Equal(4, encoder.GetInt("tune"));
        Assert.Equal(1234UL, encoder.GetUInt64("bitrate"));
        Assert.Equal("scenecut=0:open-gop=0", encoder.GetString("option-string"));
        Assert.Contains("'colour'", Assert.Throws<GstException>(() => encoder.Set("colour", "1")).Message, StringComparison.Ordinal);
        Assert.Contains("'fastest'", Assert.Throws<GstException>(() => encoder.Set("tune", "fastest")).Message, StringComparison.Ordinal);
        Assert.Contains("range", Assert.Throws<GstException>(() => encoder.Set("bitrate", "0")).Message, StringComparison.Ordinal);
        Assert.Equal(1234UL, encoder.GetUInt64("bitrate"));
        Assert.True(encoder.ReachesReady());
    }

    [Fact]
    public void Devices_are_listed_without_a_main_loop()
    {
        // this machine may have no camera: the call must come back, and what it lists must be cameras
        Assert.All(GstDevices.List("Video/Source"), device => Assert.Contains("Video", device.Class, StringComparison.Ordinal));
        Assert.Empty(GstDevices.List("Nosuch/Class"));
    }

    private static long MonotonicNow() => (long)((Int128)Stopwatch.GetTimestamp() * 1_000_000_000 / Stopwatch.Frequency);
}

using System.CommandLine;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>record-syncd timecode-display: shows the simulated camera's picture live on a screen, for real cameras to film. What it shows is the instant at which the picture was handed to the display, CLOCK_MONOTONIC of this machine.</summary>
internal static class TimecodeDisplay
{
    private static readonly TimeSpan LastPictures = TimeSpan.FromSeconds(5);

    public static Command ToCommand()
    {
        Option<string?> sink = new("--sink") { Description = "GStreamer element to show it with, or a fragment that ends in one [default: waylandsink, autovideosink or kmssink, whichever fits]", HelpName = "ELEMENT" };
        Option<FrameSize> size = new("--size")
        {
            Description = "picture size",
            HelpName = "WxH",
            DefaultValueFactory = _ => new FrameSize(1280, 720),
            CustomParser = result =>
            {
                if (!FrameSize.TryParse(result.Tokens[0].Value, out FrameSize parsed))
                    result.AddError($"'{result.Tokens[0].Value}' is no picture size: use even numbers like 1280x720");
                return parsed;
            },
        };
        Option<FrameRate> rate = new("--fps")
        {
            Description = "pictures per second: the refresh rate of the display",
            HelpName = "RATE",
            DefaultValueFactory = _ => new FrameRate(60, 1),
            CustomParser = result =>
            {
                if (!FrameRate.TryParse(result.Tokens[0].Value, out FrameRate parsed))
                    result.AddError($"'{result.Tokens[0].Value}' is no rate: use 60 or 59.94");
                return parsed;
            },
        };
        Option<double> seconds = new("--seconds") { Description = "end after this time [default: with Ctrl-C]", HelpName = "S" };
        Command command = new("timecode-display", "show a live picture with a machine-readable time code, full screen, for cameras to film") { sink, size, rate, seconds };
        command.SetAction((parsed, stop) => Task.Run(() => Run(parsed.GetValue(sink), parsed.GetValue(size), parsed.GetValue(rate), parsed.GetValue(seconds), Console.Error, stop), CancellationToken.None));
        return command;
    }

    /// <returns>0; 69 when nothing can be shown.</returns>
    public static int Run(string? wanted, FrameSize size, FrameRate rate, double seconds, TextWriter error, CancellationToken stop)
    {
        try
        {
            GstRuntime.Initialise();
            using TestPicture picture = new(size.Width, size.Height, rate, "TIMECODE DISPLAY");
            // live, and shown as soon as it comes: waiting for a clock would make what is shown older
            using GstPipeline pipeline = GstPipeline.Parse($"appsrc name=in format=time is-live=true ! videoconvert ! {wanted ?? Choose()}");
            using GstElement element = pipeline.Get("in");
            using AppSource source = AppSource.From(element);
            source.SetCaps(picture.Caps);
            pipeline.UseMonotonicClock();
            pipeline.SetState(GstState.Playing, TimeSpan.Zero);
            SensorTiming exact = new(0, 0, 0, FramePick.None, FramePick.None, default, 0, seconds, Steer: false, 0, 1, "");
            using (ManualResetEventSlim end = new())
            using (PacedSource paced = new(source, picture, exact, rate, pipeline.BaseTime, _ => end.Set()))
            using (stop.Register(end.Set))
            {
                while (!end.Wait(TimeSpan.FromMilliseconds(200), CancellationToken.None))
                {
                    if (pipeline.Poll(TimeSpan.Zero) is { Kind: GstMessageKind.Error } broken)
                        throw new GstException(broken.ToString());
                }
            }
            source.EndOfStream();
            return pipeline.Poll(LastPictures) is { Kind: GstMessageKind.Error } fault ? throw new GstException(fault.ToString()) : 0;
        }
        catch (GstException fault)
        {
            error.WriteLine($"record-syncd: the display cannot be shown: {fault.Message.TrimEnd('.')}. Name another element with --sink.");
            return 69;
        }
    }

    private static string Choose()
    {
        if (Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is { Length: > 0 } && GstRuntime.ElementHasProperty("waylandsink", "fullscreen"))
            return "waylandsink fullscreen=true sync=false";
        bool desktop = Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is { Length: > 0 } || Environment.GetEnvironmentVariable("DISPLAY") is { Length: > 0 };
        if (desktop && GstRuntime.HasElement("autovideosink"))
            return "autovideosink sync=false";
        if (GstRuntime.HasElement("kmssink"))
            return "kmssink sync=false";
        throw new GstException("there is no desktop here, and GStreamer has no kmssink (sudo apt install gstreamer1.0-plugins-bad)");
    }
}

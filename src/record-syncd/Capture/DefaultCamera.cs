using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>The camera that is taken when nobody names one.</summary>
internal static class DefaultCamera
{
    private static readonly TimeSpan LongestTrial = TimeSpan.FromSeconds(5);

    /// <summary>As after --camera: a Jetson camera that delivers a picture, else /dev/video0, else the simulated camera.</summary>
    public static string Find()
    {
        if (ArgusWorks(0))
            return "argus:0";
        return VideoDevice.List().Any(device => device.Path == "/dev/video0" && device.Captures) && GstRuntime.HasElement("v4l2src") ? "v4l2:/dev/video0" : "test";
    }

    /// <summary>The plugin is there on every Jetson, the sensor is not: only a picture proves it.</summary>
    public static bool ArgusWorks(int sensor)
    {
        if (!GstRuntime.HasElement("nvarguscamerasrc"))
            return false;
        try
        {
            using GstPipeline trial = GstPipeline.Parse($"nvarguscamerasrc sensor-id={sensor} num-buffers=1 ! fakesink");
            trial.SetState(GstState.Playing, TimeSpan.Zero);
            long end = MonotonicClock.Now + LongestTrial.Ticks * 100;
            while (MonotonicClock.Now < end)
            {
                switch (trial.Poll(TimeSpan.FromMilliseconds(100))?.Kind)
                {
                    case GstMessageKind.Eos:
                        return true;
                    case GstMessageKind.Error:
                        return false;
                }
            }
        }
        catch (GstException) { }
        return false;
    }
}

using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>A live source: a thread of its own that waits for every true capture instant of a simulated sensor and then pushes the picture, stamped with that instant. Like a sensor it never waits for anybody: who is late has lost the frame.</summary>
internal sealed class PacedSource : IDisposable
{
    // pictures that nobody took over: beyond this the sensor loses frames instead of filling the memory
    private const int LargestBacklog = 4;

    private readonly AppSource source;
    private readonly FrameSupply supply;
    private readonly SensorTiming timing;
    private readonly SimulatedSensor sensor;
    private readonly FrameRate rate;
    private readonly long baseTime;
    private readonly Action<string> onEnd;
    private readonly (SimulatedCable Cable, Action OnPulled)? unplugging;
    private readonly Thread thread;
    private long skipped;
    private bool stop;

    /// <param name="baseTime">The pipeline's: a buffer's PTS is its capture instant minus this.</param>
    /// <param name="onEnd">Called once when the source ends by itself, with the reason.</param>
    /// <param name="unplugging">The cable that may be pulled, and what is called once when it is.</param>
    public PacedSource(AppSource source, FrameSupply supply, SensorTiming timing, FrameRate rate, long baseTime, Action<string> onEnd, (SimulatedCable Cable, Action OnPulled)? unplugging = null)
    {
        this.unplugging = unplugging;
        this.source = source;
        this.supply = supply;
        this.timing = timing;
        this.rate = rate;
        this.baseTime = baseTime;
        this.onEnd = onEnd;
        sensor = new SimulatedSensor(timing, rate, MonotonicClock.Now);
        thread = new Thread(Run) { Name = "camera", IsBackground = true };
        thread.Start();
    }

    /// <summary>Frames that were lost because this machine was too slow.</summary>
    public long Skipped => Volatile.Read(ref skipped);

    /// <summary>For a camera that can be steered.</summary>
    public SimulatedSensor Sensor => sensor;

    public void Dispose()
    {
        Volatile.Write(ref stop, true);
        thread.Join();
    }

    private void Run()
    {
        try
        {
            Pace();
        }
        catch (Exception e)
        {
            onEnd(e.Message);
        }
    }

    private void Pace()
    {
        long period = rate.Period.Value, delay = (long)(timing.DelayMs * 1e6), start = MonotonicClock.Now;
        while (true)
        {
            SensorFrame frame = sensor.Next();
            if (!MonotonicClock.SleepUntil(frame.CaptureNs + delay, in stop))
                return;
            if (unplugging is { } plug)
            {
                plug.Cable.Opened(frame.CaptureNs);
                if (plug.Cable.IsPulledAt(frame.CaptureNs))
                {
                    plug.OnPulled();
                    return;
                }
            }
            if (timing.StopAfterSeconds > 0 && frame.CaptureNs - start > timing.StopAfterSeconds * 1e9)
            {
                onEnd($"the simulated camera was told to stop after {timing.StopAfterSeconds:0.###} s");
                return;
            }
            if (MonotonicClock.Now - frame.CaptureNs - delay > period || Backlog > LargestBacklog)
                Volatile.Write(ref skipped, skipped + 1);
            else if (!frame.Lost && !(Deliver(frame, period) && (!frame.Doubled || Deliver(frame, period))))
                return;
        }
    }

    private long Backlog => supply.BytesPerFrame == 0 ? 0 : (long)source.QueuedBytes / supply.BytesPerFrame;

    private bool Deliver(in SensorFrame frame, long period)
    {
        GstBuffer? buffer = supply.Take(frame.CaptureNs, frame.Number);
        if (buffer is null)
        {
            Volatile.Write(ref skipped, skipped + 1);
            return true;
        }
        buffer.Pts = Math.Max(0, frame.CaptureNs - baseTime);
        buffer.Duration = period;
        GstFlow flow = source.Push(buffer);
        if (flow is GstFlow.Ok)
            return true;
        // flushing is the pipeline being stopped, which needs no reason
        if (flow is not GstFlow.Flushing)
            onEnd($"the pipeline takes no more pictures ({flow})");
        return false;
    }
}

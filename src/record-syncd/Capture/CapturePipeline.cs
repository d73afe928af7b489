using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>One attempt at a camera: from opening it to its loss. The camera runs through a tee to a sink that throws everything away; in front of it stands the gate.</summary>
internal sealed class CapturePipeline : IDisposable
{
    private const string StartOfFrame = "GstBufferMetaData";

    /// <summary>Of rtspsrc from GStreamer 1.22 on.</summary>
    private const string SenderTimesProperty = "add-reference-timestamp-meta";

    /// <summary>A camera sends its first report within five seconds (RFC 3550 §6.2), most do at once.</summary>
    private const long ReportPatience = 7_000_000_000;

    private readonly CameraSource source;
    private readonly Func<FrameHandler?> handler;
    private readonly PhaseAligner? aligner;
    private readonly Func<PictureHandler?>? onlooker;
    private readonly GstPipeline pipeline;
    private readonly GstPad gate;
    private readonly FrameSupply? supply;
    private readonly AppSource? input;
    private readonly FrameRate rate;
    private readonly SenderClock? sender;
    private readonly bool passesReports;
    private long firstArrival;
    private PacedSource? paced;
    private PadProbe? probe;
    private long frames;
    private long lastArrival;
    private volatile string? ended;

    /// <param name="handler">Asked for every picture, so that the gate can be exchanged while the camera runs.</param>
    /// <param name="aligner">Null: the camera is not steered.</param>
    /// <exception cref="GstException">The camera cannot be opened; the text says what to do.</exception>
    public CapturePipeline(CameraSource source, CameraSettings settings, Func<FrameHandler?> handler, PhaseAligner? aligner = null, Func<PictureHandler?>? onlooker = null)
    {
        this.source = source;
        this.handler = handler;
        this.aligner = aligner;
        this.onlooker = onlooker;
        rate = settings.FrameRate;
        if (CameraFault.Foresee(source, settings) is { } reason)
            throw new GstException(reason);
        if (source.Cable?.IsPulledAt(MonotonicClock.Now) == true)
            throw new GstException("Cannot identify device 'test'");
        supply = source.OpenSupply(settings);
        // whoever is slower than the camera loses the oldest picture; the camera never waits
        pipeline = GstPipeline.Parse(
            $"{source.Launch(settings)} ! tee name=pictures ! queue leaky=downstream max-size-buffers=8 max-size-bytes=0 max-size-time=0 "
                + "! fakesink name=gate sync=false async=false enable-last-sample=false"
        );
        if (supply is not null)
        {
            using GstElement element = pipeline.Get("camera");
            input = AppSource.From(element);
            input.SetCaps(supply.Caps);
        }
        else if (source.Kind.Property is { } property && source.Argument.Length > 0)
        {
            using GstElement element = pipeline.Get("camera");
            element.Set(property, source.Argument);
            if (source.Kind.Stamp == CaptureStamp.SenderReport)
            {
                sender = new SenderClock();
                passesReports = element.HasProperty(SenderTimesProperty);
                if (passesReports)
                    element.Set(SenderTimesProperty, "true");
                else
                    sender.GiveUp();
            }
        }
        pipeline.UseMonotonicClock();
        using GstElement sink = pipeline.Get("gate");
        gate = sink.StaticPad("sink");
    }

    public long Frames => Volatile.Read(ref frames);

    /// <summary>When the last picture came, CLOCK_MONOTONIC in ns; 0 before the first.</summary>
    public long LastArrival => Volatile.Read(ref lastArrival);

    /// <summary>Null until the first picture has passed.</summary>
    public string? Caps => gate.CurrentCaps;

    /// <summary>By what the capture times are known.</summary>
    public CaptureTimes Times => CaptureTimes.Of(source.Kind, sender, passesReports);

    /// <summary>Whether it is known what the capture times are: those of a take must not change what they are in the middle.</summary>
    public bool TimesSettled
    {
        get
        {
            if (sender?.Times == SenderTimes.Unknown && Frames > 0 && LastArrival - Volatile.Read(ref firstArrival) > ReportPatience)
                sender.GiveUp();
            return sender?.Times != SenderTimes.Unknown;
        }
    }

    /// <exception cref="GstException">The camera does not start.</exception>
    public void Start()
    {
        probe = gate.AddBufferProbe(OnPicture);
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        if (supply is null || input is null)
        {
            AttachElement();
            return;
        }
        // base time is settled when PLAYING is reached, which a live pipeline does without waiting for a picture
        if (!pipeline.SetState(GstState.Playing, TimeSpan.FromSeconds(5)))
            throw new GstException("the pipeline does not start");
        paced = new PacedSource(input, supply, source.Timing!, rate, pipeline.BaseTime, End, source.Cable is { } cable ? (cable, Unplug) : null);
        aligner?.Attach(source.Timing!.Steer ? new SimulatedPhase(paced.Sensor) : null, "the simulated camera has no 'steer'", rate);
    }

    /// <summary>Waits for news. Null: nothing happened, or the first picture came; else why the camera is lost.</summary>
    public string? Wait(TimeSpan timeout)
    {
        GstBusMessage? message = pipeline.Poll(timeout);
        return ended
            ?? message?.Kind switch
            {
                GstMessageKind.Error => CameraFault.Explain(message.ToString()),
                GstMessageKind.Eos => "its stream has ended",
                _ => probe?.Fault is { } fault ? $"the recorder failed: {fault.Message}" : null,
            };
    }

    /// <exception cref="GstException">This camera cannot hold what is asked.</exception>
    public void Lock(CameraSettings settings) => CameraLocks.Apply(source, pipeline, settings);

    /// <summary>Wakes <see cref="Wait"/>; from any thread.</summary>
    public void Wake() => pipeline.PostApplicationMessage();

    public void Dispose()
    {
        aligner?.Detach();
        paced?.Dispose();
        pipeline.Dispose();
        probe?.Dispose();
        gate.Dispose();
        input?.Dispose();
        supply?.Dispose();
    }

    /// <summary>As a source does whose device has vanished: an error on the bus.</summary>
    private void Unplug()
    {
        using GstElement element = pipeline.Get("camera");
        element.PostError("Could not read from resource", "poll error 1: No such device (19)");
    }

    private void End(string reason)
    {
        ended = reason;
        Wake();
    }

    private bool OnPicture(BorrowedBuffer buffer)
    {
        long sequence = Frames, arrived = MonotonicClock.Now;
        Volatile.Write(ref frames, sequence + 1);
        Volatile.Write(ref lastArrival, arrived);
        if (sequence == 0)
        {
            Volatile.Write(ref firstArrival, arrived);
            Wake();
        }
        Gate(sequence, arrived, buffer);
        onlooker?.Invoke()?.Invoke(buffer);
        return true;
    }

    private void Gate(long sequence, long arrived, BorrowedBuffer buffer)
    {
        FrameHandler? take = handler();
        // a sender's clock is watched all the time, so that a take finds it known
        if ((take is null && aligner is null && sender is null) || !TryStamp(buffer, ref sequence, out long capture))
            return;
        CapturedFrame frame = new(capture, arrived, sequence);
        take?.Invoke(in frame, buffer);
        aligner?.OnFrame(in frame);
    }

    private void AttachElement()
    {
        if (aligner is null)
            return;
        IAdjustablePhase? phase = source.OpenPhase(pipeline, rate, out string? whyNot);
        aligner.Attach(phase, whyNot, rate);
    }

    private bool TryStamp(BorrowedBuffer buffer, ref long sequence, out long capture)
    {
        capture = 0;
        if (source.Kind.Stamp == CaptureStamp.StartOfFrame && buffer.TryGetQDataInt64Pair(StartOfFrame, out long number, out long startOfFrame) && startOfFrame > 0)
        {
            (capture, sequence) = (startOfFrame, number);
            return true;
        }
        if (buffer.Pts is not { } pts)
            return false;
        capture = pipeline.BaseTime + pts;
        if (sender is not null)
            capture = sender.CaptureTime(capture, buffer.NtpTime, MonotonicClock.WallOffset);
        return true;
    }
}

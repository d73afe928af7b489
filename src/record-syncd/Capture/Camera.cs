using System.Diagnostics;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>The camera of this node for as long as the node lives: opens it, watches it, and opens it again when it was lost, soon at first and then less and less often.</summary>
internal sealed class Camera : IDisposable
{
    private static readonly Nanos FirstPause = Nanos.FromMilliseconds(500);
    private static readonly Nanos LongestPause = Nanos.FromSeconds(8);

    /// <summary>A camera that was there for so long is lost for the first time again.</summary>
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestOpening = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2);

    private readonly CameraSource source;
    private readonly Action<CameraEvent> onEvent;
    private readonly PhaseAligner? aligner;
    private readonly Lock gate = new();
    private readonly ManualResetEventSlim stopped = new();
    private readonly ManualResetEventSlim asked = new();
    private readonly Thread thread;
    private CapturePipeline? attempt;
    private volatile FrameHandler? handler;
    private volatile PictureHandler? onlooker;
    private volatile string? caps;
    private volatile CameraSettings settings;
    private volatile CaptureTimes? times;
    private string lastReason = "";

    /// <summary>What <see cref="Use"/> was given and nobody has been told of yet.</summary>
    private CameraSettings? unsettled;

    /// <param name="onEvent">Called on the camera's own thread.</param>
    /// <param name="aligner">Steers the camera where it can be steered; null leaves it alone.</param>
    /// <exception cref="GstException"><see cref="CameraSettings.Source"/> is no camera; the text says what is.</exception>
    public Camera(CameraSettings settings, Action<CameraEvent> onEvent, PhaseAligner? aligner = null)
    {
        this.aligner = aligner;
        this.settings = settings;
        this.onEvent = onEvent;
        string text = settings.Source ?? DefaultCamera.Find();
        if (!CameraSource.TryParse(text, settings.FrameRate, out source, out string error))
            throw new GstException(error);
        thread = new Thread(Supervise) { Name = "camera supervisor", IsBackground = true };
    }

    /// <summary>Gets every picture; null throws them away. May be exchanged at any time: a call that is under way is finished by the old one. A camera that is lost has no handler any more: what it is when it comes back, another may have to see.</summary>
    public FrameHandler? Handler
    {
        get => handler;
        set => handler = value;
    }

    /// <summary>Sees every picture too, after the handler; null: nobody watches. It must not keep the camera's thread.</summary>
    public PictureHandler? Onlooker
    {
        get => onlooker;
        set => onlooker = value;
    }

    public CameraSource Source => source;

    /// <summary>In words, for people.</summary>
    public string Description => source.Description;

    /// <summary>By what its capture times are known; null before it was ready for the first time.</summary>
    public CaptureTimes? Times => times;

    /// <summary>What the camera delivers; null while there is none.</summary>
    public string? Caps => caps;

    public void Start()
    {
        if (!source.IsNone)
            thread.Start();
    }

    /// <summary>
    /// Other settings, of the same camera: <see cref="CameraEvent.Settled"/> follows, once, unless others are asked for before. The camera is opened anew only where it must be; what it
    /// cannot have it is asked for again and again, like any camera that does not open.
    /// </summary>
    public void Use(CameraSettings wanted)
    {
        lock (gate)
        {
            (settings, unsettled) = (wanted, wanted);
            asked.Set();
            attempt?.Wake();
        }
    }

    public void Dispose()
    {
        stopped.Set();
        asked.Set();
        lock (gate)
            attempt?.Wake();
        if (thread.IsAlive)
            thread.Join();
        stopped.Dispose();
        asked.Dispose();
    }

    private void Supervise()
    {
        GrowingPause pause = new(FirstPause, LongestPause);
        while (!stopped.IsSet)
        {
            long opened = Stopwatch.GetTimestamp();
            CameraSettings tried = settings;
            asked.Reset();
            // between the two lines others may have been asked for
            if (tried != settings)
                continue;
            string? reason = Attempt(tried);
            bool wasSteady = caps is not null && Stopwatch.GetElapsedTime(opened) > Steady;
            if (caps is not null)
                handler = null;
            caps = null;
            if (reason is null)
            {
                // stopped, or to be opened with other settings
                lastReason = "";
                pause.Restart();
                continue;
            }
            // said once, not every time
            if (reason != lastReason)
                onEvent(new CameraEvent.Lost(reason));
            lastReason = reason;
            Settle(tried, reason);
            if (wasSteady)
                pause.Restart();
            asked.Wait(pause.Next().ToTimeSpan());
        }
    }

    private void Settle(CameraSettings tried, string? fault)
    {
        lock (gate)
        {
            if (unsettled != tried)
                return;
            unsettled = null;
        }
        onEvent(new CameraEvent.Settled(tried, fault));
    }

    /// <returns>Why the camera was lost; null when it was stopped, or is to be opened with other settings.</returns>
    private string? Attempt(CameraSettings tried)
    {
        try
        {
            if (CameraLocks.WhyNever(source, tried.LockExposure, tried.LockWhiteBalance) is { } never)
                return never;
            using CapturePipeline pipeline = new(source, tried, () => handler, aligner, () => onlooker);
            lock (gate)
                attempt = pipeline;
            try
            {
                pipeline.Start();
                return Watch(pipeline, tried);
            }
            finally
            {
                lock (gate)
                    attempt = null;
            }
        }
        catch (GstException e)
        {
            return $"Camera {Description}: {CameraFault.Explain(e.Message)}";
        }
    }

    private string? Watch(CapturePipeline pipeline, CameraSettings tried)
    {
        bool ready = false, held = false;
        long opened = MonotonicClock.Now;
        while (!stopped.IsSet)
        {
            if (pipeline.Wait(TimeSpan.FromMilliseconds(500)) is { } reason)
                return $"Camera {Description}: {reason}";
            CameraSettings wanted = settings;
            if (wanted with { LockExposure = tried.LockExposure, LockWhiteBalance = tried.LockWhiteBalance } != tried)
                return null;
            if (!ready && pipeline.Frames > 0 && pipeline.TimesSettled && pipeline.Caps is { } negotiated)
            {
                ready = true;
                lastReason = "";
                caps = negotiated;
                onEvent(new CameraEvent.Ready(Description, negotiated, Number(negotiated, "width") ?? tried.Width, Number(negotiated, "height") ?? tried.Height));
                opened = MonotonicClock.Now;
            }
            TimeSpan open = TimeSpan.FromTicks((MonotonicClock.Now - opened) / 100);
            bool locks = wanted.LockExposure || wanted.LockWhiteBalance;
            // one that was lost and is back has to be told again
            if (ready && (IsUnsettled(wanted) || (locks && !held)) && (!locks || open >= CameraLocks.Settling))
            {
                held = true;
                SettleNow(pipeline, wanted);
            }
            if (ready)
                Say(pipeline.Times);
            TimeSpan silence = TimeSpan.FromTicks((MonotonicClock.Now - Math.Max(opened, pipeline.LastArrival)) / 100);
            // a slow camera is not a silent one
            TimeSpan allowed = ready ? LongestSilence + tried.FrameRate.Period.ToTimeSpan() : LongestOpening;
            if (silence > allowed)
                return $"Camera {Description}: no picture for {silence.TotalSeconds:0} s; check the cable and whether another program uses it";
        }
        return null;
    }

    private bool IsUnsettled(CameraSettings wanted)
    {
        lock (gate)
            return unsettled == wanted;
    }

    /// <summary>The camera gives pictures: are they what was asked for, and does it hold what it is to hold?</summary>
    private void SettleNow(CapturePipeline pipeline, CameraSettings wanted)
    {
        string? fault = WhyNotSo(caps ?? "", wanted);
        try
        {
            if (CameraLocks.WhyNever(source, wanted.LockExposure, wanted.LockWhiteBalance) is { } never)
                fault ??= never;
            else
                pipeline.Lock(wanted);
        }
        catch (GstException refused)
        {
            fault ??= refused.Message;
        }
        Settle(wanted, fault);
    }

    /// <summary>Some sources give what they have, whatever they are asked for.</summary>
    private static string? WhyNotSo(string negotiated, CameraSettings wanted)
    {
        if ((Number(negotiated, "width"), Number(negotiated, "height")) is ({ } width, { } height) && (width, height) != (wanted.Width, wanted.Height))
            return $"this camera gives {width}x{height} and no {wanted.Width}x{wanted.Height}";
        return RateOf(negotiated) is { } rate && rate != wanted.FrameRate ? $"this camera gives {rate} frames/s and no {wanted.FrameRate}" : null;
    }

    /// <summary>Null where the caps leave it open (0/1), as a network camera's do.</summary>
    private static FrameRate? RateOf(string caps)
    {
        const string Field = " framerate=(fraction)";
        int at = caps.IndexOf(Field, StringComparison.Ordinal);
        if (at < 0)
            return null;
        ReadOnlySpan<char> value = caps.AsSpan(at + Field.Length);
        int end = value.IndexOfAnyExceptInRange('/', '9');
        return FrameRate.TryParse((end < 0 ? value : value[..end]).ToString(), out FrameRate rate) ? rate : null;
    }

    /// <summary>What the capture times are, when it is new and worth a word.</summary>
    private void Say(CaptureTimes now)
    {
        CaptureTimes? before = times;
        times = now;
        if (before?.Word != now.Word && (now.IsDoubtful || before?.IsDoubtful == true))
            onEvent(new CameraEvent.Times(now));
    }

    /// <summary>A whole number out of caps such as video/x-raw, width=(int)640.</summary>
    internal static int? Number(string caps, string field)
    {
        int at = caps.IndexOf($" {field}=", StringComparison.Ordinal);
        if (at < 0)
            return null;
        ReadOnlySpan<char> value = caps.AsSpan(at + field.Length + 2);
        if (value.StartsWith("(int)"))
            value = value[5..];
        int end = value.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? value : value[..end], out int number) ? number : null;
    }
}

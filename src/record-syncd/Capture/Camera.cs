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

    private readonly CameraSettings settings;
    private readonly CameraSource source;
    private readonly Action<CameraEvent> onEvent;
    private readonly PhaseAligner? aligner;
    private readonly Lock gate = new();
    private readonly ManualResetEventSlim stopped = new();
    private readonly Thread thread;
    private CapturePipeline? attempt;
    private volatile FrameHandler? handler;
    private volatile PictureHandler? onlooker;
    private volatile string? caps;
    private volatile CaptureTimes? times;
    private string lastReason = "";

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

    public void Dispose()
    {
        stopped.Set();
        lock (gate)
            attempt?.Wake();
        if (thread.IsAlive)
            thread.Join();
        stopped.Dispose();
    }

    private void Supervise()
    {
        GrowingPause pause = new(FirstPause, LongestPause);
        while (!stopped.IsSet)
        {
            long opened = Stopwatch.GetTimestamp();
            string? reason = Attempt();
            bool wasSteady = caps is not null && Stopwatch.GetElapsedTime(opened) > Steady;
            if (caps is not null)
                handler = null;
            caps = null;
            if (reason is null)
                return;
            // said once, not every time
            if (reason != lastReason)
                onEvent(new CameraEvent.Lost(reason));
            lastReason = reason;
            if (wasSteady)
                pause.Restart();
            stopped.Wait(pause.Next().ToTimeSpan());
        }
    }

    /// <returns>Why the camera was lost; null when it was stopped.</returns>
    private string? Attempt()
    {
        try
        {
            using CapturePipeline pipeline = new(source, settings, () => handler, aligner, () => onlooker);
            lock (gate)
                attempt = pipeline;
            try
            {
                pipeline.Start();
                return Watch(pipeline);
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

    private string? Watch(CapturePipeline pipeline)
    {
        bool ready = false;
        long opened = MonotonicClock.Now;
        while (!stopped.IsSet)
        {
            if (pipeline.Wait(TimeSpan.FromMilliseconds(500)) is { } reason)
                return $"Camera {Description}: {reason}";
            if (!ready && pipeline.Frames > 0 && pipeline.TimesSettled && pipeline.Caps is { } negotiated)
            {
                ready = true;
                lastReason = "";
                caps = negotiated;
                onEvent(new CameraEvent.Ready(Description, negotiated, Number(negotiated, "width") ?? settings.Width, Number(negotiated, "height") ?? settings.Height));
            }
            if (ready)
                Say(pipeline.Times);
            TimeSpan silence = TimeSpan.FromTicks((MonotonicClock.Now - Math.Max(opened, pipeline.LastArrival)) / 100);
            // a slow camera is not a silent one
            TimeSpan allowed = ready ? LongestSilence + settings.FrameRate.Period.ToTimeSpan() : LongestOpening;
            if (silence > allowed)
                return $"Camera {Description}: no picture for {silence.TotalSeconds:0} s; check the cable and whether another program uses it";
        }
        return null;
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

using System.Runtime.InteropServices;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>Gets a block of samples, channels interleaved; called on the card's own thread.</summary>
/// <param name="monotonicNs">When its first sample was taken, as its arrival tells, on CLOCK_MONOTONIC.</param>
/// <param name="offset">The source's own count of samples before it; null where it has none.</param>
internal delegate void BlockHandler(SoundFormat format, ReadOnlySpan<float> samples, long monotonicNs, long? offset);

/// <summary>The sound card of this node for as long as the node lives: opens it, watches it, keeps what it heard last, and opens it again 2 s after it was lost. Nothing that happens here can hold up a picture.</summary>
internal sealed class SoundCard : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestOpening = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(1);

    // what the card gives by itself where it can: 48 kHz, two channels; else whatever it has
    private const string Wanted =
        "audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2;audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=1;"
        + "audio/x-raw,format=F32LE,layout=interleaved,rate=48000;audio/x-raw,format=F32LE,layout=interleaved";

    private readonly SoundSource source;
    private readonly Action<NoticeLevel, string> tell;
    private readonly Lock gate = new();
    private readonly ManualResetEventSlim stopped = new();
    private readonly ManualResetEventSlim news = new();
    private readonly Thread thread;
    private SampleTrack? track;
    private long lastBlock;
    private bool unplugged;
    private string? ended;
    private volatile string? fault;

    /// <param name="tell">Says in a sentence what has happened to the card; on its own thread.</param>
    public SoundCard(SoundSource source, Action<NoticeLevel, string> tell)
    {
        (this.source, this.tell) = (source, tell);
        thread = new Thread(Supervise) { Name = "sound card supervisor", IsBackground = true };
    }

    /// <summary>Raised when new samples have come, on the card's thread: be quick.</summary>
    public event Action? Heard;

    public SoundSource Source => source;

    /// <summary>Why there is no sound now; null while there is.</summary>
    public string? Fault => fault;

    /// <summary>Once a card has given sound; its format does not change while it lives, so a take takes its channels from here.</summary>
    public SoundFormat? Format
    {
        get
        {
            lock (gate)
                return track?.Format;
        }
    }

    public void Start() => thread.Start();

    /// <summary>Looks at what was heard; null before the first sound. The card waits meanwhile: be quick.</summary>
    public T Look<T>(Func<SampleTrack?, T> look)
    {
        lock (gate)
            return look(track);
    }

    public void Dispose()
    {
        stopped.Set();
        news.Set();
        if (thread.IsAlive)
            thread.Join();
        stopped.Dispose();
        news.Dispose();
    }

    private void Supervise()
    {
        string? said = null;
        while (!stopped.IsSet)
        {
            string reason;
            try
            {
                reason = Attempt(() => said = null);
            }
            catch (GstException e)
            {
                reason = $"Sound, {source.Description}: {SoundFault.Explain(e.Message)}";
            }
            if (stopped.IsSet)
                return;
            lock (gate)
                track?.Interrupt();
            fault = reason;
            // said once, not every two seconds
            if (said is null)
                tell(NoticeLevel.Warning, $"{reason.TrimEnd('.')}; the video is not affected, and the card is tried again by itself");
            said = reason;
            stopped.Wait(Pause);
        }
    }

    /// <returns>Why the card was lost.</returns>
    private string Attempt(Action ready)
    {
        (ended, lastBlock) = (null, 0);
        if (source.Timing is { } timing)
        {
            if (unplugged)
                throw new GstException("it is unplugged");
            unplugged = timing.StopAfterSeconds > 0;
            using SimulatedCard card = new(timing, OnBlock, End);
            return Watch(null, ready);
        }
        if (!GstRuntime.HasElement(source.Kind.Element))
            throw new GstException($"GStreamer's element {source.Kind.Element} is missing: sudo apt install {source.Kind.Package}");
        using GstPipeline pipeline = GstPipeline.Parse(
            $"{source.Launch} ! audioconvert ! capsfilter caps=\"{Wanted}\" ! queue leaky=downstream max-size-time=2000000000 max-size-buffers=0 max-size-bytes=0 "
                + "! fakesink name=gate sync=false async=false enable-last-sample=false"
        );
        if (source.Kind.Property is { } property && source.Argument.Length > 0)
        {
            using GstElement element = pipeline.Get("sound");
            element.Set(property, source.Argument);
        }
        pipeline.UseMonotonicClock();
        using GstElement sink = pipeline.Get("gate");
        using GstPad pad = sink.StaticPad("sink");
        SoundFormat? format = null;
        using PadProbe probe = pad.AddBufferProbe(buffer =>
        {
            format ??= FormatOf(pad.CurrentCaps);
            if (format is { } known && buffer.Pts is { } pts)
            {
                using BufferMap map = buffer.MapRead();
                OnBlock(known, MemoryMarshal.Cast<byte, float>(map.Span), pipeline.BaseTime + pts, buffer.Offset == ulong.MaxValue ? null : (long)buffer.Offset);
            }
            return true;
        });
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        return Watch(pipeline, ready);
    }

    private string Watch(GstPipeline? pipeline, Action ready)
    {
        long opened = MonotonicClock.Now;
        bool running = false;
        while (!stopped.IsSet)
        {
            if (pipeline is null && news.Wait(200))
                news.Reset();
            GstBusMessage? message = pipeline?.Poll(TimeSpan.FromMilliseconds(200));
            if (message is { Kind: GstMessageKind.Error })
                return $"Sound, {source.Description}: {SoundFault.Explain(message.ToString())}";
            if (message is { Kind: GstMessageKind.Eos })
                return $"Sound, {source.Description}: its stream has ended";
            if (Volatile.Read(ref ended) is { } reason)
                return $"Sound, {source.Description}: {reason}";
            long last = Volatile.Read(ref lastBlock);
            if (!running && last != 0 && Format is { } format)
            {
                running = true;
                bool again = fault is not null;
                fault = null;
                ready();
                tell(NoticeLevel.Info, $"sound {(again ? "is back" : "ready")}: {source.Description}, {format.Rate} Hz, {format.Recorded} {(format.Recorded == 1 ? "channel" : "channels")}");
            }
            long silence = MonotonicClock.Now - (running ? last : opened);
            if (silence > (running ? LongestSilence : LongestOpening).Ticks * 100)
                return $"Sound, {source.Description}: no samples for {silence / 1e9:0} s; check the cable and whether another program uses it";
        }
        return "";
    }

    private void OnBlock(SoundFormat format, ReadOnlySpan<float> samples, long monotonicNs, long? offset)
    {
        lock (gate)
        {
            // another card, or another mode of it: nothing of the old one can be gone on with
            if (track is null || track.Format != format)
                track = new SampleTrack(format);
            track.Add(samples, monotonicNs, offset);
        }
        bool first = Volatile.Read(ref lastBlock) == 0;
        Volatile.Write(ref lastBlock, MonotonicClock.Now);
        if (first)
            news.Set();
        Heard?.Invoke();
    }

    private void End(string reason)
    {
        Volatile.Write(ref ended, reason);
        news.Set();
    }

    private static SoundFormat? FormatOf(string? caps) =>
        caps is not null && Camera.Number(caps, "rate") is > 0 and { } rate && Camera.Number(caps, "channels") is > 0 and { } channels ? new SoundFormat(rate, channels) : null;
}

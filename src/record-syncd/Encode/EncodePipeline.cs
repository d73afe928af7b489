using System.Diagnostics;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>
/// The pipeline of one take: retimed pictures in, one H.265 file out. Made and started before the take's first picture, used once.
/// Push from one thread; everything else from any. Frames are neither dropped nor limited here: who pushes watches <see cref="InFlight"/>.
/// </summary>
internal sealed class EncodePipeline : IDisposable
{
    private readonly string path;
    private readonly GstPipeline pipeline;
    private readonly GstElement sourceElement;
    private readonly AppSource source;
    private readonly PadProbe probe;
    private readonly ManualResetEventSlim ended = new();
    private readonly Lock faultGate = new();
    private Thread? busThread;
    private DiskSync? sync;
    private EncodeOutcome? outcome;
    private volatile EncodeFault? fault;
    private volatile bool reachedEnd;
    private long framesPushed;
    private long framesEncoded;
    private long bytesEncoded;
    private long firstPts;

    // encoders shift their time stamps (x265enc by 1000 hours) to have room for negative decoding times; the segment undoes it for the muxer
    private long encoderOffset;
    private volatile bool closed;
    private bool disposed;

    /// <param name="inputCaps">The caps of the pushed pictures, fixed.</param>
    /// <param name="path">The file; one that exists is overwritten.</param>
    /// <param name="container">Without it the choice is made by the file name.</param>
    /// <exception cref="GstException">An element is missing or refuses its settings.</exception>
    public EncodePipeline(EncoderSpec encoder, EncodeSettings settings, string inputCaps, string path, ContainerChoice? container = null)
    {
        this.path = path;
        container ??= ContainerChoice.For(path);
        // not live, although the pictures are: a live muxer would wait for deadlines of the clock, and a recorder has none. The queue
        // holds coded pictures, half a minute of them, while a slow disk catches up
        pipeline = GstPipeline.Parse(
            "appsrc name=in format=time is-live=false max-bytes=0 block=false "
                + $"! {encoder.ConversionFrom(inputCaps)}{encoder.Factory} name=encoder ! h265parse name=parse "
                + "! queue max-size-buffers=0 max-size-time=0 max-size-bytes=67108864 "
                + $"! {container.Muxer} name=mux ! filesink name=file buffer-mode=unbuffered sync=false async=false"
        );
        try
        {
            using (GstElement element = pipeline.Get("encoder"))
                LeftOut = EncoderElement.Configure(element, encoder, settings);
            using (GstElement mux = pipeline.Get("mux"))
            {
                foreach ((string name, string value) in container.Properties)
                    mux.Set(name, settings.Fill(value));
            }
            using (GstElement file = pipeline.Get("file"))
                file.Set("location", path);
            sourceElement = pipeline.Get("in");
            source = AppSource.From(sourceElement);
            source.SetCaps(inputCaps);
            using GstElement parser = pipeline.Get("parse");
            using GstPad pad = parser.StaticPad("src");
            probe = pad.AddBufferProbe(OnEncoded);
        }
        catch (GstException)
        {
            pipeline.Dispose();
            throw;
        }
    }

    /// <summary>Raised once, on the bus or disk thread, when the recording cannot go on. Finish then tells the same; a handler may call it if nobody else does.</summary>
    public event Action<EncodeFault>? Error;

    /// <summary>Raised for every coded picture, on the streaming thread: be quick.</summary>
    public event Action<AccessUnit>? Encoded;

    /// <summary>Table properties that this version of the encoder does not have.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    public EncodeFault? Fault => fault;

    public long FramesEncoded => Interlocked.Read(ref framesEncoded);

    /// <summary>Coded video, without the container's own bytes.</summary>
    public long BytesEncoded => Interlocked.Read(ref bytesEncoded);

    /// <summary>How often the file has been brought to the disk.</summary>
    public long Syncs { get; private set; }

    /// <summary>Pictures pushed and not encoded yet.</summary>
    public int InFlight => (int)(Interlocked.Read(ref framesPushed) - FramesEncoded);

    /// <summary>Opens the encoder and creates the file; returns when pictures can be pushed.</summary>
    /// <exception cref="GstException">No permission, no such folder, no encoder session left...</exception>
    public void Start()
    {
        pipeline.SetState(GstState.Playing, TimeSpan.FromSeconds(10));
        busThread = new Thread(WatchBus) { IsBackground = true, Name = "encode bus" };
        busThread.Start();
        sync = new DiskSync(path, e => Report(new EncodeFault($"The recording cannot be written to the disk: {e.Message} ({path})", IsDiskFull(e))));
    }

    /// <param name="buffer">Consumed. Its PTS counts from the start of the take: the first picture is at 0.</param>
    /// <returns>Anything but Ok: the picture was not taken, because of <see cref="Fault"/> or because the take is finished.</returns>
    public GstFlow Push(GstBuffer buffer)
    {
        // after an error downstream an appsrc goes on queueing for nobody
        if (fault is not null)
        {
            buffer.Dispose();
            return GstFlow.Error;
        }
        if (Interlocked.Increment(ref framesPushed) == 1)
            firstPts = buffer.Pts ?? 0;
        GstFlow flow = source.Push(buffer);
        if (flow != GstFlow.Ok)
            Interlocked.Decrement(ref framesPushed);
        return flow;
    }

    /// <summary>Ends the stream and waits for the finished file, as long as the encoder or the file makes progress. Closes the file in any case.</summary>
    public EncodeOutcome Finish(TimeSpan noProgressTimeout)
    {
        if (outcome is not null)
            return outcome;
        source.EndOfStream();
        long lastProgress = Stopwatch.GetTimestamp();
        (long, long) seen = Progress();
        while (!ended.Wait(TimeSpan.FromMilliseconds(50)))
        {
            (long, long) now = Progress();
            if (now != seen)
                (seen, lastProgress) = (now, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(lastProgress) > noProgressTimeout)
                Report(new EncodeFault($"The encoder stopped answering: {InFlight} frames are missing at the end of {path}", DiskFull: false));
        }
        Close();
        return outcome = new EncodeOutcome(reachedEnd && fault is null, FramesEncoded, FileLength(), fault?.Text, fault?.DiskFull ?? false);
    }

    /// <summary>Without Finish the file is left as a crash would leave it.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        Close();
        ended.Dispose();
    }

    private bool OnEncoded(BorrowedBuffer unit)
    {
        long pts = unit.Pts ?? 0;
        if (Interlocked.Increment(ref framesEncoded) == 1)
            encoderOffset = pts - firstPts;
        Interlocked.Add(ref bytesEncoded, unit.Size);
        Encoded?.Invoke(new AccessUnit(pts - encoderOffset, unit.Size, !unit.IsDelta));
        return true;
    }

    private void WatchBus()
    {
        while (!closed)
        {
            switch (pipeline.Poll(TimeSpan.MaxValue))
            {
                case { Kind: GstMessageKind.Eos }:
                    reachedEnd = true;
                    ended.Set();
                    break;
                case { Kind: GstMessageKind.Error } error:
                    Report(
                        error.IsDiskFull
                            ? new EncodeFault($"The disk is full: {path}", DiskFull: true)
                            : new EncodeFault($"The recording failed: {error}", DiskFull: false)
                    );
                    break;
                case { Kind: GstMessageKind.Application }:
                    return;
                default:
                    break;
            }
        }
    }

    /// <summary>The first fault counts; what follows are its consequences.</summary>
    private void Report(EncodeFault found)
    {
        lock (faultGate)
        {
            if (fault is not null)
                return;
            fault = found;
        }
        // before the handlers: one of them may call Finish
        ended.Set();
        Error?.Invoke(found);
    }

    private void Close()
    {
        closed = true;
        if (busThread is not null)
        {
            pipeline.PostApplicationMessage();
            if (busThread != Thread.CurrentThread)
                busThread.Join();
        }
        busThread = null;
        pipeline.Dispose();
        probe.Dispose();
        source.Dispose();
        sourceElement.Dispose();
        if (sync is null)
            return;
        // the thread first, so that its report and this one do not cross
        sync.Dispose();
        try
        {
            if (reachedEnd)
                sync.SyncNow();
        }
        catch (IOException e)
        {
            Report(new EncodeFault($"The recording cannot be written to the disk: {e.Message} ({path})", IsDiskFull(e)));
        }
        Syncs = sync.Synced;
        sync = null;
    }

    private (long, long) Progress() => (FramesEncoded, FileLength());

    private long FileLength()
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : 0;
    }

    /// <summary>ENOSPC or EDQUOT, in the low bits of the HRESULT that .NET makes of errno.</summary>
    private static bool IsDiskFull(IOException e) => (e.HResult & 0xFFFF) is 28 or 122;
}

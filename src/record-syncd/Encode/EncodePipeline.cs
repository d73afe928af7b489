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
    private readonly PadProbe muxed;
    private readonly GstElement queue;
    private readonly ContainerChoice container;
    private readonly SoundInput? sound;
    private EncodeSettings settings;
    private readonly ManualResetEventSlim ended = new();
    private readonly Lock faultGate = new();
    private Thread? busThread;
    private MuxedFile? file;
    private DiskSync? sync;
    private string? note;
    private long keyframeGroup = -1;
    private EncodeOutcome? outcome;
    private volatile EncodeFault? fault;
    private volatile bool reachedEnd;
    private long framesPushed;
    private long framesEncoded;
    private long bytesEncoded;
    private long firstPts;
    private long fileLength;
    private TimeSpan longestSync;

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
        this.settings = settings;
        this.container = container ??= ContainerChoice.For(path);
        // not live, although the pictures are: a live muxer would wait for deadlines of the clock, and a recorder has none. The queue
        // holds coded pictures, half a minute of them, while a slow disk catches up. The muxer asks a file whether it can seek; its bytes go to
        // ours, see OnMuxed
        pipeline = GstPipeline.Parse(
            "appsrc name=in format=time is-live=false max-bytes=0 block=false "
                + $"! {encoder.ConversionFrom(inputCaps)}{encoder.Factory} name=encoder ! h265parse name=parse "
                + $"! queue name=coded max-size-buffers=0 max-size-time=0 max-size-bytes={settings.LargestQueue} "
                + $"! {container.Muxer} name=mux ! filesink name=file location=/dev/null buffer-mode=unbuffered sync=false async=false"
                + SoundInput.Fragment(settings)
        );
        try
        {
            sound = settings.Sound is null ? null : new SoundInput(pipeline, settings.Sound, container);
            using (GstElement element = pipeline.Get("encoder"))
                LeftOut = EncoderElement.Configure(element, encoder, settings);
            using (GstElement mux = pipeline.Get("mux"))
            {
                foreach ((string name, string value) in container.Properties)
                    mux.Set(name, settings.Fill(value));
                Label(mux);
            }
            using (GstElement sink = pipeline.Get("file"))
            using (GstPad bytes = sink.StaticPad("sink"))
                muxed = bytes.AddByteProbe(OnMuxed, to => file?.Seek(to));
            sourceElement = pipeline.Get("in");
            source = AppSource.From(sourceElement);
            source.SetCaps(inputCaps);
            using GstElement parser = pipeline.Get("parse");
            queue = pipeline.Get("coded");
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

    /// <summary>Coded pictures that wait for the disk.</summary>
    public int WaitingForDisk
    {
        get
        {
            try
            {
                return closed ? 0 : queue.GetInt("current-level-buffers");
            }
            catch (ObjectDisposedException)
            {
                // closed on another thread in between
                return 0;
            }
        }
    }

    /// <summary>The longest time that the disk took to make data safe.</summary>
    public TimeSpan LongestSync => sync?.Longest ?? longestSync;

    public string Path => path;

    /// <summary>The open file, for those who must know whether its path still leads to it.</summary>
    public MuxedFile? File => file;

    /// <summary>Opens the encoder and creates the file; returns when pictures can be pushed.</summary>
    /// <exception cref="GstException">No permission, no such folder, no encoder session left...</exception>
    public void Start()
    {
        try
        {
            file = new MuxedFile(path, container.Mode == ContainerChoice.FirstMoov ? settings.IndexRoom : 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GstException(StorageFault.Describe(e, path));
        }
        pipeline.SetState(GstState.Playing, TimeSpan.FromSeconds(10));
        busThread = new Thread(WatchBus) { IsBackground = true, Name = "encode bus" };
        busThread.Start();
        sync = new DiskSync(file, e => Report(Unwritten(e)));
    }

    /// <summary>Before the first picture: the file begins at another grid point than was planned.</summary>
    public void BeginAt(long firstIndex, FileLabels? labels)
    {
        settings = settings with { FirstIndex = firstIndex, Labels = labels };
        using GstElement mux = pipeline.Get("mux");
        Label(mux);
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
        long pts = buffer.Pts ?? 0;
        if (Interlocked.Increment(ref framesPushed) == 1)
            firstPts = pts;
        RequestKeyFrame(pts);
        GstFlow flow = source.Push(buffer);
        if (flow != GstFlow.Ok)
            Interlocked.Decrement(ref framesPushed);
        return flow;
    }

    /// <summary>Null: a file without sound.</summary>
    public SoundInput? Sound => sound;

    /// <summary>Gives the take up where it is: Finish then closes the file with this reason.</summary>
    public void Fail(EncodeFault reason) => Report(reason);

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
        return outcome = new EncodeOutcome(reachedEnd && fault is null, FramesEncoded, FileLength(), fault?.Text, fault?.DiskFull ?? false) { Note = note };
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

    /// <summary>Key frames belong to points of the grid, not to numbers of the encoder's own counting: after dropped points they would be elsewhere in every file.</summary>
    private void RequestKeyFrame(long pts)
    {
        long group = (settings.FirstIndex + settings.Rate.FramesIn(new Nanos(pts))) / settings.KeyframeDistance;
        if (group == keyframeGroup)
            return;
        // the first picture is a key frame anyway
        if (keyframeGroup >= 0)
            sourceElement.RequestKeyFrame(pts);
        keyframeGroup = group;
    }

    /// <summary>The muxer's bytes, on its streaming thread. They go no further.</summary>
    private bool OnMuxed(BorrowedBuffer buffer)
    {
        if (file is null || fault is not null)
            return false;
        try
        {
            using BufferMap map = buffer.MapRead();
            file.Write(map.Span);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Report(Unwritten(e));
        }
        catch (Exception e)
        {
            // whatever it is: bytes that are not in the file must not pass for written
            Report(new EncodeFault($"The recording failed: {e.Message} ({path})", DiskFull: false));
        }
        return false;
    }

    private void Label(GstElement mux)
    {
        if (settings.Labels is { } labels)
            mux.SetTags(container.Muxer == "matroskamux" ? labels.MatroskaTags : labels.Tags);
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
                    Report(new EncodeFault($"The recording failed: {error}", DiskFull: false));
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
        muxed.Dispose();
        queue.Dispose();
        source.Dispose();
        sound?.Dispose();
        sourceElement.Dispose();
        if (sync is not null)
        {
            // the thread first, so that its report and this one do not cross
            sync.Dispose();
            longestSync = sync.Longest;
            Syncs = sync.Synced;
            sync = null;
        }
        if (file is null)
            return;
        try
        {
            if (reachedEnd && fault is null)
                End(file);
            fileLength = file.Length;
        }
        catch (IOException e)
        {
            Report(Unwritten(e));
        }
        file.Dispose();
        file = null;
    }

    private void End(MuxedFile finished)
    {
        try
        {
            if (finished.Index is null)
                finished.Sync();
            else if (!Mp4Ending.Write(finished, settings.Labels))
                note = "the take outgrew the room for the index: it lies at the end of the file";
        }
        catch (InvalidDataException e)
        {
            // it plays as it is
            finished.Sync();
            note = $"the file stays fragmented: {e.Message}";
        }
    }

    private EncodeFault Unwritten(Exception e) =>
        IsDiskFull(e) ? new EncodeFault($"The disk is full: {path}", DiskFull: true) : new EncodeFault($"The recording cannot be written: {StorageFault.Describe(e, path)}", DiskFull: false);

    private (long, long) Progress() => (FramesEncoded, FileLength());

    private long FileLength() => file?.Length ?? fileLength;

    /// <summary>ENOSPC or EDQUOT, in the low bits of the HRESULT that .NET makes of errno.</summary>
    private static bool IsDiskFull(Exception e) => (e.HResult & 0xFFFF) is 28 or 122;
}

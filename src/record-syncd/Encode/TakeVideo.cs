using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>One file of a take: the grid point of its first frame, and how many frames it has.</summary>
internal sealed record VideoSegment(string Path, long FirstIndex, long Frames, long Bytes);

/// <summary>
/// The video of one take: one file, or one after the other, each with an encoder of its own. The next one is armed while the one before still records, so
/// a cut costs nothing: the last frame before it goes to the one, the first frame behind it to the other, and no picture is looked at twice.
/// A file that cannot be opened in time postpones the cut to the next key frame, and nothing else.
/// When the camera is lost its file ends (<see cref="EndPart"/>), and another begins with the first picture of the camera that comes back, whatever its caps (<see cref="Reopen"/>).
/// Push from one thread at a time.
/// </summary>
internal sealed partial class TakeVideo : IDisposable
{
    /// <summary>An encoder takes a moment to open; on a Jetson more than one.</summary>
    private static readonly Nanos ArmAhead = Nanos.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly EncodeSettings settings;
    private Func<int, long, EncodePipeline> open;
    private readonly Func<long, FileLabels?> labels;
    private readonly Action<string> discard;
    private readonly TimeSpan patience;
    private readonly List<Part> parts = [];
    private readonly Lock inOrder = new();
    private int delivering;
    private Task<EncodePipeline?>? arming;
    private string? armingFault;
    private long lastGroup = -1;
    private long reached;
    private bool soundEnded;
    private bool disposed;

    /// <param name="settings">Of the take; Segment says whether it is cut.</param>
    /// <param name="open">Makes the file of a number from 1 that is planned to begin at a grid point, and starts it. Called on other threads too.</param>
    /// <param name="labels">What a file says of itself that begins at a grid point.</param>
    /// <param name="discard">Removes a file that was opened and not needed.</param>
    /// <param name="patience">An encoder that makes no progress for so long is given up.</param>
    /// <param name="firstIndex">Where the first file is planned to begin. From any point but 0 it begins with the first picture that comes.</param>
    /// <exception cref="GstException">The first file cannot be opened.</exception>
    public TakeVideo(EncodeSettings settings, Func<int, long, EncodePipeline> open, Func<long, FileLabels?> labels, Action<string> discard, TimeSpan patience, long firstIndex = 0)
    {
        (this.settings, this.open, this.labels, this.discard, this.patience) = (settings, open, labels, discard, patience);
        Add(open(1, firstIndex), firstIndex, floats: firstIndex > 0);
    }

    /// <summary>Raised once for each file that fails.</summary>
    public event Action<EncodeFault>? Error;

    /// <summary>Every coded picture in the order of the grid; Pts from the start of the take. On a streaming thread: be quick.</summary>
    public event Action<AccessUnit>? Encoded;

    /// <summary>A new file has begun.</summary>
    public event Action? Cut;

    public long BytesEncoded => Sum(part => part.Pipeline.BytesEncoded);

    /// <summary>Pictures pushed and not encoded yet.</summary>
    public int InFlight => (int)Sum(part => part.Outcome is null ? part.Pipeline.InFlight : 0);

    /// <summary>Coded pictures that wait for the disk.</summary>
    public int WaitingForDisk => (int)Sum(part => part.Outcome is null ? part.Pipeline.WaitingForDisk : 0);

    /// <summary>How often the disk has taken what was there; known of the files that have ended.</summary>
    public long Syncs => Sum(part => part.Pipeline.Syncs);

    public TimeSpan LongestSync
    {
        get
        {
            lock (gate)
                return parts.Max(part => part.Pipeline.LongestSync);
        }
    }

    /// <summary>The file that is being written.</summary>
    public EncodePipeline Current
    {
        get
        {
            lock (gate)
                return parts[^1].Pipeline;
        }
    }

    /// <summary>All files so far that have a picture, and the first in any case.</summary>
    public IReadOnlyList<VideoSegment> Segments
    {
        get
        {
            lock (gate)
                return
                [
                    .. parts.Where((part, i) => i == 0 || part.Pushed > 0).Select(part => new VideoSegment(
                        part.Pipeline.Path,
                        part.FirstIndex,
                        part.Outcome?.Frames ?? part.Pipeline.FramesEncoded,
                        part.Outcome?.Bytes ?? part.Pipeline.BytesEncoded
                    )),
                ];
        }
    }

    private long? SegmentFrames => settings.SegmentFrames;

    /// <param name="buffer">Consumed. Its PTS is that of a grid point, from the start of the take.</param>
    public GstFlow Push(GstBuffer buffer)
    {
        long index = settings.Rate.FramesIn(new Nanos(buffer.Pts ?? 0));
        if (parts[^1].Floats)
            Settle(parts[^1], index);
        if (SegmentFrames is { } length)
            CutWhereDue(index, length);
        Part part = parts[^1];
        Volatile.Write(ref reached, index + 1);
        part.Pushed++;
        buffer.Pts = settings.Rate.TimeOf(index - part.FirstIndex).Value;
        return part.Pipeline.Push(buffer);
    }

    /// <summary>Ends the take: waits for all files.</summary>
    public EncodeOutcome Finish()
    {
        DropArmed();
        if (parts.Count > 1 && parts[^1].Pushed == 0)
            RemoveLast();
        Finishing(parts[^1]);
        foreach (Part part in parts)
            part.Ending!.GetAwaiter().GetResult();
        EncodeOutcome[] all = [.. parts.Select(part => part.Outcome!)];
        string?[] notes = [.. all.Select(outcome => outcome.Note).Append(armingFault).Distinct().Where(note => note is not null)];
        return new EncodeOutcome(
            all.All(outcome => outcome.Complete),
            all.Sum(outcome => outcome.Frames),
            all.Sum(outcome => outcome.Bytes),
            all.Select(outcome => outcome.Error).FirstOrDefault(error => error is not null),
            all.Any(outcome => outcome.DiskFull)
        )
        {
            Note = notes.Length == 0 ? null : string.Join("; ", notes),
        };
    }

    /// <summary>Without Finish the files are left as a crash would leave them.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        DropArmed();
        foreach (Part part in parts)
        {
            part.Ending?.GetAwaiter().GetResult();
            part.Pipeline.Dispose();
        }
    }

    private void CutWhereDue(long index, long length)
    {
        long boundary = (parts[^1].FirstIndex / length + 1) * length;
        if (arming is null && index >= boundary - Math.Min(settings.Rate.FramesIn(ArmAhead), length / 2))
        {
            int number = parts.Count + 1;
            arming = Task.Run(() => Arm(number, boundary));
        }
        // only where a key frame belongs, which the boundary itself is unless its frame was dropped
        long group = index / settings.KeyframeDistance;
        bool keyFrame = group != lastGroup;
        lastGroup = group;
        if (index < boundary || !keyFrame || arming is not { IsCompleted: true })
            return;
        EncodePipeline? next = arming.Result;
        arming = null;
        if (next is null)
            return;
        if (index != boundary)
            next.BeginAt(index, labels(index));
        Part last = parts[^1];
        Add(next, index);
        Finishing(last);
        Cut?.Invoke();
    }

    private void DropArmed()
    {
        if (arming?.GetAwaiter().GetResult() is { } unused)
            Discard(unused);
        arming = null;
    }

    private EncodePipeline? Arm(int number, long firstIndex)
    {
        try
        {
            return open(number, firstIndex);
        }
        catch (GstException e)
        {
            armingFault ??= $"a new file was due and could not be opened, the one before went on: {e.Message}";
            return null;
        }
    }

    private void Add(EncodePipeline pipeline, long firstIndex, bool floats = false, bool insteadOfLast = false)
    {
        Part part = new(pipeline, firstIndex, SampleOf(firstIndex)) { Floats = floats };
        pipeline.Encoded += unit => OnEncoded(part, unit);
        pipeline.Error += fault => Error?.Invoke(fault);
        bool mute;
        lock (gate)
        {
            if (insteadOfLast)
                parts[^1] = part;
            else
                parts.Add(part);
            mute = soundEnded;
        }
        if (mute)
            pipeline.Sound?.End();
        if (pipeline.Fault is { } already)
            Error?.Invoke(already);
    }

    private void Finishing(Part part)
    {
        part.Ending ??= Task.Run(() =>
        {
            EncodeOutcome outcome = part.Pipeline.Finish(patience);
            lock (gate)
                part.Outcome = outcome;
            lock (inOrder)
                Deliver();
        });
    }

    /// <summary>An encoder may still have the last pictures of its file when the next one has coded its first.</summary>
    private void OnEncoded(Part part, AccessUnit unit)
    {
        AccessUnit ofTake = unit with { Pts = settings.Rate.TimeOf(part.FirstIndex + settings.Rate.FramesIn(new Nanos(unit.Pts))).Value };
        lock (inOrder)
        {
            part.Encoded++;
            part.Waiting.Enqueue(ofTake);
            Deliver();
        }
    }

    /// <summary>Called with <see cref="inOrder"/>.</summary>
    private void Deliver()
    {
        while (true)
        {
            Part part;
            bool more;
            lock (gate)
            {
                part = parts[delivering];
                more = delivering < parts.Count - 1 && (part.Outcome is not null || (part.Ending is not null && part.Encoded >= part.Pushed));
            }
            while (part.Waiting.TryDequeue(out AccessUnit unit))
                Encoded?.Invoke(unit);
            if (!more)
                return;
            delivering++;
        }
    }

    private long SampleOf(long index) => new SoundGrid(default, SoundCodec.Rate).SampleOf(settings.Rate, index);

    private void Discard(EncodePipeline unused)
    {
        unused.Dispose();
        discard(unused.Path);
    }

    private long Sum(Func<Part, long> of)
    {
        lock (gate)
            return parts.Sum(of);
    }

    private sealed class Part(EncodePipeline pipeline, long firstIndex, long firstSample)
    {
        public EncodePipeline Pipeline { get; } = pipeline;

        public long FirstIndex { get; set; } = firstIndex;

        /// <summary>Of the sound, from the start of the take.</summary>
        public long FirstSample { get; set; } = firstSample;

        /// <summary>It begins with the first picture that comes; until then its beginning is a plan.</summary>
        public bool Floats { get; set; }

        /// <summary>Where its sound ends that ended without another file behind it; null of all others.</summary>
        public long? EndSample { get; set; }

        /// <summary>How far its sound has come.</summary>
        public long SoundTo { get; set; }

        /// <summary>Coded, and waiting for those of the file before.</summary>
        public Queue<AccessUnit> Waiting { get; } = new();

        public long Pushed { get; set; }

        public long Encoded { get; set; }

        public Task? Ending { get; set; }

        public EncodeOutcome? Outcome { get; set; }
    }
}

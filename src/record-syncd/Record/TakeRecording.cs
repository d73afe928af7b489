using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>What becomes of a grid point that got no frame from the camera.</summary>
internal enum DropPolicy
{
    /// <summary>The previous picture again: frame counts and indices stay equal.</summary>
    Repeat,

    /// <summary>Nothing: a gap in the file's PTS.</summary>
    Gap,
}

/// <summary>
/// One take: the gate. On the camera's streaming thread every frame's capture time is mapped to network time and put on the
/// take's grid; a point that got no frame repeats the previous picture (or stays a gap), so that file frame k is grid point k in every node's file. The newest frame is held back until one of
/// a later point comes, because a nearer one may still come. Nothing here copies a picture, waits for a disk or waits for the encoder: a full encoder
/// queue drops the point, counted and marked. A camera that is lost ends the file; when it is back, its first picture begins another one, and the points between are left out.
/// </summary>
internal sealed class TakeRecording : IDisposable
{
    /// <summary>So much video may wait for the encoder before points are dropped, by time and by memory: raw frames are large.</summary>
    private static readonly Nanos LongestQueue = Nanos.FromSeconds(2);

    private const long LargestQueueBytes = 256 << 20;
    private const int ShortestQueue = 4;

    private readonly Lock gate = new();
    private readonly TakePlan plan;
    private readonly FrameGrid grid;
    private FrameTimeline timeline;
    private Lateness lateness;
    private readonly DropPolicy onDrop;
    private readonly TakeVideo encoder;
    private readonly SidecarWriter sidecar;
    private readonly LocalClock clock;
    private readonly SharedClock network;
    private readonly Queue<SidecarRow> unencoded = new();
    private readonly NodeTally tally;
    private readonly int framesInQueue;
    private readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Held? held;
    private long handedOn;
    private long limit = long.MaxValue;
    private TakeCounts counts;
    private long largestClockError;
    private Nanos oldestClock;
    private bool closed;

    /// <summary>The camera is away, or back and without a file.</summary>
    private bool waits;

    /// <summary>Since the camera was lost there has been no picture: the next one begins another file.</summary>
    private bool resumes;

    /// <summary>To be told with the first picture of a file.</summary>
    private (long End, long Begin)? begins;

    public TakeRecording(TakePlan plan, DropPolicy onDrop, TakeVideo encoder, SidecarWriter sidecar, LocalClock clock, SharedClock network)
    {
        (this.plan, this.onDrop, this.encoder, this.sidecar, this.clock, this.network) = (plan, onDrop, encoder, sidecar, clock, network);
        grid = plan.Grid;
        timeline = new FrameTimeline(grid, plan.FirstIndex);
        handedOn = First = plan.FirstIndex;
        tally = new NodeTally(grid);
        lateness = new Lateness(plan.Rate.Period);
        framesInQueue = (int)Math.Max(8, plan.Rate.FramesIn(LongestQueue));
        encoder.Encoded += OnEncoded;
    }

    /// <summary>The frame of the newest point: still exchangeable, and afterwards the picture that missing points repeat.</summary>
    private sealed record Held(GstBuffer Picture, long Index, NetworkTime Captured, LocalTime Local, SidecarFlags Flags);

    /// <summary>Set when the last grid point of the take has been pushed.</summary>
    public Task Complete => complete.Task;

    /// <summary>Set with the first grid point.</summary>
    public Task Started => started.Task;

    /// <summary>A file has begun behind a time without a camera, or on a node that joined: the grid point behind the last one before, and the first one of the file. On the streaming thread.</summary>
    public event Action<long, long>? PartBegun;

    public TakePlan Plan => plan;

    /// <summary>The grid point with which the recording begins; 0 but on a node that joined.</summary>
    public long First { get; private set; }

    public TakeCounts Counts
    {
        get
        {
            lock (gate)
                return counts with { Bytes = encoder.BytesEncoded };
        }
    }

    /// <summary>How many grid points have been handed on: where the take ends when it has ended.</summary>
    public long Points
    {
        get
        {
            lock (gate)
                return handedOn;
        }
    }

    /// <summary>How many grid points the file will have; set by STOP.</summary>
    public long? Limit => limit == long.MaxValue ? null : limit;

    /// <summary>The camera's frame handler, on its streaming thread.</summary>
    public void OnFrame(in CapturedFrame frame, BorrowedBuffer buffer)
    {
        if (network.Mapping is not { } mapping)
            return;
        LocalTime local = clock.FromMonotonic(frame.MonotonicNs);
        NetworkTime captured = mapping.At(local);
        lock (gate)
        {
            if (closed)
                return;
            SidecarFlags flags = lateness.IsLate(new Nanos(frame.ArrivedNs - frame.MonotonicNs)) ? SidecarFlags.Late : SidecarFlags.None;
            Slot slot = timeline.Place(captured);
            if (waits)
                return;
            switch (slot.Kind)
            {
                case SlotKind.Frame:
                    Take(slot, captured, local, flags, buffer);
                    Note(mapping, local);
                    break;
                case SlotKind.Nearer when held is { } farther && handedOn <= slot.Index:
                    farther.Picture.Dispose();
                    held = new Held(buffer.Ref(), slot.Index, captured, local, flags | SidecarFlags.Duplicate);
                    counts = counts with { Duplicated = counts.Duplicated + 1 };
                    break;
                case SlotKind.Nearer or SlotKind.Duplicate:
                    if (held is { } nearer && nearer.Index == slot.Index)
                        held = nearer with { Flags = nearer.Flags | SidecarFlags.Duplicate };
                    counts = counts with { Duplicated = counts.Duplicated + 1 };
                    break;
            }
        }
    }

    /// <summary>No grid point at or after this many is recorded. A STOP that comes too late for it ends the file where it is.</summary>
    public void StopAt(long frames)
    {
        lock (gate)
        {
            limit = Math.Max(frames, handedOn);
            if (handedOn >= limit)
                Close();
        }
    }

    /// <summary>The camera is lost: its file ends with the last picture that came.</summary>
    /// <returns>The first grid point that is missing; null when the take was complete, or is now.</returns>
    public long? Interrupt()
    {
        lock (gate)
        {
            if (closed)
                return null;
            HandOn();
            held?.Picture.Dispose();
            held = null;
            (waits, resumes) = (true, handedOn > First || First == 0);
            encoder.EndPart(handedOn);
            if (handedOn >= limit)
                Close();
            return closed ? null : handedOn;
        }
    }

    /// <summary>The camera is back: its pictures teach how it stands to the grid now, and none is recorded before <see cref="GoOn"/>.</summary>
    /// <param name="planned">The grid point with which it is to go on, if a file is open by then.</param>
    public void Expect(long planned)
    {
        lock (gate)
            (timeline, lateness) = (new FrameTimeline(grid, Math.Max(planned, handedOn)), new Lateness(plan.Rate.Period));
    }

    /// <summary>A file is open: it begins with the next picture.</summary>
    public void GoOn()
    {
        lock (gate)
            waits = false;
    }

    /// <summary>The camera gives no more frames: the points up to the limit repeat its last picture, and the take is complete.</summary>
    public void FillUp()
    {
        lock (gate)
        {
            if (closed)
                return;
            HandOn();
            if (resumes && limit != long.MaxValue)
                LeaveTo(limit);
            else if (limit != long.MaxValue)
                FillTo(limit, SidecarFlags.None);
            Close();
        }
    }

    /// <summary>What the rows do not say of this node's part of the take; once the encoder has finished.</summary>
    /// <param name="leads">The take's clock is this node's own.</param>
    public NodeFacts Facts(string node, bool leads, long? fragmentsSynced, long armedLateNs, string? error)
    {
        lock (gate)
        {
            string state = leads ? "leader" : oldestClock > NetworkClock.HoldoverAfter ? "holdover" : "synchronised";
            return new NodeFacts(plan.Name, node, Limit, counts.Duplicated, largestClockError, state, NodeVerdict.FreeRunning, fragmentsSynced, armedLateNs, error);
        }
    }

    /// <summary>This node's verdict, with the frames' times as they were gated.</summary>
    public NodeVerdict Judge(in NodeFacts facts)
    {
        lock (unencoded)
            return tally.Close(facts);
    }

    public void Dispose()
    {
        encoder.Encoded -= OnEncoded;
        // points that were left out after the last coded frame
        lock (unencoded)
            WriteDropped();
        lock (gate)
        {
            closed = true;
            held?.Picture.Dispose();
            held = null;
        }
    }

    private void Take(Slot slot, NetworkTime captured, LocalTime local, SidecarFlags flags, BorrowedBuffer buffer)
    {
        HandOn();
        SidecarFlags why = SidecarFlags.None;
        if (resumes)
        {
            (resumes, begins) = (slot.Index >= limit, (handedOn, slot.Index));
            LeaveTo(Math.Min(slot.Index, limit));
        }
        else if (handedOn == First && plan.FirstIndex > 0)
        {
            handedOn = First = Math.Min(slot.Index, limit);
            begins = (First, First);
        }
        else if (held is null && slot.Index > 0)
        {
            // there is no previous picture: the first one stands in for the points that have passed, also where others would be left as gaps
            held = new Held(buffer.Ref(), slot.Index, captured, local, flags);
            why = SidecarFlags.Late;
        }
        FillTo(Math.Min(slot.Index, limit), why);
        held?.Picture.Dispose();
        held = new Held(buffer.Ref(), slot.Index, captured, local, flags);
        started.TrySetResult();
        if (handedOn >= limit)
            Close();
    }

    private void Note(ClockMapping mapping, LocalTime local)
    {
        largestClockError = Math.Max(largestClockError, mapping.ErrorAt(local));
        oldestClock = local - mapping.Local > oldestClock ? local - mapping.Local : oldestClock;
    }

    /// <summary>Pushes the frame that was held back, once.</summary>
    private void HandOn()
    {
        if (held is { } newest && handedOn <= newest.Index && newest.Index < limit)
            Push(newest, newest.Index, newest.Flags);
    }

    private void FillTo(long end, SidecarFlags why)
    {
        while (handedOn < end && held is { } previous)
        {
            if (onDrop == DropPolicy.Gap && why == SidecarFlags.None)
                Leave(handedOn);
            else
                Push(previous, handedOn, SidecarFlags.Repeated | why);
        }
    }

    private void Push(Held source, long index, SidecarFlags flags)
    {
        long pts = grid.Pts(index).Value;
        bool fits = encoder.InFlight < LongestQueueOf(source.Picture);
        if (!fits)
            flags |= SidecarFlags.Dropped;
        // in the queue before the push: the encoder may answer from its own thread at once
        lock (unencoded)
            unencoded.Enqueue(new SidecarRow(index, pts, source.Captured.Nanoseconds, grid.Residual(source.Captured, index).Value, flags, 0, source.Local.Nanoseconds));
        if (fits)
        {
            encoder.Push(source.Picture.Retimed(pts, grid.DurationOf(index).Value));
            if (begins is { } part)
                PartBegun?.Invoke(part.End, part.Begin);
            begins = null;
        }
        handedOn = index + 1;
        counts = counts with
        {
            Frames = counts.Frames + (fits ? 1 : 0),
            Repeated = counts.Repeated + (fits && flags.HasFlag(SidecarFlags.Repeated) ? 1 : 0),
            Dropped = counts.Dropped + (fits ? 0 : 1),
            Late = counts.Late + (flags.HasFlag(SidecarFlags.Late) ? 1 : 0),
        };
    }

    /// <summary>The camera was away.</summary>
    private void LeaveTo(long end)
    {
        while (handedOn < end)
            Leave(handedOn, SidecarFlags.Away);
    }

    /// <summary>A point without a picture, in the sidecar only.</summary>
    private void Leave(long index, SidecarFlags why = SidecarFlags.None)
    {
        lock (unencoded)
            unencoded.Enqueue(new SidecarRow(index, grid.Pts(index).Value, null, 0, why | SidecarFlags.Missing | SidecarFlags.Dropped, 0));
        handedOn = index + 1;
        counts = counts with { Dropped = counts.Dropped + 1 };
    }

    private int LongestQueueOf(GstBuffer picture) =>
        (int)Math.Clamp(LargestQueueBytes / Math.Max(1, picture.Size), ShortestQueue, framesInQueue);

    /// <summary>A row is written when its frame has left the encoder, so that after a power cut the sidecar does not promise more than the file holds.</summary>
    private void OnEncoded(AccessUnit unit)
    {
        lock (unencoded)
        {
            WriteDropped();
            if (unencoded.TryDequeue(out SidecarRow row))
                Write(row with { Bytes = unit.Size });
            WriteDropped();
        }
    }

    private void WriteDropped()
    {
        while (unencoded.TryPeek(out SidecarRow row) && row.Flags.HasFlag(SidecarFlags.Dropped))
            Write(unencoded.Dequeue());
    }

    private void Write(in SidecarRow row)
    {
        tally.Add(row.Index, row.CaptureNs, row.Flags);
        sidecar.Append(row);
    }

    private void Close()
    {
        closed = true;
        held?.Picture.Dispose();
        held = null;
        complete.TrySetResult();
    }
}

using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>
/// One take in one file: the gate. On the camera's streaming thread every frame's capture time is mapped to network time and put on the
/// take's grid; a point that got no frame repeats the previous picture, so that file frame k is grid point k in every node's file. Nothing here
/// copies a picture, waits for a disk or waits for the encoder: a full encoder queue drops the point, counted and marked.
/// </summary>
internal sealed class TakeRecording : IDisposable
{
    /// <summary>So much video may wait for the encoder before points are dropped; raw frames are large.</summary>
    private static readonly Nanos LongestQueue = Nanos.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly TakePlan plan;
    private readonly FrameGrid grid;
    private readonly FrameTimeline timeline;
    private readonly TakeVideo encoder;
    private readonly SidecarWriter sidecar;
    private readonly LocalClock clock;
    private readonly SharedClock network;
    private readonly Queue<SidecarRow> unencoded = new();
    private readonly int largestQueue;
    private readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GstBuffer? previous;
    private long previousCapture;
    private long limit = long.MaxValue;
    private TakeCounts counts;
    private bool closed;

    public TakeRecording(TakePlan plan, TakeVideo encoder, SidecarWriter sidecar, LocalClock clock, SharedClock network)
    {
        (this.plan, this.encoder, this.sidecar, this.clock, this.network) = (plan, encoder, sidecar, clock, network);
        grid = plan.Grid;
        timeline = new FrameTimeline(grid);
        largestQueue = (int)Math.Max(8, plan.Rate.FramesIn(LongestQueue));
        encoder.Encoded += OnEncoded;
    }

    /// <summary>Set when the last grid point of the take has been pushed.</summary>
    public Task Complete => complete.Task;

    /// <summary>Set with the first grid point.</summary>
    public Task Started => started.Task;

    public TakePlan Plan => plan;

    public TakeCounts Counts
    {
        get
        {
            lock (gate)
                return counts with { Bytes = encoder.BytesEncoded };
        }
    }

    /// <summary>How many grid points the file will have; set by STOP.</summary>
    public long? Limit => limit == long.MaxValue ? null : limit;

    /// <summary>The camera's frame handler, on its streaming thread.</summary>
    public void OnFrame(in CapturedFrame frame, BorrowedBuffer buffer)
    {
        if (network.Mapping is not { } mapping)
            return;
        NetworkTime captured = mapping.At(clock.FromMonotonic(frame.MonotonicNs));
        lock (gate)
        {
            if (closed)
                return;
            Slot slot = timeline.Place(captured);
            switch (slot.Kind)
            {
                case SlotKind.Duplicate:
                    counts = counts with { Duplicated = counts.Duplicated + 1 };
                    break;
                case SlotKind.Frame:
                    Take(slot, captured, buffer);
                    break;
            }
        }
    }

    /// <summary>No grid point at or after this many is recorded. A STOP that comes too late for it ends the file where it is.</summary>
    public void StopAt(long frames)
    {
        lock (gate)
        {
            limit = Math.Max(frames, timeline.Next);
            if (timeline.Next >= limit)
                Close();
        }
    }

    /// <summary>The camera gives no more frames: the points up to the limit repeat its last picture, and the take is complete.</summary>
    public void FillUp()
    {
        lock (gate)
        {
            if (closed)
                return;
            if (previous is { } picture && limit != long.MaxValue)
                for (long index = timeline.Next; index < limit; index++)
                    Push(picture.Retimed(grid.Pts(index).Value, grid.DurationOf(index).Value), index, previousCapture, repeated: true);
            Close();
        }
    }

    public void Dispose()
    {
        encoder.Encoded -= OnEncoded;
        lock (gate)
        {
            closed = true;
            previous?.Dispose();
            previous = null;
        }
    }

    private void Take(Slot slot, NetworkTime captured, BorrowedBuffer buffer)
    {
        for (long missing = slot.FirstMissing; missing < Math.Min(slot.Index, limit); missing++)
        {
            long pts = grid.Pts(missing).Value, duration = grid.DurationOf(missing).Value;
            // before the first frame there is no previous picture: the first one stands in
            if (previous is { } picture)
                Push(picture.Retimed(pts, duration), missing, previousCapture, repeated: true);
            else
                Push(buffer.Retimed(pts, duration), missing, captured.Nanoseconds, repeated: true);
        }
        if (slot.Index < limit)
            Push(buffer.Retimed(grid.Pts(slot.Index).Value, grid.DurationOf(slot.Index).Value), slot.Index, captured.Nanoseconds, repeated: false);
        previous?.Dispose();
        previous = buffer.Ref();
        previousCapture = captured.Nanoseconds;
        started.TrySetResult();
        if (timeline.Next >= limit)
            Close();
    }

    private void Push(GstBuffer frame, long index, long captureNs, bool repeated)
    {
        SidecarFlags flags = repeated ? SidecarFlags.Repeated : SidecarFlags.None;
        long pts = grid.Pts(index).Value;
        long residual = captureNs - grid.At(index).Nanoseconds;
        bool fits = encoder.InFlight < largestQueue;
        if (!fits)
            flags |= SidecarFlags.Dropped;
        // in the queue before the push: the encoder may answer from its own thread at once
        lock (unencoded)
            unencoded.Enqueue(new SidecarRow(index, pts, captureNs, residual, flags, 0));
        if (fits)
            encoder.Push(frame);
        else
            frame.Dispose();
        counts = counts with
        {
            Frames = counts.Frames + (fits ? 1 : 0),
            Repeated = counts.Repeated + (fits && repeated ? 1 : 0),
            Dropped = counts.Dropped + (fits ? 0 : 1),
        };
    }

    /// <summary>A row is written when its frame has left the encoder, so that after a power cut the sidecar does not promise more than the file holds.</summary>
    private void OnEncoded(AccessUnit unit)
    {
        lock (unencoded)
        {
            WriteDropped();
            if (unencoded.TryDequeue(out SidecarRow row))
                sidecar.Append(row with { Bytes = unit.Size });
            WriteDropped();
        }
    }

    private void WriteDropped()
    {
        while (unencoded.TryPeek(out SidecarRow row) && row.Flags.HasFlag(SidecarFlags.Dropped))
            sidecar.Append(unencoded.Dequeue());
    }

    private void Close()
    {
        closed = true;
        previous?.Dispose();
        previous = null;
        complete.TrySetResult();
    }
}

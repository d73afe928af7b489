using System.Diagnostics;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>
/// The live picture of this node's camera, for whoever watches. It takes a reference to a picture now and then, and never more than one at a time: the camera's
/// thread does nothing for it but look at a clock, and the recording does not know of it. Nobody watches: nothing runs.
/// </summary>
internal sealed class PreviewFeed(Camera camera) : IDisposable
{
    public const int PicturesPerSecond = 8;
    public const int MostViewers = 16;

    private static readonly TimeSpan Lingering = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();

    // never disposed of: the camera's thread may be about to use it
    private readonly SemaphoreSlim arrived = new(0);
    private TaskCompletionSource<byte[]> next = NewPicture();
    private GstBuffer? waiting;
    private long takenAt;
    private int viewers;
    private long lastWatched;
    private Thread? worker;
    private bool closed;

    /// <summary>Why there are no pictures now; null: there are, or they are about to come.</summary>
    public string? Fault { get; private set; }

    /// <returns>Null when there are too many already.</returns>
    public Viewer? Open()
    {
        lock (gate)
        {
            if (closed || viewers >= MostViewers)
                return null;
            viewers++;
            if (worker is null)
            {
                lastWatched = Stopwatch.GetTimestamp();
                worker = new Thread(Work) { IsBackground = true, Name = "preview" };
                worker.Start();
            }
            return new Viewer(this);
        }
    }

    public void Dispose()
    {
        Thread? running;
        lock (gate)
        {
            closed = true;
            running = worker;
        }
        arrived.Release();
        running?.Join();
    }

    /// <summary>One who watches. A slow one misses pictures, and nobody waits for it.</summary>
    internal sealed class Viewer(PreviewFeed feed) : IDisposable
    {
        private bool left;

        /// <summary>The next picture that is made, a JPEG.</summary>
        public Task<byte[]> Next(CancellationToken cancel)
        {
            lock (feed.gate)
                return feed.next.Task.WaitAsync(cancel);
        }

        public void Dispose()
        {
            lock (feed.gate)
            {
                if (!left)
                    feed.viewers--;
                left = true;
            }
        }
    }

    /// <summary>On the camera's streaming thread.</summary>
    private void OnPicture(BorrowedBuffer buffer)
    {
        long now = Stopwatch.GetTimestamp();
        if (now - takenAt < Stopwatch.Frequency / PicturesPerSecond || Volatile.Read(ref waiting) is not null)
            return;
        takenAt = now;
        GstBuffer picture = buffer.Ref();
        if (Interlocked.CompareExchange(ref waiting, picture, null) is not null)
            picture.Dispose();
        else
            arrived.Release();
    }

    private void Work()
    {
        camera.Onlooker = OnPicture;
        PreviewPipeline? pipeline = null;
        try
        {
            while (IsWatched())
            {
                if (!arrived.Wait(Lingering) || Volatile.Read(ref waiting) is not { } picture)
                    continue;
                pipeline = Make(pipeline, picture);
                // only now may the next one come: two would be a queue
                Volatile.Write(ref waiting, null);
            }
        }
        finally
        {
            pipeline?.Dispose();
        }
    }

    /// <summary>False, and the end of this thread, when nobody has watched for a while.</summary>
    private bool IsWatched()
    {
        lock (gate)
        {
            if (!closed && (viewers > 0 || Stopwatch.GetElapsedTime(lastWatched) < Lingering))
            {
                if (viewers > 0)
                    lastWatched = Stopwatch.GetTimestamp();
                return true;
            }
            camera.Onlooker = null;
            worker = null;
            // before another worker can be there to use it
            Interlocked.Exchange(ref waiting, null)?.Dispose();
        }
        return false;
    }

    private PreviewPipeline? Make(PreviewPipeline? pipeline, GstBuffer picture)
    {
        try
        {
            string caps = camera.Caps ?? throw new GstException("the camera gives no pictures");
            if (pipeline?.Caps != caps)
            {
                pipeline?.Dispose();
                pipeline = null;
                pipeline = new PreviewPipeline(caps);
            }
            Publish(pipeline.Make(picture));
            Fault = null;
            return pipeline;
        }
        catch (GstException fault)
        {
            // a pipeline that failed once is made anew
            picture.Dispose();
            pipeline?.Dispose();
            Fault = fault.Message;
            return null;
        }
    }

    private void Publish(byte[] jpeg)
    {
        TaskCompletionSource<byte[]> made;
        lock (gate)
            (made, next) = (next, NewPicture());
        made.SetResult(jpeg);
    }

    private static TaskCompletionSource<byte[]> NewPicture() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

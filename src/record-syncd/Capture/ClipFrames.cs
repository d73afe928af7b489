using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>The pictures of a video file, over and over, scaled to the wanted size and rate. The next round is already prerolled while one runs, so that the loop has no gap.</summary>
internal sealed class ClipFrames : FrameSupply
{
    private readonly string path;
    private readonly int width;
    private readonly int height;
    private readonly FrameRate rate;
    private Round current;
    private Round next;

    public ClipFrames(string path, int width, int height, FrameRate rate)
    {
        if (Directory.Exists(path) || !File.Exists(path))
            throw new GstException($"There is no file {path} to play as a camera.");
        this.path = path;
        this.width = width;
        this.height = height;
        this.rate = rate;
        current = new Round(this);
        current.RequirePicture();
        next = new Round(this);
    }

    public override string Caps => RawCaps(width, height, rate);

    public override int BytesPerFrame => width * height * 3 / 2;

    public override GstBuffer? Take(long captureNs, long frameNumber)
    {
        if (current.Take() is { } buffer)
            return buffer;
        if (!current.IsOver)
            return null;
        current.Dispose();
        current = next;
        current.Play();
        next = new Round(this);
        return current.Take();
    }

    public override void Dispose()
    {
        current.Dispose();
        next.Dispose();
    }

    /// <summary>One pass through the file.</summary>
    private sealed class Round : IDisposable
    {
        private static readonly TimeSpan LongestOpening = TimeSpan.FromSeconds(10);

        private readonly GstPipeline pipeline;
        private readonly AppSink sink;
        private readonly string path;

        public Round(ClipFrames clip)
        {
            path = clip.path;
            pipeline = GstPipeline.Parse(
                $"filesrc name=clip ! decodebin ! videoconvert ! videoscale add-borders=true ! videorate ! {clip.Caps} "
                    + "! appsink name=frames sync=false max-buffers=4 drop=false enable-last-sample=false"
            );
            using GstElement file = pipeline.Get("clip"), frames = pipeline.Get("frames");
            file.Set("location", clip.path);
            sink = AppSink.From(frames);
            // does not wait: the preroll goes on while the round before is played
            pipeline.SetState(GstState.Paused, TimeSpan.Zero);
        }

        public bool IsOver => sink.IsEos;

        public void RequirePicture()
        {
            try
            {
                if (!pipeline.SetState(GstState.Paused, LongestOpening))
                    throw new GstException($"{path} cannot be played: no picture after {LongestOpening.TotalSeconds:0} s.");
            }
            catch (GstException e)
            {
                throw new GstException($"{path} cannot be played as a camera: {CameraFault.Explain(e.Message)}");
            }
            Play();
        }

        public void Play() => pipeline.SetState(GstState.Playing, TimeSpan.Zero);

        public GstBuffer? Take()
        {
            using GstSample? sample = sink.TryPull(TimeSpan.FromMilliseconds(200));
            if (sample is not null)
                return sample.Buffer.Retimed(0, 0);
            if (pipeline.Poll(TimeSpan.Zero) is { Kind: GstMessageKind.Error } error)
                throw new GstException($"{path} cannot be played on: {CameraFault.Explain(error.ToString())}");
            return null;
        }

        public void Dispose()
        {
            pipeline.Dispose();
            sink.Dispose();
        }
    }
}

using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>
/// The way of the sound into a file. An AAC decoder gives some samples of nothing before the first that went in; here the sound goes in earlier by just as many, so that every
/// player, also one that knows nothing of edit lists, has sample m of the decoded sound at m/rate. What goes lost for it are the first 21 ms of a file, which are silent.
/// </summary>
internal sealed class SoundInput : IDisposable
{
    private readonly SoundSettings settings;
    private readonly AppSource source;
    private readonly Lock gate = new();
    private long pushed;
    private long wanted;
    private bool ended;

    public SoundInput(GstPipeline pipeline, SoundSettings settings, ContainerChoice container)
    {
        this.settings = settings;
        using GstElement element = pipeline.Get("sound");
        source = AppSource.From(element);
        source.SetCaps(settings.Caps);
        using GstElement mux = pipeline.Get("mux");
        SetTimescale(mux, container);
    }

    public const string PadName = "audio_1";

    /// <summary>Without it an MP4 counts the sound in units of the pictures' rate, in which a frame of it is no whole number.</summary>
    public static void SetTimescale(GstElement mux, ContainerChoice container)
    {
        if (container.Muxer == "matroskamux")
            return;
        using GstPad pad = mux.StaticPad(PadName);
        pad.Set("trak-timescale", $"{SoundCodec.Rate}");
    }

    /// <summary>The branch of a pipeline with the muxer "mux"; empty for a file without sound.</summary>
    public static string Fragment(EncodeSettings settings) =>
        settings.Sound is not { } sound
            ? ""
            : $" appsrc name=sound format=time is-live=false max-bytes=0 block=false ! {sound.Codec.Launch(sound.Channels)} "
                + $"! queue name=sound-coded max-size-buffers=0 max-size-time=0 max-size-bytes={settings.LargestQueue} ! mux.{PadName}";

    /// <param name="buffer">Consumed.</param>
    /// <param name="sample">Number of its first sample, from the start of the file; they come in order and without gaps.</param>
    public void Push(GstBuffer buffer, long sample, int count)
    {
        lock (gate)
        {
            wanted = sample + count;
            long skip = settings.Codec.Delay - sample;
            if (ended || skip >= count)
            {
                buffer.Dispose();
                return;
            }
            if (skip > 0)
            {
                byte[] rest = new byte[(count - (int)skip) * BytesPerSample];
                buffer.Read(rest, skip * BytesPerSample);
                buffer.Dispose();
                buffer = GstBuffer.From(rest);
                count -= (int)skip;
            }
            Send(buffer, count);
        }
    }

    /// <summary>The file's sound ends here.</summary>
    public void End()
    {
        lock (gate)
        {
            if (ended)
                return;
            ended = true;
            if (settings.Codec is { LosesTail: true, Block: var block } && wanted > 0)
            {
                int missing = (int)((wanted + block - 1) / block * block - pushed);
                Send(GstBuffer.From(new byte[Math.Max(0, missing) * BytesPerSample]), missing);
            }
            source.EndOfStream();
        }
    }

    public void Dispose()
    {
        lock (gate)
            ended = true;
        source.Dispose();
    }

    private int BytesPerSample => settings.Channels * sizeof(float);

    private void Send(GstBuffer buffer, int count)
    {
        SoundGrid grid = new(default, SoundCodec.Rate);
        buffer.Pts = grid.TimeOf(pushed).Value;
        buffer.Duration = (grid.TimeOf(pushed + count) - grid.TimeOf(pushed)).Value;
        pushed += count;
        source.Push(buffer);
    }
}

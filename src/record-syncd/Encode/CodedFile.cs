using System.Security.Cryptography;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>What can be read of a file's coded pictures. Digest is of all of them with their times: two files with the same one show the same.</summary>
internal sealed record CodedPictures(IReadOnlyList<long> Times, IReadOnlyList<long> Sizes, string Digest)
{
    /// <summary>Coded frames of sound; 0 for a file without.</summary>
    public long SoundFrames { get; init; }
}

/// <summary>Reads the coded pictures of a file, also of one that was cut off, and writes them into a new one that is finished properly.</summary>
internal static class CodedFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The sound that is still on its way when the last picture has come; the end of the stream is told at once.</summary>
    private static readonly TimeSpan LastSound = TimeSpan.FromSeconds(2);

    /// <summary>Coded pictures are small; so many at once bound the memory.</summary>
    private const int MostInFlight = 256;

    /// <summary>What the coded sound of a file is, as caps; null for one without.</summary>
    public static string? SoundCaps(string path)
    {
        using GstPipeline pipeline = GstPipeline.Parse($"filesrc name=file ! {ContainerChoice.For(path).Demuxer} name=tracks tracks.audio_0 ! appsink name=sound sync=false max-buffers=1 enable-last-sample=false");
        using (GstElement file = pipeline.Get("file"))
            file.Set("location", Path.GetFullPath(path));
        using GstElement sink = pipeline.Get("sound");
        using AppSink output = AppSink.From(sink);
        try
        {
            // a file without sound ends in an error, or at once
            pipeline.SetState(GstState.Playing, Patience);
        }
        catch (GstException)
        {
            return null;
        }
        using GstSample? sample = output.TryPull(Patience);
        return sample?.Caps;
    }

    /// <param name="each">Gets every picture with its caps; may be null.</param>
    /// <param name="sound">Gets every frame of sound; null: the file has none, or it is not looked at.</param>
    /// <returns>Nothing in it when nothing can be read.</returns>
    public static CodedPictures Read(string path, Action<GstSample>? each = null, Action<GstSample>? sound = null, CancellationToken stop = default)
    {
        string demuxer = ContainerChoice.For(path).Demuxer;
        using GstPipeline pipeline = GstPipeline.Parse(
            $"filesrc name=file ! {demuxer} name=tracks tracks.video_0 ! queue ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au ! appsink name=out sync=false max-buffers={MostInFlight} enable-last-sample=false"
                // never full: whoever waits for pictures must not be waited for
                + (sound is null ? "" : " tracks.audio_0 ! queue max-size-buffers=0 max-size-time=0 max-size-bytes=0 ! appsink name=sound sync=false async=false enable-last-sample=false")
        );
        using (GstElement file = pipeline.Get("file"))
            file.Set("location", Path.GetFullPath(path));
        using GstElement sink = pipeline.Get("out");
        using AppSink output = AppSink.From(sink);
        using GstElement? soundSink = pipeline.Find("sound");
        using AppSink? soundOutput = soundSink is null ? null : AppSink.From(soundSink);
        using IncrementalHash soundDigest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long soundFrames = 0;
        List<long> times = [], sizes = [];
        using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            pipeline.SetState(GstState.Playing, Patience);
        }
        catch (GstException)
        {
            return new CodedPictures(times, sizes, "");
        }
        // an error at the place where the file was cut off ends the stream like its end
        while (output.TryPull(Patience) is { } sample)
        {
            using (sample)
            {
                stop.ThrowIfCancellationRequested();
                times.Add(sample.Buffer.Pts ?? -1);
                sizes.Add(sample.Buffer.Size);
                using (BufferMap map = sample.Buffer.MapRead())
                    digest.AppendData(map.Span);
                digest.AppendData(BitConverter.GetBytes(times[^1]));
                each?.Invoke(sample);
            }
            TakeSound(TimeSpan.Zero);
        }
        TakeSound(times.Count == 0 ? TimeSpan.Zero : LastSound);
        return new CodedPictures(times, sizes, Convert.ToHexStringLower(digest.GetHashAndReset()) + (sound is null ? "" : Convert.ToHexStringLower(soundDigest.GetHashAndReset()))) { SoundFrames = soundFrames };

        void TakeSound(TimeSpan wait)
        {
            while (soundOutput?.TryPull(wait) is { } sample)
            {
                using (sample)
                {
                    soundFrames++;
                    using (BufferMap map = sample.Buffer.MapRead())
                        soundDigest.AppendData(map.Span);
                    sound!(sample);
                }
            }
        }
    }

    /// <summary>Copies all that can be read of one file into another of the same kind, which is finished and on the disk then.</summary>
    /// <returns>What was copied.</returns>
    /// <exception cref="GstException">It cannot be written.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static CodedPictures Copy(string from, string to, EncodeSettings settings, CancellationToken stop)
    {
        // ordinary files of the best mode, or the plain one, which needs no crash safety here: the original is still there
        var candidates = ContainerChoice.Candidates(to);
        ContainerChoice container = candidates[0].Mode is ContainerChoice.FirstMoov or "matroska" ? candidates[0] : candidates[^1];
        string? soundCaps = settings.SoundExpected ? SoundCaps(from) : null;
        Writer? writer = null;
        List<GstBuffer> early = [];
        try
        {
            CodedPictures copied = Read(
                from,
                sample =>
                {
                    writer ??= new Writer(to, container, settings, sample.Caps, soundCaps);
                    writer.Push(sample.Buffer);
                },
                soundCaps is null
                    ? null
                    : sample =>
                    {
                        // sound that comes before the first picture
                        early.Add(sample.Buffer.Ref());
                        if (writer is null)
                            return;
                        early.ForEach(writer.PushSound);
                        early.Clear();
                    },
                stop
            );
            if (writer is not null)
                early.ForEach(writer.PushSound);
            writer?.Finish();
            return copied;
        }
        finally
        {
            writer?.Dispose();
        }
    }

    private sealed class Writer : IDisposable
    {
        private readonly EncodeSettings settings;
        private readonly MuxedFile file;
        private readonly GstPipeline pipeline;
        private readonly AppSource source;
        private readonly PadProbe muxed;
        private readonly AppSource? sound;
        private volatile Exception? fault;

        public Writer(string path, ContainerChoice container, EncodeSettings settings, string caps, string? soundCaps)
        {
            this.settings = settings;
            file = new MuxedFile(path, container.Mode == ContainerChoice.FirstMoov ? settings.IndexRoom : 0);
            pipeline = GstPipeline.Parse(
                $"appsrc name=in format=time is-live=false max-bytes={(soundCaps is null ? 4 << 20 : 64 << 20)} block=true ! h265parse ! {container.Muxer} name=mux ! filesink name=file location=/dev/null buffer-mode=unbuffered sync=false async=false"
                    + (soundCaps is null ? "" : $" appsrc name=sound format=time is-live=false max-bytes=0 block=false ! {(soundCaps.Contains("flac", StringComparison.Ordinal) ? "flacparse" : "aacparse")} ! mux.{SoundInput.PadName}")
            );
            using GstElement mux = pipeline.Get("mux"), sink = pipeline.Get("file"), element = pipeline.Get("in");
            foreach ((string name, string value) in container.Properties)
                mux.Set(name, settings.Fill(value));
            if (settings.Labels is { } labels)
                mux.SetTags(container.Muxer == "matroskamux" ? labels.MatroskaTags : labels.Tags);
            source = AppSource.From(element);
            source.SetCaps(caps);
            if (soundCaps is not null)
            {
                using GstElement soundElement = pipeline.Get("sound");
                sound = AppSource.From(soundElement);
                sound.SetCaps(soundCaps);
                SoundInput.SetTimescale(mux, container);
            }
            using GstPad bytes = sink.StaticPad("sink");
            muxed = bytes.AddByteProbe(OnMuxed, file.Seek);
            pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        }

        public void Push(BorrowedBuffer picture)
        {
            if (fault is { } failed)
                throw new GstException(failed.Message);
            if (source.Push(picture.Ref()) != GstFlow.Ok)
                throw new GstException(pipeline.Poll(TimeSpan.Zero)?.ToString() ?? "the copy cannot be written");
        }

        /// <param name="frame">Consumed.</param>
        public void PushSound(GstBuffer frame) => sound?.Push(frame);

        public void Finish()
        {
            source.EndOfStream();
            sound?.EndOfStream();
            while (pipeline.Poll(TimeSpan.FromMinutes(1)) is var message)
            {
                if (message is null or { Kind: GstMessageKind.Error })
                    throw new GstException(message?.ToString() ?? "the copy does not come to its end");
                if (message.Kind == GstMessageKind.Eos)
                    break;
            }
            if (fault is IOException io)
                throw io;
            if (fault is { } failed)
                throw new GstException(failed.Message);
            if (file.Index is null)
                file.Sync();
            else
                Mp4Ending.Write(file, settings.Labels);
        }

        public void Dispose()
        {
            pipeline.Dispose();
            muxed.Dispose();
            source.Dispose();
            sound?.Dispose();
            file.Dispose();
        }

        private bool OnMuxed(BorrowedBuffer buffer)
        {
            if (fault is not null)
                return false;
            try
            {
                using BufferMap map = buffer.MapRead();
                file.Write(map.Span);
            }
            catch (Exception e)
            {
                fault = e;
            }
            return false;
        }
    }
}

using System.Security.Cryptography;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>What can be read of a file's coded pictures. Digest is of all of them with their times: two files with the same one show the same.</summary>
internal sealed record CodedPictures(IReadOnlyList<long> Times, IReadOnlyList<long> Sizes, string Digest);

/// <summary>Reads the coded pictures of a file, also of one that was cut off, and writes them into a new one that is finished properly.</summary>
internal static class CodedFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Coded pictures are small; so many at once bound the memory.</summary>
    private const int MostInFlight = 256;

    /// <param name="each">Gets every picture with its caps; may be null.</param>
    /// <returns>Nothing in it when nothing can be read.</returns>
    public static CodedPictures Read(string path, Action<GstSample>? each = null, CancellationToken stop = default)
    {
        string demuxer = ContainerChoice.For(path).Demuxer;
        using GstPipeline pipeline = GstPipeline.Parse(
            $"filesrc name=file ! {demuxer} ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au ! appsink name=out sync=false max-buffers={MostInFlight} enable-last-sample=false"
        );
        using (GstElement file = pipeline.Get("file"))
            file.Set("location", Path.GetFullPath(path));
        using GstElement sink = pipeline.Get("out");
        using AppSink output = AppSink.From(sink);
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
        }
        return new CodedPictures(times, sizes, Convert.ToHexStringLower(digest.GetHashAndReset()));
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
        Writer? writer = null;
        try
        {
            CodedPictures copied = Read(
                from,
                sample =>
                {
                    writer ??= new Writer(to, container, settings, sample.Caps);
                    writer.Push(sample.Buffer);
                },
                stop
            );
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
        private volatile Exception? fault;

        public Writer(string path, ContainerChoice container, EncodeSettings settings, string caps)
        {
            this.settings = settings;
            file = new MuxedFile(path, container.Mode == ContainerChoice.FirstMoov ? settings.IndexRoom : 0);
            pipeline = GstPipeline.Parse(
                $"appsrc name=in format=time is-live=false max-bytes=4194304 block=true ! h265parse ! {container.Muxer} name=mux ! filesink name=file location=/dev/null buffer-mode=unbuffered sync=false async=false"
            );
            using GstElement mux = pipeline.Get("mux"), sink = pipeline.Get("file"), element = pipeline.Get("in");
            foreach ((string name, string value) in container.Properties)
                mux.Set(name, settings.Fill(value));
            if (settings.Labels is { } labels)
                mux.SetTags(container.Muxer == "matroskamux" ? labels.MatroskaTags : labels.Tags);
            source = AppSource.From(element);
            source.SetCaps(caps);
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

        public void Finish()
        {
            source.EndOfStream();
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

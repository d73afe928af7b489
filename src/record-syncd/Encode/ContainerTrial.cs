using System.Diagnostics;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>Writes a second and a half of small pictures and reads it back, half-way and at the end.</summary>
internal static class ContainerTrial
{
    private const int Width = 320;
    private const int Height = 240;
    private const int Frames = 45;
    private const string Caps = "video/x-raw,format=I420,width=320,height=240,framerate=30/1,pixel-aspect-ratio=1/1,interlace-mode=progressive";

    // what was written within the last second may be missing
    private const int FramesBeforeTheEnd = Frames - 30;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <returns>Null when the mode holds what it promises, otherwise what went wrong.</returns>
    public static string? Run(ContainerChoice choice, EncoderSpec encoder, string directory)
    {
        string extension = choice.Muxer switch
        {
            "matroskamux" => ".mkv",
            "qtmux" => ".mov",
            _ => ".mp4",
        };
        string path = Path.Combine(directory, $".record-syncd-trial-{Guid.NewGuid():N}{extension}");
        try
        {
            var settings = new EncodeSettings { Bitrate = 500, LongestTake = Nanos.FromSeconds(60) };
            using var pipeline = new EncodePipeline(encoder, settings, Caps, path, choice);
            pipeline.Start();
            Feed(pipeline, settings.Rate);
            if (choice.Mode != "plain" && Unfinished(choice, path, pipeline) is { } early)
                return early;
            EncodeOutcome outcome = pipeline.Finish(Patience);
            return outcome.Error ?? outcome.Note ?? Finished(choice, path, settings.Rate);
        }
        catch (GstException e)
        {
            return e.Message;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Feed(EncodePipeline pipeline, FrameRate rate)
    {
        byte[] picture = new byte[Width * Height * 3 / 2];
        for (int k = 0; k < Frames; k++)
        {
            picture.AsSpan(0, Width * Height).Fill((byte)(16 + 4 * k));
            picture.AsSpan(Width * Height).Fill(128);
            GstBuffer buffer = GstBuffer.From(picture);
            buffer.Pts = rate.TimeOf(k).Value;
            buffer.Duration = (rate.TimeOf(k + 1) - rate.TimeOf(k)).Value;
            pipeline.Push(buffer);
        }
    }

    private static string? Unfinished(ContainerChoice choice, string path, EncodePipeline pipeline)
    {
        long start = Stopwatch.GetTimestamp();
        int readable = 0;
        while (Stopwatch.GetElapsedTime(start) < Patience && pipeline.Fault is null)
        {
            readable = RecordedFile.FrameTimes(choice.Demuxer, path).Count;
            if (readable >= FramesBeforeTheEnd)
                return null;
            Thread.Sleep(20);
        }
        return pipeline.Fault?.Text ?? $"an unfinished file showed {readable} frames of {Frames}";
    }

    private static string? Finished(ContainerChoice choice, string path, FrameRate rate)
    {
        IReadOnlyList<long> times = RecordedFile.FrameTimes(choice.Demuxer, path);
        if (times.Count != Frames)
            return $"the finished file has {times.Count} frames of {Frames}";
        // 10 µs is Matroska's resolution
        for (int k = 0; k < Frames; k++)
        {
            if (Math.Abs(times[k] - times[0] - rate.TimeOf(k).Value) > 10_000)
                return $"frame {k} of the finished file is at {times[k]} ns";
        }
        return null;
    }
}

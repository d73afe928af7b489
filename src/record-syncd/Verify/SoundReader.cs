using System.Runtime.InteropServices;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>The sound of a file as it was decoded.</summary>
/// <param name="StartNs">Time of the first sample in the file.</param>
/// <param name="Samples">The first channel.</param>
internal sealed record DecodedSound(string Codec, int Rate, int Channels, long StartNs, float[] Samples)
{
    public double Seconds => (double)Samples.Length / Rate;
}

/// <summary>Decodes the sound of a whole file.</summary>
internal static class SoundReader
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>Null: there is none, or nothing to decode it with.</returns>
    public static DecodedSound? Read(string path)
    {
        if (CodedFile.SoundCaps(path) is not { } coded)
            return null;
        using GstPipeline pipeline = GstPipeline.Parse(
            $"filesrc name=file ! {ContainerChoice.For(path).Demuxer} name=tracks tracks.audio_0 ! decodebin ! audioconvert ! audio/x-raw,format=F32LE,layout=interleaved "
                + "! appsink name=sound sync=false max-buffers=64 enable-last-sample=false"
        );
        using (GstElement file = pipeline.Get("file"))
            file.Set("location", Path.GetFullPath(path));
        using GstElement sink = pipeline.Get("sound");
        using AppSink output = AppSink.From(sink);
        List<float> samples = [];
        (int rate, int channels, long start) = (0, 0, 0);
        try
        {
            pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        }
        catch (GstException)
        {
            return null;
        }
        while (output.TryPull(Patience) is { } sample)
        {
            using (sample)
            {
                if (channels == 0)
                    (rate, channels, start) = (Camera.Number(sample.Caps, "rate") ?? 0, Camera.Number(sample.Caps, "channels") ?? 1, sample.Buffer.Pts ?? 0);
                using BufferMap map = sample.Buffer.MapRead();
                ReadOnlySpan<float> interleaved = MemoryMarshal.Cast<byte, float>(map.Span);
                for (int i = 0; i < interleaved.Length; i += channels)
                    samples.Add(interleaved[i]);
            }
        }
        return channels == 0 ? null : new DecodedSound(coded.Contains("flac", StringComparison.Ordinal) ? "flac" : "aac", rate, channels, start, [.. samples]);
    }
}

/// <summary>What verify found of a file's sound.</summary>
/// <param name="StartUs">First sample against first picture, in the time of the file.</param>
/// <param name="EndUs">Last sample against the end of the last picture.</param>
/// <param name="Ticks">Of a simulated card: ticks that were found.</param>
/// <param name="TickErrorUs">How far the worst of them is from the instant that the pixels of the pictures around it tell.</param>
internal sealed record SoundReport(string Codec, int Rate, int Channels, double Seconds, double StartUs, double EndUs, int Ticks, double? TickErrorUs)
{
    /// <summary>A tick farther from its instant than this is out of time.</summary>
    public const double TickLimitUs = 1_000;

    private const double StartLimitUs = 1_000;

    /// <summary>An AAC frame at either end.</summary>
    private const double EndLimitUs = 50_000;

    /// <summary>The files of a take are examined one by one; of a cut one, the first says it for all.</summary>
    /// <returns>Null: the file has no sound, and the manifest promises none or was not read.</returns>
    public static SoundReport? Of(TakeFile file, DecodedVideo video)
    {
        if (file.Manifest?.Audio is not { } promised || video.Frames.Count == 0 || file.Rate is not { } rate)
            return null;
        if (SoundReader.Read(file.Path) is not { } sound)
            return new SoundReport("none", 0, 0, 0, 0, 0, 0, null);
        long frames = file.Manifest.Segments is { Count: > 0 } segments ? segments[0].Frames : rate.FramesIn(new Nanos(video.Frames[^1].PtsNs - video.Frames[0].PtsNs)) + 1;
        long zero = video.Frames[0].PtsNs - OriginOf(file);
        double end = sound.StartNs / 1e3 + sound.Seconds * 1e6 - rate.TimeOf(frames).Value / 1e3;
        double[] errors = promised.Simulated is null ? [] : [.. TickErrors(file, video, sound)];
        double start = (sound.StartNs - zero) / 1e3;
        return new SoundReport(sound.Codec, sound.Rate, sound.Channels, Math.Round(sound.Seconds, 6), TakeReport.Micro(start * 1e3), TakeReport.Micro(end * 1e3), errors.Length, errors.Length == 0 ? null : Math.Round(errors.Max(Math.Abs), 1));
    }

    public IEnumerable<ReasonReport> Judge(string name)
    {
        if (Codec == "none")
            yield return new ReasonReport("fail", $"{name}: the manifest promises sound, and the file has none that can be decoded.");
        else if (Math.Abs(StartUs) > StartLimitUs)
            yield return new ReasonReport("warn", $"{name}: the sound begins {TakeVerdict.Text(StartUs * 1e3)} from the first picture.");
        else if (Math.Abs(EndUs) > EndLimitUs)
            yield return new ReasonReport("warn", $"{name}: the sound ends {TakeVerdict.Text(EndUs * 1e3)} from the end of the last picture.");
        if (TickErrorUs > TickLimitUs)
            yield return new ReasonReport("warn", $"{name}: sound and picture are {TakeVerdict.Text(TickErrorUs.Value * 1e3)} apart, by the ticks of the simulated card.");
    }

    /// <summary>From the start of the take to that of its first file, ns: 0 but where the node joined.</summary>
    private static long OriginOf(TakeFile file) => file.Cut is { } cut ? cut.Rate.TimeOf(cut.Files[0].FirstIndex).Value : 0;

    /// <summary>Each tick's distance from its whole second of the true clock, which the pixels around it tell, µs.</summary>
    private static IEnumerable<double> TickErrors(TakeFile file, DecodedVideo video, DecodedSound sound)
    {
        Dictionary<long, long> captured = (file.Sidecar ?? []).Where(row => row.Capture is not null && row.Flags == SidecarFlags.None).ToDictionary(row => row.PtsNs / 1_000_000, row => row.Capture!.Value.Nanoseconds);
        // network − true time, from a frame's two instants
        long zero = video.Frames[0].PtsNs - OriginOf(file);
        List<(long PtsNs, long Difference)> known = [];
        foreach (VerdictFrame frame in video.Frames)
        {
            if (frame.Stamp is { } stamp && captured.TryGetValue((frame.PtsNs - zero) / 1_000_000, out long capture))
                known.Add((frame.PtsNs - zero, capture - stamp.Microseconds * 1_000));
        }
        if (known.Count == 0)
            yield break;
        foreach (double tick in TickSound.Find(sound.Samples, sound.Rate))
        {
            long place = OriginOf(file) + sound.StartNs - zero + (long)(tick / sound.Rate * 1e9);
            long difference = known.MinBy(frame => Math.Abs(frame.PtsNs - place)).Difference;
            double instant = file.Manifest!.StartNs + place - difference;
            yield return (instant - Math.Round(instant / 1e9) * 1e9) / 1e3;
        }
    }
}

using System.Globalization;
using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Writes what a node would have recorded from a simulated camera: a real H.265 file, a sidecar and a manifest.</summary>
internal sealed class CodedTake : IDisposable
{
    public const int Frames = 45;
    public const string Rate = "30";

    private const long TrueStart = 5_432_100_000_000;
    private const long NetworkStart = 1_800_000_000_000_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public string Folder { get; } = Directory.CreateTempSubdirectory("record-syncd-verify-").FullName;

    /// <summary>One frame of a file: its grid point, and which picture of the camera it shows.</summary>
    internal readonly record struct Shot(long Slot, long Picture, string Flags = "");

    public static IEnumerable<Shot> Perfect => Enumerable.Range(0, Frames).Select(i => new Shot(i, i));

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <param name="phaseNs">When this camera looks, after the grid point.</param>
    /// <param name="clockErrorNs">How wrong the node's network time is.</param>
    public void Write(
        string name,
        IEnumerable<Shot>? shots = null,
        long phaseNs = 0,
        long clockErrorNs = 0,
        int width = 320,
        int height = 240,
        string encoder = "x265enc bitrate=100 speed-preset=ultrafast tune=zerolatency",
        string mux = "mp4mux fragment-duration=200 fragment-mode=first-moov-then-finalise",
        string? take = "take-1",
        bool sidecar = true
    )
    {
        List<Shot> list = [.. shots ?? Perfect];
        Encode(name, list, phaseNs, width, height, encoder, mux);
        FrameRate rate = FrameRate.Default;
        if (sidecar)
            File.WriteAllLines(
                PathOf(Path.ChangeExtension(name, ".frames.csv")),
                list.Select(shot => string.Create(CultureInfo.InvariantCulture, $"{shot.Slot},{rate.TimeOf(shot.Slot).Value},{NetworkStart + rate.TimeOf(shot.Picture).Value + phaseNs + clockErrorNs},{phaseNs},{shot.Flags},1000"))
                    .Prepend(VerdictSidecarRow.Header)
            );
        if (take is not null)
            File.WriteAllText(
                PathOf(Path.ChangeExtension(name, ".json")),
                $$"""{ "take": "{{take}}", "node": "{{Path.GetFileNameWithoutExtension(name).Split('_')[^1]}}", "video": "{{name}}", "fps": "{{Rate}}", "start_ns": {{NetworkStart}} }"""
            );
    }

    private void Encode(string name, List<Shot> shots, long phaseNs, int width, int height, string encoder, string mux)
    {
        FrameRate rate = FrameRate.Default;
        using TestPicture picture = new(width, height, rate, "TEST");
        using GstPipeline pipeline = GstPipeline.Parse($"appsrc name=in format=time ! {encoder} ! h265parse ! {mux} ! filesink name=out");
        using GstElement input = pipeline.Get("in"), file = pipeline.Get("out");
        file.Set("location", PathOf(name));
        using AppSource source = AppSource.From(input);
        source.SetCaps(picture.Caps);
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        foreach (Shot shot in shots)
        {
            GstBuffer buffer = picture.Take(TrueStart + rate.TimeOf(shot.Picture).Value + phaseNs, 1000 + shot.Picture);
            buffer.Pts = rate.TimeOf(shot.Slot).Value;
            buffer.Duration = rate.Period.Value;
            Assert.Equal(GstFlow.Ok, source.Push(buffer));
        }
        source.EndOfStream();
        Assert.Equal(GstMessageKind.Eos, pipeline.Poll(Patience)?.Kind);
    }
}

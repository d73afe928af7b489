using System.Globalization;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>One node's take as it lies on the disk: the video as ffprobe sees it, the sidecar and the manifest.</summary>
internal sealed record RecordedTake(string Video, MediaProbe File, TakeManifest Manifest, IReadOnlyList<VerdictSidecarRow> Rows)
{
    public static RecordedTake Read(string video)
    {
        Assert.True(System.IO.File.Exists(video), $"there is no {video}");
        TakeManifest? manifest = ManifestFile.Read(Path.ChangeExtension(video, ".json"), out string? fault);
        Assert.True(manifest is not null, fault);
        return new RecordedTake(video, MediaProbe.Read(video), manifest, ReadRows(SidecarOf(video)));
    }

    /// <summary>Seconds from the start of the take to each frame.</summary>
    public double[] Times
    {
        get
        {
            double tick = Fraction(File.TimeBase);
            return [.. File.Pts.Select(pts => pts * tick)];
        }
    }

    /// <summary>How many frames the sidecar of a video has now, also while it is being written.</summary>
    public static int RowsOf(string video) => ReadRows(SidecarOf(video)).Count;

    /// <summary>Waits until so many frames of a take have left the encoder.</summary>
    public static void WaitForFrames(RunningNode node, string video, int frames)
    {
        long deadline = Environment.TickCount64 + (long)RunningNode.Patience.TotalMilliseconds;
        while (RowsOf(video) < frames)
        {
            if (node.HasExited || Environment.TickCount64 > deadline)
                node.Fail($"{Path.GetFileName(video)} has {RowsOf(video)} of {frames} frames, and does not get more");
            // the sidecar is written five times a second
            Thread.Sleep(50);
        }
    }

    /// <summary>A finished take, of which every account says the same: decoder, container, sidecar, manifest, and START and STOP.</summary>
    public void AssertWhole()
    {
        Assert.Equal("hevc", File.Codec);
        Assert.Equal(ManifestState.Finished, Manifest.State);
        Assert.Null(Manifest.Error);
        Assert.Equal(Path.GetFileName(Video), Manifest.Video);
        Assert.Equal(Manifest.Frames, File.Pts.Length);
        Assert.Equal(Manifest.Frames, MediaProbe.DecodedFrames(Video));
        Assert.Equal(Manifest.Frames, Rows.Count(row => !row.Flags.HasFlag(SidecarFlags.Dropped)));
        Assert.Equal(Manifest.Repeated, Rows.Count(row => row.Flags.HasFlag(SidecarFlags.Repeated) && !row.Flags.HasFlag(SidecarFlags.Dropped)));
        Assert.True(File.KeyFrames[0]);
        Assert.True(FrameRate.TryParse(Manifest.Fps, out FrameRate rate));
        Assert.NotNull(Manifest.StopNs);
        Assert.Equal(rate.FramesIn(new Nanos(Manifest.StopNs.Value - Manifest.StartNs)), Manifest.Frames + Manifest.Dropped);
        AssertOnGrid(rate);
    }

    /// <summary>Frame k is at k/fps: exactly where the container can say so, to its millisecond in Matroska.</summary>
    public void AssertOnGrid(FrameRate rate)
    {
        long[] indices = [.. Rows.Where(row => !row.Flags.HasFlag(SidecarFlags.Dropped)).Select(row => row.Index).Take(File.Pts.Length)];
        double tolerance = Manifest.Container == "matroska" ? 0.001 : 1e-9;
        double[] times = Times;
        for (int k = 0; k < indices.Length; k++)
            Assert.InRange(times[k] - (double)indices[k] * rate.Denominator / rate.Numerator, -tolerance, tolerance);
    }

    private static double Fraction(string text)
    {
        string[] parts = text.Split('/');
        return double.Parse(parts[0], CultureInfo.InvariantCulture) / double.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    /// <summary>A take that is cut into X-0001.mp4 … has one sidecar, X.frames.csv.</summary>
    private static string SidecarOf(string video)
    {
        string stem = video[..^Path.GetExtension(video).Length];
        return (stem.EndsWith("-0001", StringComparison.Ordinal) ? stem[..^5] : stem) + ".frames.csv";
    }

    internal static List<VerdictSidecarRow> ReadRows(string path)
    {
        List<VerdictSidecarRow> rows = [];
        if (!System.IO.File.Exists(path))
            return rows;
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } line)
        {
            if (VerdictSidecarRow.TryParse(line, out VerdictSidecarRow row))
                rows.Add(row);
        }
        return rows;
    }
}

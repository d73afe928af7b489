using System.Globalization;
using System.Text;
using RecordSync.Daemon;
using RecordSync.Gst;

namespace RecordSync.Fuzz;

/// <summary>A small take of one node, as a node writes it: what inputs begin with, and what lies beside them.</summary>
internal static class SampleTake
{
    public const string Name = "take-20261123-003937";
    public const long StartNs = 1_795_395_177_000_000_000;
    public const int Frames = 12;
    public static readonly FrameRate Rate = new(30, 1);

    public static readonly FrameGrid Grid = new(new NetworkTime(StartNs), Rate);

    public static string Sidecar()
    {
        StringBuilder text = new(SidecarWriter.Header + "\n");
        for (int index = 0; index < Frames; index++)
        {
            string flags = index == 5 ? "repeated" : index == 7 ? "missing|dropped" : "";
            long pts = Rate.TimeOf(index).Value;
            text.Append(
                index == 7
                    ? string.Create(CultureInfo.InvariantCulture, $"{index},{pts},,,{flags},0,,\n")
                    : string.Create(CultureInfo.InvariantCulture, $"{index},{pts},{StartNs + pts + 1_000 * index},{1_000 * index},{flags},900,{pts + 7_000_000},{StartNs + pts + 1_100 * index}\n")
            );
        }
        return text.ToString();
    }

    public static NodeVerdict Verdict(string node)
    {
        NodeTally tally = new(Grid);
        foreach (string line in Sidecar().Split('\n').Skip(1))
        {
            if (VerdictSidecarRow.TryParse(line, out VerdictSidecarRow row))
                tally.Add(row.Index, row.Capture?.Nanoseconds, row.Flags);
        }
        NodeVerdict verdict = tally.Close(new NodeFacts(Name, node, Frames, 1, 61_000, "synchronised", NodeVerdict.FreeRunning, 4, 0, null));
        return verdict with { Hashes = [new FileHash($"{node}.mp4", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")] };
    }

    public static TakeManifest Manifest(ManifestState state) =>
        new()
        {
            Take = Name,
            Node = "cam1",
            Role = "follower",
            Leader = "cam2",
            Video = "cam1.mp4",
            Sidecar = "cam1.frames.csv",
            State = state,
            Fps = "30",
            Width = 64,
            Height = 64,
            Camera = "test",
            Encoder = "x265enc",
            Container = "mp4",
            BitrateKbps = 100,
            StartNs = StartNs,
            StopNs = state == ManifestState.Recording ? null : StartNs + 400_000_000,
            Frames = Frames - 1,
            Repeated = 1,
            Dropped = 1,
            Clock = new ManifestClock(2_500_000_123, -40_000, 12_000, "kernel", "cam2"),
            Timing = new ManifestTiming("gap", 1, "free-running", 19.871, 0.013, 4_200),
            Version = "2.0.0",
            Host = "jetson",
            Notes = ["a note"],
            Verdict = state == ManifestState.Recording ? null : Verdict("cam1"),
        };

    public static GroupVerdict GroupVerdict() => RecordSync.GroupVerdict.Of(Name, [Verdict("cam1"), Verdict("cam2")], ["cam3"], []);

    /// <summary>A tiny video; as a power cut in the last moment leaves it, or finished.</summary>
    public static byte[] Video(bool cutOff)
    {
        string path = Path.Combine(Scratch.Outside, "sample.mp4");
        FileLabels labels = new(Name, "cam1", "test", "x265enc", new NetworkTime(StartNs), Rate);
        EncodeSettings settings = new() { Rate = Rate, Bitrate = 100, KeyframeInterval = Nanos.FromMilliseconds(200), Labels = labels, LongestTake = default };
        const string Caps = "video/x-raw,format=I420,width=64,height=64,framerate=30/1,pixel-aspect-ratio=1/1,interlace-mode=progressive";
        using (EncodePipeline pipeline = new(EncoderTable.Find("x265enc")!, settings, Caps, path))
        {
            pipeline.Start();
            for (int k = 0; k < Frames; k++)
            {
                byte[] picture = new byte[64 * 64 * 3 / 2];
                picture.AsSpan().Fill((byte)(40 + 10 * k));
                GstBuffer buffer = GstBuffer.From(picture);
                (buffer.Pts, buffer.Duration) = (Rate.TimeOf(k).Value, Rate.TimeOf(k + 1).Value - Rate.TimeOf(k).Value);
                pipeline.Push(buffer);
            }
            if (pipeline.Finish(TimeSpan.FromSeconds(60)) is { Complete: false } outcome)
                throw new InvalidOperationException($"the sample could not be recorded: {outcome.Error}");
        }
        byte[] file = File.ReadAllBytes(path);
        File.Delete(path);
        if (cutOff)
            Unfinish(file);
        return file;
    }

    /// <summary>Takes the last eight bytes of the ending back: the hole for the index is a hole again, and the fragments show.</summary>
    private static void Unfinish(byte[] file)
    {
        var boxes = BoxesTarget.Boxes(file) ?? throw new InvalidOperationException("the sample is no MP4");
        (int start, int end) = ((int)boxes[1].At, (int)boxes[3].At + 20);
        Mp4Box.Header(end - start, "free"u8).CopyTo(file, start);
        file.AsSpan(start + Mp4Box.HeaderSize, end - start - Mp4Box.HeaderSize).Clear();
    }
}

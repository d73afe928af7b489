using System.Text;
using System.Text.Json;
using RecordSync.Daemon;
using RecordSync.Gst;

namespace RecordSync.Fuzz;

/// <summary>A video that was cut off or damaged, with a good manifest and sidecar: salvaged, by GStreamer's demuxer, or left as it is. The bytes that were found are never lost.</summary>
internal static class SalvageTarget
{
    private static readonly byte[] Sidecar = Encoding.UTF8.GetBytes(SampleTake.Sidecar());
    private static readonly byte[] Manifest = JsonSerializer.SerializeToUtf8Bytes(SampleTake.Manifest(ManifestState.Recording), ManifestJson.Readable.TakeManifest);

    public static FuzzTarget Make() =>
        new("salvage", 65_536, BoxesTarget.Types, Examine)
        {
            Memory = 4_000_000,
            MemoryPerByte = 300,
            // a pipeline that gives nothing is waited for
            Patience = 40,
            Seeds = () => [("cut-off", SampleTake.Video(cutOff: true)), ("finished", SampleTake.Video(cutOff: false))],
        };

    private static void Examine(byte[] input)
    {
        GstRuntime.Initialise();
        Scratch.Clear();
        string video = Scratch.File("cam1.mp4"), kept = video + Original.Suffix, manifest = Scratch.File("cam1.json");
        File.WriteAllBytes(video, input);
        File.WriteAllBytes(Scratch.File("cam1.frames.csv"), Sidecar);
        File.WriteAllBytes(manifest, Manifest);
        SalvagedTake take = TakeSalvage.Run(manifest);
        bool replaced = File.Exists(kept);
        BrokenLawException.Unless(File.ReadAllBytes(replaced ? kept : video).AsSpan().SequenceEqual(input), "the video that was found is kept, byte for byte");
        BrokenLawException.Unless(!Directory.EnumerateFiles(Scratch.Folder, ".*").Any(), "nothing unfinished is left behind");
        TakeManifest? said = ManifestFile.Read(manifest, out _);
        BrokenLawException.Unless(said is not null, "there is a manifest afterwards");
        if (take.Outcome != SalvageOutcome.Salvaged)
        {
            BrokenLawException.Unless(!replaced && File.ReadAllBytes(manifest).AsSpan().SequenceEqual(Manifest), "what is not salvaged is as it was found");
            return;
        }
        BrokenLawException.Unless(said!.State == ManifestState.Salvaged && said.Frames == take.Frames, "the manifest says what was salvaged");
        if (replaced)
            BrokenLawException.Unless(BoxesTarget.Boxes(File.ReadAllBytes(video))?.Select(box => box.Type).ToArray() is ["ftyp", "moov", "free", "mdat"] or ["ftyp", "free", "mdat", "moov"], "a salvaged file is an ordinary one");
        long rows = SidecarFile.TryRead(Scratch.File("cam1.frames.csv"))!.Count(row => !row.Flags.HasFlag(SidecarFlags.Dropped));
        BrokenLawException.Unless(rows == take.Frames, $"a row for each frame: {rows} of {take.Frames}");
    }
}

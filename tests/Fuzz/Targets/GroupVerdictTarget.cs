using System.Text;
using System.Text.Json;
using RecordSync.Daemon;

namespace RecordSync.Fuzz;

/// <summary>take.json: read by verify, by the page, and by a node that has more to say about the same take.</summary>
internal static class GroupVerdictTarget
{
    private static readonly byte[] Sidecar = Encoding.UTF8.GetBytes(SampleTake.Sidecar());
    private static readonly byte[] Manifest = JsonSerializer.SerializeToUtf8Bytes(SampleTake.Manifest(ManifestState.Finished), ManifestJson.Readable.TakeManifest);

    public static FuzzTarget Make() =>
        new("verdict", 16_384, [.. ManifestTarget.Words(SampleTake.GroupVerdict()), "\"PASS\"", "\"record-syncd take\""], Examine)
        {
            Memory = 8_000_000,
            MemoryPerByte = 2_000,
            Seeds = () => [("two-nodes", JsonSerializer.SerializeToUtf8Bytes(SampleTake.GroupVerdict(), ManifestJson.Readable.GroupVerdict))],
        };

    private static void Examine(byte[] input)
    {
        Scratch.Clear();
        string path = Scratch.File("take.json");
        File.WriteAllBytes(Scratch.File("cam1.frames.csv"), Sidecar);
        File.WriteAllBytes(Scratch.File("cam1.json"), Manifest);
        File.WriteAllBytes(path, input);
        GroupVerdict? verdict = GroupVerdictFile.Read(path);
        ManifestTarget.Verified([Scratch.Folder]);
        if (TakePaper.Read(new FileInfo(path)) is { } paper)
        {
            ManifestTarget.Listed(paper);
            _ = SkewSeries.FromVerdict(new RecordedTake(paper.Take, [paper]));
        }
        if (!OutputPath.TryParse(Scratch.File("{node}.mp4"), out OutputPath? output, out string? fault))
            throw new InvalidOperationException(fault);
        _ = GroupVerdictFile.Write(output, "cam1", SampleTake.GroupVerdict(), out _);
        // one that is of another take, or no verdict at all, is somebody's file
        BrokenLawException.Unless(verdict?.Take == SampleTake.Name || File.ReadAllBytes(path).AsSpan().SequenceEqual(input), "a file that is not this take's verdict is left alone");
    }
}

using System.Text;
using System.Text.Json;
using RecordSync.Daemon;

namespace RecordSync.Fuzz;

/// <summary>X.json: read by salvage, by verify and by the page's list of takes. It names files; none outside its folder may be touched for that.</summary>
internal static class ManifestTarget
{
    private const string Bystander = "outside.mp4";

    private static readonly byte[] Sidecar = Encoding.UTF8.GetBytes(SampleTake.Sidecar());

    public static FuzzTarget Make() =>
        new("manifest", 16_384, [.. Words(SampleTake.Manifest(ManifestState.Finished)), "\"recording\"", "\"failed\"", "\"../outside.mp4\"", "\"..\"", "\"segments\": [", "\"first_index\": ", "\"joined_index\": ", "\"gaps\": [{", "\"audio\": {", "\"salvage\": {", "30000/1001"], Examine)
        {
            Memory = 8_000_000,
            MemoryPerByte = 2_000,
            Seeds = () =>
                [
                    ("finished", JsonSerializer.SerializeToUtf8Bytes(SampleTake.Manifest(ManifestState.Finished), ManifestJson.Readable.TakeManifest)),
                    ("recording", JsonSerializer.SerializeToUtf8Bytes(SampleTake.Manifest(ManifestState.Recording), ManifestJson.Readable.TakeManifest)),
                    ("segments", JsonSerializer.SerializeToUtf8Bytes(SampleTake.Manifest(ManifestState.Recording) with { Segments = [new ManifestSegment("cam1.mp4", 0, 4, 900), new ManifestSegment("cam1-part2.mp4", 5, 4, 900)], JoinedIndex = 2, Gaps = [new TakeGap(2, "cam1-part2.mp4", 4, 4, 0.033, "no cable")] }, ManifestJson.Readable.TakeManifest)),
                ],
        };

    /// <summary>The names of all fields, quoted.</summary>
    internal static IEnumerable<string> Words(object example) =>
        JsonSerializer.Serialize(example, example is TakeManifest ? ManifestJson.Readable.TakeManifest : ManifestJson.Readable.GroupVerdict).Split('"').Where((word, at) => at % 2 == 1 && word.All(c => char.IsAsciiLetterLower(c) || c == '_')).Distinct().Select(word => $"\"{word}\": ");

    private static void Examine(byte[] input)
    {
        Scratch.Clear();
        string path = Scratch.File("cam1.json"), bystander = Path.Combine(Scratch.Outside, Bystander);
        File.WriteAllBytes(bystander, []);
        File.WriteAllBytes(Scratch.File("cam1.frames.csv"), Sidecar);
        File.WriteAllBytes(Scratch.File("cam1.mp4"), []);
        File.WriteAllBytes(path, input);
        TakeManifest? manifest = ManifestFile.Read(path, out string? fault);
        BrokenLawException.Unless(manifest is null == fault is not null, "a manifest is read, or there is a sentence that says why not");
        Verified([Scratch.Folder]);
        if (TakePaper.Read(new FileInfo(path)) is { } paper)
            Listed(paper);
        if (manifest is not null)
            WrittenAgain(manifest);
        _ = TakeSalvage.Run(path);
        BrokenLawException.Unless(Directory.GetFiles(Scratch.Outside).SequenceEqual([bystander]), "a manifest reaches no file outside its folder");
    }

    internal static void Verified(string[] paths)
    {
        StringWriter said = new();
        VerifyReport report = VerifyReport.Examine(paths, sidecarsOnly: true);
        _ = report.ToJson();
        VerifyCommand.Print(report, said);
        _ = VerifyPage.Render(report);
    }

    internal static void Listed(TakePaper paper)
    {
        RecordedTake take = new(paper.Take, [paper]);
        _ = JsonSerializer.Serialize(take.ToApi(null), ApiJson.Default.ApiTake);
        foreach (TakeFileEntry file in take.Files())
            BrokenLawException.Unless(Path.GetDirectoryName(file.Path) == Scratch.Folder, "the page offers files of the take's folder only");
    }

    private static void WrittenAgain(TakeManifest manifest)
    {
        string first = JsonSerializer.Serialize(manifest, ManifestJson.Readable.TakeManifest);
        string second = JsonSerializer.Serialize(JsonSerializer.Deserialize(first, ManifestJson.Readable.TakeManifest)!, ManifestJson.Readable.TakeManifest);
        BrokenLawException.Unless(first == second, "a manifest that is written and read again is the same");
    }
}

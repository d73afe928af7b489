using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>record-syncd salvage on what a kill has left: docs/operating.md, "After a power cut".</summary>
[Collection(Processes.Name)]
public sealed class SalvageTests
{
    [Theory]
    [InlineData("cam.mp4")]
    [InlineData("cam.mov")]
    [InlineData("cam.mkv")]
    public void Take_that_was_cut_off_becomes_an_ordinary_one(string name)
    {
        using NodeGroup group = new();
        Cut(group, name, 100);
        byte[] video = File.ReadAllBytes(group[name]), sidecar = File.ReadAllBytes(group["cam.frames.csv"]), manifest = File.ReadAllBytes(group["cam.json"]);
        int before = MediaProbe.DecodedFrames(group[name]);

        (int code, SalvageReport report) = Salvage(group, name);
        Assert.Equal(0, code);
        SalvagedTake take = Assert.Single(report.Takes);
        Assert.Equal(SalvageOutcome.Salvaged, take.Outcome);

        // nothing of what was found is gone
        Assert.Equal(video, File.ReadAllBytes(group[name + Original.Suffix]));
        Assert.Equal(manifest, File.ReadAllBytes(group["cam.json" + Original.Suffix]));
        Assert.Equal(sidecar, File.ReadAllBytes(File.Exists(group["cam.frames.csv" + Original.Suffix]) ? group["cam.frames.csv" + Original.Suffix] : group["cam.frames.csv"]));
        Assert.DoesNotContain(Directory.GetFiles(group.Folder), file => Path.GetFileName(file).StartsWith('.'));

        // an ordinary file with every picture that the other one showed
        RecordedTake salvaged = RecordedTake.Read(group[name]);
        if (Mp4Box.TopLevel(group[name]) is not null && salvaged.Manifest.Container == "first-moov")
            Assert.Equal(["ftyp", "moov", "free", "mdat"], Mp4EndingTests.Boxes(group[name]).Select(box => box.Type));
        CutOffTests.AssertPlays(group[name]);
        Assert.Equal(before, salvaged.File.Pts.Length);
        Assert.Equal(before, MediaProbe.DecodedFrames(group[name]));
        salvaged.AssertOnGrid(new FrameRate(30, 1));

        // sidecar and manifest say the same
        Assert.Equal(ManifestState.Salvaged, salvaged.Manifest.State);
        Assert.Equal(before, salvaged.Manifest.Frames);
        Assert.Equal(before, salvaged.Rows.Count(row => !row.Flags.HasFlag(SidecarFlags.Dropped)));
        Assert.Equal(salvaged.Rows[^1].Index, salvaged.Manifest.Salvage!.LastIndex);
        Assert.Equal(salvaged.Rows[^1].PtsNs, salvaged.Manifest.Salvage.LastPtsNs);
        Assert.Equal((take.LastIndex, take.Frames, take.FramesLost), (salvaged.Manifest.Salvage.LastIndex, salvaged.Manifest.Frames, salvaged.Manifest.Salvage.FramesLost));
        Assert.Contains(name + Original.Suffix, salvaged.Manifest.Salvage.Kept);
        // a busy machine may repeat pictures; what must agree is what is told of them
        TakeReport judged = Assert.Single(group.Verify(name).Takes);
        FileReport file = Assert.Single(judged.Files);
        Assert.Equal((before, 0, 0), (file.Frames, file.Missing, file.Frames - file.CodesRead));
        Assert.InRange(judged.Sidecar!.P99Us, 0, 200);

        // and once is enough
        (code, report) = Salvage(group, ".");
        Assert.Equal((0, SalvageOutcome.Whole), (code, Assert.Single(report.Takes).Outcome));
    }

    [Fact]
    public void Files_of_a_cut_take_are_salvaged_together()
    {
        using NodeGroup group = new();
        Cut(group, "cam.mp4", 80, "--segment", "1s");
        int frames = RecordedTake.ReadRows(group["cam.frames.csv"]).Count;
        (int code, SalvageReport report) = Salvage(group, "cam-0001.mp4");
        Assert.Equal(0, code);
        SalvagedTake take = Assert.Single(report.Takes);
        Assert.Equal(SalvageOutcome.Salvaged, take.Outcome);
        TakeManifest manifest = SegmentTests.ReadManifest(group["cam.json"]);
        Assert.True(manifest.Segments!.Count >= 3);
        Assert.Equal(Enumerable.Range(0, manifest.Segments.Count).Select(k => k * 30L), manifest.Segments.Select(segment => segment.FirstIndex));
        Assert.All(manifest.Segments, segment => Assert.Equal(segment.Frames, MediaProbe.DecodedFrames(group[segment.Video])));
        Assert.All(manifest.Segments, segment => Assert.DoesNotContain("moof", Mp4Box.TopLevel(group[segment.Video])!));
        Assert.Equal(manifest.Frames, RecordedTake.ReadRows(group["cam.frames.csv"]).Count);
        Assert.InRange(frames - manifest.Frames, -15, 15);
    }

    [Fact]
    public void Take_that_failed_before_its_file_was_closed_is_salvaged_too_and_loses_the_verdict_on_what_was_there_before()
    {
        using NodeGroup group = new();
        Cut(group, "cam.mp4", 30);
        TakeManifest manifest = SegmentTests.ReadManifest(group["cam.json"]);
        NodeVerdict verdict = new() { Take = manifest.Take, Node = "cam1", Fps = "30", Word = TakeGrade.Fail, Hashes = [new FileHash("cam.mp4", 1, new string('0', 64))] };
        Assert.Null(ManifestFile.Write(group["cam.json"], manifest with { State = ManifestState.Failed, Verdict = verdict }));
        // what an earlier salvage has kept is the older one
        File.WriteAllText(group["cam.mp4" + Original.Suffix], "as the cut left it");

        (int code, SalvageReport report) = Salvage(group, ".");
        Assert.Equal((0, SalvageOutcome.Salvaged), (code, Assert.Single(report.Takes).Outcome));
        manifest = SegmentTests.ReadManifest(group["cam.json"]);
        Assert.Equal((ManifestState.Salvaged, null), (manifest.State, manifest.Verdict));
        Assert.Equal(manifest.Frames, MediaProbe.DecodedFrames(group["cam.mp4"]));
        Assert.Equal(verdict.Hashes, ManifestFile.Read(group["cam.json" + Original.Suffix], out _)!.Verdict!.Hashes);
        Assert.Equal("as the cut left it", File.ReadAllText(group["cam.mp4" + Original.Suffix]));
    }

    [Fact]
    public void Running_recording_is_not_touched()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam.mp4"], 30);
        (int code, SalvageReport report) = Salvage(group, ".");
        SalvagedTake take = Assert.Single(report.Takes);
        Assert.Equal((1, SalvageOutcome.LeftAlone), (code, take.Outcome));
        Assert.Contains("being recorded by a running record-syncd", take.Text, StringComparison.Ordinal);
        RecordedTake.WaitForFrames(leader, group["cam.mp4"], 60);
        leader.Type("stop 200");
        leader.WaitForLine("finished");
        LeaderAloneTests.Leave(leader);
        RecordedTake.Read(group["cam.mp4"]).AssertWhole();
        // the video, its sidecar, its manifest and the group's verdict: nothing that a repair leaves
        Assert.Equal(4, Directory.GetFiles(group.Folder).Length);
        Assert.Empty(Directory.GetFiles(group.Folder, "*salvage*"));
    }

    [Fact]
    public void What_is_beyond_repair_is_left_as_it_is()
    {
        using NodeGroup group = new();
        Cut(group, "cam.mp4", 60);
        // the first block of the file is gone, and with it what a decoder needs to know
        using (FileStream file = new(group["cam.mp4"], FileMode.Open, FileAccess.Write))
            file.Write(new byte[Math.Min(file.Length, 8 << 20)]);
        Dictionary<string, byte[]> before = Directory.GetFiles(group.Folder).ToDictionary(file => file, File.ReadAllBytes);
        (int code, SalvageReport report) = Salvage(group, "cam.mp4");
        SalvagedTake take = Assert.Single(report.Takes);
        Assert.Equal((2, SalvageOutcome.BeyondRepair), (code, take.Outcome));
        Assert.Contains("beyond repair", take.Text, StringComparison.Ordinal);
        Dictionary<string, byte[]> after = Directory.GetFiles(group.Folder).ToDictionary(file => file, File.ReadAllBytes);
        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData("nowhere.mp4", "There is no")]
    [InlineData(".", "There is no take")]
    public void Nothing_to_salvage_is_told(string path, string why)
    {
        using NodeGroup group = new();
        (int code, SalvageReport report) = Salvage(group, path);
        Assert.Equal(3, code);
        Assert.Contains(why, Assert.Single(report.Takes).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_of_the_node_salvages_what_its_last_run_left()
    {
        using NodeGroup group = new();
        Cut(group, "{take}/{node}.mp4", 60);
        string video = Assert.Single(Directory.GetFiles(group.Folder, "cam1.mp4", SearchOption.AllDirectories));
        // a take of another node is that node's business
        string foreign = Directory.CreateDirectory(group["foreign"]).FullName;
        TakeManifest manifest = SegmentTests.ReadManifest(Path.ChangeExtension(video, ".json"));
        Assert.Null(ManifestFile.Write(Path.Join(foreign, "cam1.json"), manifest with { Node = "cam2" }));
        File.Copy(video, Path.Join(foreign, "cam1.mp4"));

        RunningNode leader = group.Start("leader", "cam1", "--output", "{take}/{node}.mp4");
        string said = leader.WaitForLine("an earlier take was cut off");
        Assert.Contains("cam1.mp4 is salvaged", said, StringComparison.Ordinal);
        LeaderAloneTests.Leave(leader);
        Assert.Equal(ManifestState.Salvaged, SegmentTests.ReadManifest(Path.ChangeExtension(video, ".json")).State);
        Assert.Equal(ManifestState.Recording, SegmentTests.ReadManifest(Path.Join(foreign, "cam1.json")).State);
        Assert.Equal(2, Directory.GetFiles(foreign).Length);
    }

    /// <summary>Records until the sidecar has so many frames, and kills the node.</summary>
    private static void Cut(NodeGroup group, string output, int frames, params string[] options)
    {
        RunningNode leader = group.StartReadyLeader(["--output", output, .. options]);
        leader.Type("start 200");
        string said = leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group[said.Split(" to ")[1].Trim()], frames);
        leader.Kill();
    }

    private static (int Code, SalvageReport Report) Salvage(NodeGroup group, string path)
    {
        using var salvage = RunningNode.StartIn(group.Folder, null, "salvage", "--json", path);
        int code = salvage.WaitForExit();
        SalvageReport? report = null;
        try
        {
            report = JsonSerializer.Deserialize(salvage.StandardOutput, SalvageJson.Default.SalvageReport);
        }
        catch (JsonException fault)
        {
            salvage.Fail(fault.Message);
        }
        Assert.NotNull(report);
        return (code, report);
    }
}

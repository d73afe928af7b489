using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Real takes with faults injected into their cameras, or into their files afterwards: the verdict names what was done, and nothing else.</summary>
[Collection(Processes.Name)]
public sealed class VerdictTests
{
    [Fact]
    public async Task What_was_injected_into_the_cameras_is_found_and_named_by_pixels_sidecar_manifest_and_wire()
    {
        using NodeGroup group = new();
        // the faults lie a second into the take and later, whenever that is: every so many frames, and each camera on its own
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=1,ppm=10", "phase=8"));
        RunningNode dropping = group.Start("follower", "cam2", Options("cam2", "offset=-2,ppm=-30", "phase=11,drop=@0/45+1/45+20/90"));
        RunningNode doubling = group.Start("follower", "cam3", Options("cam3", "offset=3,ppm=40", "phase=14,dup=@0/40"));
        await Record(group, [leader, dropping, doubling], 120);
        leader.WaitForLine("saved in take.json");
        foreach (RunningNode node in new[] { leader, dropping, doubling })
            LeaderAloneTests.Leave(node);

        VerifyReport report = group.Verify("--html", "page.html", ".");
        TakeReport take = Assert.Single(report.Takes);
        Assert.DoesNotContain(take.Reasons, reason => reason.Text.Contains("disagree", StringComparison.Ordinal));
        FileReport good = take.Files[0], dropped = take.Files[1], doubled = take.Files[2];
        SensorTiming injected = TimingOf(group["cam2.mp4"]);
        (long first, long last) = CameraFramesOf(group["cam2.mp4"]);
        long[] told = [.. Range(first, last).Where(frame => injected.Loses(frame, FrameRate.Default))], lost = All(dropped.CameraFramesLost);
        Assert.InRange(told.Length, 5, 20);
        // a busy machine may lose more than it was told to, never less; and that is named like the rest
        Assert.Empty(told.Except(lost));
        long repeated = All(dropped.RepeatedBySidecar).Length;
        AssertRepeatsAgree(dropped);
        Assert.Equal("match", dropped.HashesMatch == true ? "match" : $"{dropped.HashesMatch}");

        TakeManifest manifest = RecordedTake.Read(group["cam2.mp4"]).Manifest;
        Assert.Equal((TakeGrade.Warn, repeated), (manifest.Verdict!.Word, manifest.Verdict.Repeated));
        string places = IndexRuns.Of(All(dropped.RepeatedBySidecar)).ToString();
        Assert.Equal([$"{repeated} frames repeat the picture before, because the camera gave none at {places}."], manifest.Verdict.Reasons);

        (first, last) = CameraFramesOf(group["cam3.mp4"]);
        int doubles = Range(first, last).Count(frame => TimingOf(group["cam3.mp4"]).Doubles(frame, FrameRate.Default));
        Assert.InRange(doubled.LeftOut!.Value, doubles - 1, doubles + 1);
        Assert.InRange(doubles, 2, 10);
        foreach (FileReport other in new[] { good, doubled })
            AssertRepeatsAgree(other);
        Assert.InRange(good.LeftOut!.Value, 0, 1);

        GroupVerdict gathered = GroupVerdictFile.Read(group["take.json"])!;
        Assert.Equal(["cam1", "cam2", "cam3"], gathered.Nodes.Select(node => node.Node));
        Assert.Contains($"cam2: {manifest.Verdict.Reasons[0]}", gathered.Reasons);
        Assert.Equal(manifest.Verdict.Repeated, gathered.Nodes[1].Repeated);
        Assert.True(gathered.FrameCountsEqual);
        // what the leader estimated from decimated residuals is what the pixels show, as far as its clocks go
        Assert.InRange(gathered.Skew!.WorstUs, 0, take.Spread!.MaxUs + gathered.ClockErrorUs + 1);
        Assert.True(gathered.Skew.WorstBoundUs >= take.Spread.MaxUs - gathered.ClockErrorUs - 1, $"{gathered.Skew} {take.Spread}");
        AssertPage(group["page.html"], 3);
    }

    [Fact]
    public async Task A_stall_is_named_as_one_gap()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=1,ppm=10", "phase=8,stall=4+0.4"));
        await Record(group, [leader], 150);
        LeaderAloneTests.Leave(leader);
        NodeVerdict verdict = RecordedTake.Read(group["cam1.mp4"]).Manifest.Verdict!;
        SensorTiming injected = TimingOf(group["cam1.mp4"]);
        (long first, long last) = CameraFramesOf(group["cam1.mp4"]);
        long[] lost = [.. Range(first, last).Where(frame => injected.Loses(frame, FrameRate.Default))];
        Assert.Equal(12, lost.Length);

        TakeReport take = Assert.Single(group.Verify("cam1.mp4").Takes);
        FileReport file = Assert.Single(take.Files);
        Assert.Empty(lost.Except(All(file.CameraFramesLost)));
        Assert.InRange(verdict.LongestGap, 12, 14);
        Assert.Contains(file.RepeatedByPixels, run => run[0] == verdict.LongestGapIndex && run[1] == verdict.LongestGapIndex + verdict.LongestGap - 1);
        Assert.Contains(verdict.Reasons, reason => reason.Contains($"{verdict.LongestGapIndex}–{verdict.LongestGapIndex + verdict.LongestGap - 1}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_kind_of_tampering_fails_and_is_named()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=1,ppm=10", "phase=8"));
        RunningNode follower = group.Start("follower", "cam2", Options("cam2", "offset=-2,ppm=-30", "phase=14,drop=@0/40"));
        await Record(group, [leader, follower], 60);
        leader.WaitForLine("saved in take.json");
        LeaderAloneTests.Leave(leader);
        LeaderAloneTests.Leave(follower);
        TakeReport sound = group.VerifyGood(".");
        Assert.DoesNotContain(sound.Reasons, reason => reason.Weight == "fail");

        Tampered(group, "cam2.frames.csv", path => EditRow(path, 20, row => Shift(row, 5_000_000)), "pixels and sidecar disagree: the capture time of frame 20 is up to ", "the sidecar cam2.frames.csv is not what was recorded", "manifest and sidecar disagree");
        Tampered(group, "cam2.frames.csv", path => File.WriteAllText(path, File.ReadAllText(path).Replace(",repeated", ",", StringComparison.Ordinal)), "pixels and sidecar disagree: the pixels repeat the picture before at", "manifest and sidecar disagree");
        Tampered(group, "cam2.frames.csv", path => EditRow(path, 10, row => [.. row[..4], "repeated", .. row[5..]]), "pixels and sidecar disagree: the sidecar says repeated at 10, the pixels show a new picture");
        Tampered(group, "cam2.frames.csv", path => File.WriteAllLines(path, File.ReadAllLines(path).Where((_, i) => i != 31)), "the sidecar has no line for grid point 30");
        Tampered(group, "cam2.mp4", path => File.Copy(group["cam1.mp4"], path, overwrite: true), "the video cam2.mp4 is not what was recorded: its SHA-256 is not the manifest's");
        Tampered(group, "cam2.json", path => File.Copy(group["cam1.json"], path, overwrite: true), "the manifest has no SHA-256 of the video cam2.mp4", "manifest and sidecar disagree");
        Tampered(group, "cam2.json", path => EditJson(path, json => json["start_ns"] = json["start_ns"]!.GetValue<long>() + 3_600_000_000_000), "manifest and sidecar do not belong together");
        Tampered(group, "cam2.json", path => EditJson(path, json => json["fps"] = "25"), "manifest and file disagree: at 25 frames a second");
        Tampered(group, "cam2.json", path => EditJson(path, json => json["frames"] = json["frames"]!.GetValue<long>() - 1), "manifest and file disagree", "manifest and sidecar disagree");
        Tampered(group, "cam2.json", path => EditJson(path, json => json["verdict"]!["repeated"] = 0), "manifest and sidecar disagree on the verdict: repeated 0 and", "take.json and the manifest disagree: repeated");
        Tampered(group, "take.json", path => EditJson(path, json => json["nodes"]![1]!["worst_residual_ns"] = 1), "take.json and the manifest disagree: worst_residual_ns 1 and");
        // cut within the coded pictures: what is left may decode or not, but it is never taken for whole
        using (FileStream video = new(group["cam2.mp4"], FileMode.Open))
            video.SetLength(video.Length * 3 / 5);
        VerifyReport cut = group.Verify(".");
        Assert.True(cut.Unreadable.Any(file => file.Path.EndsWith("cam2.mp4", StringComparison.Ordinal)) || cut.Takes[0].Reasons.Any(reason => reason.Text.Contains("the video cam2.mp4 is not what was recorded", StringComparison.Ordinal) && reason.Text.Contains("bytes instead of", StringComparison.Ordinal)), cut.ToJson());
        Assert.NotEqual(0, cut.ExitCode);
    }

    private static void Tampered(NodeGroup group, string file, Action<string> tamper, params string[] sentences)
    {
        byte[] before = File.ReadAllBytes(group[file]);
        tamper(group[file]);
        VerifyReport report = group.Verify(".");
        File.WriteAllBytes(group[file], before);
        Assert.Equal(2, report.ExitCode);
        foreach (string sentence in sentences)
            Assert.True(report.Takes.SelectMany(take => take.Reasons).Any(reason => reason.Text.Contains(sentence, StringComparison.Ordinal)), $"\"{sentence}\" is not in {report.ToJson()}");
    }

    private static void EditRow(string path, int index, Func<string[], string[]> edit)
    {
        string[] lines = File.ReadAllLines(path);
        lines[index + 1] = string.Join(',', edit(lines[index + 1].Split(',')));
        File.WriteAllLines(path, lines);
    }

    /// <summary>Both capture times, so that the sidecar agrees with itself.</summary>
    private static string[] Shift(string[] row, long ns)
    {
        string[] shifted = [.. row];
        foreach (int column in (int[])[2, 3, 7])
        {
            if (shifted[column].Length > 0)
                shifted[column] = $"{long.Parse(shifted[column], System.Globalization.CultureInfo.InvariantCulture) + ns}";
        }
        return shifted;
    }

    private static void EditJson(string path, Action<JsonNode> edit)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(path))!;
        edit(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    private static async Task Record(NodeGroup group, RunningNode[] nodes, int frames)
    {
        foreach (string name in new[] { "cam1", "cam2", "cam3" }.Take(nodes.Length))
            await group.HeardReady(name);
        nodes[0].Type("start 1000");
        foreach (RunningNode node in nodes)
            node.WaitForLine("recording take");
        RecordedTake.WaitForFrames(nodes[0], group["cam1.mp4"], frames);
        nodes[0].Type("stop 500");
        foreach (RunningNode node in nodes)
            node.WaitForLine("finished");
    }

    private static void AssertPage(string path, int pictures)
    {
        string page = File.ReadAllText(path);
        Assert.Equal(pictures, page.Split("src=\"data:image/jpeg;base64,").Length - 1);
        Assert.Contains("<polyline", page, StringComparison.Ordinal);
        foreach (string request in (string[])["http:", "https:", "//", "<script", "@import", "url("])
            Assert.DoesNotContain(request, page.Replace("base64,/", "base64,", StringComparison.Ordinal).Split("base64,").Select(part => part.Contains('"', StringComparison.Ordinal) ? part[part.IndexOf('"', StringComparison.Ordinal)..] : part).Aggregate((a, b) => a + b), StringComparison.Ordinal);
    }

    /// <summary>The first and the last camera frame whose picture is in the file, by its pixels.</summary>
    private static (long First, long Last) CameraFramesOf(string video)
    {
        int[] numbers = [.. VideoReader.Read(video).Frames.Select(frame => frame.Stamp).OfType<PixelStamp>().Select(stamp => stamp.FrameNumber)];
        return (numbers.Min(), numbers.Max());
    }

    /// <summary>
    /// Pixels and sidecar repeat the same pictures, one for each camera frame that is lost. Where a take begins on lost frames, its first
    /// picture stands in for them: the sidecar marks the points before it, the pixels show it again after. Nobody can number those, nor the ones that end a take.
    /// </summary>
    private static void AssertRepeatsAgree(FileReport file)
    {
        bool beginsOnLost = file.RepeatedBySidecar is [[0, _], ..];
        Assert.Equal(file.RepeatedBySidecar.Skip(beginsOnLost ? 1 : 0), file.RepeatedByPixels.Skip(beginsOnLost ? 1 : 0));
        if (beginsOnLost)
            Assert.Equal([file.RepeatedBySidecar[0][0] + 1, file.RepeatedBySidecar[0][1] + 1], file.RepeatedByPixels[0]);
        IEnumerable<long[]> numbered = file.RepeatedByPixels.Skip(beginsOnLost ? 1 : 0).Where(run => run[1] < file.Frames - 1);
        Assert.Equal(All(numbered).Length, All(file.CameraFramesLost).Length);
    }

    /// <summary>What was injected, as the manifest keeps it.</summary>
    private static SensorTiming TimingOf(string video)
    {
        string options = RecordedTake.Read(video).Manifest.SimulatedCamera!;
        Assert.True(SensorTiming.TryParse(options, FrameRate.Default, new Random(1), out SensorTiming timing, out string error), error);
        return timing;
    }

    private static IEnumerable<long> Range(long first, long last)
    {
        for (long index = first; index <= last; index++)
            yield return index;
    }

    private static long[] All(IEnumerable<long[]> runs) => [.. runs.SelectMany(run => Range(run[0], run[1]))];

    private static string[] Options(string name, string clock, string sensor) =>
        ["--output", $"{name}.mp4", "--camera", $"test:{sensor},ppm=5,jitter=100,label={name}", "--simulated-clock", clock];
}

using System.Security.Cryptography;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>One node, the real executable, typed at through a pipe.</summary>
[Collection(Processes.Name)]
public sealed class LeaderAloneTests
{
    [Fact]
    public void All_accounts_of_a_take_agree()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4");
        Record(leader, group["cam.mp4"], 60);
        Leave(leader);

        RecordedTake take = RecordedTake.Read(group["cam.mp4"]);
        take.AssertWhole();
        Assert.Equal(("cam1", "leader", "cam1", "cam.frames.csv"), (take.Manifest.Node, take.Manifest.Role, take.Manifest.Leader, take.Manifest.Sidecar));
        Assert.Equal(["cam.frames.csv", "cam.json", "cam.mp4", "take.json"], Files(group));
        FileReport file = Assert.Single(group.VerifyGood("cam.mp4").Files);
        Assert.Equal((take.Manifest.Frames, 0, 0), (file.Frames, file.Missing, file.Frames - file.CodesRead));
    }

    [Fact]
    public void Second_take_gets_a_name_of_its_own_and_the_user_is_told()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4");
        Record(leader, group["cam.mp4"], 15);
        // the manifest is written once more when the files have been hashed
        string[] kept = ["cam.frames.csv", "cam.mp4"];
        string[] first = [.. kept.Select(name => Hash(group[name]))];
        string said = Record(leader, group["cam-2.mp4"], 15);
        Leave(leader);

        Assert.Contains("cam-2.mp4", said);
        Assert.Contains("\"cam.mp4\" belongs to an earlier take and is kept", said);
        RecordedTake.Read(group["cam.mp4"]).AssertWhole();
        RecordedTake.Read(group["cam-2.mp4"]).AssertWhole();
        Assert.Equal(first, kept.Select(name => Hash(group[name])));
        Assert.Equal(["take-2.json", "take.json"], Files(group).Where(name => name.StartsWith("take", StringComparison.Ordinal)));
        Assert.NotEqual(RecordedTake.Read(group["cam.mp4"]).Manifest.Take, RecordedTake.Read(group["cam-2.mp4"]).Manifest.Take);
    }

    [Fact]
    public void Existing_file_of_someone_else_is_not_overwritten()
    {
        using NodeGroup group = new();
        File.WriteAllText(group["cam.mp4"], "not mine");
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4");
        Record(leader, group["cam-2.mp4"], 15);
        Leave(leader);

        Assert.Equal("not mine", File.ReadAllText(group["cam.mp4"]));
        RecordedTake.Read(group["cam-2.mp4"]).AssertWhole();
        Assert.Equal(["cam-2.frames.csv", "cam-2.json", "cam-2.mp4", "cam.mp4", "take.json"], Files(group));
    }

    [Fact]
    public void Without_output_the_default_name_is_used_in_the_current_folder()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader();
        Record(leader, group["output_h265.mp4"], 15);
        Leave(leader);

        RecordedTake.Read(group["output_h265.mp4"]).AssertWhole();
        Assert.Equal(4, Files(group).Length);
    }

    [Theory]
    [InlineData("take.mkv", "matroska")]
    [InlineData("take.mov", "first-moov")]
    [InlineData("TAKE.MP4", "first-moov")]
    public void Ending_of_the_output_chooses_the_container(string name, string container)
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", name, "--fps", "29.97");
        Record(leader, group[name], 20);
        Leave(leader);

        RecordedTake take = RecordedTake.Read(group[name]);
        take.AssertWhole();
        Assert.Equal("30000/1001", take.Manifest.Fps);
        // GStreamer before 1.20 has no such fragments
        Assert.True(take.Manifest.Container == container || take.Manifest.Container == "reserved-moov", take.Manifest.Container);
        group.VerifyGood(name);
    }

    [Fact]
    public void Absolute_path_is_honoured()
    {
        using NodeGroup group = new();
        using ScratchFolder elsewhere = new();
        RunningNode leader = group.StartReadyLeader("--output", elsewhere["my take.mp4"]);
        Record(leader, elsewhere["my take.mp4"], 15);
        Leave(leader);

        RecordedTake.Read(elsewhere["my take.mp4"]).AssertWhole();
        Assert.Equal(["my take.frames.csv", "my take.json", "my take.mp4", "take.json"], elsewhere.Files());
        Assert.Empty(Files(group));
    }

    [Fact]
    public void Placeholders_make_a_folder_per_take_and_a_file_per_node()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "{take}/{node}.mp4");
        for (int number = 1; number <= 2; number++)
        {
            leader.Type("start 200");
            string name = leader.WaitForLine("START in").Split("take ")[1].Split(',')[0];
            leader.WaitForLine("recording take");
            RecordedTake.WaitForFrames(leader, group[$"{name}/cam1.mp4"], 40);
            leader.Type("stop 200");
            leader.WaitForLine("finished");
            RecordedTake take = RecordedTake.Read(group[$"{name}/cam1.mp4"]);
            take.AssertWhole();
            Assert.Equal(name, take.Manifest.Take);
        }
        Leave(leader);
        Assert.Equal(2, Directory.GetDirectories(group.Folder).Length);
        Assert.Equal(2, group.Verify(".").Takes.Count);
    }

    [Fact]
    public void What_makes_no_sense_is_answered_by_one_sentence_and_changes_nothing()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4");
        Assert.Contains("nothing is being recorded", Assert.Single(leader.Answers("stop")));
        Assert.Contains("cannot be negative", Assert.Single(leader.Answers("start -1")));
        Assert.Contains("longer than an hour", Assert.Single(leader.Answers("start 99999999999999999999")));
        Assert.Contains("is not a delay", Assert.Single(leader.Answers("start now")));
        Assert.Contains("one delay at most", Assert.Single(leader.Answers("start 1 2")));
        Assert.Contains("did you mean start?", Assert.Single(leader.Answers("strat")));
        Assert.Contains("help lists", Assert.Single(leader.Answers("frobnicate")));
        Assert.Empty(leader.Answers("   "));
        Assert.Empty(Files(group));

        leader.Type("start 200");
        leader.WaitForLine("recording take");
        Assert.Contains("already recording", Assert.Single(leader.Answers("start")));
        Assert.Contains("cannot be negative", Assert.Single(leader.Answers("stop -5")));
        leader.Type("stop 5000");
        leader.WaitForLine("STOP in");
        Assert.Contains("already being stopped", Assert.Single(leader.Answers("stop 0")));
        Assert.Contains("being finished", Assert.Single(leader.Answers("start")));
        leader.WaitForLine("finished cam.mp4");
        Leave(leader);

        RecordedTake.Read(group["cam.mp4"]).AssertWhole();
        Assert.Equal(4, Files(group).Length);
    }

    /// <returns>The line that says that the take is finished.</returns>
    internal static string Record(RunningNode leader, string video, int frames)
    {
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, video, frames);
        leader.Type("stop 200");
        return leader.WaitForLine("finished");
    }

    internal static void Leave(RunningNode node)
    {
        node.Type("quit");
        Assert.Equal(0, node.WaitForExit());
        Assert.Contains("left the group", node.Output);
    }

    private static string[] Files(NodeGroup group) =>
        [.. Directory.EnumerateFiles(group.Folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(group.Folder, file)).Order(StringComparer.Ordinal)];

    private static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
}

using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>One command, several cameras: a node and a process each (docs/cameras.md, "Several cameras").</summary>
[Collection(Processes.Name)]
public sealed class SeveralCamerasTests
{
    [Fact]
    public async Task Three_cameras_of_one_command_record_one_take()
    {
        using NodeGroup group = new();
        RunningNode box = Start(group, "leader", "front", "side", "back");
        await Ready(group, "front", "side", "back");
        Record(box, group, 60, "front", "side", "back");
        box.Type("stop 300");
        box.WaitForLine("saved in take");
        int[] processes = [ProcessOf(box, "side"), ProcessOf(box, "back")];
        LeaderAloneTests.Leave(box);

        Assert.All(processes, process => Assert.False(Directory.Exists($"/proc/{process}"), $"process {process} has been left behind"));
        AssertOneTake(group, "front", "side", "back");
        GroupVerdict verdict = GroupVerdictFile.Read(group["take.json"])!;
        Assert.Equal(["box-back", "box-front", "box-side"], verdict.Nodes.Select(node => node.Node).Order());
        Assert.Equal(3, group.VerifyGood(".").Files.Count);
    }

    [Fact]
    public async Task Termination_in_a_take_finishes_the_files_of_all_cameras_at_the_same_frame()
    {
        using NodeGroup group = new();
        RunningNode box = Start(group, "leader", "front", "back");
        await Ready(group, "front", "back");
        Record(box, group, 45, "front", "back");
        box.Terminate();
        box.WaitForLine("finishing the recording first");
        box.WaitForLineEver("back: left the group");
        Assert.Equal(0, box.WaitForExit());

        AssertOneTake(group, "front", "back");
    }

    [Fact]
    public async Task Camera_whose_process_is_killed_comes_back_and_has_its_file_repaired_while_the_others_record()
    {
        using NodeGroup group = new();
        RunningNode box = Start(group, "leader", "front", "back");
        await Ready(group, "front", "back");
        Record(box, group, 45, "front", "back");
        Process.GetProcessById(ProcessOf(box, "back")).Kill();
        Assert.Contains("was ended by signal 9; it is started again in 1 s", box.WaitForLine("camera back: its process"), StringComparison.Ordinal);
        box.WaitForLine("back: process");
        box.WaitForLine("back: an earlier take was cut off");
        await group.HeardReady("box-back");
        int after = RecordedTake.RowsOf(group["cam-front.mp4"]);
        RecordedTake.WaitForFrames(box, group["cam-front.mp4"], after + 15);
        box.Type("stop 300");
        box.WaitForLine("finished cam-front.mp4");
        LeaderAloneTests.Leave(box);

        RecordedTake.Read(group["cam-front.mp4"]).AssertWhole();
        Assert.Equal(ManifestState.Salvaged, RecordedTake.Read(group["cam-back.mp4"]).Manifest.State);
        CutOffTests.AssertPlays(group["cam-back.mp4"]);
    }

    [Fact]
    public async Task Cameras_whose_first_process_is_killed_record_until_the_stop_and_leave()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "leader.mp4");
        RunningNode box = Start(group, "follower", "front", "back");
        await Ready(group, "front", "back");
        int back = ProcessOf(box, "back");
        try
        {
            Record(leader, group, 30, "front", "back");
            box.Kill();
            int then = RecordedTake.RowsOf(group["cam-back.mp4"]);
            RecordedTake.WaitForFrames(leader, group["cam-back.mp4"], then + 60);
            leader.Type("stop 300");
            leader.WaitForLine("finished leader.mp4");
            WaitUntilGone(back, leader);
            LeaderAloneTests.Leave(leader);

            RecordedTake own = RecordedTake.Read(group["leader.mp4"]), others = RecordedTake.Read(group["cam-back.mp4"]);
            own.AssertWhole();
            others.AssertWhole();
            Assert.Equal((own.Manifest.Take, own.Manifest.StartNs, own.Manifest.StopNs), (others.Manifest.Take, others.Manifest.StartNs, others.Manifest.StopNs));
        }
        finally
        {
            if (!HasGone(back))
                Process.GetProcessById(back).Kill();
        }
    }

    [Fact]
    public async Task Every_camera_has_a_card_with_a_live_picture_on_the_page()
    {
        using NodeGroup group = new();
        RunningNode box = group.Start("leader", "box", "--camera", "front=test", "--camera", "back=test", "--output", "cam.mp4", "--http", "127.0.0.1:0");
        string page = box.WaitForLine(line => line.StartsWith("page: ", StringComparison.Ordinal))["page: ".Length..];
        await Ready(group, "front", "back");
        // heard by the page's node too, and not only by the test
        box.WaitForLineEver("box-back has joined");
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = RunningNode.Patience };
        using HttpResponseMessage picture = await client.GetAsync(new Uri(new Uri(page), "api/v1/nodes/box-back/preview.mjpeg"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("multipart/x-mixed-replace", picture.Content.Headers.ContentType?.MediaType);
        LeaderAloneTests.Leave(box);
    }

    [Theory]
    [InlineData("are the same camera: a camera can be opened once", "a=v4l2:/dev/video0", "b=v4l2:/dev/video0")]
    [InlineData("is no name for a camera: use up to 24 letters", "über=test", "b=test")]
    [InlineData("two cameras are called 'b'", "b=test", "b=test")]
    public void Cameras_that_make_no_sense_together_are_refused(string sentence, string first, string second)
    {
        using var node = RunningNode.Start("--role", "leader", "--interface", "lo", "--camera", first, "--camera", second);
        Assert.NotEqual(0, node.WaitForExit());
        Assert.Contains(sentence, node.Output, StringComparison.Ordinal);
    }

    private static RunningNode Start(NodeGroup group, string role, params string[] cameras) =>
        group.Start(role, "box", ["--output", "cam.mp4", .. cameras.SelectMany((camera, i) => (string[])["--camera", $"{camera}=test:label={camera},phase={3 + 11 * i}"])]);

    private static async Task Ready(NodeGroup group, params string[] cameras)
    {
        foreach (string camera in cameras)
            await group.HeardReady($"box-{camera}");
    }

    private static void Record(RunningNode leader, NodeGroup group, int frames, params string[] cameras)
    {
        leader.Type("start 500");
        leader.WaitForLine("recording take");
        foreach (string camera in cameras)
            RecordedTake.WaitForFrames(leader, group[$"cam-{camera}.mp4"], frames);
    }

    private static int ProcessOf(RunningNode box, string camera) => int.Parse(box.WaitForLineEver($"{camera}: process ").Split(' ')[^1]);

    /// <summary>Also when nobody has asked what became of it, as nobody does of an orphan in a container.</summary>
    private static bool HasGone(int process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static void WaitUntilGone(int process, RunningNode witness)
    {
        long deadline = Environment.TickCount64 + (long)RunningNode.Patience.TotalMilliseconds;
        while (!HasGone(process))
        {
            if (Environment.TickCount64 > deadline)
                witness.Fail($"the camera's process {process} has not left after the take");
            Thread.Sleep(50);
        }
    }

    private static void AssertOneTake(NodeGroup group, params string[] cameras)
    {
        RecordedTake[] takes = [.. cameras.Select(camera => RecordedTake.Read(group[$"cam-{camera}.mp4"]))];
        foreach (RecordedTake take in takes)
            take.AssertWhole();
        Assert.Equal(cameras.Select(camera => $"box-{camera}"), takes.Select(take => take.Manifest.Node));
        Assert.Single(takes.Select(take => (take.Manifest.Take, take.Manifest.StartNs, take.Manifest.StopNs, take.Manifest.Frames + take.Manifest.Dropped)).Distinct());
    }
}

using Xunit;

namespace RecordSync.Daemon.Tests;

[Collection(Processes.Name)]
public sealed class PhaseAlignmentTests
{
    private const int Nodes = 2;

    [Fact]
    public async Task Aligned_cameras_expose_at_the_same_instants_and_everybody_can_see_that_they_are_aligned()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", "--align", "--output", "cam1.mp4", "--camera", "test:phase=3,ppm=20,jitter=15,steer", "--simulated-clock", "offset=2,ppm=30");
        group.Start("follower", "cam2", "--align", "--output", "cam2.mp4", "--camera", "test:phase=20,ppm=-20,jitter=15,steer", "--simulated-clock", "offset=-1,ppm=-40");
        await group.HeardReady("cam2");
        await group.Heard("cam1", node => node.Phase == PhaseAligner.Aligned);
        await group.Heard("cam2", node => node.Phase == PhaseAligner.Aligned);
        Assert.Contains("aligned", string.Join(" ", leader.Answers("peers")));
        leader.Type("start 2000");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], 90);
        leader.Type("stop 300");
        leader.WaitForLine("finished");
        await group.Heard("cam2", node => node.State == NodeState.Ready);

        RecordedTake[] takes = [.. Enumerable.Range(1, Nodes).Select(node => RecordedTake.Read(group[$"cam{node}.mp4"]))];
        Assert.All(takes, take => take.AssertWhole());
        Assert.All(takes, take => Assert.Equal(PhaseAligner.Aligned, take.Manifest.Timing!.Phase));
        TakeReport report = group.VerifyGood("cam1.mp4", "cam2.mp4");
        // they were 17 ms apart; what is left is two loops and two clocks, which the measurements know better than a test on a busy machine
        Assert.InRange(report.Spread!.P99Us, 0, 1_000);
    }

    [Fact]
    public async Task A_camera_that_cannot_be_steered_records_as_ever_and_is_named()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", "--align", "--output", "cam1.mp4");
        await group.Heard("cam1", node => node is { Phase: PhaseAligner.FreeRunning, State: NodeState.Ready });
        LeaderAloneTests.Record(leader, group["cam1.mp4"], 30);
        LeaderAloneTests.Leave(leader);
        RecordedTake take = RecordedTake.Read(group["cam1.mp4"]);
        take.AssertWhole();
        Assert.Equal(PhaseAligner.FreeRunning, take.Manifest.Timing!.Phase);
    }
}

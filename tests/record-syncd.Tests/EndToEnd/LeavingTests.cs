using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A node that is asked to leave in the middle of a take finishes its file first.</summary>
[Collection(Processes.Name)]
public sealed class LeavingTests
{
    public enum Way
    {
        Terminate,
        Interrupt,
        Quit,
        EndOfInput,
    }

    [Theory]
    [InlineData(Way.Terminate, "cam.mp4")]
    [InlineData(Way.Interrupt, "cam.mp4")]
    [InlineData(Way.Quit, "cam.mkv")]
    [InlineData(Way.EndOfInput, "cam.mov")]
    public void Leaving_in_a_take_finishes_the_file_and_says_so(Way way, string name)
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", name);
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group[name], 30);
        Ask(leader, way);
        leader.WaitForLine("finishing the recording first");
        leader.WaitForLine($"finished {name}");
        leader.WaitForLine("left the group");
        Assert.Equal(0, leader.WaitForExit());

        RecordedTake.Read(group[name]).AssertWhole();
        CutOffTests.AssertPlays(group[name]);
    }

    [Theory]
    [InlineData(Way.Terminate)]
    [InlineData(Way.Interrupt)]
    [InlineData(Way.Quit)]
    [InlineData(Way.EndOfInput)]
    public void Leaving_without_a_take_is_immediate(Way way)
    {
        using NodeGroup group = new();
        RunningNode follower = group.Start("follower", "cam2", "--output", "cam.mp4");
        follower.WaitForLine("camera ready");
        Ask(follower, way);
        Assert.Equal(0, follower.WaitForExit());
        Assert.Contains("left the group", follower.Output);
        Assert.False(follower.HasSaid("finishing"));
        Assert.Empty(Directory.GetFiles(group.Folder));
    }

    [Fact]
    public void Second_interrupt_does_not_wait_and_the_file_still_plays()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam.mp4"], 60);
        // so that the first interrupt has something to wait for
        leader.Type("stop 60000");
        leader.WaitForLine("STOP in");
        leader.Interrupt();
        leader.WaitForLine("once more forces");
        leader.WaitForLine("finishing the recording first");
        leader.Interrupt();
        Assert.Equal(130, leader.WaitForExit());

        Assert.Contains("forced", leader.Output);
        Assert.False(leader.HasSaid("finished"));
        CutOffTests.AssertPlays(group["cam.mp4"]);
        Assert.True(MediaProbe.DecodedFrames(group["cam.mp4"]) >= 30);
    }

    [Fact]
    public void Take_that_has_not_begun_leaves_nothing_behind()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4");
        leader.Type("start 60000");
        leader.WaitForLine("START in");
        leader.Terminate();
        Assert.Equal(0, leader.WaitForExit());
        Assert.Contains("left the group", leader.Output);
        Assert.Empty(Directory.GetFiles(group.Folder));
    }

    private static void Ask(RunningNode node, Way way)
    {
        switch (way)
        {
            case Way.Terminate:
                node.Terminate();
                break;
            case Way.Interrupt:
                node.Interrupt();
                break;
            case Way.Quit:
                node.Type("quit");
                break;
            default:
                node.CloseInput();
                break;
        }
    }
}

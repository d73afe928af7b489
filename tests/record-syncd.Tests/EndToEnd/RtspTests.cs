using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A network camera beside another one: in one take, by the pixels of both; and pulled out in the middle of it.</summary>
[Collection(Processes.Name)]
public sealed class RtspTests
{
    [Fact]
    public async Task Network_camera_records_the_same_instants_and_survives_being_unplugged()
    {
        using RtspCamera server = new(delayMs: 300);
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam1.mp4", "--camera", "test:label=cam1,phase=3");
        RunningNode follower = group.Start("follower", "cam2", "--output", "cam2.mp4", "--camera", server.Url);
        await group.HeardReady("cam2");
        follower.Type("status");
        Assert.Contains("the camera's own (RTCP sender reports)", follower.WaitForLine(line => line.StartsWith("frame times", StringComparison.Ordinal)), StringComparison.Ordinal);
        leader.Type("start 500");
        follower.WaitForLine("recording take");
        RecordedTake.WaitForFrames(follower, group["cam2.mp4"], 60);
        server.Stop();
        follower.WaitForLine("is interrupted: Camera Network camera (RTSP)");
        server.Start();
        follower.WaitForLine("goes on: cam2-part2.mp4 begins at grid index");
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], RecordedTake.RowsOf(group["cam1.mp4"]) + 60);
        leader.Type("stop 500");
        foreach (RunningNode node in new[] { leader, follower })
            node.WaitForLine("finished");
        leader.WaitForLine("saved in take.json");
        foreach (RunningNode node in new[] { leader, follower })
            LeaderAloneTests.Leave(node);

        TakeManifest manifest = SegmentTests.ReadManifest(group["cam2.json"]);
        Assert.Contains("RTCP sender reports", manifest.CaptureTimes, StringComparison.Ordinal);
        Assert.Equal("cam2-part2.mp4", Assert.Single(manifest.Gaps!).Video);
        // arrival would be 300 ms late, nine frames
        TakeReport take = Assert.Single(group.Verify(".").Takes);
        Assert.InRange(take.Spread!.P50Us, 0, 100_000);
        TestContext.Current.SendDiagnosticMessage("{0}", string.Join("\n", take.Reasons.Select(reason => reason.Text)));
    }
}

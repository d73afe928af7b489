using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A take of cam1 and cam2 in which cam2's camera is unplugged and comes back (docs/recording.md, "A camera that is lost").</summary>
/// <param name="camera">What cam2's camera is called in messages.</param>
internal sealed class UnpluggedTake(NodeGroup group, RunningNode leader, RunningNode follower, string camera)
{
    public RunningNode Follower => follower;

    /// <summary>Both nodes, ready.</summary>
    public static async Task<UnpluggedTake> Ready(NodeGroup group, string camera, params string[] options)
    {
        RunningNode leader = group.StartReadyLeader("--output", "cam1.mp4", "--camera", "test:label=cam1,phase=3");
        RunningNode follower = group.Start("follower", "cam2", ["--output", "cam2.mp4", .. options]);
        await group.HeardReady("cam2");
        return new UnpluggedTake(group, leader, follower, camera);
    }

    public void Start()
    {
        leader.Type("start 300");
        follower.WaitForLine("recording take");
    }

    /// <summary>Waits until everybody knows that the camera is away.</summary>
    /// <returns>What cam2 says on the wire.</returns>
    public async Task<string> AwaitLoss()
    {
        WatchedNode away = await group.Heard("cam2", node => node.State == NodeState.Error);
        follower.WaitForLine($"is interrupted: Camera {camera}");
        leader.WaitForLine($"cam2: Camera {camera}");
        return away.Error!;
    }

    /// <returns>What cam2 says of its second part.</returns>
    public async Task<string> AwaitReturn()
    {
        string resumed = follower.WaitForLine("goes on: cam2-part2.mp4 begins at grid index");
        await group.Heard("cam2", node => node is { State: NodeState.Recording, Error: null });
        return resumed;
    }

    /// <summary>Records so many frames more, and ends the take and the nodes.</summary>
    /// <returns>cam2's manifest, and the gap, which is the only one.</returns>
    public (TakeManifest Manifest, TakeGap Gap) Finish(int frames)
    {
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], RecordedTake.RowsOf(group["cam1.mp4"]) + frames);
        leader.Type("stop 500");
        foreach (RunningNode node in new[] { leader, follower })
            node.WaitForLine("finished");
        leader.WaitForLine("saved in take.json");
        foreach (RunningNode node in new[] { leader, follower })
            LeaderAloneTests.Leave(node);
        TakeManifest manifest = SegmentTests.ReadManifest(group["cam2.json"]);
        TakeGap gap = Assert.Single(manifest.Gaps!);
        Assert.Equal((2, "cam2-part2.mp4"), (gap.Part, gap.Video));
        return (manifest, gap);
    }
}

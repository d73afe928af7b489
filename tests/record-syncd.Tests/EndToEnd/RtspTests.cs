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
        UnpluggedTake unplugged = await UnpluggedTake.Ready(group, "Network camera (RTSP)", "--camera", server.Url);
        RunningNode node = unplugged.Follower;
        node.Type("status");
        Assert.Contains("the camera's own (RTCP sender reports)", node.WaitForLine(line => line.StartsWith("frame times", StringComparison.Ordinal)), StringComparison.Ordinal);
        unplugged.Start();
        RecordedTake.WaitForFrames(node, group["cam2.mp4"], 60);
        server.Stop();
        await unplugged.AwaitLoss();
        server.Start();
        await unplugged.AwaitReturn();
        (TakeManifest manifest, _) = unplugged.Finish(frames: 60);

        Assert.Contains("RTCP sender reports", manifest.CaptureTimes, StringComparison.Ordinal);
        // arrival would be 300 ms late, nine frames
        TakeReport take = Assert.Single(group.Verify(".").Takes);
        Assert.InRange(take.Spread!.P50Us, 0, 100_000);
        TestContext.Current.SendDiagnosticMessage("{0}", string.Join("\n", take.Reasons.Select(reason => reason.Text)));
    }
}

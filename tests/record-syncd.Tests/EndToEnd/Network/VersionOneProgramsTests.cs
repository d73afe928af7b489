using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The real executable and a scripted version-1 program in one group (docs/protocol.md §7).</summary>
[Collection(Processes.Name)]
public sealed class VersionOneProgramsTests
{
    /// <summary>What a time exchange may be off by, with stamps of a busy machine's user space.</summary>
    private const double ToleranceMicros = 5_000;

    [Fact]
    public void A_version_1_follower_sees_our_leader_takes_its_time_and_is_started_and_stopped()
    {
        using WiredGroup group = new();
        VersionOnePeer follower = group.VersionOne("old2", "Follower");
        VersionOnePeer bystander = group.VersionOne("old3", "Follower");
        RunningNode leader = group.Start("leader", "cam1", [.. WiredGroup.SmallPictures, "--simulated-clock", "offset=3.5"]);
        // it listens for a moment before it leads
        VersionOneMessage.Discovery beacon = follower.WaitFor<VersionOneMessage.Discovery>(found => found is { NodeId: "cam1", Role: "Leader" });
        // microseconds since the epoch by the leader's clock, which is 3.5 s ahead
        Assert.InRange(beacon.Timestamp - beacon.ReceivedAt, 2_500_000, 3_600_000);

        follower.SendDiscovery();
        leader.WaitForLine("old2 has joined");
        AssertTimeIsTheLeaders(follower, 3_500_000);
        // version 1 on the leader's own host shares its port with others: the answer goes to all of them
        bystander.WaitFor<VersionOneMessage.TimeSyncResponse>();
        AssertShownAsVersionOne(group, leader, follower);

        leader.WaitForLineEver("camera ready");
        leader.Type("start 700");
        VersionOneMessage.RecordingCommand start = follower.WaitFor<VersionOneMessage.RecordingCommand>(command => command.Command == "Start");
        follower.SendStatus("Recording");
        follower.WaitFor<VersionOneMessage.Status>(status => status is { NodeId: "cam1", State: "Recording" });
        leader.WaitForLine("recording take");
        WiredGroup.WaitForPeers(leader, table => WiredGroup.RowOf("old2", table).Contains("Recording", StringComparison.Ordinal));
        leader.Type("stop 400");
        VersionOneMessage.RecordingCommand stop = follower.WaitFor<VersionOneMessage.RecordingCommand>(command => command.Command == "Stop");
        leader.WaitForLine("finished");
        leader.Type("quit");

        Assert.Equal(0, leader.WaitForExit());
        follower.WaitFor<VersionOneMessage.Discovery>(goodbye => goodbye.Json.Contains("\"leaving\":true", StringComparison.Ordinal));
        Assert.Equal(["Start", "Stop"], follower.Executed.Select(done => done.Command));
        TakeManifest manifest = group.Manifest("cam1");
        Assert.Equal((start.TargetTimestamp * 1_000, stop.TargetTimestamp * 1_000), (manifest.StartNs, manifest.StopNs));
        Assert.Equal(FramesBetween(start.TargetTimestamp, stop.TargetTimestamp), manifest.Frames);
        Assert.Empty(follower.Errors);
        Assert.Empty(bystander.Errors);
    }

    [Fact]
    public void Our_follower_keeps_the_time_of_a_version_1_leader_and_is_started_and_stopped_by_it()
    {
        using WiredGroup group = new();
        VersionOnePeer leader = group.VersionOne("old1", "Leader", clockAhead: 5_000_000);
        VersionOnePeer other = group.VersionOne("old3", "Follower");
        using Timer beacons = new(_ => leader.SendDiscovery(), null, 0, 1_000);
        using Timer requests = new(_ => other.SendTimeSyncRequest(), null, 0, 20);
        group.Own(new CrossTalk(leader));
        RunningNode follower = group.Start("follower", "cam2", [.. WiredGroup.SmallPictures, "--simulated-clock", "offset=-2,ppm=30"]);

        follower.WaitForLine("following leader old1");
        long seen = Stopwatch.GetTimestamp();
        follower.WaitForLine("synchronised to old1");
        Assert.InRange(Stopwatch.GetElapsedTime(seen), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        leader.WaitFor<VersionOneMessage.Status>(status => status is { NodeId: "cam2", State: "Ready" });
        long start = leader.Now + 800_000;
        for (int copy = 0; copy < 50; copy++)
            leader.SendStart(start);
        follower.WaitForLine("recording take");
        long stop = start + 3_000_000;
        Repeat(() => leader.SendStop(stop), until: () => follower.HasSaid("STOP from"));
        Assert.Equal("Recording", leader.WaitFor<VersionOneMessage.Status>(status => status is { NodeId: "cam2", State: "Recording" }).State);
        follower.WaitForLine("finished");
        // copies that come after the end as well
        leader.SendStart(start);
        leader.SendStop(stop);
        AwaitProcessed(group, follower);
        follower.Type("quit");
        Assert.Equal(0, follower.WaitForExit());

        Assert.Equal((1, 1), (CountOf("START from", follower), CountOf("STOP from", follower)));
        Assert.Equal((1, 1), (CountOf("recording take", follower), CountOf("finished", follower)));
        AssertRecordedInTheLeadersTime(group, leader, start, stop);
        Assert.Empty(leader.Errors);
    }

    [Fact]
    public void A_version_1_follower_on_another_machine_is_answered_alone()
    {
        using WiredGroup group = new(NetworkNamespaces.Create(3));
        VersionOnePeer follower = group.VersionOneOn(1, "old2", "Follower");
        VersionOnePeer bystander = group.VersionOneOn(2, "old3", "Follower");
        RunningNode leader = group.StartOn(0, "leader", "cam1", ["-i", "eth0", .. WiredGroup.NoCamera]);
        follower.WaitFor<VersionOneMessage.Discovery>(found => found is { NodeId: "cam1", Role: "Leader" });
        bystander.WaitFor<VersionOneMessage.Discovery>(found => found is { NodeId: "cam1", Role: "Leader" });

        AssertTimeIsTheLeaders(follower, 0);

        Assert.Equal(NetworkNamespaces.Address(0), follower.WaitFor<VersionOneMessage.TimeSyncResponse>().From.Address.ToString());
        // what came to the bystander before the next beacon is all that was sent to it
        bystander.SendDiscovery();
        leader.WaitForLine("old3 has joined");
        bystander.Forget();
        bystander.WaitFor<VersionOneMessage.Discovery>(found => found.NodeId == "cam1");
        Assert.DoesNotContain(bystander.Received, message => message is VersionOneMessage.TimeSyncResponse);
        Assert.Null(bystander.Offset);
        Assert.Empty(follower.Errors);
        Assert.Empty(bystander.Errors);
    }

    /// <summary>The exchange with the least delay of several is taken: the peer's stamps are those of user space.</summary>
    private static void AssertTimeIsTheLeaders(VersionOnePeer follower, long aheadMicros)
    {
        List<(double Offset, long Delay)> exchanges = [];
        for (int turn = 0; turn < 8; turn++)
        {
            long t1 = follower.SendTimeSyncRequest();
            VersionOneMessage.TimeSyncResponse response = follower.WaitFor<VersionOneMessage.TimeSyncResponse>(answer => answer.T1 == t1);
            Assert.Equal("cam1", response.NodeId);
            Assert.True(response.T2 <= response.T3, response.Json);
            Assert.DoesNotContain("_ns", response.Json, StringComparison.Ordinal);
            long t4 = response.ReceivedAt;
            exchanges.Add((((response.T2 - t1) + (response.T3 - t4)) / 2.0, (t4 - t1) - (response.T3 - response.T2)));
        }
        Assert.InRange(exchanges.MinBy(exchange => exchange.Delay).Offset - aheadMicros, -ToleranceMicros, ToleranceMicros);
    }

    private static void AssertShownAsVersionOne(WiredGroup group, RunningNode leader, VersionOnePeer follower)
    {
        follower.SendStatus("Ready");
        WiredGroup.WaitForPeers(leader, table => WiredGroup.RowOf("old2", table).Contains("Ready", StringComparison.Ordinal));
        // a version-1 beacon says nothing of the state
        follower.SendDiscovery();
        AwaitProcessed(group, leader);
        string row = WiredGroup.RowOf("old2", WiredGroup.Peers(leader));
        Assert.Matches("^│ old2 v1 +│ Follower │ Ready ", row);
    }

    /// <summary>Returns when the node has taken all that was sent to the group before: datagrams of one host stay in order.</summary>
    private static void AwaitProcessed(WiredGroup group, RunningNode node)
    {
        group.VersionOne("marker", "Follower").SendDiscovery();
        node.WaitForLine("marker has joined");
    }

    private static void Repeat(Action action, Func<bool> until)
    {
        long deadline = Environment.TickCount64 + 10_000;
        do
        {
            action();
            Thread.Sleep(5);
        } while (!until() && Environment.TickCount64 < deadline);
    }

    private static void AssertRecordedInTheLeadersTime(WiredGroup group, VersionOnePeer leader, long start, long stop)
    {
        TakeManifest manifest = group.Manifest("cam2");
        Assert.Equal(("old1", ManifestState.Finished), (manifest.Leader, manifest.State));
        Assert.Equal((start * 1_000, stop * 1_000), (manifest.StartNs, manifest.StopNs));
        Assert.Equal(FramesBetween(start, stop), manifest.Frames);
        IReadOnlyList<(long CaptureNs, long ResidualNs, bool Repeated)> sidecar = group.Sidecar("cam2");
        Assert.Equal(manifest.Frames, sidecar.Count);
        // a picture that is repeated, because this machine was too busy for the next, is as old as it is
        Assert.All(sidecar, row => Assert.True(row.Repeated || Math.Abs(row.ResidualNs) < 1_000_000_000 / WiredGroup.Fps, $"{row}"));
        Assert.False(sidecar[0].Repeated);
        FileReport file = Assert.Single(group.Examine().Files);
        Assert.Equal(manifest.Frames, file.Frames);
        // the pixels know the truth: CLOCK_MONOTONIC; the sidecar says the same instant in the leader's time
        long leadersEpoch = leader.Now * 1_000 - Stopwatch.GetTimestamp();
        Assert.InRange((sidecar[0].CaptureNs - (file.FirstCaptureNs!.Value + leadersEpoch)) / 1e3, -ToleranceMicros, ToleranceMicros);
    }

    private static long FramesBetween(long startMicros, long stopMicros) => (long)Math.Round((stopMicros - startMicros) * 1e-6 * WiredGroup.Fps);

    private static int CountOf(string words, RunningNode node) => node.Output.Split('\n').Count(line => line.Contains(words, StringComparison.Ordinal));

    /// <summary>
    /// Answers everybody so that all hear it, as version 1 does; and before each answer comes one that belongs to nobody here, with a time that is a
    /// minute off and a delay that looks better than the right one's.
    /// </summary>
    private sealed class CrossTalk : IDisposable
    {
        private const long Minute = 60_000_000;

        private readonly VersionOnePeer leader;
        private readonly Thread thread;
        private volatile bool stopping;

        public CrossTalk(VersionOnePeer leader)
        {
            this.leader = leader;
            thread = new Thread(Answer) { IsBackground = true, Name = "cross-talk" };
            thread.Start();
        }

        public void Dispose()
        {
            stopping = true;
            thread.Join();
        }

        private void Answer()
        {
            for (int answered = 0; !stopping; Thread.Sleep(1))
            {
                foreach (VersionOneMessage.TimeSyncRequest request in leader.Received.OfType<VersionOneMessage.TimeSyncRequest>().Skip(answered))
                {
                    leader.SendTimeSyncResponse(request.T1 - 1, request.ReceivedAt + Minute, leader.Now + Minute);
                    leader.SendTimeSyncResponse(request.T1, request.ReceivedAt, leader.Now);
                    answered++;
                }
            }
        }
    }
}

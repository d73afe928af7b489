using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §7: version-1 programs in the group.</summary>
public sealed class VersionOneNodeTests
{
    private static void Hear(SimulatedNode node, Message message) =>
        node.Post(new NodeInput.PacketReceived(message, new Endpoint(0x0A000063, 9942), node.LocalNow));

    [Fact]
    public void A_version_1_leader_starts_and_stops_us_and_gets_no_word_that_it_does_not_know()
    {
        SimulatedGroup group = new();
        SimulatedNode cam2 = group.Add("cam2", NodeRole.Follower);
        SynchroniseToVersionOne(group, cam2);
        NetworkTime now = cam2.Clock!.At(cam2.LocalNow);
        long target = (now.Nanoseconds + 2_000_000_000) / 1_000;
        for (int copy = 0; copy < 3; copy++)
            Hear(cam2, new RecordingCommand(CommandKind.Start, target));
        TakePlan plan = Assert.Single(cam2.Started);
        Assert.Equal(target * 1_000, plan.Start.Nanoseconds);
        Assert.Equal("old", plan.Leader);
        Assert.Equal(TakePlan.NameFor(plan.Start), plan.Name);
        group.RunFor(3);
        Hear(cam2, new RecordingCommand(CommandKind.Stop, target + 3_000_000));
        Assert.Equal((target + 3_000_000) * 1_000, Assert.Single(cam2.Stopped).Nanoseconds);
        Assert.All(cam2.Sent.OfType<Status>(), status => Assert.Null(status.Ack));
    }

    [Fact]
    public void Answers_of_a_version_1_leader_to_others_are_not_taken_for_ours()
    {
        SimulatedGroup group = new();
        SimulatedNode cam2 = group.Add("cam2", NodeRole.Follower);
        Hear(cam2, new Discovery("old", NodeRole.Leader, 1_795_395_175_000_000));
        for (int i = 0; i < 50; i++)
        {
            group.RunFor(0.1);
            Hear(cam2, new TimeSyncResponse("old", 1_795_395_175_255_632 + i, 5_000, 5_000));
        }
        Assert.Null(cam2.Clock);
        Assert.Equal(0, cam2.Node.Clock.Matched);
        Assert.Equal(50, cam2.Node.Clock.Unmatched);
    }

    [Fact]
    public void A_version_1_beacon_does_not_reset_the_state_that_a_status_gave()
    {
        SimulatedGroup group = new();
        SimulatedNode leader = group.Add("cam1", NodeRole.Leader);
        Hear(leader, new Discovery("old", NodeRole.Follower, 1));
        Hear(leader, new Status("old", NodeState.Recording, 1));
        Hear(leader, new Discovery("old", NodeRole.Follower, 2));
        Peer peer = leader.Node.Peers.Find("old")!;
        Assert.Equal(NodeState.Recording, peer.State);
        Assert.True(peer.IsVersionOne);
    }

    [Fact]
    public void A_version_1_leader_and_two_nodes_of_one_name_are_pointed_out()
    {
        (SimulatedGroup group, SimulatedNode leader, _, _) = SimulatedGroup.OfThree();
        group.RunFor(1);
        Hear(leader, new Discovery("old", NodeRole.Leader, 1_795_395_175_000_000));
        group.Add("cam1", NodeRole.Follower);
        group.RunFor(3);
        Assert.True(leader.WasTold("another leader, old"));
        Assert.True(leader.WasTold("is called cam1 too"));
    }

    private static void SynchroniseToVersionOne(SimulatedGroup group, SimulatedNode follower)
    {
        Hear(follower, new Discovery("old", NodeRole.Leader, 1_795_395_175_000_000));
        int answered = 0;
        for (int i = 0; i < 400 && follower.Clock is null; i++)
        {
            group.RunFor(0.01);
            foreach (TimeSyncRequestMessage request in follower.Sent.OfType<TimeSyncRequestMessage>().Skip(answered).ToList())
            {
                answered++;
                Assert.Null(request.Request.Sequence);
                long micros = 1_795_395_175_000_000 + group.Now / 1_000;
                Hear(follower, new TimeSyncResponse("old", request.Request.T1Micros, micros, micros));
            }
        }
        Assert.True(follower.Clock is not null, $"answered {answered}, matched {follower.Node.Clock.Matched}, unmatched {follower.Node.Clock.Unmatched}, {follower.Node.Clock.Estimate}; {string.Join("|", follower.Told)}");
    }
}

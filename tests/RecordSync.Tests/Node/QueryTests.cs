using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §3.1, the query: looked at without being touched.</summary>
public sealed class QueryTests
{
    private static readonly Endpoint Viewer = new(0x0A000063, 40_001);

    private static Discovery Query(string name = "clock-view") => new(name, NodeRole.Follower, 1_795_395_175_255_632) { Version = 2, Query = true };

    private static List<NodeAction> Ask(SimulatedNode node, Discovery query)
    {
        List<NodeAction> actions = [];
        node.Node.Step(new NodeInput.PacketReceived(query, Viewer, node.LocalNow), node.LocalNow, actions);
        return actions;
    }

    private static (SimulatedGroup Group, SimulatedNode[] Nodes) ThreeNodes()
    {
        (SimulatedGroup group, SimulatedNode cam1, SimulatedNode cam2, SimulatedNode cam3) = SimulatedGroup.OfThree(7);
        return (group, [cam1, cam2, cam3]);
    }

    [Fact]
    public void A_query_is_answered_to_its_sender_with_the_clock_as_it_is_now()
    {
        (SimulatedGroup group, SimulatedNode[] nodes) = ThreeNodes();
        group.RunFor(3.3);
        foreach (SimulatedNode node in nodes)
        {
            NodeAction.Send sent = Assert.IsType<NodeAction.Send>(Assert.Single(Ask(node, Query())));
            Assert.Equal(Viewer, sent.To);
            Discovery beacon = Assert.IsType<Discovery>(sent.Message);
            Assert.Equal(node.Node.NodeId, beacon.NodeId);
            Assert.Equal(node.Node.ClockReport(node.LocalNow), beacon.Clock);
            Assert.False(beacon.Query);
        }
    }

    [Fact]
    public void Queries_change_nothing_else_in_a_node_and_in_its_group()
    {
        (SimulatedGroup watched, SimulatedNode[] watchedNodes) = ThreeNodes();
        (SimulatedGroup alone, SimulatedNode[] aloneNodes) = ThreeNodes();
        for (int turn = 0; turn < 60; turn++)
        {
            watched.RunFor(0.25);
            alone.RunFor(0.25);
            foreach (SimulatedNode node in watchedNodes)
            {
                // one that calls itself like a node, too
                Assert.Single(Ask(node, Query()));
                Assert.Single(Ask(node, Query("cam2")));
            }
            if (turn == 20)
            {
                watchedNodes[0].Post(new NodeInput.OperatorStart(500));
                aloneNodes[0].Post(new NodeInput.OperatorStart(500));
            }
        }
        for (int i = 0; i < watchedNodes.Length; i++)
        {
            Assert.Equal(aloneNodes[i].Told, watchedNodes[i].Told);
            Assert.Equal(aloneNodes[i].Sent, watchedNodes[i].Sent);
            Assert.Equal(aloneNodes[i].Clock, watchedNodes[i].Clock);
            Assert.Equal(PeersOf(aloneNodes[i]), PeersOf(watchedNodes[i]));
            Assert.Equal(2, watchedNodes[i].Node.Peers.Count);
        }

        static string[] PeersOf(SimulatedNode node) => [.. node.Node.Peers.All.Select(peer => $"{peer.NodeId} {peer.Address} {peer.LastSeen} {peer.State} {peer.Lost}")];
    }

    [Fact]
    public void A_query_does_not_keep_a_silent_peer_alive()
    {
        (SimulatedGroup group, SimulatedNode[] nodes) = ThreeNodes();
        group.RunFor(3);
        nodes[1].Kill();
        for (int second = 0; second < 8; second++)
        {
            group.RunFor(1);
            Ask(nodes[0], Query("cam2"));
        }
        Assert.True(nodes[0].Node.Peers.Find("cam2")!.Lost);
    }

    [Fact]
    public void A_flood_of_queries_gets_twenty_answers_in_any_second()
    {
        (SimulatedGroup group, SimulatedNode[] nodes) = ThreeNodes();
        List<long> answers = [];
        for (int millisecond = 0; millisecond < 5_000; millisecond++)
        {
            group.RunFor(0.001);
            if (Ask(nodes[1], Query()).Count > 0)
                answers.Add(group.Now);
        }
        Assert.InRange(answers.Count, 80, 100);
        // in the node's own time, whose second is 31 ppm longer
        for (int i = QueryAllowance.PerSecond; i < answers.Count; i++)
            Assert.True(answers[i] - answers[i - QueryAllowance.PerSecond] >= 1_000_000_000, $"answer {i}");
    }
}

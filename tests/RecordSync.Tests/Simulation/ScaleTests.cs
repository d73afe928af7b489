using Xunit;

namespace RecordSync.Tests;

/// <summary>What a group costs the network, in packets: linear in the number of nodes for the leader, the same for every follower however many there are (docs/protocol.md §7).</summary>
public sealed class ScaleTests
{
    /// <param name="Leader">Packets a second that the leader sends.</param>
    /// <param name="Follower">Packets a second that a follower sends, on average.</param>
    private sealed record Load(double Leader, double Follower);

    private static (Load AtRest, Load InTake) Measure(int followers)
    {
        SimulatedGroup group = new(followers) { InBytes = false, Way = Lan };
        SimulatedNode leader = group.Add("lead", NodeRole.Leader);
        SimulatedNode[] others = [.. Enumerable.Range(0, followers).Select(number => group.Add($"cam{number}", NodeRole.Follower, number, number % 100 - 50))];
        foreach (SimulatedNode node in others.Append(leader))
            node.Remembers = false;
        group.RunFor(10);
        Load atRest = Count(group, leader, others, 10);
        leader.Post(new NodeInput.OperatorStart(2_000));
        group.RunFor(4);
        Assert.All(others, other => Assert.Single(other.Started));
        Load inTake = Count(group, leader, others, 10);
        return (atRest, inTake);
    }

    private static int Lan(SimulatedNode from, SimulatedNode to, Message message, Span<long> delays)
    {
        delays[0] = 60_000;
        return 1;
    }

    private static Load Count(SimulatedGroup group, SimulatedNode leader, SimulatedNode[] others, double seconds)
    {
        long lead = leader.Packets, follow = others.Sum(other => other.Packets);
        for (int second = 0; second < seconds; second++)
        {
            // a recorder reports every second
            foreach (SimulatedNode node in others.Append(leader).Where(node => node.Node.Take.Phase == TakePhase.Recording))
                node.Post(new NodeInput.Recorder(new RecorderEvent.Progress(node.Started[^1].Name, default)));
            group.RunFor(1);
        }
        return new Load((leader.Packets - lead) / seconds, (others.Sum(other => other.Packets) - follow) / seconds / others.Length);
    }

    [Fact]
    public void A_groups_packets_grow_linearly_and_a_followers_not_at_all()
    {
        int[] sizes = [25, 50, 100, 200];
        (Load AtRest, Load InTake)[] loads = [.. sizes.Select(Measure)];
        for (int i = 0; i < sizes.Length; i++)
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{sizes[i]} followers: the leader sends {loads[i].AtRest.Leader:0} packets/s at rest and {loads[i].InTake.Leader:0} in a take, a follower {loads[i].AtRest.Follower:0.0} and {loads[i].InTake.Follower:0.0}"
            );
        foreach (Func<(Load AtRest, Load InTake), Load> phase in new Func<(Load AtRest, Load InTake), Load>[] { load => load.AtRest, load => load.InTake })
        {
            Load first = phase(loads[0]);
            for (int i = 1; i < sizes.Length; i++)
            {
                double growth = (double)sizes[i] / sizes[0];
                Load load = phase(loads[i]);
                Assert.InRange(load.Leader / first.Leader / growth, 0.85, 1.1);
                Assert.InRange(load.Follower / first.Follower, 0.9, 1.1);
            }
        }
    }
}

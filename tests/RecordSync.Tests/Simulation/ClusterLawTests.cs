using Xunit;

namespace RecordSync.Tests;

/// <summary>Each law is broken once on purpose: a law that nothing can break would guard nothing.</summary>
public sealed class ClusterLawTests
{
    private const int SeedsToTry = 60;

    /// <summary>Among the first clusters is one in which the disobedience comes to bear, before it has broken anything else.</summary>
    private static void Breaks(string law, Func<Disobedience> disobedience) =>
        Assert.Contains(Enumerable.Range(0, SeedsToTry), seed => ClusterRun.Of(seed, disobeys: disobedience()).Law == law);

    /// <summary>Replaces what the node asks for.</summary>
    private static void Replace<T>(List<NodeAction> actions, Func<T, NodeAction> with)
        where T : NodeAction
    {
        for (int i = 0; i < actions.Count; i++)
        {
            if (actions[i] is T action)
                actions[i] = with(action);
        }
    }

    [Fact]
    public void A_leader_that_copies_the_term_of_another_is_caught() =>
        Breaks(
            "one leader in a term",
            () =>
            {
                long? first = null;
                return (_, _, _, actions) =>
                    Replace<NodeAction.Send>(
                        actions,
                        send => send.Message is Discovery { Role: NodeRole.Leader, Term: { } term } beacon ? send with { Message = beacon with { Term = first ??= term } } : send
                    );
            }
        );

    [Fact]
    public void A_node_that_executes_a_start_twice_is_caught() =>
        Breaks("a command is executed once", () => (_, _, _, actions) => actions.AddRange([.. actions.OfType<NodeAction.StartTake>()]));

    [Fact]
    public void A_node_that_records_a_withdrawn_start_is_caught() =>
        Breaks(
            "a withdrawn START is recorded by nobody",
            () =>
                (_, node, input, actions) =>
                {
                    if (input is NodeInput.PacketReceived { Message: RecordingCommand { Withdraw: true } withdrawn } && node.Settings.HasCamera)
                        actions.Add(new NodeAction.StartTake(new TakePlan(withdrawn.Id!, withdrawn.Take!, withdrawn.Target, FrameRate.Default, "")));
                }
        );

    [Fact]
    public void A_partial_start_that_nobody_tells_of_is_caught() =>
        Breaks(
            "no partial start is unreported",
            () =>
                (_, node, _, actions) =>
                    actions.RemoveAll(action => action is NodeAction.Tell or NodeAction.PublishVerdict || (action is NodeAction.StartTake && node.Settings.NodeId == "cam2" && !node.Node.Leads))
        );

    [Fact]
    public void Network_time_that_runs_back_is_caught()
    {
        long back = 0;
        Breaks(
            "network time does not run back",
            () =>
                (cluster, _, _, actions) =>
                {
                    if (cluster.Group.Now > 2_000_000_000)
                        Replace<NodeAction.PublishClock>(actions, clock => clock.Mapping is { } mapping ? clock with { Mapping = mapping with { Network = mapping.Network - new Nanos(++back * 1_000) } } : clock);
                }
        );
    }

    [Fact]
    public void Network_time_that_jumps_ahead_is_caught()
    {
        long ahead = 0;
        Breaks(
            "network time does not jump",
            () =>
                (cluster, _, _, actions) =>
                {
                    if (cluster.Group.Now > 2_000_000_000)
                        Replace<NodeAction.PublishClock>(actions, clock => clock.Mapping is { } mapping ? clock with { Mapping = mapping with { Network = mapping.Network + new Nanos(++ahead * 1_000) } } : clock);
                }
        );
    }

    [Fact]
    public void A_clock_that_is_not_what_its_bound_says_is_caught() =>
        Breaks(
            "a take begins at one instant",
            () =>
                (_, node, _, actions) =>
                {
                    if (node.Settings.NodeId == "cam2")
                        Replace<NodeAction.PublishClock>(actions, clock => clock.Mapping is { } mapping ? clock with { Mapping = mapping with { Network = mapping.Network + new Nanos(5_000_000) } } : clock);
                }
        );

    [Fact]
    public void A_recording_that_stops_by_itself_is_caught() =>
        Breaks(
            "a recording stops for one of four reasons",
            () =>
                (_, node, input, actions) =>
                {
                    if (input is NodeInput.Recorder { Event: RecorderEvent.Progress } && node.Clock is { } clock)
                        actions.Add(new NodeAction.StopTake(clock.At(node.LocalNow)));
                }
        );

    [Fact]
    public void A_group_that_elects_nobody_is_caught() =>
        Breaks("one leader in the end", () => (_, _, _, actions) => actions.RemoveAll(action => action is NodeAction.SetTimer { Timer: NodeTimer.Election }));

    [Fact]
    public void A_recording_that_cannot_be_stopped_is_caught() => Breaks("what runs can be stopped", () => (_, _, _, actions) => actions.RemoveAll(action => action is NodeAction.StopTake));

    [Fact]
    public void A_group_that_agrees_on_nothing_is_caught() =>
        Breaks("a group that is well can start", () => (_, _, _, actions) => actions.RemoveAll(action => action is NodeAction.Send { Message: Status { Prepared: not null } }));

    [Fact]
    public void A_node_that_does_not_keep_the_record_of_its_take_is_caught() =>
        Breaks("everyone has the record of the take", () => (_, node, _, actions) => actions.RemoveAll(action => action is NodeAction.PublishVerdict && node.Settings.NodeId == "cam2"));

    [Fact]
    public void A_node_that_never_says_what_came_of_a_command_is_caught() => Breaks("who asks is told once", () => (_, _, _, actions) => actions.RemoveAll(action => action is NodeAction.Report));

    [Fact]
    public void A_take_in_two_time_scales_is_caught()
    {
        SimulatedMachine[] machines = [Machine(0), Machine(1)];
        TakePlan? theirs = null;
        SimulatedCluster cluster = new(
            1,
            machines,
            1_000,
            disobeys: (_, node, _, actions) =>
            {
                theirs ??= actions.OfType<NodeAction.StartTake>().FirstOrDefault()?.Plan;
                if (node.Settings.NodeId == "cam2" && theirs is not null)
                    actions.Add(new NodeAction.StartTake(theirs));
            }
        );
        cluster.Cut(machines[0], machines[1], true);
        cluster.Boot(machines[0]);
        cluster.Boot(machines[1]);
        cluster.Group.RunFor(3);
        SimulatedCluster.Type(machines[0], new NodeInput.OperatorStart(100));
        BrokenLawException broken = Assert.Throws<BrokenLawException>(() => cluster.Group.RunFor(3));
        Assert.Equal("two time scales are not mixed in a take", broken.Law);
    }

    private static SimulatedMachine Machine(int place) =>
        new(place, new NodeSettings($"cam{place + 1}", NodeRole.Leader, "host", default, 0, FrameRate.Default, true), new SimulatedOscillator(1_000_000_000 * (place + 1)));
}

using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>What anybody on the network may send as often as they like.</summary>
public sealed class FloodTests
{
    private const int Packets = 5_000;
    private const int MostBytes = 1_000_000;

    private static readonly Gen<string> Names = Gen.Int[1, 3_000].Select(number => $"n{number}");

    private static readonly Gen<Message> Hostile = Gen.OneOf(
        Gen.Select(Names, Gen.Enum<NodeRole>(), Gen.Long[1, 40], Gen.Bool, Gen.Enum<NodeState>(), Gen.Long[0, 1L << 40])
            .Select(
                (name, role, instance, leaving, state, term) =>
                    (Message)new Discovery(name, role, 1) { Version = 2, Instance = instance, Leaving = leaving, State = state, Term = term, Priority = 1, Timescale = $"{instance}", Take = "t", TakeId = $"{instance}", StartNs = 5, Rate = FrameRate.Default, Clock = new ClockReport("leader", 0, 0, 0, null) { Alarm = leaving ? null : "wrong" } }
            ),
        Gen.Select(Names, Gen.Enum<NodeState>(), Gen.String[0, 20]).Select((name, state, text) => (Message)new Status(name, state, 1) { Error = text, Ack = text, Take = text, Ask = text.Length > 10 ? text : null, Term = 77 }),
        Gen.Select(Gen.Enum<CommandKind>(), Gen.Long[0, 1L << 50], Gen.String[0, 12], Gen.Bool, Gen.Bool)
            .Select((kind, at, id, prepare, request) => (Message)new RecordingCommand(kind, at) { Id = id, Take = id, Leader = "n1", Timescale = "1", TargetNs = at * 1_000, Prepare = prepare, Request = request, Rate = FrameRate.Default })
    );

    [Fact]
    public void A_flood_of_invented_names_does_not_fill_the_memory()
    {
        SimulatedGroup group = new();
        SimulatedNode leader = group.Add("cam1", NodeRole.Leader);
        for (int i = 0; i < 5_000; i++)
            leader.Receive(PacketCodec.Encode(new Status($"ghost{i}", NodeState.Idle, 1)), new Endpoint(0x0A000063, 9942));
        Assert.Equal(PeerTable.Capacity, leader.Node.Peers.All.Count());
    }

    [Fact]
    public void A_second_of_it_stops_no_node_costs_little_memory_and_makes_few_lines() =>
        Gen.Select(Hostile.Array[Packets / 10, Packets], Gen.Enum<NodeRole>())
            .Sample(
                (messages, role) =>
                {
                    Node node = new(new NodeSettings("cam1", role, "host", new Nanos(1_795_395_175_000_000_000), 4_711, FrameRate.Default, HasCamera: true));
                    List<NodeAction> actions = [];
                    Dictionary<NoticeReason, int> lines = [];
                    long begin = 1_000_000_000;
                    node.Step(new NodeInput.Started(), new LocalTime(begin), actions);
                    for (int i = 0; i < messages.Length; i++)
                    {
                        LocalTime now = new(begin + 1_000_000_000L * i / messages.Length);
                        actions.Clear();
                        long before = GC.GetAllocatedBytesForCurrentThread();
                        node.Step(new NodeInput.PacketReceived(messages[i], new Endpoint(0x0A000000u + (uint)(i % 250), 9943), now), now, actions);
                        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
                        foreach (NodeAction.Tell tell in actions.OfType<NodeAction.Tell>())
                            lines[tell.Reason] = lines.GetValueOrDefault(tell.Reason) + 1;
                        Assert.DoesNotContain(actions, action => action is NodeAction.Exit);
                    }
                    Assert.InRange(node.Peers.Count, 0, PeerTable.Capacity);
                    Assert.All(lines, reason => Assert.InRange(reason.Value, 1, NoticeAllowance.AtOnce + 1));
                    Assert.NotEmpty(lines);
                },
                iter: 20
            );
}

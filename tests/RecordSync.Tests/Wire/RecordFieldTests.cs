using System.Text;
using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §3.8.</summary>
public sealed class RecordFieldTests
{
    private static readonly Gen<string> Names = Gen.String[Gen.Char['a', 'z'], 1, 12];

    private static readonly Gen<NodeOutcome> Outcomes = Gen.Select(Names, Gen.Int[0, 4], Gen.Bool, (name, answer, has) => new NodeOutcome(name, (NodeAnswer)answer, has ? $"\"{name}\" – ü" : null));

    private static readonly Gen<CommandReport> Reports = Gen.Select(
        Outcomes.Array[0, 12],
        Gen.Long[0, 1L << 60],
        Gen.Bool,
        (nodes, time, has) =>
            new CommandReport(has ? CommandKind.Stop : CommandKind.Start)
            {
                Id = has ? "cam1-1-1" : null,
                Take = has ? "take-1" : null,
                Leader = has ? "cam1" : null,
                Term = has ? time : null,
                TargetNs = has ? time : null,
                Refusal = has ? null : "not started: \"x\"\n",
                Nodes = nodes,
            }
    );

    private static readonly Gen<TakeRecord> Records = Gen.Select(
        Reports,
        Names.Array[0, 12],
        Gen.Int[1, int.MaxValue],
        (report, names, serial) =>
            new TakeRecord("take-1", serial)
            {
                Parts = [.. names.Select((name, i) => new RecordedPart(name, i + 1))],
                Missing = names,
                VersionOne = [.. names.Take(2)],
                Start = report,
                Stop = names.Length % 2 == 0 ? report : null,
            }
    );

    private static Status Read(Status status)
    {
        Assert.Equal(DropReason.None, PacketCodec.TryDecode(PacketCodec.Encode(status), out Message? message));
        return (Status)message!;
    }

    private static void AssertSame(CommandReport? expected, CommandReport? actual)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is null || actual is null)
            return;
        Assert.Equal(expected.Nodes, actual.Nodes);
        Assert.Equal(expected with { Nodes = [] }, actual with { Nodes = [] });
    }

    [Fact]
    public void A_report_and_a_record_are_read_back_as_they_were_written() =>
        Gen.Select(Reports, Records)
            .Sample(
                (report, record) =>
                {
                    AssertSame(report, Read(new Status("cam1", NodeState.Ready, 1) { Ack = "x", Outcome = report }).Outcome);
                    TakeRecord read = Read(new Status("cam1", NodeState.Ready, 1) { Record = record }).Record!;
                    Assert.Equal((record.Take, record.Serial, record.Receipt), (read.Take, read.Serial, read.Receipt));
                    Assert.Equal(record.Parts, read.Parts);
                    Assert.Equal(record.Missing, read.Missing);
                    Assert.Equal(record.VersionOne, read.VersionOne);
                    AssertSame(record.Start, read.Start);
                    AssertSame(record.Stop, read.Stop);
                }
            );

    [Fact]
    public void The_name_of_a_part_is_read_back()
    {
        PartOfTake part = new("take-1", "cam3");
        Assert.Equal(part, Read(new Status("cam1", NodeState.Ready, 1) { Part = part }).Part);
    }

    [Fact]
    public void Damaged_bytes_are_dropped_or_read_and_never_throw() =>
        Gen.Select(Records, Gen.Int[0, 100_000], Gen.Byte, Gen.Int[0, 2])
            .Sample(
                (record, where, value, how) =>
                {
                    byte[] bytes = PacketCodec.Encode(new Status("cam1", NodeState.Ready, 1) { Record = record, Outcome = record.Start });
                    int at = where % bytes.Length;
                    byte[] damaged = how switch
                    {
                        0 => [.. bytes[..at], value, .. bytes[(at + 1)..]],
                        1 => [.. bytes[..at], (byte)('0' + value % 10), .. bytes[at..]],
                        _ => [.. bytes[..at], .. bytes[(at + 1)..]],
                    };
                    DropReason reason = PacketCodec.TryDecode(damaged, out Message? message);
                    Assert.Equal(reason == DropReason.None, message is not null);
                },
                iter: 5_000
            );

    [Theory]
    [InlineData("""{"take":"t"}""")]
    [InlineData("""{"serial":1}""")]
    [InlineData("""{"take":"t","serial":0}""")]
    [InlineData("""{"take":"t","serial":1,"parts":[{}]}""")]
    [InlineData("""{"take":"t","serial":1,"parts":[{"node":"a","revision":0}]}""")]
    [InlineData("""{"take":"t","serial":1,"missing":[""]}""")]
    [InlineData("""{"take":"t","serial":1,"start":{"nodes":[]}}""")]
    [InlineData("""{"take":"t","serial":1,"start":{"command":"Pause"}}""")]
    [InlineData("""{"take":"t","serial":1,"start":{"command":"Start","nodes":[{"answer":"refused"}]}}""")]
    public void What_is_no_record_drops_the_datagram(string record) =>
        Assert.Equal(
            DropReason.BadFields,
            PacketCodec.TryDecode(Encoding.UTF8.GetBytes("""{"Status":{"node_id":"x","state":"Ready","timestamp":1,"record":""" + record + "}}"), out _)
        );

    [Fact]
    public void A_record_of_three_hundred_nodes_fits_a_datagram()
    {
        string[] names = [.. Enumerable.Range(0, 300).Select(i => $"camera-{i:000}")];
        CommandReport report = new(CommandKind.Start) { Nodes = [.. names.Select(name => new NodeOutcome(name, NodeAnswer.Acknowledged))] };
        TakeRecord record = new("take-1", 1) { Parts = [.. names.Select(name => new RecordedPart(name, 2))], Start = report, Stop = report };
        Assert.InRange(PacketCodec.Encode(new Status("cam1", NodeState.Ready, 1) { Record = record }).Length, 20_000, 50_000);
    }
}

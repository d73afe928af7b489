using System.Text;
using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §3.7.</summary>
public sealed class VerdictFieldTests
{
    private static readonly Gen<int?> Micros = Gen.Select(Gen.Int[0, 9], Gen.Int[-40_000, 40_000], (lot, value) => lot == 0 ? null : (int?)value);

    private static readonly Gen<NodeVerdict> Verdicts = Gen.Select(
        Gen.String[Gen.Char['a', 'z'], 1, 20],
        Gen.Long[0, 1L << 40],
        Micros.Array[0, ResidualSeries.MostSamples],
        Micros.Array[0, ResidualSeries.MostSpans],
        Gen.Int[0, 12],
        Gen.Bool,
        (name, count, samples, spans, steps, has) =>
            new NodeVerdict
            {
                Take = name,
                Node = "cam2",
                Revision = steps + 1,
                Word = (TakeGrade)(steps % 3),
                Reasons = [.. Enumerable.Range(0, steps % 4).Select(i => $"\"{name}\": sentence {i} – ü\n")],
                Fps = "30000/1001",
                StartNs = count,
                Expected = has ? count : null,
                JoinedIndex = has ? count : null,
                Recorded = count,
                Repeated = 1,
                Duplicates = 2,
                Late = 3,
                Dropped = 4,
                FirstIndex = has ? 0 : null,
                LastIndex = has ? count : null,
                FirstResidualNs = has ? -count : null,
                LastResidualNs = count,
                WorstResidualNs = -5,
                WorstIndex = 6,
                LongestGap = 7,
                LongestGapIndex = has ? 8 : null,
                ClockErrorNs = 9,
                ClockState = "holdover",
                SensorPpb = has ? -20_000 : null,
                Phase = "aligned",
                FragmentsSynced = has ? 10 : null,
                Error = has ? "the disk is full" : null,
                Residuals = new ResidualSeries(1L << steps, samples, 1L << steps, spans, spans),
                Hashes = [.. Enumerable.Range(0, steps % 3).Select(i => new FileHash($"{name}{i}.mp4", count, new string('0', 64)))],
            }
    );

    [Fact]
    public void A_verdict_is_read_back_as_it_was_written() =>
        Verdicts.Sample(verdict =>
        {
            byte[] bytes = PacketCodec.Encode(new Status("cam2", NodeState.Ready, 1) { Verdict = verdict });
            Assert.Equal(DropReason.None, PacketCodec.TryDecode(bytes, out Message? message));
            NodeVerdict read = ((Status)message!).Verdict!;
            Assert.Equal(verdict.Reasons, read.Reasons);
            Assert.Equal(verdict.Hashes, read.Hashes);
            Assert.Equal(verdict.Residuals.Samples, read.Residuals.Samples);
            Assert.Equal(verdict.Residuals.Low, read.Residuals.Low);
            Assert.Equal(verdict.Residuals.High, read.Residuals.High);
            Assert.Equal((verdict.Residuals.Step, verdict.Residuals.Span), (read.Residuals.Step, read.Residuals.Span));
            // the node is who sends it, and not in the object
            Assert.Equal(verdict with { Node = "", Reasons = [], Hashes = [], Residuals = ResidualSeries.Empty }, read with { Reasons = [], Hashes = [], Residuals = ResidualSeries.Empty });
        });

    [Fact]
    public void The_longest_take_fits_a_datagram_with_room_to_spare()
    {
        NodeVerdict longest = ResidualSeriesTests.VerdictOf("cam2", [.. Enumerable.Range(0, 100_000).Select(i => (int?)(-16_000_000 - i))]) with
        {
            Reasons = [.. Enumerable.Repeat(new string('x', 2_000), 20)],
            Hashes = [.. Enumerable.Repeat(new FileHash(new string('y', 200), long.MaxValue, new string('0', 64)), VerdictField.MostHashes)],
        };
        Assert.InRange(PacketCodec.Encode(new Status("cam2", NodeState.Ready, 1) { Verdict = longest }).Length, 1_000, 16_000);
    }

    [Fact]
    public void A_damaged_verdict_is_dropped_or_read_but_never_throws_and_never_breaks_the_comparison() =>
        Gen.Select(Verdicts, Gen.Int[0, 100_000], Gen.Byte, Gen.Int[0, 2])
            .Sample(
                (verdict, where, value, how) =>
                {
                    byte[] bytes = PacketCodec.Encode(new Status("cam2", NodeState.Ready, 1) { Verdict = verdict });
                    int at = where % bytes.Length;
                    byte[] damaged = how switch
                    {
                        0 => [.. bytes[..at], value, .. bytes[(at + 1)..]],
                        1 => [.. bytes[..at], (byte)('0' + value % 10), .. bytes[at..]],
                        _ => [.. bytes[..at], .. bytes[(at + 1)..]],
                    };
                    if (PacketCodec.TryDecode(damaged, out Message? message) == DropReason.None && message is Status { Verdict: { } read })
                        Assert.Equal(2, GroupVerdict.Of("t", [read, verdict with { Node = "cam3" }], [], []).Nodes.Count);
                },
                iter: 5_000
            );

    [Theory]
    [InlineData("""{"take":"t","fps":"30","residuals":{"step":3}}""")]
    [InlineData("""{"take":"t","fps":"30","residuals":{"step":0}}""")]
    [InlineData("""{"take":"t","fps":"30","residuals":{"low_us":[1],"high_us":[]}}""")]
    [InlineData("""{"take":"t","fps":"fast"}""")]
    [InlineData("""{"take":"","fps":"30"}""")]
    [InlineData("""{"fps":"30"}""")]
    [InlineData("""{"take":"t","fps":"30","word":"MAYBE"}""")]
    [InlineData("""{"take":"t","fps":"30","recorded":-1}""")]
    [InlineData("""{"take":"t","fps":"30","sensor_ppb":"slow"}""")]
    [InlineData("""{"take":"t","fps":"30","reasons":["1","2","3","4","5","6","7","8","9"]}""")]
    public void What_is_no_verdict_drops_the_datagram(string verdict) =>
        Assert.Equal(
            DropReason.BadFields,
            PacketCodec.TryDecode(Encoding.UTF8.GetBytes("""{"Status":{"node_id":"x","state":"Ready","timestamp":1,"verdict":""" + verdict + "}}"), out _)
        );

    [Fact]
    public void More_samples_than_a_series_has_are_refused()
    {
        string many = string.Join(',', Enumerable.Repeat("1", ResidualSeries.MostSamples + 1));
        string datagram = """{"Status":{"node_id":"x","state":"Ready","timestamp":1,"verdict":{"take":"t","fps":"30","residuals":{"samples_us":[""" + many + "]}}}}";
        Assert.Equal(DropReason.BadFields, PacketCodec.TryDecode(Encoding.UTF8.GetBytes(datagram), out _));
    }
}

using System.Text;
using CsCheck;
using RecordSync.Laboratory;
using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §2: the parser is total.</summary>
public sealed class PacketCodecTests
{
    private static readonly Gen<string> NodeIds = Gen.String[Gen.Char[' ', '\u2fff'], 1, 40].Where(text => WireNames.IsNodeId(text));
    private static readonly Gen<string> Texts = Gen.String[Gen.Char[(char)0, '\ud7ff'], 0, 60];
    private static readonly Gen<long> Times = Gen.Long[0, JsonFields.LatestTime - 1];
    private static readonly Gen<NodeState> States = Gen.Enum<NodeState>();

    private static readonly Gen<ClockReport?> Clocks = Gen.Select(Texts, Gen.Long[-1_000_000_000_000, 1_000_000_000_000].Nullable(), Gen.Bool)
        .Select((state, offset, has) => has ? new ClockReport(state, offset, -1200, 5_000, null) : (ClockReport?)null);

    private static readonly Gen<Message> Messages = Gen.OneOf(
        Gen.Select(NodeIds, Gen.Enum<NodeRole>(), Times, States.Nullable(), Texts.Null(), Clocks, Gen.Bool)
            .Select(
                (id, role, time, state, text, clock, flag) =>
                    (Message)
                        new Discovery(id, role, time)
                        {
                            Version = flag ? 2 : null,
                            Instance = flag ? time : null,
                            State = state,
                            Records = text,
                            Host = text,
                            Timescale = text,
                            Error = text,
                            Clock = clock,
                            Leaving = flag,
                            Query = text is not null,
                            Http = text,
                        }
            ),
        Gen.Select(NodeIds, Times, Gen.UInt.Nullable(), Times.Nullable())
            .Select((id, t1, sequence, t1Ns) => (Message)new TimeSyncRequestMessage(new TimeSyncRequest(id, t1, sequence, t1Ns))),
        Gen.Select(NodeIds, Times, Times, Times, Times.Nullable(), Texts.Null())
            .Select(
                (id, t1, t2, t3, ns, scale) =>
                    (Message)new TimeSyncResponse(id, t1, t2, t3) { Sequence = 7, T1Ns = ns, T2Ns = ns, T3Ns = ns, Timescale = scale, ErrorNs = ns }
            ),
        Gen.Select(Gen.Enum<CommandKind>(), Gen.Long[0, JsonFields.LatestTime / 1000 - 1], Texts.Null(), Times.Nullable(), Gen.Int[1, 240])
            .Select(
                (kind, target, text, ns, fps) =>
                    (Message)
                        new RecordingCommand(kind, target)
                        {
                            Id = text,
                            Take = text,
                            Leader = text,
                            Timescale = text,
                            TargetNs = ns,
                            Rate = ns is null ? null : new FrameRate(fps * 1000, 1001).Reduced(),
                        }
            ),
        Gen.Select(NodeIds, States, Times, Texts.Null(), Times.Nullable(), Clocks)
            .Select(
                (id, state, time, text, count, clock) =>
                    (Message)
                        new Status(id, state, time)
                        {
                            Ack = text,
                            Nack = text,
                            Take = text,
                            Frames = count,
                            Dropped = count,
                            Duplicated = count,
                            Bytes = count,
                            File = text,
                            Error = text,
                            Clock = clock,
                        }
            )
    );

    [Fact]
    public void Every_message_survives_the_wire() =>
        Messages.Sample(message =>
        {
            byte[] bytes = PacketCodec.Encode(message);
            Assert.Equal(DropReason.None, PacketCodec.TryDecode(bytes, out Message? read));
            Assert.Equal(message, read);
        });

    [Fact]
    public void Arbitrary_bytes_never_throw() =>
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            DropReason reason = PacketCodec.TryDecode(bytes, out Message? message);
            Assert.Equal(reason == DropReason.None, message is not null);
            PacketCodec.TryReadSyncRequest(bytes, out _);
        });

    [Fact]
    public void A_message_with_bytes_changed_cut_or_doubled_never_throws() =>
        Gen.Select(Messages, Gen.Int[0, 10_000], Gen.Byte, Gen.Int[0, 2])
            .Sample(
                (message, where, value, how) =>
                {
                    byte[] bytes = PacketCodec.Encode(message);
                    int at = where % bytes.Length;
                    byte[] damaged = how switch
                    {
                        0 => [.. bytes[..at], value, .. bytes[(at + 1)..]],
                        1 => bytes[..at],
                        _ => [.. bytes[..at], .. bytes],
                    };
                    DropReason reason = PacketCodec.TryDecode(damaged, out Message? read);
                    Assert.Equal(reason == DropReason.None, read is not null);
                    PacketCodec.TryReadSyncRequest(damaged, out _);
                }
            );

    [Theory]
    [InlineData("", nameof(DropReason.NotJson))]
    [InlineData("{", nameof(DropReason.NotJson))]
    [InlineData("[]", nameof(DropReason.BadFields))]
    [InlineData("{}", nameof(DropReason.BadFields))]
    [InlineData("""{"Reboot":{"node_id":"x"}}""", nameof(DropReason.UnknownMessage))]
    [InlineData("""{"Discovery":{"node_id":"x","role":"Leader"}}""", nameof(DropReason.BadFields))]
    [InlineData("""{"Discovery":{"node_id":"","role":"Leader","timestamp":1}}""", nameof(DropReason.BadFields))]
    [InlineData("""{"Discovery":{"node_id":"x","role":"King","timestamp":1}}""", nameof(DropReason.BadFields))]
    [InlineData("""{"Discovery":{"node_id":"x","role":"Leader","timestamp":-1}}""", nameof(DropReason.BadFields))]
    [InlineData("""{"Discovery":{"node_id":"x","role":"Leader","timestamp":9223372036854775807}}""", nameof(DropReason.BadFields))]
    [InlineData("""{"Discovery":{"node_id":"x","role":"Leader","timestamp":"1"}}""", nameof(DropReason.BadFields))]
    [InlineData("""{"Discovery":{"node_id":"x","role":"Leader","timestamp":1}} x""", nameof(DropReason.NotJson))]
    [InlineData("""{"Discovery":{"node_id":"x","role":"Leader","timestamp":1},"Status":{}}""", nameof(DropReason.BadFields))]
    [InlineData("""{"Discovery":{"node_id":"\ud800","role":"Leader","timestamp":1}}""", nameof(DropReason.NotJson))]
    [InlineData("""{"Discovery":[[[[[[[[[[[[]]]]]]]]]]]]}""", nameof(DropReason.BadFields))]
    [InlineData("""{"Status":{"node_id":"x","state":"Recording","timestamp":1,"junk":[[[[[[[[[[[[]]]]]]]]]]]]}}""", nameof(DropReason.NotJson))]
    public void Bad_input_is_dropped_with_its_reason(string text, string expected) =>
        Assert.Equal(expected, PacketCodec.TryDecode(Encoding.UTF8.GetBytes(text), out _).ToString());

    [Fact]
    public void Bytes_that_are_no_utf8_are_dropped() =>
        Assert.Equal(DropReason.NotUtf8, PacketCodec.TryDecode([(byte)'{', 0xff, 0xfe, (byte)'}'], out _));

    [Fact]
    public void Unknown_fields_are_ignored_as_version_1_ignores_ours()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("""{"Status":{"node_id":"x","later":{"a":[1,2,{"b":null}]},"state":"Ready","timestamp":5,"more":true}}""");
        Assert.Equal(DropReason.None, PacketCodec.TryDecode(bytes, out Message? message));
        Assert.Equal(new Status("x", NodeState.Ready, 5), message);
    }

    [Fact]
    public void A_time_request_is_read_without_allocating()
    {
        byte[] bytes = PacketCodec.Encode(new TimeSyncRequestMessage(new TimeSyncRequest("cam2", 1795395175255632, 12, 1795395175255632001)));
        byte[] answer = new byte[512];
        Serve();
        long allocated = Allocations.Least(() =>
        {
            for (int i = 0; i < 100; i++)
                Serve();
        });
        Assert.Equal(0, allocated);

        void Serve()
        {
            Assert.True(PacketCodec.TryReadSyncRequest(bytes, out TimeSyncRequest request));
            int length = TimeSyncResponse.WriteAnswer(answer, request, "cam1"u8, "00ff"u8, new NetworkTime(1795395175255900123), new NetworkTime(1795395175255950456));
            Assert.True(length > 0);
        }
    }

    [Fact]
    public void A_beacon_is_read_for_little_more_than_what_is_kept_of_it()
    {
        Discovery beacon = new("cam2", NodeRole.Follower, 1795395175255632)
        {
            Version = 2,
            Host = "jetson-2",
            Instance = 4503599627370497,
            State = NodeState.Ready,
            Timescale = "0010000000000001",
            Clock = new ClockReport("synchronised", -2500000123, 18250, 61000, 118000) { DispersionNs = 340, Stamps = "kernel" },
            Records = "argus 1920x1080 at 30 fps, nvv4l2h265enc, to camera2.mp4",
            Phase = "aligned",
        };
        byte[] bytes = PacketCodec.Encode(beacon);
        Message? read = null;
        long allocated = Allocations.Least(() => PacketCodec.TryDecode(bytes, out read));

        Assert.Equal(beacon, read);
        // the message itself and seven texts; a copy of it for each field would be several kilobytes
        Assert.InRange(allocated, 1, 1_000);
    }

    [Fact]
    public void The_answer_written_on_the_receiving_thread_is_the_message_that_the_decoder_reads()
    {
        byte[] answer = new byte[512];
        TimeSyncRequest request = new(null, 1795395175255632, 12, 1795395175255632001);
        int length = TimeSyncResponse.WriteAnswer(answer, request, "cam1"u8, "00ff"u8, new NetworkTime(1795395175255900123), new NetworkTime(1795395175255950456));
        Assert.Equal(DropReason.None, PacketCodec.TryDecode(answer.AsSpan(0, length), out Message? read));
        TimeSyncResponse expected = new("cam1", 1795395175255632, 1795395175255900, 1795395175255950)
        {
            Sequence = 12,
            T1Ns = 1795395175255632001,
            T2Ns = 1795395175255900123,
            T3Ns = 1795395175255950456,
            Timescale = "00ff",
            ErrorNs = 0,
        };
        Assert.Equal(expected, read);
    }

    [Fact]
    public void A_version_1_request_gets_a_version_1_answer_byte_for_byte()
    {
        byte[] answer = new byte[512];
        int length = TimeSyncResponse.WriteAnswer(answer, new TimeSyncRequest(null, 5, null, null), "cam1"u8, "00ff"u8, new NetworkTime(7_999), new NetworkTime(9_000));
        Assert.Equal("""{"TimeSyncResponse":{"node_id":"cam1","t1":5,"t2":7,"t3":9}}""", Encoding.UTF8.GetString(answer, 0, length));
    }
}

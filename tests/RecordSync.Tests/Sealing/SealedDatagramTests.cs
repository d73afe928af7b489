using System.Text;
using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §8.2: the form of a sealed datagram, and that nothing of it can be changed.</summary>
public sealed class SealedDatagramTests
{
    private static readonly Endpoint Here = Endpoint.Parse("10.0.0.2:9943");

    [Fact]
    public void A_message_of_any_length_arrives_as_it_was_sent() =>
        Gen.Select(Gen.Byte.Array[0, 3_000], Gen.Bool)
            .Sample((message, toGroup) =>
            {
                (SealedParty alice, SealedParty bob) = Acquainted();
                byte[] datagram = new byte[PacketCodec.LargestDatagram];
                Endpoint to = toGroup ? SealedWire.Group : bob.Address;
                int length = alice.Sealer.Seal(message, toGroup ? SealedKind.ToGroup : SealedKind.ToNode, to, alice.Now, datagram);
                byte[] room = new byte[PacketCodec.LargestDatagram];
                Opened opened = bob.Opener.Open(datagram.AsSpan(0, length), new Arrival(alice.Address, bob.Now, toGroup, 0), bob.Address, room);
                Assert.Equal(DropReason.None, opened.Drop);
                Assert.Equal(message, room[..opened.Length!.Value]);
                Assert.True(length < 20 || datagram.AsSpan(0, length).IndexOf(message.AsSpan()) < 0 || message.Length < 8);
            }, iter: 200);

    [Fact]
    public void A_message_that_would_not_fit_a_datagram_is_not_sealed()
    {
        (SealedParty alice, _) = Acquainted();
        byte[] datagram = new byte[PacketCodec.LargestDatagram];
        Assert.Equal(PacketCodec.LargestDatagram, alice.Sealer.Seal(new byte[SealedHeader.LargestMessage], SealedKind.ToGroup, SealedWire.Group, alice.Now, datagram));
        Assert.Equal(0, alice.Sealer.Seal(new byte[SealedHeader.LargestMessage + 1], SealedKind.ToGroup, SealedWire.Group, alice.Now, datagram));
    }

    [Fact]
    public void Every_flipped_bit_is_refused()
    {
        (SealedParty alice, SealedParty bob) = Acquainted();
        byte[] whole = alice.Sealed("stop, all of you", SealedWire.Group, SealedKind.ToGroup);
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] changed = [.. whole];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Opened opened = bob.Hear(changed, alice.Address, viaMulticast: true);
            Assert.Null(opened.Length);
            Assert.NotEqual(DropReason.None, opened.Drop);
        }
        Assert.Empty(bob.Delivered);
        // and none of it has kept the true one out
        bob.Hear(whole, alice.Address, viaMulticast: true);
        Assert.Equal(["stop, all of you"], bob.Heard);
    }

    [Fact]
    public void Every_shortened_or_lengthened_datagram_is_refused()
    {
        (SealedParty alice, SealedParty bob) = Acquainted();
        byte[] whole = alice.Sealed("stop, all of you", SealedWire.Group, SealedKind.ToGroup);
        for (int length = 0; length < whole.Length; length++)
            Assert.NotEqual(DropReason.None, bob.Hear(whole[..length], alice.Address, viaMulticast: true).Drop);
        Assert.Equal(DropReason.Forged, bob.Hear([.. whole, 0], alice.Address, viaMulticast: true).Drop);
        Assert.Empty(bob.Delivered);
    }

    [Fact]
    public void Whatever_bytes_come_they_are_dropped_with_a_reason_and_never_throw()
    {
        (SealedParty alice, SealedParty bob) = Acquainted();
        byte[] genuine = alice.Sealed("x", SealedWire.Group, SealedKind.ToGroup);
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, SealedHeader.Size], Gen.Bool)
            .Sample((bytes, kept, viaMulticast) =>
            {
                // with as much of a true header as an adversary likes
                genuine.AsSpan(0, Math.Min(kept, bytes.Length)).CopyTo(bytes);
                byte[] room = new byte[PacketCodec.LargestDatagram];
                lock (bob)
                {
                    Opened opened = bob.Opener.Open(bytes, new Arrival(alice.Address, bob.Now, viaMulticast, 0), bob.Address, room);
                    Assert.NotEqual(DropReason.None, opened.Drop);
                    Assert.Null(opened.Length);
                    // nothing is answered: it is no amplifier
                    Assert.Null(opened.Ask);
                    Assert.Null(opened.Prove);
                }
            });
        Assert.Equal(0, bob.Opener.Strangers);
        Assert.Equal(1, bob.Opener.Senders);
    }

    [Fact]
    public void A_node_without_a_key_and_a_version_1_program_take_it_for_no_message()
    {
        (SealedParty alice, _) = Acquainted();
        byte[] datagram = alice.Sealed("""{"Status":{}}""", SealedWire.Group, SealedKind.ToGroup);
        Assert.Equal(DropReason.Sealed, PacketCodec.TryDecode(datagram, out _));
        Assert.Throws<DecoderFallbackException>(() => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(datagram));
    }

    [Fact]
    public void What_is_sealed_for_another_group_another_node_or_with_another_key_is_refused()
    {
        SealedWire wire = new();
        SealedParty alice = wire.Join("10.0.0.1:9943", TestKeys.Ring(1));
        SealedParty bob = wire.Join(Here.ToString(), TestKeys.Ring(1));
        SealedParty elsewhere = wire.Join("10.0.0.3:9943", TestKeys.Ring(1), group: SealedWire.Group with { Port = 9950 });
        SealedParty other = wire.Join("10.0.0.4:9943", TestKeys.Ring(9));

        Assert.Equal(DropReason.Forged, bob.Hear(elsewhere.Sealed("x", SealedWire.Group, SealedKind.ToGroup), elsewhere.Address, viaMulticast: true).Drop);
        Assert.Equal(DropReason.UnknownKey, bob.Hear(other.Sealed("x", SealedWire.Group, SealedKind.ToGroup), other.Address, viaMulticast: true).Drop);
        Assert.Equal(DropReason.Forged, bob.Hear(alice.Sealed("x", elsewhere.Address, SealedKind.ToNode), alice.Address, viaMulticast: false).Drop);
        Assert.Equal(DropReason.Redirected, bob.Hear(alice.Sealed("x", SealedWire.Group, SealedKind.ToGroup), alice.Address, viaMulticast: false).Drop);
        Assert.Equal(DropReason.Redirected, bob.Hear(alice.Sealed("x", bob.Address, SealedKind.ToNode), alice.Address, viaMulticast: true).Drop);
        Assert.Equal(DropReason.Reflected, bob.Hear(bob.Sealed("x", SealedWire.Group, SealedKind.ToGroup), alice.Address, viaMulticast: true).Drop);
        Assert.Equal(DropReason.Unsealed, bob.Hear(Encoding.UTF8.GetBytes("""{"Status":{}}"""), alice.Address, viaMulticast: true).Drop);
    }

    /// <summary>Two who have proven themselves to each other.</summary>
    private static (SealedParty Alice, SealedParty Bob) Acquainted()
    {
        SealedWire wire = new();
        SealedParty alice = wire.Join("10.0.0.1:9943", TestKeys.Ring(1));
        SealedParty bob = wire.Join(Here.ToString(), TestKeys.Ring(1));
        alice.Say("hello");
        wire.Run(0.01);
        Assert.Equal(["hello"], bob.Heard);
        bob.Delivered.Clear();
        return (alice, bob);
    }
}

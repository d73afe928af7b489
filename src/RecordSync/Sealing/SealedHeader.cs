using System.Buffers.Binary;

namespace RecordSync;

/// <summary>Names a sealing process: random at its start, so that no two of them ever seal with the same key.</summary>
internal readonly record struct SenderId(UInt128 Value)
{
    public const int Size = 16;

    public static SenderId Read(ReadOnlySpan<byte> from) => new(BinaryPrimitives.ReadUInt128BigEndian(from));

    public void Write(Span<byte> to) => BinaryPrimitives.WriteUInt128BigEndian(to, Value);
}

/// <summary>What a sealed datagram is.</summary>
internal enum SealedKind : byte
{
    /// <summary>A message to the group.</summary>
    ToGroup,

    /// <summary>A message to one node.</summary>
    ToNode,

    /// <summary>"Are you there now?"</summary>
    Challenge,

    /// <summary>The answer to it.</summary>
    Proof,
}

/// <summary>What stands in clear before the sealed message (docs/protocol.md §8.2). Nothing of it can be changed: all is authenticated.</summary>
/// <param name="Mark">Shows that the sender's id was made by somebody with the key, at the price of one hash.</param>
/// <param name="Counter">Of this sender's datagrams, from 0: never the same twice.</param>
/// <param name="SentMs">The sender's monotonic clock, since it began to seal.</param>
internal readonly record struct SealedHeader(uint KeyId, SenderId Sender, ulong Mark, ulong Counter, long SentMs, SealedKind Kind)
{
    public const int Size = 49;
    public const int TagSize = 16;

    /// <summary>What sealing adds to a message.</summary>
    public const int Overhead = Size + TagSize;

    public const int LargestMessage = PacketCodec.LargestDatagram - Overhead;

    // F5 is in no UTF-8 text: version 1, and a node without a key, take this for no message of theirs
    private static ReadOnlySpan<byte> Magic => [0xF5, (byte)'R', (byte)'S'];

    private const byte Version = 1;

    /// <summary>Thirty years: no sum of such times overflows.</summary>
    private const long LongestLifeMs = 1_000_000_000_000;

    public static bool IsSealed(ReadOnlySpan<byte> datagram) => datagram.StartsWith(Magic);

    public static bool TryRead(ReadOnlySpan<byte> datagram, out SealedHeader header)
    {
        header = default;
        if (!IsSealed(datagram) || datagram.Length is < Overhead or > PacketCodec.LargestDatagram || datagram[3] != Version || datagram[48] > (byte)SealedKind.Proof)
            return false;
        header = new SealedHeader(
            BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]),
            SenderId.Read(datagram[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(datagram[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(datagram[32..]),
            BinaryPrimitives.ReadInt64BigEndian(datagram[40..]),
            (SealedKind)datagram[48]
        );
        return header.SentMs is >= 0 and <= LongestLifeMs;
    }

    public void Write(Span<byte> datagram)
    {
        Magic.CopyTo(datagram);
        datagram[3] = Version;
        BinaryPrimitives.WriteUInt32BigEndian(datagram[4..], KeyId);
        Sender.Write(datagram[8..]);
        BinaryPrimitives.WriteUInt64BigEndian(datagram[24..], Mark);
        BinaryPrimitives.WriteUInt64BigEndian(datagram[32..], Counter);
        BinaryPrimitives.WriteInt64BigEndian(datagram[40..], SentMs);
        datagram[48] = (byte)Kind;
    }
}

namespace RecordSync;

/// <summary>A question or an answer of the challenge, to go back to where the datagram came from.</summary>
internal readonly record struct SealedAnswer(SealedKind Kind, SenderId To, UInt128 Nonce)
{
    public const int Size = 16 + SenderId.Size;

    public void Write(Span<byte> message)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(message, Nonce);
        To.Write(message[16..]);
    }

    public static bool TryRead(SealedKind kind, ReadOnlySpan<byte> message, out SealedAnswer answer)
    {
        answer = default;
        if (message.Length != Size)
            return false;
        answer = new SealedAnswer(kind, SenderId.Read(message[16..]), System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(message));
        return true;
    }
}

/// <summary>Seals what this process sends, under one counter for all of it (docs/protocol.md §8.2). One thread at a time.</summary>
internal sealed class Sealer : IDisposable
{
    private readonly Endpoint group;
    private readonly LocalTime start;
    private GroupKeyRing ring;
    private SenderCipher cipher;
    private ulong mark;
    private ulong counter;

    /// <param name="self">Random, and new for every process.</param>
    public Sealer(GroupKeyRing ring, Endpoint group, SenderId self, LocalTime start)
    {
        (this.ring, this.group, this.start, Self) = (ring, group, start, self);
        (cipher, mark) = (new SenderCipher(ring.First, self, group), ring.First.MarkOf(self));
    }

    public SenderId Self { get; }

    /// <summary>The counter goes on: under another key it is another nonce all the same.</summary>
    public void Use(GroupKeyRing next)
    {
        if (next == ring)
            return;
        if (next.First.Id != ring.First.Id)
        {
            cipher.Dispose();
            (cipher, mark) = (new SenderCipher(next.First, Self, group), next.First.MarkOf(Self));
        }
        ring = next;
    }

    /// <param name="destination">The group, or the node that it is for.</param>
    /// <returns>Bytes of the datagram; 0 when the message is too long to be sealed.</returns>
    public int Seal(ReadOnlySpan<byte> message, SealedKind kind, Endpoint destination, LocalTime now, Span<byte> datagram)
    {
        if (message.Length > SealedHeader.LargestMessage)
            return 0;
        ulong number = counter++;
        new SealedHeader(ring.First.Id, Self, mark, number, Math.Max(0, (now - start).Value / 1_000_000), kind).Write(datagram);
        cipher.Seal(message, number, destination, datagram);
        return message.Length + SealedHeader.Overhead;
    }

    public int Seal(in SealedAnswer answer, Endpoint destination, LocalTime now, Span<byte> datagram)
    {
        Span<byte> message = stackalloc byte[SealedAnswer.Size];
        answer.Write(message);
        return Seal(message, answer.Kind, destination, now, datagram);
    }

    public void Dispose() => cipher.Dispose();
}

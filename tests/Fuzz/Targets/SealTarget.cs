using System.Text;

namespace RecordSync.Fuzz;

/// <summary>A sealed datagram to a node that knows its sender (docs/protocol.md §8), or else the text of a key file.</summary>
internal static class SealTarget
{
    private static readonly byte[] Secret = [.. Enumerable.Range(1, GroupKey.Size).Select(at => (byte)at)];
    private static readonly GroupKeyRing Ring = new(new GroupKey(Secret));
    private static readonly Endpoint Group = new(0xEFFF2A63, 9942), Sender = new(0x0A000001, 9943), Own = new(0x0A000002, 9944);
    private static readonly LocalTime Start = new(1_000_000_000), Now = new(2_000_000_000);
    private static readonly SenderId Them = new(1), Us = new(2);
    private static readonly UInt128 Nonce = 0x1234_5678_9ABC_DEF0;
    private static readonly byte[] Message = new byte[PacketCodec.LargestDatagram];

    /// <summary>What the sender has sealed: its first words, its proof, and two words after that.</summary>
    private static readonly byte[][] Genuine = SealAll();

    public static FuzzTarget Make() => new("seal", PacketCodec.LargestDatagram + 8, [GroupKey.Write(Secret), "#", "\n", "\u0001\u0001"], Examine) { Seeds = Seeds };

    private static void Examine(byte[] input)
    {
        if (!SealedHeader.IsSealed(input))
        {
            string text = Encoding.UTF8.GetString(input);
            bool read = GroupKeyRing.TryParse(text, out GroupKeyRing? ring, out string? fault);
            BrokenLawException.Unless(read ? ring!.Count is > 0 and <= GroupKeyRing.MostKeys : !string.IsNullOrEmpty(fault), "a key file has keys, or there is a sentence about it");
        }
        using Opener opener = new(Ring, Group, Us, () => Nonce);
        _ = opener.Open(Genuine[0], At(multicast: true), Own, Message);
        _ = opener.Open(Genuine[1], At(multicast: false), Own, Message);
        BrokenLawException.Unless(opener.Senders == 1 && opener.TryRelease(out _), "a sender that has proved itself is heard");
        foreach (bool multicast in (bool[])[true, false])
        {
            Opened opened = opener.Open(input, At(multicast), Own, Message);
            bool isGenuine = Genuine.Skip(2).Any(sealedOne => sealedOne.AsSpan().SequenceEqual(input));
            BrokenLawException.Unless(opened.Length is null || isGenuine, "what the sender has not sealed is not delivered");
            BrokenLawException.Unless(opened.Length is null || opened.Drop == DropReason.None, "what is delivered is not dropped");
        }
        BrokenLawException.Unless(opener.Senders == 1 && opener.Strangers == 0, "what is not genuine leaves nothing behind");
    }

    private static Arrival At(bool multicast) => new(Sender, Now, multicast, 0);

    private static byte[][] SealAll()
    {
        using Sealer sealer = new(Ring, Group, Them, Start);
        byte[] Seal(string text, SealedKind kind, Endpoint to)
        {
            byte[] datagram = new byte[PacketCodec.LargestDatagram];
            return datagram[..sealer.Seal(Encoding.UTF8.GetBytes(text), kind, to, Now, datagram)];
        }
        byte[] Prove()
        {
            byte[] datagram = new byte[PacketCodec.LargestDatagram];
            return datagram[..sealer.Seal(new SealedAnswer(SealedKind.Proof, Us, Nonce), Own, Now, datagram)];
        }
        return [Seal("{\"Discovery\":{}}", SealedKind.ToGroup, Group), Prove(), Seal("{\"Status\":{}}", SealedKind.ToGroup, Group), Seal("{\"Status\":{}}", SealedKind.ToNode, Own)];
    }

    private static IEnumerable<(string, byte[])> Seeds()
    {
        for (int i = 0; i < Genuine.Length; i++)
            yield return ($"sealed-{i}", Genuine[i]);
        yield return ("key-file", Encoding.UTF8.GetBytes($"# group\n{GroupKey.Write(Secret)}\n"));
    }
}

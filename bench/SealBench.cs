using System.Diagnostics;
using System.Security.Cryptography;

namespace RecordSync.Bench;

/// <summary>What sealing and opening cost by themselves, and what datagrams cost that cannot be opened.</summary>
internal static class SealBench
{
    private const int Times = 2_000;
    private const int Strangers = 300;
    private const int Repeats = 100;

    private static readonly int[] Sizes = [150, 300, 600, 1400];
    private static readonly Endpoint Group = Endpoint.Parse("239.255.42.99:9942");
    private static readonly Endpoint Here = Endpoint.Parse("10.0.0.2:9943");
    private static readonly LocalTime Start = new(1_000_000_000);

    public static void Run()
    {
        GroupKeyRing ring = new(new GroupKey(RandomNumberGenerator.GetBytes(GroupKey.Size)));
        Report report = new("./dev bench seal");
        report.Say("Nanoseconds a datagram, the quickest of a hundred runs of 2,000:");
        report.Table(["message", "seal", "open", "forged", "garbage", "invented sender", "first word of a new sender"], Sizes.Select(size => Row(ring, size)));
    }

    private static string[] Row(GroupKeyRing ring, int size)
    {
        byte[] message = new byte[size], datagram = new byte[PacketCodec.LargestDatagram], room = new byte[PacketCodec.LargestDatagram];
        using Sealer sealer = new(ring, Group, Random(), Start);
        int length = size + SealedHeader.Overhead;
        double seal = Best(Times, () => sealer.Seal(message, SealedKind.ToGroup, Group, Start, datagram));

        using Opener opener = Knowing(ring, sealer, message, room);
        byte[][] prepared = new byte[Times][];
        double open = double.MaxValue;
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            for (int i = 0; i < Times; i++)
                prepared[i] = datagram[..sealer.Seal(message, SealedKind.ToGroup, Group, Start, datagram)];
            int next = 0, opened = 0;
            open = Math.Min(open, Once(Times, () => opened += opener.Open(prepared[next++], Arrival(), Here, room).Length is null ? 0 : 1));
            if (opened != Times)
                throw new InvalidOperationException($"{Times - opened} genuine datagrams were not opened");
        }
        byte[] forged = datagram[..sealer.Seal(message, SealedKind.ToGroup, Group, Start, datagram)];
        forged[^1] ^= 1;
        byte[] garbage = RandomNumberGenerator.GetBytes(length), invented = [.. forged];
        invented[8] ^= 1;
        return
        [
            $"{size} bytes",
            $"{seal:0}",
            $"{open:0}",
            $"{Best(Times, () => Expect(opener, forged, room, DropReason.Forged)):0}",
            $"{Best(Times, () => Expect(opener, garbage, room, DropReason.Unsealed)):0}",
            $"{Best(Times, () => Expect(opener, invented, room, DropReason.Forged)):0}",
            $"{NewSenders(ring, message, room):0}",
        ];
    }

    /// <summary>Key, cipher, tag and state; the challenge is sealed by the caller.</summary>
    private static double NewSenders(GroupKeyRing ring, byte[] message, byte[] room)
    {
        byte[] datagram = new byte[PacketCodec.LargestDatagram];
        double best = double.MaxValue;
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            using Opener opener = new(ring, Group, Random(), () => Random().Value);
            List<byte[]> words = [];
            for (int i = 0; i < Strangers; i++)
            {
                using Sealer stranger = new(ring, Group, Random(), Start);
                words.Add(datagram[..stranger.Seal(message, SealedKind.ToGroup, Group, Start, datagram)]);
            }
            int next = 0;
            best = Math.Min(best, Once(Strangers, () => Expect(opener, words[next++], room, DropReason.None)));
        }
        return best;
    }

    private static Opener Knowing(GroupKeyRing ring, Sealer sealer, byte[] message, byte[] room)
    {
        byte[] datagram = new byte[PacketCodec.LargestDatagram];
        Opener opener = new(ring, Group, Random(), () => Random().Value);
        SealedAnswer ask = opener.Open(datagram.AsSpan(0, sealer.Seal(message, SealedKind.ToGroup, Group, Start, datagram)), Arrival(), Here, room).Ask!.Value;
        int length = sealer.Seal(new SealedAnswer(SealedKind.Proof, opener.Self, ask.Nonce), Here, Start, datagram);
        _ = opener.Open(datagram.AsSpan(0, length), new Arrival(Here, Start, ViaMulticast: false, 0), Here, room);
        while (opener.TryRelease(out _))
        {
        }
        return opener;
    }

    private static void Expect(Opener opener, byte[] datagram, byte[] room, DropReason due)
    {
        if (opener.Open(datagram, Arrival(), Here, room).Drop != due)
            throw new InvalidOperationException($"a datagram was not dropped as {due}");
    }

    private static Arrival Arrival() => new(Here, Start, ViaMulticast: true, 0);

    private static SenderId Random() => SenderId.Read(RandomNumberGenerator.GetBytes(SenderId.Size));

    private static double Best(int times, Action work) => Enumerable.Range(0, Repeats).Min(_ => Once(times, work));

    private static double Once(int times, Action work)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++)
            work();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / times;
    }
}

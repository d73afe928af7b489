using System.Text;

namespace RecordSync.Tests;

/// <summary>A datagram as it was on the wire, which an adversary has kept.</summary>
internal sealed record Captured(byte[] Bytes, Endpoint From, Endpoint To, long SentNs);

/// <summary>A virtual wire with sealing processes on it. Time stands still unless it is moved; whoever sees all may also send anything.</summary>
internal sealed class SealedWire(ulong seed = 1)
{
    public static readonly Endpoint Group = Endpoint.Parse("239.255.42.99:9942");

    private readonly PriorityQueue<(Captured Datagram, bool ViaMulticast), (long, int)> underway = new();
    private readonly List<SealedParty> parties = [];
    private ulong state = seed;
    private int number;

    public long NowNs { get; private set; } = 1_000_000_000;

    /// <summary>All that was ever sent.</summary>
    public List<Captured> Tape { get; } = [];

    /// <summary>Decides how long a datagram is under way, ns; null: it is lost.</summary>
    public Func<Captured, long?> Way { get; set; } = _ => 100_000;

    public SealedParty Join(string address, GroupKeyRing ring, long clockNs = 0, Endpoint? group = null)
    {
        SealedParty party = new(this, Endpoint.Parse(address), ring, clockNs, group ?? Group);
        parties.Add(party);
        return party;
    }

    public void Leave(SealedParty party)
    {
        parties.Remove(party);
        party.Dispose();
    }

    /// <summary>Splitmix64: enough for tests, and the same each time.</summary>
    public UInt128 Random()
    {
        return new UInt128(Next(), Next());

        ulong Next()
        {
            ulong z = state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    public void Send(Endpoint from, Endpoint to, byte[] bytes)
    {
        Captured datagram = new(bytes, from, to, NowNs);
        Tape.Add(datagram);
        if (Way(datagram) is { } way)
            Inject(datagram, way);
    }

    /// <summary>By anybody, with any sender's address.</summary>
    public void Inject(Captured datagram, long delayNs = 0) => underway.Enqueue((datagram, datagram.To.IsMulticast), (NowNs + delayNs, number++));

    public void Run(double seconds)
    {
        long end = NowNs + (long)(seconds * 1e9);
        while (underway.TryPeek(out _, out (long At, int) next) && next.At <= end)
        {
            NowNs = Math.Max(NowNs, next.At);
            (Captured datagram, bool viaMulticast) = underway.Dequeue();
            foreach (SealedParty party in parties.ToList())
            {
                if (party.Address != datagram.From && (viaMulticast || party.Address == datagram.To))
                    party.Hear(datagram.Bytes, datagram.From, viaMulticast);
            }
        }
        NowNs = end;
    }
}

/// <summary>One process that seals and opens, as the link of a node does, with a monotonic clock of its own.</summary>
internal sealed class SealedParty : IDisposable
{
    private readonly SealedWire wire;
    private readonly Endpoint group;
    private readonly byte[] room = new byte[PacketCodec.LargestDatagram];

    public SealedParty(SealedWire wire, Endpoint address, GroupKeyRing ring, long clockNs, Endpoint group)
    {
        (this.wire, this.group, Address, ClockNs) = (wire, group, address, clockNs);
        Id = new SenderId(wire.Random());
        Sealer = new Sealer(ring, group, Id, Now);
        Opener = new Opener(ring, group, Id, wire.Random);
    }

    public Endpoint Address { get; }

    public SenderId Id { get; }

    public Sealer Sealer { get; }

    public Opener Opener { get; }

    /// <summary>What its clock shows when the wire's shows 0; the monotonic clock of another machine began at another time.</summary>
    public long ClockNs { get; set; }

    public LocalTime Now => new(wire.NowNs + ClockNs);

    public List<(string Text, long AtNs)> Delivered { get; } = [];

    public Dictionary<DropReason, int> Drops { get; } = [];

    public IEnumerable<string> Heard => Delivered.Select(message => message.Text);

    public void Say(string text, Endpoint? to = null)
    {
        Endpoint destination = to ?? group;
        wire.Send(Address, destination, Sealed(text, destination, to is null ? SealedKind.ToGroup : SealedKind.ToNode));
    }

    public byte[] Sealed(string text, Endpoint destination, SealedKind kind)
    {
        int length = Sealer.Seal(Encoding.UTF8.GetBytes(text), kind, destination, Now, room);
        return room[..length];
    }

    public Opened Hear(byte[] bytes, Endpoint source, bool viaMulticast)
    {
        Opened opened = Opener.Open(bytes, new Arrival(source, Now, viaMulticast, 0), Address, room);
        if (opened.Length is { } length)
            Delivered.Add((Encoding.UTF8.GetString(room, 0, length), wire.NowNs));
        if (opened.Drop != DropReason.None)
            Drops[opened.Drop] = Drops.GetValueOrDefault(opened.Drop) + 1;
        if (opened.Prove is { } proof)
            Answer(proof, source);
        if (opened.Ask is { } challenge)
            Answer(challenge, source);
        while (Opener.TryRelease(out HeldMessage? held))
            Delivered.Add((Encoding.UTF8.GetString(held!.Content), wire.NowNs));
        if (Opener.TakeForgotten() is > 0 and var forgotten)
            Drops[DropReason.Unproven] = Drops.GetValueOrDefault(DropReason.Unproven) + forgotten;
        return opened;
    }

    public void Dispose()
    {
        Sealer.Dispose();
        Opener.Dispose();
    }

    private void Answer(in SealedAnswer answer, Endpoint to)
    {
        int length = Sealer.Seal(answer, to, Now, room);
        wire.Send(Address, to, room[..length]);
    }
}

internal static class TestKeys
{
    public static GroupKey Key(byte fill) => new([.. Enumerable.Range(0, GroupKey.Size).Select(index => (byte)(fill + index))]);

    public static GroupKeyRing Ring(params byte[] fills) => new([.. fills.Select(Key)]);
}

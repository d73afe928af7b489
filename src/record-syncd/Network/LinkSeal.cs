using System.Security.Cryptography;

namespace RecordSync.Daemon;

/// <summary>The group key at the link's edge: what leaves is sealed, what comes is opened or dropped. Allocates nothing for a datagram of a known sender.</summary>
internal sealed class LinkSeal : IDisposable
{
    private readonly GroupKeys keys;
    private readonly LocalClock clock;
    private readonly Sealer sealer;
    private readonly Opener opener;
    private readonly byte[] outgoing = new byte[PacketCodec.LargestDatagram];
    private readonly byte[] message = new byte[PacketCodec.LargestDatagram];
    private readonly long[] drops = new long[Enum.GetValues<DropReason>().Length];

    public LinkSeal(GroupKeys keys, Endpoint group, LocalClock clock)
    {
        (this.keys, this.clock) = (keys, clock);
        SenderId self = new(Random());
        sealer = new Sealer(keys.Ring, group, self, clock.Now());
        opener = new Opener(keys.Ring, group, self, Random);
    }

    public SealNotices Notices { get; } = new();

    public GroupKeys Keys => keys;

    public long DropsFor(DropReason reason) => Volatile.Read(ref drops[(int)reason]);

    /// <summary>Under the link's lock of sending; good until the next call.</summary>
    /// <returns>Empty where the message is too long.</returns>
    public ReadOnlySpan<byte> Seal(ReadOnlySpan<byte> payload, Endpoint destination, bool toGroup)
    {
        sealer.Use(keys.Ring);
        return outgoing.AsSpan(0, sealer.Seal(payload, toGroup ? SealedKind.ToGroup : SealedKind.ToNode, destination, clock.Now(), outgoing));
    }

    /// <summary>As above.</summary>
    public ReadOnlySpan<byte> Seal(in SealedAnswer answer, Endpoint destination)
    {
        sealer.Use(keys.Ring);
        return outgoing.AsSpan(0, sealer.Seal(answer, destination, clock.Now(), outgoing));
    }

    /// <summary>On the receiving thread; the payload is good until the next call.</summary>
    /// <param name="warning">What a person should be told.</param>
    public Opened Open(ReadOnlySpan<byte> datagram, in Arrival arrival, Endpoint own, out ReadOnlySpan<byte> payload, out string? warning)
    {
        opener.Use(keys.Ring);
        Opened opened = opener.Open(datagram, arrival, own, message);
        payload = message.AsSpan(0, opened.Length ?? 0);
        warning = null;
        if (opened.Drop != DropReason.None)
            warning = Notices.Of(opened.Drop, datagram, arrival.Source, opened.KeyId, arrival.At, Count(opened.Drop, 1));
        if (opener.TakeForgotten() is > 0 and var forgotten)
            warning ??= Notices.Of(DropReason.Unproven, default, arrival.Source, null, arrival.At, Count(DropReason.Unproven, forgotten));
        return opened;
    }

    public bool TryRelease(out HeldMessage? held) => opener.TryRelease(out held);

    public void Dispose()
    {
        sealer.Dispose();
        opener.Dispose();
    }

    private long Count(DropReason reason, int more) => Interlocked.Add(ref drops[(int)reason], more);

    private static UInt128 Random()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}

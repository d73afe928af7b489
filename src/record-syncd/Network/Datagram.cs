namespace RecordSync.Daemon;

internal enum StampSource
{
    /// <summary>Stamped by the network card.</summary>
    Hardware,

    /// <summary>Stamped by the kernel when the packet came in.</summary>
    Kernel,

    /// <summary>Read by this program when it got the packet: later by the scheduling delay.</summary>
    User,
}

/// <summary>A stamp as the kernel hands it over, 0 where there is none: by its own clock (CLOCK_REALTIME) or by the network card's, ns.</summary>
internal readonly record struct RawStamp(long SoftwareNs, long HardwareNs)
{
    public bool IsNone => SoftwareNs == 0 && HardwareNs == 0;
}

/// <summary>What stamps the packets of this node, from the best to the worst.</summary>
internal enum TimestampSource
{
    /// <summary>The network card, both ways.</summary>
    Hardware,

    /// <summary>Stamps on receive and on transmit (SO_TIMESTAMPING).</summary>
    Kernel,

    /// <summary>Stamps on receive only (SO_TIMESTAMPNS).</summary>
    KernelReceiveOnly,

    /// <summary>Nothing but this program's own reading of the clock.</summary>
    User,
}

internal static class TimestampSourceNames
{
    /// <summary>As on the wire (docs/protocol.md §3.6).</summary>
    public static string WireName(this TimestampSource source) =>
        source switch
        {
            TimestampSource.Hardware => "hardware",
            TimestampSource.Kernel => "kernel",
            TimestampSource.KernelReceiveOnly => "kernel-receive",
            _ => "program",
        };
}

/// <summary>One received datagram. The payload is valid during the handler's call only.</summary>
internal readonly ref struct Datagram
{
    public required ReadOnlySpan<byte> Payload { get; init; }

    public required Endpoint Source { get; init; }

    public required LocalTime ReceivedAt { get; init; }

    public required StampSource Stamp { get; init; }

    /// <summary>Came by the group, not to this node's own address.</summary>
    public required bool ViaMulticast { get; init; }

    /// <summary>Sent by another program of this machine.</summary>
    public required bool FromOwnHost { get; init; }
}

/// <summary>Called on the receiving thread: must not block and should not allocate.</summary>
internal delegate void DatagramHandler(in Datagram datagram);

/// <summary>The stamp of an earlier send, by the network card or the kernel. Called on the receiving thread, before datagrams that came in after it.</summary>
internal delegate void TransmitStampHandler(uint sendId, LocalTime at);

/// <summary>Whether datagrams pass. Reported on change, on the receiving thread.</summary>
internal abstract record LinkState
{
    private LinkState() { }

    /// <param name="Self">The address that this node now sends from.</param>
    internal sealed record Up(Endpoint Self) : LinkState;

    /// <param name="Reason">A clause like "eth0 is down".</param>
    internal sealed record Down(string Reason) : LinkState;
}

/// <summary>Since the start of the link.</summary>
/// <param name="UserStamps">Datagrams received without a usable kernel stamp.</param>
/// <param name="HardwareStamps">Datagrams received with a usable stamp of the network card.</param>
/// <param name="TransmitStamps">Stamps of sends that were delivered.</param>
/// <param name="Overflows">Datagrams that the kernel dropped because this node read too slowly.</param>
/// <param name="Rejoined">Times the link was set up again.</param>
internal readonly record struct LinkCounters(
    long Received,
    long Sent,
    long SendErrors,
    long UserStamps,
    long HardwareStamps,
    long TransmitStamps,
    long Overflows,
    long Rejoined
);

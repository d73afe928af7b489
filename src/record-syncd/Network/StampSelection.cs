namespace RecordSync.Daemon;

/// <summary>
/// Which of a packet's stamps counts, and when that was in local time: the one seam between the kernel's stamps and the network card's. A card's stamps count for
/// both ways or not at all: a send is stamped by the card or by the kernel as <see cref="ByHardware"/> says, and where the card falls silent (another
/// program has set its filter to PTP only, the driver forgets sends), it is given up for both. Packets to and from this
/// host pass no card.
/// </summary>
internal sealed class StampSelection(LocalClock clock, Func<long, LocalTime?>? hardware)
{
    /// <summary>So many packets in a row without the card's stamp, one way, and it is given up.</summary>
    public const int Patience = 64;

    private int receivedWithout;
    private int sentWithout;

    /// <summary>The card's stamps are in use.</summary>
    public bool UsesHardware => hardware is not null && Volatile.Read(ref receivedWithout) < Patience && Volatile.Read(ref sentWithout) < Patience;

    /// <summary>Which way the card does not stamp, in words; null while it does both.</summary>
    public string? Silence =>
        hardware is null || UsesHardware ? null
        : Volatile.Read(ref receivedWithout) >= Patience ? "no longer stamps received packets (has another program changed its settings?)"
        : "does not stamp sent packets";

    /// <summary>Whether a send is to be stamped by the card. Counts it; called under the link's lock.</summary>
    public bool ByHardware(bool toOwnHost)
    {
        if (toOwnHost || !UsesHardware)
            return false;
        Interlocked.Increment(ref sentWithout);
        return true;
    }

    /// <summary>The stamp of a send. On the receiving thread, like all below.</summary>
    public LocalTime? OfSend(in RawStamp raw)
    {
        if (raw.HardwareNs == 0)
            return clock.FromRealtime(raw.SoftwareNs);
        if (hardware is null || !UsesHardware)
            return null;
        Volatile.Write(ref sentWithout, 0);
        return hardware(raw.HardwareNs);
    }

    /// <summary>The stamp of a received packet; null where only this program's own reading is left.</summary>
    public LocalTime? OfReceived(in RawStamp raw, bool fromOwnHost, out StampSource source)
    {
        if (!fromOwnHost && UsesHardware)
        {
            Volatile.Write(ref receivedWithout, raw.HardwareNs == 0 ? receivedWithout + 1 : 0);
            source = StampSource.Hardware;
            if (raw.HardwareNs != 0 && hardware!(raw.HardwareNs) is { } at)
                return at;
        }
        LocalTime? stamp = raw.SoftwareNs == 0 ? null : clock.FromRealtime(raw.SoftwareNs);
        source = stamp is null ? StampSource.User : StampSource.Kernel;
        return stamp;
    }
}

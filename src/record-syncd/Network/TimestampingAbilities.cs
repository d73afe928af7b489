using System.Runtime.InteropServices;

namespace RecordSync.Daemon;

/// <summary>What an interface's driver says of its time stamps: struct ethtool_ts_info, the answer to ETHTOOL_GET_TS_INFO.</summary>
/// <param name="Flags">SOF_TIMESTAMPING_*.</param>
/// <param name="ClockIndex">Of /dev/ptpN; -1 for none.</param>
/// <param name="TransmitTypes">Bit n: HWTSTAMP_TX_* number n.</param>
/// <param name="ReceiveFilters">Bit n: HWTSTAMP_FILTER_* number n.</param>
internal readonly record struct TimestampingAbilities(uint Flags, int ClockIndex, uint TransmitTypes, uint ReceiveFilters)
{
    /// <summary>Of the kernel's structure: cmd, so_timestamping, phc_index, tx_types, 3 reserved, rx_filters, 3 reserved.</summary>
    public const int Size = 11 * sizeof(uint);

    private const uint TransmitHardware = 1 << 0;
    private const uint ReceiveHardware = 1 << 2;
    private const uint RawHardware = 1 << 6;

    public static TimestampingAbilities Decode(ReadOnlySpan<byte> info)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(info[..Size]);
        return new(words[1], (int)words[2], words[3], words[7]);
    }

    /// <summary>Null where the card can stamp our packets both ways; else a clause that follows the interface's name.</summary>
    public string? Lack =>
        (Flags & (TransmitHardware | ReceiveHardware)) == 0 ? "has no hardware time stamps (its driver offers software ones only)"
        : (Flags & TransmitHardware) == 0 || !Has(TransmitTypes, HardwareStamping.TransmitOn) ? "stamps no sent packets in hardware"
        : (Flags & ReceiveHardware) == 0 ? "stamps no received packets in hardware"
        : (Flags & RawHardware) == 0 || ClockIndex < 0 ? "has no clock of its own that its hardware stamps could be read by (no /dev/ptp device)"
        : !Has(ReceiveFilters, HardwareStamping.FilterAll) ? "stamps only PTP packets on reception (its driver lacks the filter \"all\"), and ours are none"
        : null;

    private static bool Has(uint mask, int bit) => (mask >> bit & 1) != 0;
}

using System.Runtime.InteropServices;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>What the kernel writes, byte by byte (64-bit, little-endian), and what becomes of it.</summary>
public sealed class StampParsingTests
{
    // struct cmsghdr: length 64 (16 + 3 times of 16), SOL_SOCKET, SCM_TIMESTAMPING
    private const string Header = "4000000000000000 01000000 25000000";
    private const string NoTime = "0000000000000000 0000000000000000";

    // 1795395175 s, 255632118 ns; 37 s later by the card's clock, which runs in TAI
    private const string Software = "678E036B00000000 F6A23C0F00000000";
    private const string Hardware = "8C8E036B00000000 F7A23C0F00000000";

    private const long SoftwareNs = 1_795_395_175_255_632_118;
    private const long HardwareNs = 1_795_395_212_255_632_119;

    [Fact]
    public void A_software_stamp_is_the_first_time_and_a_raw_hardware_stamp_the_third()
    {
        Skip32Bit();
        Assert.Equal(new RawStamp(SoftwareNs, 0), StampOf(Header + Software + NoTime + NoTime));
        Assert.Equal(new RawStamp(0, HardwareNs), StampOf(Header + NoTime + NoTime + Hardware));
        Assert.Equal(new RawStamp(SoftwareNs, HardwareNs), StampOf(Header + Software + NoTime + Hardware));
        // the second was once the card's time as the kernel converted it
        Assert.True(StampOf(Header + NoTime + Software + NoTime).IsNone);
    }

    [Fact]
    public void A_stamp_of_one_time_only_is_a_software_stamp()
    {
        Skip32Bit();
        // SCM_TIMESTAMPNS
        Assert.Equal(new RawStamp(SoftwareNs, 0), StampOf("2000000000000000 01000000 23000000" + Software));
    }

    [Fact]
    public void Control_data_that_is_cut_off_gives_what_is_there_and_no_more()
    {
        Skip32Bit();
        byte[] whole = Bytes(Header + Software + NoTime + Hardware);
        for (int length = 0; length < whole.Length; length++)
        {
            ControlMessages messages = new(whole.AsSpan(0, length));
            Assert.False(messages.MoveNext());
        }
        Assert.True(ControlMessages.ReadStamp(default).IsNone);
        Assert.True(ControlMessages.ReadStamp(new byte[15]).IsNone);
    }

    [Fact]
    public void A_drivers_abilities_are_read_from_what_the_kernel_tells_of_it()
    {
        // ethtool -T of an Intel i210: every kind of stamp, clock 0, transmit off and on, receive filters none and all
        TimestampingAbilities card = TimestampingAbilities.Decode(Info("5F000000 00000000 03000000", "03000000"));
        Assert.Equal(new TimestampingAbilities(0x5F, 0, 3, 3), card);
        Assert.Null(card.Lack);
    }

    [Theory]
    [InlineData("1A000000 FFFFFFFF 00000000", "00000000", "has no hardware time stamps (its driver offers software ones only)")]
    [InlineData("5E000000 00000000 03000000", "03000000", "stamps no sent packets in hardware")]
    [InlineData("5F000000 00000000 01000000", "03000000", "stamps no sent packets in hardware")]
    [InlineData("5B000000 00000000 03000000", "03000000", "stamps no received packets in hardware")]
    [InlineData("5F000000 FFFFFFFF 03000000", "03000000", "has no clock of its own that its hardware stamps could be read by (no /dev/ptp device)")]
    [InlineData("1F000000 00000000 03000000", "03000000", "has no clock of its own that its hardware stamps could be read by (no /dev/ptp device)")]
    // a Raspberry Pi 5's macb: the filters are none and PTP v2 events
    [InlineData("5F000000 01000000 07000000", "01100000", "stamps only PTP packets on reception (its driver lacks the filter \"all\"), and ours are none")]
    public void What_a_driver_lacks_is_named(string abilities, string filters, string lack) =>
        Assert.Equal(lack, TimestampingAbilities.Decode(Info(abilities, filters)).Lack);

    [Fact]
    public void A_setting_of_another_program_is_widened_but_not_broken()
    {
        // HWTSTAMP_TX_ON with HWTSTAMP_FILTER_PTP_V2_EVENT, as ptp4l sets it; HWTSTAMP_TX_ONESTEP_SYNC
        Assert.Null(new HardwareStamping(0, 1, 12).Conflict);
        Assert.False(new HardwareStamping(0, 1, 12).StampsAll);
        Assert.True(new HardwareStamping(0, 1, 1).StampsAll);
        Assert.NotNull(new HardwareStamping(0, 2, 1).Conflict);
    }

    private static byte[] Info(string abilities, string filters) => Bytes("41000000" + abilities + "00000000 00000000 00000000" + filters + "00000000 00000000 00000000");

    private static RawStamp StampOf(string control)
    {
        ControlMessages messages = new(Bytes(control));
        Assert.True(messages.MoveNext());
        Assert.Equal(Libc.LevelSocket, messages.Level);
        return ControlMessages.ReadStamp(messages.Data);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static void Skip32Bit()
    {
        if (IntPtr.Size != 8 || !BitConverter.IsLittleEndian)
            Assert.Skip($"the bytes are those of a 64-bit little-endian machine, this is {RuntimeInformation.ProcessArchitecture}");
    }
}

using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>Time stamps of the network card: ethtool's question, the driver's setting, the card's clock (Documentation/networking/timestamping.rst, linux/ptp_clock.h).</summary>
internal static unsafe partial class Libc
{
    private const uint EthtoolRequest = 0x8946;
    private const uint SetStampingRequest = 0x89b0;
    private const uint GetStampingRequest = 0x89b1;
    private const uint GetTimestampingInfo = 0x41;

    // _IOWR('=', 9, struct ptp_sys_offset_extended)
    private const uint PtpSystemOffsetExtended = 0xC4C0_3D09;
    private const int PtpMostReads = 25;
    private const int PtpReadSize = 3 * 16;
    private const int InterfaceNameSize = 16;

    // struct ifreq: 16 bytes of name and a union of 24, of 16 on 32-bit
    private static readonly int InterfaceRequestSize = InterfaceNameSize + (IntPtr.Size == 8 ? 24 : 16);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    /// <summary>0 or minus errno.</summary>
    public static int TimestampingInfo(SafeFileHandle socket, string interfaceName, out TimestampingAbilities abilities)
    {
        byte* info = stackalloc byte[TimestampingAbilities.Size];
        new Span<byte>(info, TimestampingAbilities.Size).Clear();
        *(uint*)info = GetTimestampingInfo;
        int result = ControlInterface(socket, interfaceName, EthtoolRequest, info);
        abilities = result < 0 ? default : TimestampingAbilities.Decode(new ReadOnlySpan<byte>(info, TimestampingAbilities.Size));
        return result;
    }

    /// <summary>What the driver stamps now. 0 or minus errno.</summary>
    public static int GetHardwareStamping(SafeFileHandle socket, string interfaceName, out HardwareStamping stamping)
    {
        HardwareStamping now = default;
        int result = ControlInterface(socket, interfaceName, GetStampingRequest, &now);
        stamping = now;
        return result;
    }

    /// <summary>0 or minus errno; <paramref name="got"/> is what the driver made of it, which may be more.</summary>
    public static int SetHardwareStamping(SafeFileHandle socket, string interfaceName, HardwareStamping wanted, out HardwareStamping got)
    {
        HardwareStamping setting = wanted;
        int result = ControlInterface(socket, interfaceName, SetStampingRequest, &setting);
        got = setting;
        return result;
    }

    /// <summary>Null with an errno.</summary>
    public static SafeFileHandle? OpenPtpClock(int index, out int error)
    {
        int descriptor = OpenFile($"/dev/ptp{index}", SocketCloseOnExec);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>As many reads of the card's clock as there is room for, each between two of the wall clock. Their number or minus errno.</summary>
    public static int ReadPtpClock(SafeFileHandle device, Span<PhcReading> reads)
    {
        const int Size = 16 + PtpMostReads * PtpReadSize;
        byte* argument = stackalloc byte[Size];
        new Span<byte>(argument, Size).Clear();
        int count = Math.Min(reads.Length, PtpMostReads);
        *(int*)argument = count;
        int result = Result(Control(device, PtpSystemOffsetExtended, argument));
        if (result < 0)
            return result;
        for (int i = 0; i < count; i++)
        {
            byte* read = argument + 16 + i * PtpReadSize;
            reads[i] = new PhcReading(PtpTime(read), PtpTime(read + 16), PtpTime(read + 32));
        }
        return count;
    }

    /// <summary>One read of the card's clock between two of CLOCK_MONOTONIC; all zero where it fails.</summary>
    public static PhcReading BracketPtpClock(SafeFileHandle device)
    {
        // FD_TO_CLOCKID
        int clock = (~(int)device.DangerousGetHandle() << 3) | 3;
        Timespec time;
        long before = Monotonic();
        int result = ClockGetTime(clock, &time);
        long after = Monotonic();
        return result != 0 ? default : new PhcReading(before, time.Seconds * 1_000_000_000L + time.Nanoseconds, after);
    }

    /// <summary>struct ptp_clock_time: 64-bit seconds, 32-bit nanoseconds.</summary>
    private static long PtpTime(byte* time) => *(long*)time * 1_000_000_000 + *(uint*)(time + 8);

    private static int ControlInterface(SafeFileHandle socket, string interfaceName, uint request, void* data)
    {
        byte* argument = stackalloc byte[InterfaceRequestSize];
        Span<byte> bytes = new(argument, InterfaceRequestSize);
        bytes.Clear();
        // one byte less: C's zero at the end
        if (!Encoding.UTF8.TryGetBytes(interfaceName, bytes[..(InterfaceNameSize - 1)], out _))
            return -NoSuchDevice;
        *(void**)(argument + InterfaceNameSize) = data;
        return Result(Control(socket, request, argument));
    }
}

using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>Whether the stamps of the network card are wanted: <c>--hardware-timestamps</c>.</summary>
internal enum HardwareChoice
{
    /// <summary>Where the driver offers them.</summary>
    Auto,

    /// <summary>Or the node does not start.</summary>
    On,

    Off,
}

/// <summary>What a card's driver is told to stamp: struct hwtstamp_config.</summary>
internal readonly record struct HardwareStamping(int Flags, int Transmit, int Filter)
{
    public const int TransmitOff = 0;
    public const int TransmitOn = 1;
    public const int FilterNone = 0;
    public const int FilterAll = 1;

    public static readonly HardwareStamping Wanted = new(0, TransmitOn, FilterAll);

    public bool StampsAll => Transmit == TransmitOn && Filter == FilterAll;

    /// <summary>Null where another program's setting (ptp4l's, say) may be widened to ours without harm to it; else a clause.</summary>
    public string? Conflict => Transmit > TransmitOn ? "is set to one-step stamping by another program, which ours would break" : null;
}

/// <summary>
/// The network card's own stamps, switched on for as long as this lives. What was set before is restored, unless it was what is needed, or another program has
/// set something else since. Untried on a card so far: all but the calls that need one is tested (docs/clock.md).
/// </summary>
internal sealed class HardwareStamps : IDisposable
{
    private readonly SafeFileHandle socket;
    private readonly string interfaceName;
    private readonly PtpDevice device;
    private readonly HardwareStamping? restore;

    private HardwareStamps(SafeFileHandle socket, string interfaceName, PtpDevice device, LocalClock clock, int clockIndex, HardwareStamping? restore)
    {
        (this.socket, this.interfaceName, this.device, ClockIndex, this.restore) = (socket, interfaceName, device, clockIndex, restore);
        Clock = new HardwareClock(clock, device.Read);
    }

    public HardwareClock Clock { get; }

    /// <summary>N of /dev/ptpN.</summary>
    public int ClockIndex { get; }

    /// <summary>Whether the driver still stamps what it was told to. It forgets when the device is reset.</summary>
    public bool IsOn => Libc.GetHardwareStamping(socket, interfaceName, out HardwareStamping now) >= 0 && now.StampsAll;

    /// <param name="lack">Where the result is null: what is missing, in words that follow the interface's name.</param>
    public static HardwareStamps? TryOpen(string interfaceName, LocalClock clock, out string lack)
    {
        SafeFileHandle socket = Libc.Socket(Libc.AddressFamilyInternet, Libc.SocketDatagram);
        HardwareStamps? opened = TryOpen(socket, interfaceName, clock, out lack);
        if (opened is null)
            socket.Dispose();
        return opened;
    }

    private static HardwareStamps? TryOpen(SafeFileHandle socket, string interfaceName, LocalClock clock, out string lack)
    {
        int told = Libc.TimestampingInfo(socket, interfaceName, out TimestampingAbilities abilities);
        if (told < 0)
        {
            lack = $"has no hardware time stamps (its driver does not tell of any: {Libc.Error(told)})";
            return null;
        }
        if (abilities.Lack is { } missing)
        {
            lack = missing;
            return null;
        }
        // an old driver may set and not tell: then it is switched off at the end
        HardwareStamping former = Libc.GetHardwareStamping(socket, interfaceName, out HardwareStamping now) < 0 ? default : now;
        if (former.Conflict is { } conflict)
        {
            lack = conflict;
            return null;
        }
        HardwareStamping? restore = null;
        if (!former.StampsAll)
        {
            int set = Libc.SetHardwareStamping(socket, interfaceName, HardwareStamping.Wanted, out HardwareStamping got);
            if (set < 0 || !got.StampsAll)
            {
                lack =
                    set == -Libc.NotPermitted ? "has hardware time stamps, but to switch them on needs root or CAP_NET_ADMIN"
                    : set < 0 ? $"has hardware time stamps, but its driver does not switch them on: {Libc.Error(set)}"
                    : "stamps only some packets, whatever it is asked for";
                return null;
            }
            restore = former;
        }
        SafeFileHandle? device = Libc.OpenPtpClock(abilities.ClockIndex, out int error);
        if (device is null)
        {
            if (restore is { } setting)
                _ = Libc.SetHardwareStamping(socket, interfaceName, setting, out _);
            lack = $"has hardware time stamps, but its clock /dev/ptp{abilities.ClockIndex} cannot be opened: {Libc.Error(error)}";
            return null;
        }
        lack = "";
        return new HardwareStamps(socket, interfaceName, new PtpDevice(device, clock), clock, abilities.ClockIndex, restore);
    }

    public void Dispose()
    {
        if (restore is { } setting && IsOn)
            _ = Libc.SetHardwareStamping(socket, interfaceName, setting, out _);
        device.Dispose();
        socket.Dispose();
    }
}

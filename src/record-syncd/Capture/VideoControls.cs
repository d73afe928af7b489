using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>
/// Exposure and white balance of a Video4Linux camera. The lock of the driver where it has one (V4L2_CID_3A_LOCK); else automatic is switched off, and what automatic had
/// found is written as the manual value. Written from the kernel's documentation and not tried on a device.
/// </summary>
internal static partial class VideoControls
{
    // linux/v4l2-controls.h and linux/videodev2.h; all 'V'
    private const uint Lock3A = 0x009A_091B;
    private const int LockExposureBit = 1;
    private const int LockWhiteBalanceBit = 2;
    private const uint ExposureAuto = 0x009A_0901;
    private const uint ExposureAbsolute = 0x009A_0902;
    private const int ExposureManual = 1;
    private const int ExposureAperturePriority = 3;
    private const int ExposureFullyAutomatic = 0;
    private const uint AutoWhiteBalance = 0x0098_090C;
    private const uint WhiteBalanceTemperature = 0x0098_091A;
    private const nuint GetControl = 0xC008_561B;
    private const nuint SetControl = 0xC008_561C;
    private const int ControlSize = 8;

    /// <exception cref="GstException">The device has no such control, or refuses it.</exception>
    public static void Apply(string path, bool lockExposure, bool lockWhiteBalance)
    {
        using SafeFileHandle device = Open(path);
        if (TryGet(device, Lock3A, out int locks))
        {
            int wanted = (locks & ~(LockExposureBit | LockWhiteBalanceBit)) | (lockExposure ? LockExposureBit : 0) | (lockWhiteBalance ? LockWhiteBalanceBit : 0);
            if (wanted != locks && !TrySet(device, Lock3A, wanted))
                throw Refused(path, "exposure or white balance");
            return;
        }
        Hold(device, path, "exposure", ExposureAuto, ExposureAbsolute, lockExposure, manual: ExposureManual, automatic: [ExposureAperturePriority, ExposureFullyAutomatic]);
        Hold(device, path, "white balance", AutoWhiteBalance, WhiteBalanceTemperature, lockWhiteBalance, manual: 0, automatic: [1]);
    }

    private static void Hold(SafeFileHandle device, string path, string what, uint mode, uint value, bool locked, int manual, int[] automatic)
    {
        if (!TryGet(device, mode, out int now))
        {
            // one that it does not have is fixed already, or cannot be had; which of the two nobody says
            if (locked)
                throw new GstException($"{path} has no control for its {what}");
            return;
        }
        if (locked && now != manual)
        {
            bool known = TryGet(device, value, out int found);
            if (!TrySet(device, mode, manual) || (known && !TrySet(device, value, found)))
                throw Refused(path, what);
        }
        else if (!locked && now == manual && !automatic.Any(word => TrySet(device, mode, word)))
            throw Refused(path, what);
    }

    private static GstException Refused(string path, string what) => new($"{path} refuses to hold its {what}: {Marshal.GetLastPInvokeErrorMessage()}");

    private static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GstException($"{path} cannot be opened for its controls: {e.Message}");
        }
    }

    private static bool TryGet(SafeFileHandle device, uint control, out int value)
    {
        byte[] argument = new byte[ControlSize];
        BitConverter.TryWriteBytes(argument, control);
        bool there = ioctl(device, GetControl, argument) == 0;
        value = BitConverter.ToInt32(argument, 4);
        return there;
    }

    private static bool TrySet(SafeFileHandle device, uint control, int value)
    {
        byte[] argument = new byte[ControlSize];
        BitConverter.TryWriteBytes(argument, control);
        BitConverter.TryWriteBytes(argument.AsSpan(4), value);
        return ioctl(device, SetControl, argument) == 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle device, nuint request, [In, Out] byte[] argument);
}

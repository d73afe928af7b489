using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>A Video4Linux device node.</summary>
/// <param name="Path">/dev/videoN.</param>
/// <param name="Name">As the driver calls it.</param>
/// <param name="Captures">False for codecs, metadata nodes and outputs; also false when it cannot be asked.</param>
/// <param name="Problem">Why it cannot be opened; empty when it can.</param>
internal sealed partial record VideoDevice(string Path, string Name, bool Captures, string Problem)
{
    // linux/videodev2.h: VIDIOC_QUERYCAP = _IOR('V', 0, struct v4l2_capability), 104 bytes
    private const nuint QueryCapabilities = 0x8068_5600;
    private const int CapabilitiesSize = 104;
    private const int CapabilitiesOffset = 84;
    private const int DeviceCapabilitiesOffset = 88;
    private const uint VideoCapture = 0x1;
    private const uint VideoCaptureMultiplanar = 0x1000;
    private const uint DeviceCapabilitiesAreSet = 0x8000_0000;

    /// <summary>All devices, in the order of their numbers.</summary>
    public static IReadOnlyList<VideoDevice> List() =>
        !Directory.Exists("/dev")
            ? []
            : [.. Directory.EnumerateFiles("/dev", "video*").Where(path => int.TryParse(path.AsSpan("/dev/video".Length), out _)).OrderBy(path => int.Parse(path.AsSpan("/dev/video".Length))).Select(Describe)];

    /// <summary>Opens the device and closes it again. The reason is the system's.</summary>
    public static bool TryOpen(string path, out string reason)
    {
        using SafeFileHandle? handle = Open(path, out reason);
        return handle is not null;
    }

    private static VideoDevice Describe(string path)
    {
        string name = path;
        try
        {
            name = File.ReadAllText($"/sys/class/video4linux/{System.IO.Path.GetFileName(path)}/name").Trim();
        }
        catch (IOException)
        {
            // no sysfs, as in a container: the path names it well enough
        }
        catch (UnauthorizedAccessException) { }
        using SafeFileHandle? handle = Open(path, out string reason);
        return new VideoDevice(path, name, handle is not null && CanCapture(handle), reason.Length == 0 ? "" : CameraFault.Explain(reason));
    }

    private static bool CanCapture(SafeFileHandle handle)
    {
        byte[] capabilities = new byte[CapabilitiesSize];
        if (ioctl(handle, QueryCapabilities, capabilities) != 0)
            return false;
        uint driver = BitConverter.ToUInt32(capabilities, CapabilitiesOffset);
        uint node = (driver & DeviceCapabilitiesAreSet) != 0 ? BitConverter.ToUInt32(capabilities, DeviceCapabilitiesOffset) : driver;
        return (node & (VideoCapture | VideoCaptureMultiplanar)) != 0;
    }

    private static SafeFileHandle? Open(string path, out string reason)
    {
        reason = "";
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            reason = "No such file or directory";
        }
        catch (UnauthorizedAccessException)
        {
            reason = "Permission denied";
        }
        catch (IOException e)
        {
            reason = e.Message;
        }
        return null;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle device, nuint request, [In, Out] byte[] argument);
}

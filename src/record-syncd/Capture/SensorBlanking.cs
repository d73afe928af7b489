using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>
/// The vertical blanking of a sensor, V4L2_CID_VBLANK on its sub-device: lines without picture at the end of each frame. The time of a line is taken as the period divided by the lines of now, because the
/// loop learns how far off that is. Written from the kernel's documentation and not tried on a device: that the sensor is the only one that offers blanking, how many frames
/// a change takes, and whether the driver takes one per frame, are what to look at there. Cameras on USB have no such control.
/// </summary>
internal sealed partial class SensorBlanking : IAdjustablePhase
{
    private const int Latency = 2;

    // linux/v4l2-controls.h, linux/videodev2.h and linux/v4l2-subdev.h; all 'V'
    private const uint VerticalBlanking = 0x009E_0901;
    private const nuint GetControl = 0xC008_561B;
    private const nuint SetControl = 0xC008_561C;
    private const nuint QueryControl = 0xC044_5624;
    private const nuint GetSubdeviceFormat = 0xC058_5604;
    private const int ControlSize = 8;
    private const int QuerySize = 68;
    private const int QueryMinimum = 40;
    private const int QueryMaximum = 44;
    private const int QueryFlags = 56;
    private const int FormatSize = 88;
    private const int FormatActive = 1;
    private const int FormatHeight = 12;
    private const uint DisabledOrReadOnly = 0x1 | 0x4;

    private readonly SafeFileHandle device;
    private readonly string path;
    private readonly double line;
    private readonly int height;

    private SensorBlanking(SafeFileHandle device, string path, FrameRate rate, int height, Blanking now)
    {
        (this.device, this.path, this.height) = (device, path, height);
        line = (double)rate.Period.Value / (height + now.Value);
        Lengths = new FrameLengths(new Nanos((long)Math.Round(line)), new Nanos((long)Math.Ceiling((height + now.Minimum) * line)), new Nanos((long)((height + now.Maximum) * line)), Latency);
    }

    private readonly record struct Blanking(int Value, int Minimum, int Maximum);

    public FrameLengths Lengths { get; }

    /// <param name="videoDevice">/dev/videoN, for the words.</param>
    public static SensorBlanking? Open(string videoDevice, FrameRate rate, out string? whyNot)
    {
        List<SensorBlanking> found = [];
        foreach (string path in Directory.GetFiles("/dev", "v4l-subdev*").Order(StringComparer.Ordinal))
        {
            if (TryOpen(path, rate) is { } sensor)
                found.Add(sensor);
        }
        whyNot = found.Count switch
        {
            0 => $"no sensor behind {videoDevice} has a vertical blanking that can be set",
            1 => null,
            _ => $"{found.Count} sensors have a vertical blanking ({string.Join(", ", found.Select(sensor => sensor.path))}), and which is that of {videoDevice} cannot be told",
        };
        if (whyNot is null)
            return found[0];
        found.ForEach(sensor => sensor.Dispose());
        return null;
    }

    public void SetFrameLength(Nanos length)
    {
        byte[] control = new byte[ControlSize];
        BitConverter.TryWriteBytes(control, VerticalBlanking);
        BitConverter.TryWriteBytes(control.AsSpan(4), (int)Math.Round(length.Value / line) - height);
        if (ioctl(device, SetControl, control) != 0)
            throw new IOException($"{path} refuses a vertical blanking: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    public void Dispose() => device.Dispose();

    private static SensorBlanking? TryOpen(string path, FrameRate rate)
    {
        SafeFileHandle device;
        try
        {
            device = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        if (Ask(device) is { } blanking && HeightOf(device) is { } height)
            return new SensorBlanking(device, path, rate, height, blanking);
        device.Dispose();
        return null;
    }

    private static Blanking? Ask(SafeFileHandle device)
    {
        byte[] query = new byte[QuerySize], control = new byte[ControlSize];
        BitConverter.TryWriteBytes(query, VerticalBlanking);
        BitConverter.TryWriteBytes(control, VerticalBlanking);
        if (ioctl(device, QueryControl, query) != 0 || (BitConverter.ToUInt32(query, QueryFlags) & DisabledOrReadOnly) != 0 || ioctl(device, GetControl, control) != 0)
            return null;
        return new Blanking(BitConverter.ToInt32(control, 4), BitConverter.ToInt32(query, QueryMinimum), BitConverter.ToInt32(query, QueryMaximum));
    }

    private static int? HeightOf(SafeFileHandle device)
    {
        byte[] format = new byte[FormatSize];
        BitConverter.TryWriteBytes(format, FormatActive);
        return ioctl(device, GetSubdeviceFormat, format) == 0 && BitConverter.ToInt32(format, FormatHeight) is > 0 and var height ? height : null;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle device, nuint request, [In, Out] byte[] argument);
}

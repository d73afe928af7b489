using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>Whether a path still leads to the file that is open: after an unmount, writes go on as if nothing had happened, to a disk that nobody finds any more.</summary>
internal static partial class FileIdentity
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH: the open file itself
    private const uint Inode = 0x100; // STATX_INO
    private const int NoSuchFile = 2;
    private const int NotADirectory = 20;

    public static bool IsStillAt(SafeFileHandle open, string path)
    {
        // what cannot be asked, on old kernels or strange file systems, is not doubted
        if (open.IsClosed || StatX(open, "", EmptyPath, Inode, out StatXBuffer ours) != 0)
            return true;
        if (StatX(CurrentFolder, path, 0, Inode, out StatXBuffer there) != 0)
            return Marshal.GetLastPInvokeError() is not (NoSuchFile or NotADirectory);
        return (ours.Inode, ours.DeviceMajor, ours.DeviceMinor) == (there.Inode, there.DeviceMajor, there.DeviceMinor);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(SafeFileHandle folder, string path, int flags, uint mask, out StatXBuffer buffer);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(int folder, string path, int flags, uint mask, out StatXBuffer buffer);

    /// <summary>The same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatXBuffer
    {
        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}

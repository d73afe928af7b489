using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>Puts repaired files in the place of damaged ones, which are kept. At every moment one of the two has the name.</summary>
internal static partial class Original
{
    /// <summary>Behind the whole name, so that no program takes it for footage.</summary>
    public const string Suffix = ".salvage-original";

    private const int Exists = 17;
    private const int WouldBlock = 11;
    private const int SharedLock = 1; // LOCK_SH

    /// <summary>The lock of a file that nobody writes; null when a recording holds it open, in any process.</summary>
    /// <exception cref="IOException">It is not there, or cannot be opened.</exception>
    public static SafeFileHandle? TryLock(string path)
    {
        try
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            // alone with it: from now on reading is allowed, and another salvage is not
            _ = Flock(file, SharedLock);
            return file;
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException) && e.HResult == WouldBlock)
        {
            return null;
        }
    }

    /// <summary>While this is held, <see cref="TryLock"/> gives null. Gone with the process, however that ends.</summary>
    public static IDisposable Hold(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the take is worth more than its lock
            return new SafeFileHandle();
        }
    }

    public static string UnfinishedOf(string path) => Path.Join(Path.GetDirectoryName(Path.GetFullPath(path)), $".{Path.GetFileNameWithoutExtension(path)}.salvage{Path.GetExtension(path)}");

    /// <returns>The name under which the old file is kept.</returns>
    /// <exception cref="IOException">The disk does not allow it; the old file still has its name.</exception>
    public static string Replace(string path, string repaired)
    {
        string kept = Keep(path);
        File.Move(repaired, path, overwrite: true);
        DirectoryEntry.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return kept;
    }

    /// <summary>Writes a whole file and gives it the name.</summary>
    public static void Put(string path, ReadOnlySpan<byte> repaired)
    {
        string unfinished = UnfinishedOf(path);
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(repaired);
            file.Flush(flushToDisk: true);
        }
        File.Move(unfinished, path, overwrite: true);
        DirectoryEntry.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Gives a file a second name. One that is kept already, by a salvage that was itself cut off, is the older and stays.</summary>
    public static string Keep(string path)
    {
        string kept = path + Suffix;
        if (File.Exists(kept))
            return kept;
        if (Link(path, kept) == 0)
            return kept;
        int error = Marshal.GetLastPInvokeError();
        if (error == Exists)
            return kept;
        // FAT knows one name only: copied, then
        string unfinished = UnfinishedOf(kept);
        File.Copy(path, unfinished, overwrite: true);
        using (SafeFileHandle copy = File.OpenHandle(unfinished, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            RandomAccess.FlushToDisk(copy);
        File.Move(unfinished, kept);
        return kept;
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string from, string to);
}

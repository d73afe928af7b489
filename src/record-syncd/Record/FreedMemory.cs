using System.Runtime.InteropServices;

namespace RecordSync.Daemon;

/// <summary>
/// An encoder lives for one take and allocates on threads of its own. What it frees stays in pieces in the C library's arenas, a few more with every take: a node that makes takes all
/// day would grow all day (<c>./dev soak</c>).
/// </summary>
internal static partial class FreedMemory
{
    /// <summary>Gives back to the system what is free. Takes some milliseconds: between takes.</summary>
    public static void GiveBack()
    {
        try
        {
            _ = malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // another C library than glibc, with another heap
        }
    }

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint keep);
}

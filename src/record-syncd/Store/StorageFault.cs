namespace RecordSync.Daemon;

/// <summary>Puts what the operating system says about a file into a sentence with a remedy.</summary>
internal static class StorageFault
{
    // errno values; IOException.HResult carries the raw number on Linux
    private const int FileExists = 17;
    private const int NotADirectory = 20;
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;

    public static bool IsExists(IOException e) => e.HResult == FileExists;

    public static string Describe(Exception e, string place) =>
        e switch
        {
            { HResult: NoSpace } => $"The disk of \"{place}\" is full: delete or move old takes, or choose another --output.",
            { HResult: QuotaExceeded } => $"The disk quota for \"{place}\" is used up: delete or move old takes, or choose another --output.",
            { HResult: ReadOnlyFileSystem } =>
                $"\"{place}\" is on a read-only file system: mount it writable (mount -o remount,rw …), or choose another --output.",
            { HResult: NotADirectory } => $"A part of \"{place}\" is a file, not a folder: choose another --output.",
            UnauthorizedAccessException =>
                $"No permission to write to \"{place}\": change its owner (sudo chown {Environment.UserName} …), or choose another --output.",
            DirectoryNotFoundException or FileNotFoundException => $"\"{place}\" does not exist any more: was it moved, or its disk taken out?",
            PathTooLongException => $"The path \"{place}\" is too long: choose a shorter --output.",
            _ => $"\"{place}\" cannot be written: {e.Message}",
        };
}

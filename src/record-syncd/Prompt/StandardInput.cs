namespace RecordSync.Daemon;

/// <summary>What standard input is: the end of a pipe means "quit", the end of a service's /dev/null means nothing.</summary>
internal static class StandardInput
{
    public static bool IsPipeOrFile()
    {
        try
        {
            // the link of a pipe names no file ("pipe:[123]"), which is why its text is looked at and not followed
            string? target = new FileInfo("/proc/self/fd/0").LinkTarget;
            return target is not null && !target.StartsWith("/dev/", StringComparison.Ordinal);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

namespace RecordSync.Daemon;

/// <summary>Whether a take could be written now. Asked before Ready and every two seconds after: one small file made and removed, one statfs.</summary>
internal static class OutputCheck
{
    /// <summary>Bytes; about half a minute of 8 Mbit/s, enough to stop a take in good order.</summary>
    public const long LeastFree = 32 << 20;

    private static readonly DiskBudget Least = new(new StorageOptions { MinRecordTime = default, Reserve = default(DiskReserve) }, 1);

    /// <returns>Null when all is well, else a sentence with the remedy.</returns>
    /// <param name="budget">Null: only the space that stopping in good order needs.</param>
    public static string? Probe(OutputPath output, string node, DiskBudget? budget = null)
    {
        if (output.FaultOfFolder(take: null, node) is { } fault)
            return fault;
        string folder = output.ExistingFolder(node);
        try
        {
            // permission bits tell root nothing, and nobody about a read-only mount: only trying tells
            string trial = Path.Join(folder, $".record-syncd-{Environment.ProcessId}.tmp");
            using (new FileStream(trial, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.DeleteOnClose)) { }
            long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
            return (budget ?? Least).Complaint(free, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return StorageFault.Describe(e, folder);
        }
    }

    /// <returns>Bytes that may still be written, or null when the folder cannot be asked.</returns>
    public static long? FreeBytes(OutputPath output, string node)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(output.ExistingFolder(node))).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

namespace RecordSync.Daemon;

/// <summary>What the free space of a disk means in time of recording.</summary>
internal sealed class DiskBudget(StorageOptions storage, int bitrateKbps)
{
    /// <summary>Shorter takes say little about the bitrate.</summary>
    private static readonly TimeSpan LeastMeasured = TimeSpan.FromSeconds(5);

    private double bytesPerSecond = bitrateKbps * 125.0;

    /// <summary>What a recording leaves free.</summary>
    public long Reserve => (storage.Reserve ?? DiskReserve.Default).At(Volatile.Read(ref bytesPerSecond));

    /// <summary>Without so much a START is refused.</summary>
    public long LeastToStart => Math.Max(OutputCheck.LeastFree, Reserve + (long)(storage.MinRecordTime.Seconds * Volatile.Read(ref bytesPerSecond)));

    /// <summary>From what is really written; until then the asked bitrate counts.</summary>
    public void Measure(long bytes, TimeSpan time)
    {
        if (time >= LeastMeasured && bytes > 0)
            Volatile.Write(ref bytesPerSecond, bytes / time.TotalSeconds);
    }

    public double SecondsLeft(long free) => Math.Max(0, free - Reserve) / Volatile.Read(ref bytesPerSecond);

    /// <returns>Null when there is room for a START, else a sentence with the remedy.</returns>
    public string? Complaint(long free, string folder)
    {
        long least = LeastToStart;
        if (free >= least)
            return null;
        string what = least == OutputCheck.LeastFree ? "" : $" for {Quantity.Duration(storage.MinRecordTime.Seconds)} of recording (--min-record-time) and a reserve of {Quantity.Bytes(Reserve)} (--reserve)";
        return $"Disk full: only {free >> 20} MB are free on the disk of \"{folder}\", at least {least >> 20} are needed{what}: delete or move old takes, or choose another --output.";
    }
}

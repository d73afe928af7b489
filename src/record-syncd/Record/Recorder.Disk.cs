namespace RecordSync.Daemon;

/// <summary>The disk of the running take: how long it lasts, and when the take has to end because of it (docs/operating.md, "Disks").</summary>
internal sealed partial class Recorder
{
    private void Progress(ActiveTake take)
    {
        TakeCounts counts = take.Recording.Counts with { Queued = take.Video.WaitingForDisk };
        take.DeepestQueue = Math.Max(take.DeepestQueue, counts.Queued);
        report(new RecorderEvent.Progress(take.Recording.Plan.Name, counts));
        Budget.Measure(counts.Bytes, take.Recording.Plan.Rate.TimeOf(counts.Frames).ToTimeSpan());
        SayDisk();
        if (take.EndedEarly is null && FaultOfDisk(take) is { } reason)
        {
            take.EndedEarly = reason;
            // no point further than the one that is being recorded
            take.Recording.StopAt(0);
        }
    }

    /// <summary>Why the take has to end now, while its file can still be closed properly.</summary>
    private string? FaultOfDisk(ActiveTake take)
    {
        if (take.Video.Current.File is { } file && !FileIdentity.IsStillAt(file.Handle, file.Path))
            return $"\"{file.Path}\" has vanished: its disk was taken out or unmounted, or the file moved. What was recorded is on that disk, as far as it got";
        long? free = OutputCheck.FreeBytes(output, settings.NodeId);
        return free < Budget.Reserve ? $"disk full: only {free >> 20} MB are free on the disk of \"{take.Files.Video}\", and {Quantity.Bytes(Budget.Reserve)} are kept free (--reserve)" : null;
    }

    private void SayDisk()
    {
        if (OutputCheck.FreeBytes(output, settings.NodeId) is { } free)
            report(new RecorderEvent.DiskLeft((long)Budget.SecondsLeft(free)));
    }
}

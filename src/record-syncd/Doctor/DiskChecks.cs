using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>What a trial file has told of a disk.</summary>
/// <param name="LongestSync">Until the disk had what had been written.</param>
internal sealed record DiskTrial(long Bytes, TimeSpan Took, TimeSpan LongestSync)
{
    public double BytesPerSecond => Bytes / Math.Max(1e-6, Took.TotalSeconds);
}

/// <summary>The folder of the takes: its permissions, room and speed, tried by writing.</summary>
internal static class DiskChecks
{
    /// <summary>As a recording does, twice a second.</summary>
    private const int PartsPerSecond = 2;
    private const int LeastTrial = 4 << 20;
    private const int MostTrial = 16 << 20;
    private static readonly TimeSpan LongestTrial = TimeSpan.FromSeconds(3);

    /// <summary>The recording and its sidecar, with a pause of the disk now and then.</summary>
    private const double Needed = 1.5;
    private const double Comfortable = 4;

    /// <summary>What is newer than the last sync is lost in a power cut.</summary>
    private static readonly TimeSpan LongSync = TimeSpan.FromSeconds(1);

    // memory, without journal and with files of 4 GB at most, or at the far end of the network that the clocks use
    private static readonly Dictionary<string, (string What, string Remedy)> Poor = new(StringComparer.OrdinalIgnoreCase)
    {
        ["tmpfs"] = ("is memory (tmpfs): takes are gone after a restart", "an --output on a disk"),
        ["ramfs"] = ("is memory (ramfs): takes are gone after a restart", "an --output on a disk"),
        ["vfat"] = ("is FAT: files end at 4 GB, and a power cut may cost the folder", "--segment 10min, or a disk with ext4 (sudo mkfs.ext4 …)"),
        ["msdos"] = ("is FAT: files end at 4 GB, and a power cut may cost the folder", "--segment 10min, or a disk with ext4 (sudo mkfs.ext4 …)"),
        ["nfs"] = ("is on the network: what is written there delays the clocks' packets", "record to a local disk, and copy afterwards"),
        ["nfs4"] = ("is on the network: what is written there delays the clocks' packets", "record to a local disk, and copy afterwards"),
        ["cifs"] = ("is on the network: what is written there delays the clocks' packets", "record to a local disk, and copy afterwards"),
        ["smb2"] = ("is on the network: what is written there delays the clocks' packets", "record to a local disk, and copy afterwards"),
    };

    /// <param name="obstacle">Why nothing may be written now that costs time; null where it may. Asked again while it is written.</param>
    public static IEnumerable<Finding> Run(NodeOptions options, string node, Func<string?> obstacle)
    {
        if (!OutputPath.TryParse(options.Output, out OutputPath? output, out string? fault))
        {
            yield return Finding.FromSentence("output", FindingVerdict.Problem, fault);
            yield break;
        }
        string folder = Path.GetFullPath(output.ExistingFolder(node));
        if (OutputCheck.Probe(output, node) is { } unwritable)
        {
            yield return Finding.FromSentence("output", FindingVerdict.Problem, unwritable);
            yield break;
        }
        DriveInfo drive = new(folder);
        string format = FormatOf(drive);
        yield return Poor.TryGetValue(format, out (string What, string Remedy) poor)
            ? Finding.Warning("output", $"{folder} can be written, but {poor.What}", poor.Remedy)
            : Finding.Ok("output", $"{folder} can be written ({format})");
        yield return Room(new DiskBudget(options.Storage, options.Bitrate), options.Storage, drive.AvailableFreeSpace, folder);
        yield return Speed(folder, options.Bitrate, obstacle);
    }

    private static string FormatOf(DriveInfo drive)
    {
        try
        {
            return drive.DriveFormat;
        }
        catch (IOException)
        {
            return "a file system that does not tell its kind";
        }
    }

    /// <summary>Pure.</summary>
    internal static Finding Room(DiskBudget budget, StorageOptions storage, long free, string folder) =>
        budget.Complaint(free, folder) is { } complaint
            ? Finding.FromSentence("disk room", FindingVerdict.Problem, complaint)
            : Finding.Ok("disk room", $"{Quantity.Bytes(free)} free: {Quantity.Duration(budget.SecondsLeft(free))} of recording, {Quantity.Duration(storage.MinRecordTime.Seconds)} are wanted (--min-record-time)");

    private static Finding Speed(string folder, int bitrateKbps, Func<string?> obstacle)
    {
        try
        {
            return Try(folder, bitrateKbps * 125, obstacle, out string? interrupted) is { } trial ? OfSpeed(trial, bitrateKbps * 125.0, folder) : Finding.Postponed("disk speed", interrupted!);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Finding.FromSentence("disk speed", FindingVerdict.Problem, StorageFault.Describe(fault, folder));
        }
    }

    /// <summary>Writes parts of half a second of recording, each brought to the disk; the file is removed.</summary>
    /// <returns>Null where an obstacle was there, or came in between.</returns>
    internal static DiskTrial? Try(string folder, int bytesPerSecond, Func<string?> obstacle, out string? interrupted)
    {
        if ((interrupted = obstacle()) is not null)
            return null;
        byte[] part = new byte[Math.Clamp(bytesPerSecond / PartsPerSecond, 64 << 10, MostTrial / 2)];
        // a disk that compresses or finds doubles would be flattered by zeros
        Random.Shared.NextBytes(part);
        long total = Math.Clamp((long)bytesPerSecond * 2, LeastTrial, MostTrial);
        string path = Path.Join(folder, $".record-syncd-doctor-{Environment.ProcessId}.tmp");
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        // its name goes at once and its blocks with the handle, also when the doctor is killed
        File.Delete(path);
        long written = 0, start = Stopwatch.GetTimestamp();
        TimeSpan longest = TimeSpan.Zero;
        while (written < total && Stopwatch.GetElapsedTime(start) < LongestTrial)
        {
            if ((interrupted = obstacle()) is not null)
                return null;
            RandomAccess.Write(file, part, written);
            written += part.Length;
            long before = Stopwatch.GetTimestamp();
            RandomAccess.FlushToDisk(file);
            TimeSpan took = Stopwatch.GetElapsedTime(before);
            longest = took > longest ? took : longest;
        }
        return new DiskTrial(written, Stopwatch.GetElapsedTime(start), longest);
    }

    /// <summary>Pure.</summary>
    internal static Finding OfSpeed(DiskTrial trial, double bytesPerSecond, string folder)
    {
        const string Check = "disk speed";
        double times = trial.BytesPerSecond / bytesPerSecond;
        string evidence = $"{Quantity.Bytes(trial.Bytes)} in {folder} at {Quantity.Bytes((long)trial.BytesPerSecond)}/s, {times:0.#} times what is recorded; the longest sync took {trial.LongestSync.TotalMilliseconds:0} ms";
        return times < Needed ? Finding.Problem(Check, evidence, $"a faster disk (SSD instead of SD card or USB stick), or a lower --bitrate: {(int)(trial.BytesPerSecond / Needed / 125)} kbit/s at the most")
            : times < Comfortable ? Finding.Warning(Check, evidence, "a faster disk (SSD instead of SD card or USB stick), or a lower --bitrate")
            : trial.LongestSync > LongSync ? Finding.Warning(Check, $"{evidence}: a power cut costs as much", "a disk that nothing else writes to; an SSD instead of an SD card")
            : Finding.Ok(Check, evidence);
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace RecordSync.Daemon;

/// <summary>
/// SHA-256 of the files of finished takes, one after the other, on a thread that the next take does not feel: lowest processor priority, idle class of the disk's
/// scheduler, and a bounded reading rate, a small one while a take is being recorded.
/// </summary>
internal sealed class FileHasher : IDisposable
{
    public const int BytesPerSecond = 100 << 20;
    public const int BytesPerSecondWhileRecording = 8 << 20;

    private const int Chunk = 1 << 18;
    private static readonly TimeSpan LongestEnding = TimeSpan.FromSeconds(5);

    private readonly Channel<Job> jobs = Channel.CreateUnbounded<Job>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource giveUp = new();
    private readonly Thread thread;
    private volatile bool recording;
    private volatile bool hurry;

    public FileHasher()
    {
        thread = new Thread(Work) { IsBackground = true, Name = "hashes" };
        thread.Start();
    }

    private sealed record Job(IReadOnlyList<string> Files, Action<IReadOnlyList<FileHash>> Done);

    /// <summary>A take is being recorded on this node: its disk comes first.</summary>
    public bool Recording
    {
        set => recording = value;
    }

    /// <param name="done">Called on this object's thread; not at all when a file cannot be read or the program ends before.</param>
    public void Add(IReadOnlyList<string> files, Action<IReadOnlyList<FileHash>> done) => jobs.Writer.TryWrite(new Job(files, done));

    /// <summary>What is queued is finished at full speed, as far as that goes in a few seconds.</summary>
    public void Dispose()
    {
        hurry = true;
        jobs.Writer.TryComplete();
        giveUp.CancelAfter(LongestEnding);
        thread.Join();
        giveUp.Dispose();
    }

    private void Work()
    {
        IdlePriority.OfThisThread();
        while (jobs.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (jobs.Reader.TryRead(out Job? job))
                Work(job);
        }
    }

    private void Work(Job job)
    {
        try
        {
            List<FileHash> hashes = [.. job.Files.Select(HashOf)];
            job.Done(hashes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            // moved away, or no time left: a manifest without hashes says just that
        }
    }

    private FileHash HashOf(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan);
        using IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[Chunk];
        long bytes = 0, started = Stopwatch.GetTimestamp();
        double owed = 0;
        while (file.Read(buffer) is > 0 and int read)
        {
            giveUp.Token.ThrowIfCancellationRequested();
            sha.AppendData(buffer.AsSpan(0, read));
            bytes += read;
            if (hurry)
                continue;
            // what this chunk should have taken at the rate that is allowed now, less what it took
            owed += (double)read / (recording ? BytesPerSecondWhileRecording : BytesPerSecond) - Stopwatch.GetElapsedTime(started).TotalSeconds;
            started = Stopwatch.GetTimestamp();
            if (owed > 0.01)
                giveUp.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(Math.Min(owed, 1)));
            owed = Math.Max(owed, -0.1);
        }
        return new FileHash(Path.GetFileName(path), bytes, Convert.ToHexStringLower(sha.GetHashAndReset()));
    }
}

/// <summary>ioprio_set(2): .NET has no word for the disk's scheduler.</summary>
internal static partial class IdlePriority
{
    private const int WhoProcess = 1;
    private const int ClassIdle = 3 << 13;

    /// <summary>This thread reads when nobody else wants the disk, and calculates when nobody else wants the processor. Refused or unknown: then only the rate is bounded.</summary>
    public static void OfThisThread()
    {
        int number = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 251,
            Architecture.Arm64 => 30,
            _ => -1,
        };
        if (number > 0)
            _ = SystemCall(number, WhoProcess, 0, ClassIdle);
        _ = SetPriority(0, 0, 19);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SystemCall(long number, long which, long who, long priority);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int nice);
}

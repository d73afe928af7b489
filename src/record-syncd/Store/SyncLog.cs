using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// <c>--sync-log FILE</c>: what this node's clock said, ten times a second, as CSV for a plot or a sceptic. Appended to, never overwritten, in whole
/// rows. A disk that is full is told once; the log goes on when there is room again, and nothing else depends on it.
/// </summary>
internal sealed class SyncLog : IAsyncDisposable
{
    public const string Header = "local_ns,network_ns,offset_ns,rate_ppb,delay_ns,dispersion_ns,error_ns,state,samples_used";

    private const int RowsPerFlush = 10;
    private static readonly TimeSpan RowEvery = TimeSpan.FromMilliseconds(100);

    private readonly FileStream file;
    private readonly StringBuilder rows = new();
    private readonly CancellationTokenSource stopping = new();
    private Task writing = Task.CompletedTask;
    private int waiting;
    private long missing;

    private SyncLog(FileStream file) => this.file = file;

    /// <param name="fault">Why it cannot be written, and what to do.</param>
    public static bool TryOpen(string path, [NotNullWhen(true)] out SyncLog? log, [NotNullWhen(false)] out string? fault)
    {
        (log, fault) = (null, null);
        FileStream? file = null;
        try
        {
            // no buffer: what could not be written must not be written again when the file is closed
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            Claim(file);
            Begin(file);
            log = new SyncLog(file);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            file?.Dispose();
            fault = Describe(refused, path);
            return false;
        }
    }

    public void Start(NodeLoop loop, Action<NoticeLevel, string> tell) => writing = Write(loop, tell);

    public static string Row(in ClockReading reading)
    {
        string network = "", offset = "";
        if (reading.Network is { } time)
            (network, offset) = (Text(time.Nanoseconds), Text(time.Nanoseconds - reading.Local.Nanoseconds));
        return $"{Text(reading.Local.Nanoseconds)},{network},{offset},{Text(reading.RatePpb)},{Text(reading.DelayNs)},{Text(reading.DispersionNs)},"
            + $"{Text(reading.ErrorNs)},{reading.State},{reading.Samples}";
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await writing;
        await file.DisposeAsync();
        stopping.Dispose();
    }

    /// <summary>Two nodes would write over each other's rows. A lock of the kind that readers do not ask about, and that goes with the process.</summary>
    private static void Claim(FileStream file)
    {
        const int TryAgain = 11; // EAGAIN: another process has it
        try
        {
            if (OperatingSystem.IsLinux())
                file.Lock(0, 1);
        }
        catch (IOException refused) when (refused.HResult != TryAgain)
        {
            // a file system without locks
        }
    }

    /// <summary>The header, where the file is empty; a new line, where the last one was cut off in its middle.</summary>
    private static void Begin(FileStream file)
    {
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            if (file.ReadByte() != '\n')
                file.Write("\n"u8);
        }
        else
            file.Write(Encoding.ASCII.GetBytes(Header + "\n"));
    }

    private static string Describe(Exception refused, string path) =>
        refused switch
        {
            DirectoryNotFoundException => $"The folder of the sync log {path} does not exist. Make it: mkdir -p {Path.GetDirectoryName(path)}",
            _ when Directory.Exists(path) => $"The sync log {path} is a folder. Give a file, for example --sync-log {Path.Join(path, "sync.csv")}",
            UnauthorizedAccessException => $"No permission to write the sync log {path}: change its owner (sudo chown {Environment.UserName} …), or choose another file for --sync-log.",
            NotSupportedException => $"The sync log {path} is no file that can be appended to: choose another for --sync-log.",
            _ => $"The sync log {path} cannot be written: {refused.Message.TrimEnd('.')}. Choose another file for --sync-log.",
        };

    private async Task Write(NodeLoop loop, Action<NoticeLevel, string> tell)
    {
        using PeriodicTimer timer = new(RowEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                ClockReading reading = await loop.Ask((node, now) => node.ReadClock(now));
                rows.Append(Row(reading)).Append('\n');
                if (++waiting == RowsPerFlush)
                    Flush(tell);
            }
        }
        catch (OperationCanceledException)
        {
            // the node leaves
        }
        Flush(tell);
    }

    private void Flush(Action<NoticeLevel, string> tell)
    {
        long whole = file.Position;
        try
        {
            file.Write(Encoding.ASCII.GetBytes(rows.ToString()));
            if (missing > 0)
                tell(NoticeLevel.Info, $"the sync log {file.Name} is written again; {missing} rows are missing");
            missing = 0;
        }
        catch (IOException fault)
        {
            if (missing == 0)
                tell(NoticeLevel.Error, $"the sync log {file.Name} cannot be written: {fault.Message.TrimEnd('.')}. Make room on its disk; the node goes on without it until then");
            missing += waiting;
            CutOff(whole);
        }
        rows.Clear();
        waiting = 0;
    }

    /// <summary>Takes back what the disk had room for of rows that it had no room for.</summary>
    private void CutOff(long length)
    {
        try
        {
            file.SetLength(length);
            file.Seek(length, SeekOrigin.Begin);
        }
        catch (IOException)
        {
            // a disk that is gone altogether
        }
    }

    private static string Text(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}

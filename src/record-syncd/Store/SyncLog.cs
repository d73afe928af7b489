using System.Globalization;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// <c>--sync-log FILE</c>: what this node's clock said, ten times a second, as CSV for a plot or a sceptic. Appended to, never overwritten; a file
/// that can no longer be written is told once, and nothing else depends on it.
/// </summary>
internal sealed class SyncLog : IAsyncDisposable
{
    public const string Header = "local_ns,network_ns,offset_ns,rate_ppb,delay_ns,dispersion_ns,error_ns,state,samples_used";

    private const int RowsPerFlush = 10;
    private static readonly TimeSpan RowEvery = TimeSpan.FromMilliseconds(100);

    private readonly FileStream file;
    private readonly CancellationTokenSource stopping = new();
    private Task writing = Task.CompletedTask;

    private SyncLog(FileStream file) => this.file = file;

    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static SyncLog Open(string path)
    {
        FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        if (file.Length == 0)
            file.Write(Encoding.ASCII.GetBytes(Header + "\n"));
        return new SyncLog(file);
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

    private async Task Write(NodeLoop loop, Action<NoticeLevel, string> tell)
    {
        using PeriodicTimer timer = new(RowEvery);
        StringBuilder rows = new();
        try
        {
            for (int row = 1; await timer.WaitForNextTickAsync(stopping.Token); row++)
            {
                ClockReading reading = await loop.Ask((node, now) => node.ReadClock(now));
                rows.Append(Row(reading)).Append('\n');
                if (row % RowsPerFlush == 0)
                    Flush(rows);
            }
        }
        catch (OperationCanceledException)
        {
            // the node leaves
        }
        catch (IOException fault)
        {
            tell(NoticeLevel.Error, $"the sync log {file.Name} cannot be written any more: {fault.Message}");
            return;
        }
        try
        {
            Flush(rows);
        }
        catch (IOException)
        {
            // the last second of a log on a disk that is gone
        }
    }

    private void Flush(StringBuilder rows)
    {
        file.Write(Encoding.ASCII.GetBytes(rows.ToString()));
        file.Flush();
        rows.Clear();
    }

    private static string Text(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}

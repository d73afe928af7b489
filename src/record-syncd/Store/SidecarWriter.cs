using System.Buffers.Text;

namespace RecordSync.Daemon;

/// <summary>One frame of the video. Times in nanoseconds: PTS in the file, capture instant in network time by the clock estimate of that moment, its distance from the grid, and the same instant on the node's own monotonic clock.</summary>
/// <param name="CaptureNs">Null, with <paramref name="LocalNs"/>, where the camera had no picture and none stands in.</param>
internal readonly record struct SidecarRow(long Index, long PtsNs, long? CaptureNs, long ResidualNs, SidecarFlags Flags, long Bytes, long? LocalNs = null);

/// <summary>
/// Writes X.frames.csv while the take runs. <see cref="Append"/> is called on GStreamer's streaming thread: it copies the row into an array
/// and returns; a thread of the writer's own does the formatting and waits for the disk.
/// </summary>
internal sealed class SidecarWriter : IDisposable
{
    public const string Header = "index,pts_ns,capture_ns,residual_ns,flags,bytes,local_ns,corrected_ns";

    private const int LongestRow = 6 * 21 + 64;
    private static readonly TimeSpan FlushEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan SyncEvery = TimeSpan.FromSeconds(1);

    private readonly string path;
    private readonly Lock gate = new();
    private readonly ManualResetEventSlim closing = new();
    private readonly Thread? thread;
    private SidecarRow[] filling = new SidecarRow[256];
    private SidecarRow[] writing = new SidecarRow[256];
    private byte[] text = new byte[256 * LongestRow];
    private int filled;
    private volatile string? error;
    private bool disposed;

    /// <summary>Replaces the file. A file that cannot be opened shows in <see cref="Error"/>: a take is worth having without its sidecar.</summary>
    public SidecarWriter(string path)
    {
        this.path = path;
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            file.Write("index,pts_ns,capture_ns,residual_ns,flags,bytes,local_ns,corrected_ns\n"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = StorageFault.Describe(e, path);
            file?.Dispose();
            return;
        }
        thread = new Thread(() => WriteUntilClosed(file)) { IsBackground = true, Name = "sidecar" };
        thread.Start();
    }

    /// <summary>Why rows are missing from some point on; null while all is well.</summary>
    public string? Error => error;

    /// <summary>Never waits for the disk and never throws; allocates only when the writer has fallen behind.</summary>
    public void Append(in SidecarRow row)
    {
        if (error is not null)
            return;
        lock (gate)
        {
            if (filled == filling.Length)
                Array.Resize(ref filling, filled * 2);
            filling[filled++] = row;
        }
    }

    /// <summary>Returns when every appended row is on the disk, or <see cref="Error"/> tells why not.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        closing.Set();
        thread?.Join();
        closing.Dispose();
    }

    private void WriteUntilClosed(FileStream file)
    {
        long good = file.Position;
        try
        {
            long synced = Environment.TickCount64;
            bool last;
            do
            {
                last = closing.Wait(FlushEvery);
                WritePending(file);
                good = file.Position;
                bool due = Environment.TickCount64 - synced >= SyncEvery.TotalMilliseconds;
                if (last || due)
                {
                    file.Flush(flushToDisk: true);
                    synced = Environment.TickCount64;
                }
            } while (!last);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = StorageFault.Describe(e, path);
            KeepWholeRows(file, good);
        }
        finally
        {
            Close(file);
        }
    }

    private void WritePending(FileStream file)
    {
        int count;
        lock (gate)
        {
            count = filled;
            filled = 0;
            (filling, writing) = (writing, filling);
        }
        if (text.Length < count * LongestRow)
            text = new byte[count * LongestRow];
        int length = 0;
        for (int i = 0; i < count; i++)
            length += Format(writing[i], text.AsSpan(length));
        if (length > 0)
            file.Write(text.AsSpan(0, length));
    }

    private static int Format(in SidecarRow row, Span<byte> to)
    {
        int at = 0;
        Number(row.Index, to, ref at, ',');
        Number(row.PtsNs, to, ref at, ',');
        Optional(row.CaptureNs, row.CaptureNs, to, ref at);
        Optional(row.CaptureNs, row.ResidualNs, to, ref at);
        int start = at;
        Flag(row.Flags, SidecarFlags.Repeated, "repeated"u8, to, start, ref at);
        Flag(row.Flags, SidecarFlags.Late, "late"u8, to, start, ref at);
        Flag(row.Flags, SidecarFlags.Duplicate, "duplicate"u8, to, start, ref at);
        Flag(row.Flags, SidecarFlags.Away, "away"u8, to, start, ref at);
        Flag(row.Flags, SidecarFlags.Missing, "missing"u8, to, start, ref at);
        Flag(row.Flags, SidecarFlags.Dropped, "dropped"u8, to, start, ref at);
        to[at++] = (byte)',';
        Number(row.Bytes, to, ref at, ',');
        Optional(row.LocalNs, row.LocalNs, to, ref at);
        // corrected_ns: known only when the take is over (SidecarCorrection)
        to[at++] = (byte)'\n';
        return at;
    }

    private static void Optional(long? known, long? value, Span<byte> to, ref int at)
    {
        if (known is not null && value is { } number)
            Number(number, to, ref at, ',');
        else
            to[at++] = (byte)',';
    }

    private static void Number(long value, Span<byte> to, ref int at, char end)
    {
        Utf8Formatter.TryFormat(value, to[at..], out int length);
        at += length;
        to[at++] = (byte)end;
    }

    private static void Flag(SidecarFlags flags, SidecarFlags flag, ReadOnlySpan<byte> name, Span<byte> to, int start, ref int at)
    {
        if ((flags & flag) == 0)
            return;
        if (at > start)
            to[at++] = (byte)'|';
        name.CopyTo(to[at..]);
        at += name.Length;
    }

    /// <summary>A disk that fills up takes half a row; a reader should not have to know.</summary>
    private static void KeepWholeRows(FileStream file, long length)
    {
        try
        {
            file.SetLength(length);
        }
        catch (IOException)
        {
            // the rows before are good, and the error has been told
        }
    }

    private void Close(FileStream file)
    {
        try
        {
            file.Dispose();
        }
        catch (IOException e)
        {
            error ??= StorageFault.Describe(e, path);
        }
    }
}

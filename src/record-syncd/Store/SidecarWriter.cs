using System.Buffers.Text;

namespace RecordSync.Daemon;

/// <summary>What happened to a slot of the frame grid, combined with '|' in the sidecar.</summary>
[Flags]
internal enum SidecarFlags
{
    None = 0,
    Repeated = 1,
    Late = 2,
    Dropped = 4,
}

/// <summary>One frame of the video. Times in nanoseconds: PTS in the file, capture instant in network time, and its distance from the grid.</summary>
internal readonly record struct SidecarRow(long Index, long PtsNs, long CaptureNs, long ResidualNs, SidecarFlags Flags, long Bytes);

/// <summary>
/// Writes X.frames.csv while the take runs. <see cref="Append"/> is called on GStreamer's streaming thread: it copies the row into an array
/// and returns; a thread of the writer's own does the formatting and waits for the disk.
/// </summary>
internal sealed class SidecarWriter : IDisposable
{
    public const string Header = "index,pts_ns,capture_ns,residual_ns,flags,bytes";

    private const int LongestRow = 5 * 20 + 32;
    private static readonly TimeSpan s_flushEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_syncEvery = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _closing = new();
    private readonly FileStream? _file;
    private readonly Thread? _thread;
    private SidecarRow[] _filling = new SidecarRow[256];
    private SidecarRow[] _writing = new SidecarRow[256];
    private byte[] _text = new byte[256 * LongestRow];
    private int _filled;
    private volatile string? _error;
    private bool _disposed;

    /// <summary>Replaces the file. A file that cannot be opened shows in <see cref="Error"/>: a take is worth having without its sidecar.</summary>
    public SidecarWriter(string path)
    {
        _path = path;
        try
        {
            _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            _file.Write("index,pts_ns,capture_ns,residual_ns,flags,bytes\n"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _error = StorageFault.Describe(e, path);
            _file?.Dispose();
            _file = null;
            return;
        }
        _thread = new Thread(WriteUntilClosed) { IsBackground = true, Name = "sidecar" };
        _thread.Start();
    }

    /// <summary>Why rows are missing from some point on; null while all is well.</summary>
    public string? Error => _error;

    /// <summary>Never waits for the disk and never throws; allocates only when the writer has fallen behind.</summary>
    public void Append(in SidecarRow row)
    {
        if (_error is not null)
            return;
        lock (_gate)
        {
            if (_filled == _filling.Length)
                Array.Resize(ref _filling, _filled * 2);
            _filling[_filled++] = row;
        }
    }

    /// <summary>Returns when every appended row is on the disk, or <see cref="Error"/> tells why not.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _closing.Set();
        _thread?.Join();
        _closing.Dispose();
    }

    private void WriteUntilClosed()
    {
        FileStream file = _file!;
        long good = file.Position;
        try
        {
            long synced = Environment.TickCount64;
            bool closing;
            do
            {
                closing = _closing.Wait(s_flushEvery);
                WritePending(file);
                good = file.Position;
                bool due = Environment.TickCount64 - synced >= s_syncEvery.TotalMilliseconds;
                if (closing || due)
                {
                    file.Flush(flushToDisk: true);
                    synced = Environment.TickCount64;
                }
            } while (!closing);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _error = StorageFault.Describe(e, _path);
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
        lock (_gate)
        {
            count = _filled;
            _filled = 0;
            (_filling, _writing) = (_writing, _filling);
        }
        if (_text.Length < count * LongestRow)
            _text = new byte[count * LongestRow];
        int length = 0;
        for (int i = 0; i < count; i++)
            length += Format(_writing[i], _text.AsSpan(length));
        if (length > 0)
            file.Write(_text.AsSpan(0, length));
    }

    private static int Format(in SidecarRow row, Span<byte> to)
    {
        int at = 0;
        Number(row.Index, to, ref at, ',');
        Number(row.PtsNs, to, ref at, ',');
        Number(row.CaptureNs, to, ref at, ',');
        Number(row.ResidualNs, to, ref at, ',');
        int start = at;
        Flag(row.Flags, SidecarFlags.Repeated, "repeated"u8, to, start, ref at);
        Flag(row.Flags, SidecarFlags.Late, "late"u8, to, start, ref at);
        Flag(row.Flags, SidecarFlags.Dropped, "dropped"u8, to, start, ref at);
        to[at++] = (byte)',';
        Number(row.Bytes, to, ref at, '\n');
        return at;
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
            _error ??= StorageFault.Describe(e, _path);
        }
    }
}

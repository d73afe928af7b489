using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>
/// The file that a muxer's bytes go to, at the positions that it asks for. Files of the mode "first-moov" get a hole behind their first box, in
/// which the index finds room when the take is finished (<see cref="Mp4Ending"/>): everything behind it lies that much further back than the
/// muxer believes, and what the muxer says of positions in the file is corrected on the way.
/// Written by one thread; <see cref="Sync"/> from any.
/// </summary>
internal sealed class MuxedFile : IDisposable
{
    private readonly SafeFileHandle file;
    private readonly int room;
    private long position;
    private long length;
    private int headEnd;
    private bool ending;

    /// <param name="room">Bytes to leave for the index; 0: the file is written as the muxer gives it.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public MuxedFile(string path, int room)
    {
        Path = path;
        this.room = room;
        // held open as long as the take lasts: its lock tells salvage, in any process, that somebody still writes here
        file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    public string Path { get; }

    public SafeFileHandle Handle => file;

    public long Length => Interlocked.Read(ref length);

    /// <summary>The hole for the index; 0 long where there is none.</summary>
    public (int Start, int Length) Room => (headEnd, room);

    /// <summary>The index that the muxer wanted to write at the end, with its own positions; null before it has come.</summary>
    public byte[]? Index { get; private set; }

    /// <summary>The next bytes belong here, in the muxer's own count.</summary>
    public void Seek(long to) => position = to;

    /// <exception cref="IOException">The disk did not take it.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (room == 0)
            Put(bytes, position);
        else if (headEnd == 0 && Mp4Box.IsWhole(bytes, "ftyp"u8))
            PutHead(bytes);
        else if (ending || IsFirstWordOfTheEnding(bytes))
        {
            // the muxer would overwrite the old index first and append the new one then: a power cut in between would leave none
            ending = true;
            if (Mp4Box.IsWhole(bytes, "moov"u8))
                Index = bytes.ToArray();
        }
        else if (Mp4Box.IsWhole(bytes, "moof"u8) || Mp4Box.IsWhole(bytes, "moov"u8))
            Put(Mended(Mp4Box.Moved(bytes, room)), position + room);
        else
            Put(bytes, position + room);
        position += bytes.Length;
    }

    /// <exception cref="IOException">The disk did not take it.</exception>
    public void Sync() => RandomAccess.FlushToDisk(file);

    public void Put(ReadOnlySpan<byte> bytes, long at)
    {
        RandomAccess.Write(file, bytes, at);
        if (at + bytes.Length > length)
            Interlocked.Exchange(ref length, at + bytes.Length);
    }

    public void Dispose() => file.Dispose();

    private static byte[] Mended(byte[] box)
    {
        if (Mp4Box.IsWhole(box, "moof"u8))
            Mp4Fragment.Mend(box);
        else
            Mp4Fragment.MendHead(box);
        return box;
    }

    private void PutHead(ReadOnlySpan<byte> head)
    {
        Put(head, 0);
        headEnd = head.Length;
        // a hole costs no space on the disk; a box "free" is passed over by every reader
        Put(Mp4Box.Header(room, "free"u8), headEnd);
    }

    /// <summary>GStreamer spoils the old index by one letter before it writes the new one; nothing else that it writes is one byte long.</summary>
    private static bool IsFirstWordOfTheEnding(ReadOnlySpan<byte> bytes) => bytes.Length == 1 && bytes[0] == (byte)'h';
}

using System.Runtime.InteropServices;

namespace RecordSync.Daemon;

/// <summary>Walks the control data of a received message (cmsg(3)); stops at the first entry that does not fit.</summary>
internal ref struct ControlMessages(ReadOnlySpan<byte> control)
{
    private static readonly int WordSize = IntPtr.Size;
    private static readonly int HeaderSize = WordSize + 2 * sizeof(int);

    private ReadOnlySpan<byte> rest = control;

    public int Level { get; private set; }

    public int Type { get; private set; }

    public ReadOnlySpan<byte> Data { get; private set; }

    public bool MoveNext()
    {
        if (rest.Length < HeaderSize)
            return false;
        nuint length = MemoryMarshal.Read<nuint>(rest);
        if (length < (nuint)HeaderSize || length > (nuint)rest.Length)
            return false;
        Level = MemoryMarshal.Read<int>(rest[WordSize..]);
        Type = MemoryMarshal.Read<int>(rest[(WordSize + sizeof(int))..]);
        Data = rest[HeaderSize..(int)length];
        rest = rest[Math.Min(Aligned((int)length), rest.Length)..];
        return true;
    }

    /// <summary>One message with a 32-bit value, for sending.</summary>
    public static byte[] Single(int level, int type, uint value)
    {
        byte[] message = new byte[HeaderSize + Aligned(sizeof(uint))];
        MemoryMarshal.Write(message, (nuint)(HeaderSize + sizeof(uint)));
        MemoryMarshal.Write(message.AsSpan(WordSize), level);
        MemoryMarshal.Write(message.AsSpan(WordSize + sizeof(int)), type);
        MemoryMarshal.Write(message.AsSpan(HeaderSize), value);
        return message;
    }

    /// <summary>
    /// The data of SCM_TIMESTAMPING (struct scm_timestamping: three times, of which the second is no longer used) or of SCM_TIMESTAMPNS (one). What
    /// is not there is 0.
    /// </summary>
    public static RawStamp ReadStamp(ReadOnlySpan<byte> data) =>
        new(ReadTimespec(data), data.Length < 6 * WordSize ? 0 : ReadTimespec(data[(4 * WordSize)..]));

    /// <summary>A struct timespec of C in nanoseconds; 0 where there is none.</summary>
    public static long ReadTimespec(ReadOnlySpan<byte> data) =>
        data.Length < 2 * WordSize ? 0 : MemoryMarshal.Read<nint>(data) * 1_000_000_000L + MemoryMarshal.Read<nint>(data[WordSize..]);

    private static int Aligned(int length) => (length + WordSize - 1) & ~(WordSize - 1);
}

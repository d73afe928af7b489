using System.Buffers.Binary;
using System.Text;

namespace RecordSync.Fuzz;

/// <summary>Makes one input of another: a few small changes of the kinds that break readers. The same seed makes the same inputs.</summary>
internal sealed class Mutations(FuzzTarget target, Random random)
{
    private static readonly long[] Numbers = [0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 32_767, 65_535, 65_536, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 62, long.MaxValue, long.MinValue];
    private static readonly string[] Spelled = ["0", "-1", "1e9", "1e400", "0.5", "2147483648", "4294967296", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "null", "true", "\"\"", "[]", "{}", "[null]", "\u00e9", "\u2028", "\\ud800", "\\u0000", "../../x", "/etc/passwd"];

    private readonly byte[][] words = [.. target.Words.Concat(Spelled).Select(Encoding.UTF8.GetBytes)];

    public byte[] Of(byte[] input, byte[] other)
    {
        List<byte> bytes = [.. input];
        for (int count = 1 << random.Next(4); count > 0; count--)
            Change(bytes, other);
        return bytes.Count > target.LongestInput ? [.. bytes[..target.LongestInput]] : [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        int at = random.Next(bytes.Count + 1), length = bytes.Count == 0 ? 0 : Math.Min(bytes.Count - Math.Min(at, bytes.Count - 1), 1 + random.Next(1 << random.Next(1, 9)));
        switch (random.Next(12))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when at < bytes.Count:
                bytes[at] += (byte)random.Next(-16, 17);
                break;
            case 3 when at < bytes.Count:
                bytes.RemoveRange(at, Math.Min(length, bytes.Count - at));
                break;
            case 4 when at < bytes.Count:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, Math.Min(length, bytes.Count - at)));
                break;
            case 5:
                bytes.InsertRange(at, words[random.Next(words.Length)]);
                break;
            case 6:
                Overwrite(bytes, at, words[random.Next(words.Length)]);
                break;
            case 7:
                Overwrite(bytes, at, Number());
                break;
            case 8 when other.Length > 0:
                int from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, 1 + random.Next(1 << random.Next(1, 9)))).ToArray());
                break;
            case 9 when other.Length > 0:
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other[random.Next(other.Length)..]);
                break;
            case 10:
                ReplaceNumber(bytes, at);
                break;
            case 11 when at < bytes.Count && length > 1:
                // many times the same: lists that are too long, and nesting that is too deep
                byte[] piece = [.. bytes.GetRange(at, Math.Min(length, bytes.Count - at))];
                for (int times = random.Next(2, 1 << random.Next(2, 9)); times > 0 && bytes.Count < target.LongestInput; times--)
                    bytes.InsertRange(at, piece);
                break;
        }
    }

    private byte[] Number()
    {
        long value = Numbers[random.Next(Numbers.Length)] + random.Next(-1, 2);
        byte[] bytes = new byte[8];
        if (random.Next(2) == 0)
            BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes[..(1 << random.Next(4))];
    }

    /// <summary>The next number that is spelled out gets another value.</summary>
    private void ReplaceNumber(List<byte> bytes, int at)
    {
        int start = bytes.FindIndex(Math.Min(at, bytes.Count), b => b is >= (byte)'0' and <= (byte)'9');
        if (start < 0)
            return;
        int end = start;
        while (end < bytes.Count && bytes[end] is >= (byte)'0' and <= (byte)'9')
            end++;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Encoding.ASCII.GetBytes($"{Numbers[random.Next(Numbers.Length)] + random.Next(-1, 2)}"));
    }

    private static void Overwrite(List<byte> bytes, int at, byte[] with)
    {
        for (int i = 0; i < with.Length && at + i < bytes.Count; i++)
            bytes[at + i] = with[i];
    }
}

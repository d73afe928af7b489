using System.Globalization;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// Bytes of a terminal → keys: UTF-8 text, control characters, and the escape sequences of xterm and its kin (ECMA-48 CSI and SS3). Total: what is
/// unknown is swallowed. A sequence may arrive in pieces, so a lone Escape waits for what follows; it means nothing at this prompt.
/// </summary>
internal sealed class KeyParser
{
    private const int LongestSequence = 32;

    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder sequence = new();
    private bool alt;

    public void Parse(ReadOnlySpan<byte> bytes, Queue<ConsoleKeyInfo> keys)
    {
        Span<char> characters = new char[bytes.Length + 4];
        int count = decoder.GetChars(bytes, characters, flush: false);
        foreach (char c in characters[..count])
            Parse(c, keys);
    }

    private void Parse(char c, Queue<ConsoleKeyInfo> keys)
    {
        if (sequence.Length == 0)
        {
            if (c == '\e')
                sequence.Append(c);
            else
                keys.Enqueue(Plain(c));
            return;
        }
        if (sequence.Length == 1)
        {
            if (c is '[' or 'O')
            {
                sequence.Append(c);
            }
            else if (c == '\e')
            {
                alt = true;
            }
            else
            {
                ConsoleKeyInfo key = Plain(c);
                keys.Enqueue(new ConsoleKeyInfo(key.KeyChar, key.Key, false, true, key.Modifiers.HasFlag(ConsoleModifiers.Control)));
                Reset();
            }
            return;
        }
        sequence.Append(c);
        if (c is < '@' or > '~' && sequence.Length < LongestSequence && c >= ' ')
            return;
        if (Known(sequence.ToString()) is { } known)
            keys.Enqueue(known);
        Reset();
    }

    private void Reset()
    {
        sequence.Clear();
        alt = false;
    }

    private static ConsoleKeyInfo Plain(char c) =>
        c switch
        {
            '\r' or '\n' => new ConsoleKeyInfo(c, ConsoleKey.Enter, false, false, false),
            '\t' => new ConsoleKeyInfo(c, ConsoleKey.Tab, false, false, false),
            '\b' or '\u007f' => new ConsoleKeyInfo(c, ConsoleKey.Backspace, false, false, false),
            >= '\u0001' and <= '\u001a' => new ConsoleKeyInfo(c, ConsoleKey.A + (c - 1), false, false, true),
            _ when char.IsAsciiLetter(c) => new ConsoleKeyInfo(c, ConsoleKey.A + (char.ToUpperInvariant(c) - 'A'), char.IsAsciiLetterUpper(c), false, false),
            _ => new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false),
        };

    /// <summary>"ESC [ 1 ; 5 D": the last character is the key, or '~' and the first number is; the second number is 1 + modifiers (1 Shift, 2 Alt, 4 Ctrl).</summary>
    private ConsoleKeyInfo? Known(string text)
    {
        string[] numbers = text[2..^1].Split(';');
        ConsoleKey key = text[^1] switch
        {
            'A' => ConsoleKey.UpArrow,
            'B' => ConsoleKey.DownArrow,
            'C' => ConsoleKey.RightArrow,
            'D' => ConsoleKey.LeftArrow,
            'H' => ConsoleKey.Home,
            'F' => ConsoleKey.End,
            'M' when text[1] == 'O' => ConsoleKey.Enter,
            '~' => numbers[0] switch
            {
                "1" or "7" => ConsoleKey.Home,
                "3" => ConsoleKey.Delete,
                "4" or "8" => ConsoleKey.End,
                _ => ConsoleKey.None,
            },
            _ => ConsoleKey.None,
        };
        if (key == ConsoleKey.None)
            return null;
        string modifier = numbers.Length > 1 ? numbers[1] : "";
        int pressed = int.TryParse(modifier, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Math.Max(0, number - 1) : 0;
        return new ConsoleKeyInfo('\0', key, (pressed & 1) != 0, alt || (pressed & 2) != 0, (pressed & 4) != 0);
    }
}

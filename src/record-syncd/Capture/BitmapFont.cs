namespace RecordSync.Daemon;

/// <summary>Capital letters, digits and a little punctuation, 5 × 7 dots: enough to read a time in a picture without a text renderer.</summary>
internal static class BitmapFont
{
    public const int Width = 5;
    public const int Height = 7;
    public const int Advance = Width + 1;

    private const string Characters = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ:.-#";

    // seven lines of five dots per character, the highest of the five bits is the left dot
    private static ReadOnlySpan<byte> Lines =>
        [
            0, 0, 0, 0, 0, 0, 0, // space
            14, 17, 17, 17, 17, 17, 14, // 0
            4, 12, 4, 4, 4, 4, 14,
            14, 17, 1, 2, 4, 8, 31,
            31, 2, 4, 2, 1, 17, 14,
            2, 6, 10, 18, 31, 2, 2,
            31, 16, 30, 1, 1, 17, 14,
            6, 8, 16, 30, 17, 17, 14,
            31, 1, 2, 4, 8, 8, 8,
            14, 17, 17, 14, 17, 17, 14,
            14, 17, 17, 15, 1, 2, 12, // 9
            14, 17, 17, 31, 17, 17, 17, // A
            30, 17, 17, 30, 17, 17, 30,
            14, 17, 16, 16, 16, 17, 14,
            28, 18, 17, 17, 17, 18, 28,
            31, 16, 16, 30, 16, 16, 31,
            31, 16, 16, 30, 16, 16, 16,
            14, 17, 16, 23, 17, 17, 15,
            17, 17, 17, 31, 17, 17, 17,
            14, 4, 4, 4, 4, 4, 14,
            7, 2, 2, 2, 2, 18, 12,
            17, 18, 20, 24, 20, 18, 17,
            16, 16, 16, 16, 16, 16, 31,
            17, 27, 21, 21, 17, 17, 17,
            17, 25, 21, 19, 17, 17, 17,
            14, 17, 17, 17, 17, 17, 14,
            30, 17, 17, 30, 16, 16, 16,
            14, 17, 17, 17, 21, 18, 13,
            30, 17, 17, 30, 20, 18, 17,
            15, 16, 16, 14, 1, 1, 30,
            31, 4, 4, 4, 4, 4, 4,
            17, 17, 17, 17, 17, 17, 14,
            17, 17, 17, 17, 17, 10, 4,
            17, 17, 17, 21, 21, 27, 17,
            17, 17, 10, 4, 10, 17, 17,
            17, 17, 10, 4, 4, 4, 4,
            31, 1, 2, 4, 8, 16, 31, // Z
            0, 4, 4, 0, 4, 4, 0, // :
            0, 0, 0, 0, 0, 12, 12, // .
            0, 0, 0, 14, 0, 0, 0, // -
            10, 10, 31, 10, 31, 10, 10, // #
        ];

    /// <summary>Draws the text; what does not fit, and characters that the font lacks, are left out.</summary>
    public static void Draw(Span<byte> luma, int stride, int width, int height, int left, int top, int scale, ReadOnlySpan<char> text, byte level)
    {
        if (left < 0 || top < 0 || top + Height * scale > height)
            return;
        foreach (char character in text)
        {
            if (left + Width * scale > width)
                return;
            DrawCharacter(luma, stride, left, top, scale, Math.Max(0, Characters.IndexOf(character, StringComparison.Ordinal)), level);
            left += Advance * scale;
        }
    }

    private static void DrawCharacter(Span<byte> luma, int stride, int left, int top, int scale, int index, byte level)
    {
        for (int row = 0; row < Height; row++)
        {
            int dots = Lines[index * Height + row];
            for (int column = 0; column < Width; column++)
            {
                if ((dots & (0x10 >> column)) == 0)
                    continue;
                for (int y = 0; y < scale; y++)
                    luma.Slice((top + row * scale + y) * stride + left + column * scale, scale).Fill(level);
            }
        }
    }
}

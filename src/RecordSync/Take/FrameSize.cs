namespace RecordSync;

/// <summary>Width and height of a picture, in pixels.</summary>
internal readonly record struct FrameSize(int Width, int Height)
{
    /// <summary>Reads "1920x1080". H.265 with 4:2:0 colour wants even numbers.</summary>
    public static bool TryParse(string text, out FrameSize size)
    {
        string[] parts = text.Split('x', 'X', '×');
        size = default;
        return parts.Length == 2
            && int.TryParse(parts[0], out int width)
            && int.TryParse(parts[1], out int height)
            && width is >= 64 and <= 8192
            && height is >= 64 and <= 8192
            && width % 2 == 0
            && height % 2 == 0
            && (size = new FrameSize(width, height)) is var _;
    }

    public override string ToString() => $"{Width}x{Height}";
}

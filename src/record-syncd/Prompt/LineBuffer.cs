namespace RecordSync.Daemon;

/// <summary>What the screen has to do after a key.</summary>
internal enum LineChange
{
    Nothing,
    Redraw,
    Submit,
    End,
    ClearScreen,

    /// <summary>Several words fit: <see cref="LineBuffer.Candidates"/> holds them.</summary>
    ShowCandidates,
}

/// <summary>The line being edited: keys in, text and cursor out. No terminal in here, so that all of it can be tested.</summary>
internal sealed class LineBuffer(IReadOnlyList<string> words, IReadOnlyList<string> history)
{
    private const int Longest = 4096;

    private string text = "";
    private string unfinished = "";

    // counts from the newest line; -1 is the line that is being typed
    private int recalled = -1;

    public string Text => text;

    /// <summary>In UTF-16 units from the start; never inside a surrogate pair.</summary>
    public int Cursor { get; private set; }

    public IReadOnlyList<string> Candidates { get; private set; } = [];

    public void Clear()
    {
        text = "";
        unfinished = "";
        recalled = -1;
        Cursor = 0;
    }

    public LineChange Apply(ConsoleKeyInfo key)
    {
        bool control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        bool alt = key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        return key.Key switch
        {
            ConsoleKey.Enter => LineChange.Submit,
            ConsoleKey.Tab => Complete(),
            ConsoleKey.Backspace => alt ? Remove(WordStart(), Cursor) : Remove(Before(), Cursor),
            ConsoleKey.Delete => Remove(Cursor, After()),
            ConsoleKey.LeftArrow => MoveTo(control || alt ? WordStart() : Before()),
            ConsoleKey.RightArrow => MoveTo(control || alt ? WordEnd() : After()),
            ConsoleKey.UpArrow => Recall(recalled + 1),
            ConsoleKey.DownArrow => Recall(recalled - 1),
            ConsoleKey.Home => MoveTo(0),
            ConsoleKey.End => MoveTo(text.Length),
            _ when control => Control(key.Key),
            ConsoleKey.B when alt => MoveTo(WordStart()),
            ConsoleKey.F when alt => MoveTo(WordEnd()),
            ConsoleKey.D when alt => Remove(Cursor, WordEnd()),
            _ when alt || key.KeyChar == '\0' || char.IsControl(key.KeyChar) => LineChange.Nothing,
            _ => Insert(key.KeyChar),
        };
    }

    private LineChange Control(ConsoleKey key) =>
        key switch
        {
            ConsoleKey.A => MoveTo(0),
            ConsoleKey.E => MoveTo(text.Length),
            ConsoleKey.B => MoveTo(Before()),
            ConsoleKey.F => MoveTo(After()),
            ConsoleKey.K => Remove(Cursor, text.Length),
            ConsoleKey.U => Remove(0, Cursor),
            ConsoleKey.W => Remove(WordStart(), Cursor),
            ConsoleKey.H => Remove(Before(), Cursor),
            ConsoleKey.P => Recall(recalled + 1),
            ConsoleKey.N => Recall(recalled - 1),
            ConsoleKey.L => LineChange.ClearScreen,
            ConsoleKey.M or ConsoleKey.J => LineChange.Submit,
            ConsoleKey.I => Complete(),
            ConsoleKey.D => text.Length == 0 ? LineChange.End : Remove(Cursor, After()),
            _ => LineChange.Nothing,
        };

    private LineChange Insert(char c)
    {
        if (text.Length >= Longest)
            return LineChange.Nothing;
        text = text.Insert(Cursor++, c.ToString());
        // drawn when its other half is here
        return char.IsHighSurrogate(c) ? LineChange.Nothing : LineChange.Redraw;
    }

    private LineChange Remove(int from, int to)
    {
        if (from >= to)
            return LineChange.Nothing;
        text = text.Remove(from, to - from);
        Cursor = from;
        return LineChange.Redraw;
    }

    private LineChange MoveTo(int position)
    {
        if (position == Cursor)
            return LineChange.Nothing;
        Cursor = position;
        return LineChange.Redraw;
    }

    private LineChange Recall(int back)
    {
        if (back < -1 || back >= history.Count || back == recalled)
            return LineChange.Nothing;
        if (recalled == -1)
            unfinished = text;
        recalled = back;
        text = back == -1 ? unfinished : history[history.Count - 1 - back];
        Cursor = text.Length;
        return LineChange.Redraw;
    }

    /// <summary>Only the first word is a command's; a delay has nothing to complete.</summary>
    private LineChange Complete()
    {
        string typed = text[..Cursor].TrimStart();
        if (typed.Contains(' '))
            return LineChange.Nothing;
        string[] fits = [.. words.Where(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase))];
        if (fits.Length == 0)
            return LineChange.Nothing;
        string common = fits.Length == 1 ? fits[0] : CommonStart(fits);
        if (fits.Length > 1 && common.Length <= typed.Length)
        {
            Candidates = fits;
            return LineChange.ShowCandidates;
        }
        string rest = text[Cursor..];
        string completed = fits.Length == 1 && !rest.StartsWith(' ') ? common + " " : common;
        text = completed + rest;
        Cursor = completed.Length;
        return LineChange.Redraw;
    }

    private static string CommonStart(string[] fits)
    {
        int length = fits[0].Length;
        foreach (string word in fits)
            length = Math.Min(length, fits[0].AsSpan().CommonPrefixLength(word));
        return fits[0][..length];
    }

    private int Before() => Cursor == 0 ? 0 : Cursor - (Cursor > 1 && char.IsSurrogatePair(text, Cursor - 2) ? 2 : 1);

    private int After() =>
        Cursor == text.Length ? Cursor : Cursor + (Cursor + 1 < text.Length && char.IsSurrogatePair(text, Cursor) ? 2 : 1);

    private int WordStart()
    {
        int at = Cursor;
        while (at > 0 && char.IsWhiteSpace(text[at - 1]))
            at--;
        while (at > 0 && !char.IsWhiteSpace(text[at - 1]))
            at--;
        return at;
    }

    private int WordEnd()
    {
        int at = Cursor;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        while (at < text.Length && !char.IsWhiteSpace(text[at]))
            at++;
        return at;
    }
}

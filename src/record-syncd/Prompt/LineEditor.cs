using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// The prompt. On a terminal: editing, history, completion, and other threads' output above the line that is being typed. On a pipe: plain
/// lines in, plain lines out. Ctrl-C stays a signal.
/// </summary>
internal sealed class LineEditor : IDisposable
{
    private readonly string prompt;
    private readonly TextWriter output;
    private readonly PromptHistory history;
    private readonly LineBuffer buffer;
    private readonly Lock screen = new();
    private readonly KeyParser parser = new();
    private readonly Queue<ConsoleKeyInfo> typed = new();
    private readonly RawTerminal? terminal;
    private bool editing;

    public LineEditor(string prompt, IReadOnlyList<string> words, PromptHistory history)
    {
        this.prompt = prompt;
        output = Console.Out;
        this.history = history;
        buffer = new LineBuffer(words, history.Lines);
        if (!Interactive)
            return;
        terminal = new RawTerminal(Redraw);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        AppDomain.CurrentDomain.UnhandledException += (_, _) => Dispose();
    }

    /// <summary>Both ends are a terminal that understands cursor movement, and it is ours: one that was started with '&amp;' would be stopped for touching it.</summary>
    public static bool Interactive { get; } =
        !Console.IsInputRedirected
        && !Console.IsOutputRedirected
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb")
        && RawTerminal.InForeground;

    /// <summary>Blocks until a line is complete; null at the end of the input (Ctrl-D on an empty line, the pipe's end, a terminal that went away).</summary>
    public string? ReadLine()
    {
        if (terminal is null)
            return Console.In.ReadLine();
        Begin();
        while (true)
        {
            LineChange change = typed.TryDequeue(out ConsoleKeyInfo key) ? Apply(key) : Await(terminal);
            if (change is LineChange.Submit or LineChange.End)
                return Finish(change);
        }
    }

    private LineChange Await(RawTerminal terminal)
    {
        try
        {
            ReadOnlySpan<byte> bytes = terminal.Read();
            parser.Parse(bytes, typed);
            return bytes.Length > 0 ? LineChange.Nothing : LineChange.End;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the terminal has gone away
            return LineChange.End;
        }
    }

    /// <summary>Prints whole lines above the line being edited, from any thread.</summary>
    public void WriteAbove(string text)
    {
        lock (screen)
        {
            if (editing)
                output.Write("\r\e[K" + text + Environment.NewLine + Line());
            else
                output.WriteLine(text);
            output.Flush();
        }
    }

    private void Begin()
    {
        lock (screen)
        {
            buffer.Clear();
            editing = true;
            Show(Line());
        }
    }

    /// <summary>A process that leaves while a line is being typed must not leave half a prompt before the shell's own.</summary>
    public void Dispose()
    {
        lock (screen)
        {
            if (editing)
                Show("\r\e[K");
            editing = false;
            terminal?.Dispose();
        }
    }

    private void Redraw()
    {
        lock (screen)
        {
            if (editing)
                Show(Line());
        }
    }

    private string? Finish(LineChange change)
    {
        lock (screen)
        {
            editing = false;
            Show(Environment.NewLine);
            if (change == LineChange.End)
                return null;
            history.Add(buffer.Text);
            return buffer.Text;
        }
    }

    private LineChange Apply(ConsoleKeyInfo key)
    {
        lock (screen)
        {
            LineChange change = buffer.Apply(key);
            switch (change)
            {
                // a pasted line is drawn once, not once per character
                case LineChange.Redraw when typed.Count == 0:
                case LineChange.Submit:
                    Show(Line());
                    break;
                case LineChange.ClearScreen:
                    Show("\e[H\e[2J" + Line());
                    break;
                case LineChange.ShowCandidates:
                    Show("\r\e[K" + string.Join("  ", buffer.Candidates) + Environment.NewLine + Line());
                    break;
            }
            return change;
        }
    }

    private void Show(string text)
    {
        output.Write(text);
        output.Flush();
    }

    /// <summary>One write per redraw, so that nothing flickers. A line wider than the terminal shows the part round the cursor.</summary>
    private string Line()
    {
        int room = Math.Max(8, Width() - prompt.Length - 1);
        string text = buffer.Text;
        int first = Math.Max(0, buffer.Cursor - room);
        string shown = text.Substring(first, Math.Min(room, text.Length - first));
        var line = new StringBuilder("\r\e[K").Append(prompt).Append(shown);
        int back = shown.Length - (buffer.Cursor - first);
        if (back > 0)
            line.Append("\e[").Append(back).Append('D');
        return line.ToString();
    }

    /// <summary>Columns of the terminal; 80 where it does not know (a serial line, a terminal made by a program).</summary>
    internal static int Width()
    {
        try
        {
            return Console.WindowWidth is > 0 and int width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}

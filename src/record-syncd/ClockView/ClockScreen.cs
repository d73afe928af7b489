using System.Runtime.InteropServices;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// The terminal while it shows a picture that changes: its second screen, no cursor, each picture in one write, so that nothing flickers. Given back as it was
/// found, also for the time of a Ctrl-Z.
/// </summary>
internal sealed class ClockScreen : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l\e[?7l\e[2J";
    private const string Leave = "\e[?7h\e[?25h\e[?1049l";

    /// <summary>Terminals that know it (mode 2026) show the frame when it is complete; others ignore it.</summary>
    private const string BeginFrame = "\e[?2026h\e[H";
    private const string EndFrame = "\e[?2026l";
    private const int EndOfInput = 4; // Ctrl-D

    private readonly Func<int, int, bool, string> picture;
    private readonly Action quit;
    private readonly Lock gate = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private readonly RawTerminal? keys;
    private readonly bool colour = Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
    private bool shown;

    /// <param name="picture">Draws for a width, a height, and with colours or without.</param>
    /// <param name="quit">Called for q and Ctrl-D.</param>
    public ClockScreen(Func<int, int, bool, string> picture, Action quit)
    {
        (this.picture, this.quit) = (picture, quit);
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException();
        if (LineEditor.Interactive)
        {
            keys = new RawTerminal(Resume);
            new Thread(ReadKeys) { Name = "keys", IsBackground = true }.Start();
        }
        else
            Register(PosixSignal.SIGCONT, Resume);
        Register(PosixSignal.SIGWINCH, Draw);
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Suspend));
        Resume();
    }

    /// <summary>A terminal that obeys, and that is ours to draw on: a job in the background would scribble over its shell.</summary>
    public static bool Possible =>
        !Console.IsOutputRedirected
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb")
        && (Console.IsInputRedirected || RawTerminal.InForeground);

    public void Draw()
    {
        lock (gate)
        {
            if (!shown)
                return;
            (int width, int height) = (LineEditor.Width(), Height());
            string[] lines = picture(width, height, colour).Split('\n');
            StringBuilder frame = new(BeginFrame);
            // cleared before it is written: after a line that is full, clearing its rest would take its last character
            for (int i = 0; i < Math.Min(lines.Length, height); i++)
                frame.Append(i == 0 ? "" : "\r\n").Append("\e[2K").Append(lines[i]);
            // what lies below; where the picture fills the screen, nothing does
            Write(frame.Append(lines.Length < height ? "\r\n\e[J" : "").Append(EndFrame).ToString());
        }
    }

    public void Dispose()
    {
        Hide();
        foreach (PosixSignalRegistration registration in registrations)
            registration.Dispose();
        keys?.Dispose();
    }

    /// <summary>Lines of the terminal; 24 where it does not know.</summary>
    private static int Height()
    {
        try
        {
            return Console.WindowHeight is > 0 and int height ? height : 24;
        }
        catch (IOException)
        {
            return 24;
        }
    }

    private static void Write(string text)
    {
        try
        {
            Console.Out.Write(text);
            Console.Out.Flush();
        }
        catch (IOException)
        {
            // a terminal that has gone away: SIGHUP ends the view
        }
    }

    private void Register(PosixSignal signal, Action action) => registrations.Add(PosixSignalRegistration.Create(signal, _ => action()));

    private void Resume()
    {
        lock (gate)
        {
            if (!shown)
                Write(Enter);
            shown = true;
        }
        Draw();
    }

    private void Hide()
    {
        lock (gate)
        {
            if (shown)
                Write(Leave);
            shown = false;
        }
    }

    /// <summary>Ctrl-Z. Once a signal has a handler, its usual end, that the process is stopped, is for the handler to bring about.</summary>
    private void Suspend(PosixSignalContext context)
    {
        context.Cancel = true;
        Hide();
        RawTerminal.StopProcess();
    }

    private void ReadKeys()
    {
        try
        {
            while (true)
            {
                ReadOnlySpan<byte> typed = keys!.Read();
                if (typed.Length == 0 || typed.IndexOfAny((byte)'q', (byte)'Q', (byte)EndOfInput) >= 0)
                    break;
            }
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // the terminal has gone away, or the view has ended
        }
        quit();
    }
}

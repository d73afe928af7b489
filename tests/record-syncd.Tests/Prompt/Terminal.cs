using System.Diagnostics;
using System.Text;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A program on a real pseudo-terminal (made by script(1), which every Debian has), and the screen as its user sees it.</summary>
internal sealed class Terminal : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string mark = $"RECORD_SYNCD_TEST_TERMINAL={Guid.NewGuid()}";
    private readonly Process process;
    private readonly object gate = new();
    private readonly List<StringBuilder> lines = [new()];
    private readonly StringBuilder escape = new();
    private readonly Thread reader;
    private int column;
    private bool ended;

    public Terminal(string command, string? home = null)
    {
        var start = new ProcessStartInfo("script", ["-qec", $"stty cols 100 rows 40; {command}", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["TERM"] = "xterm";
        start.Environment[mark.Split('=')[0]] = mark.Split('=')[1];
        if (home is not null)
            start.Environment["XDG_STATE_HOME"] = home;
        process = Process.Start(start)!;
        reader = new Thread(Read) { IsBackground = true, Name = "terminal" };
        reader.Start();
    }

    public void Type(string keys)
    {
        process.StandardInput.Write(keys);
        process.StandardInput.Flush();
    }

    /// <summary>Waits until some line of the screen is exactly this.</summary>
    public void WaitForLine(string line) => WaitFor(line, () => lines.Exists(shown => Shown(shown) == line));

    public void WaitForText(string text) => WaitFor(text, () => lines.Exists(shown => Shown(shown).Contains(text)));

    /// <summary>Waits until the line with the cursor is exactly this.</summary>
    public void WaitForPrompt(string line) => WaitFor(line, () => Shown(lines[^1]) == line);

    public string Screen()
    {
        lock (gate)
        {
            return string.Join('\n', lines.Select(Shown));
        }
    }

    public void WaitForEnd()
    {
        Assert.True(process.WaitForExit(Patience), $"the program has not ended; the screen:\n{Screen()}");
        reader.Join();
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
        // an interactive shell puts its jobs where no tree of processes leads to them: their environment tells whose they are
        foreach (Process candidate in Process.GetProcesses())
        {
            using (candidate)
            {
                if (IsOurs(candidate.Id))
                    candidate.Kill();
            }
        }
    }

    private bool IsOurs(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/environ").Split('\0').Contains(mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void WaitFor(string expected, Func<bool> seen)
    {
        var patience = Stopwatch.StartNew();
        lock (gate)
        {
            while (!seen())
            {
                bool over = ended || patience.Elapsed > Patience;
                Assert.False(over, $"\"{expected}\" has not appeared; the screen:\n{string.Join('\n', lines.Select(Shown))}");
                Monitor.Wait(gate, TimeSpan.FromSeconds(1));
            }
        }
    }

    private static string Shown(StringBuilder line) => line.ToString().TrimEnd();

    private void Read()
    {
        var buffer = new char[4096];
        while (process.StandardOutput.Read(buffer) is > 0 and int count)
        {
            lock (gate)
            {
                foreach (char c in buffer.AsSpan(0, count))
                    Show(c);
                Monitor.PulseAll(gate);
            }
        }
        lock (gate)
        {
            ended = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>As much of a terminal as the prompt uses: printing, carriage return, line feed, erase to the end of the line, cursor back.</summary>
    private void Show(char c)
    {
        if (escape.Length > 0)
        {
            escape.Append(c);
            if (escape.Length > 2 && c is >= '@' and <= '~')
                Obey(escape.ToString());
            if ((escape.Length > 2 && c is >= '@' and <= '~') || (escape.Length == 2 && c != '['))
                escape.Clear();
            return;
        }
        switch (c)
        {
            case '\e':
                escape.Append(c);
                break;
            case '\r':
                column = 0;
                break;
            case '\n':
                lines.Add(new StringBuilder());
                break;
            case >= ' ':
                lines[^1].Append(' ', Math.Max(0, column - lines[^1].Length));
                if (column < lines[^1].Length)
                    lines[^1][column] = c;
                else
                    lines[^1].Append(c);
                column++;
                break;
        }
    }

    private void Obey(string sequence)
    {
        if (sequence == "\e[K")
            lines[^1].Length = Math.Min(lines[^1].Length, column);
        else if (sequence[^1] == 'D')
            column = Math.Max(0, column - int.Parse(sequence.AsSpan(2, sequence.Length - 3)));
    }
}

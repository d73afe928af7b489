using System.Diagnostics;
using System.Globalization;

namespace RecordSync.Bench;

/// <summary>A program in one of the laboratory's namespaces, with all that it says and when. Killed when disposed of.</summary>
internal sealed class LabProcess : IDisposable
{
    private readonly Process process;
    private readonly string name;
    private readonly List<(long MonotonicNs, string Text)> lines = [];
    private readonly SemaphoreSlim spoken = new(0);
    private bool disposed;

    /// <param name="space">Name of the network namespace; null for that of this program.</param>
    public LabProcess(string? space, string program, IEnumerable<string> arguments, Oscillator? oscillator = null)
    {
        name = Path.GetFileName(program);
        // ip replaces itself by the program, so that the process has the program's id
        ProcessStartInfo start = space is null ? new(program, arguments) : new("ip", ["netns", "exec", space, program, .. arguments]);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        oscillator?.Preload(start.Environment);
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public bool HasExited => disposed || process.HasExited;

    public (long MonotonicNs, string Text)[] Lines
    {
        get
        {
            lock (lines)
                return [.. lines];
        }
    }

    /// <summary>Of the threads that live, by the scheduler's nanoseconds.</summary>
    public double CpuSeconds =>
        Directory
            .EnumerateDirectories($"/proc/{process.Id}/task")
            .Sum(task => double.Parse(File.ReadAllText($"{task}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1e9);

    public void Type(string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
    }

    public void CloseInput() => process.StandardInput.Close();

    public async Task<string> WaitFor(string part, CancellationToken stop, double seconds = 30)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            lock (lines)
            {
                if (lines.Find(line => line.Text.Contains(part, StringComparison.Ordinal)) is { Text: not null } found)
                    return found.Text;
            }
            RequireAlive();
            try
            {
                await spoken.WaitAsync(TimeSpan.FromMilliseconds(200), patience.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                throw new InvalidOperationException($"{name} never said \"{part}\". {LastWords()}");
            }
        }
    }

    /// <exception cref="InvalidOperationException">It has ended, and nobody told it to.</exception>
    public void RequireAlive()
    {
        if (process.HasExited)
            throw new InvalidOperationException($"{name} ended with code {process.ExitCode}. {LastWords()}");
    }

    public void Kill()
    {
        if (process.HasExited)
            return;
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Once is enough, and twice does no harm.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        Kill();
        process.Dispose();
        spoken.Dispose();
    }

    private string LastWords()
    {
        lock (lines)
            return lines.Count == 0 ? "It said nothing." : $"Its last words:\n  {string.Join("\n  ", lines.TakeLast(8).Select(line => line.Text))}";
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        long now = RealTime.MonotonicNs();
        lock (lines)
            lines.Add((now, line));
        try
        {
            spoken.Release();
        }
        catch (ObjectDisposedException)
        {
            // the last words of one that was killed
        }
    }
}

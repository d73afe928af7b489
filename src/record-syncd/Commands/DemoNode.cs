using System.Diagnostics;

namespace RecordSync.Daemon;

/// <summary>A node process of the demo: its prompt on one side, its words in a log on the other.</summary>
internal sealed class DemoNode
{
    private const string PageWords = "page: ";
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    private readonly Process process;
    private readonly StreamWriter log;
    private volatile string lastWords = "none";

    private DemoNode(Process process, StreamWriter log)
    {
        (this.process, this.log) = (process, log);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public bool HasExited => process.HasExited;

    public string LastWords => lastWords;

    /// <summary>Where it serves the group's page; null as long as it has not said so.</summary>
    public string? Page { get; private set; }

    public static DemoNode Start(string[] arguments, string logFile)
    {
        Process process = Process.Start(OwnProgram.With(arguments)) ?? throw new InvalidOperationException("the node process could not be started");
        return new DemoNode(process, new StreamWriter(logFile) { AutoFlush = true });
    }

    public void Type(string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
    }

    /// <summary>Asks it to quit, as an operator would; a recording that runs is finished first.</summary>
    public void Leave()
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // it has gone already
        }
    }

    public async Task Gone()
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(Grace);
        }
        catch (TimeoutException)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
        process.Dispose();
        lock (log)
            log.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lastWords = line;
        if (line.StartsWith(PageWords, StringComparison.Ordinal))
            Page = line[PageWords.Length..];
        lock (log)
        {
            if (log.BaseStream.CanWrite)
                log.WriteLine(line);
        }
    }
}

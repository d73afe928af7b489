using System.ComponentModel;
using System.Diagnostics;

namespace RecordSync.Daemon;

/// <summary>
/// The node of one further camera, in a process of its own, so that what crashes in its driver or encoder takes nothing else with it. It is started again when it
/// has died. Its standard input is the leash: a word on it asks it to leave, its end tells it that this process is no more.
/// </summary>
internal sealed class CameraProcess
{
    private static readonly Nanos FirstPause = Nanos.FromSeconds(1);
    private static readonly Nanos LongestPause = Nanos.FromSeconds(30);

    /// <summary>A node that lived for so long has died for the first time again.</summary>
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(30);

    private readonly string name;
    private readonly IReadOnlyList<string> arguments;
    private readonly Action<string> say;
    private readonly Action<NoticeLevel, string> tell;
    private readonly Lock gate = new();
    private readonly TaskCompletionSource leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? process;

    /// <param name="say">Gets what the node says, line by line.</param>
    /// <param name="tell">Gets what becomes of its process.</param>
    public CameraProcess(string name, IReadOnlyList<string> arguments, Action<string> say, Action<NoticeLevel, string> tell)
    {
        (this.name, this.arguments, this.say, this.tell) = (name, arguments, say, tell);
        Gone = Task.Run(Supervise);
    }

    /// <summary>Done when the node has left after <see cref="Leave"/>, or was killed.</summary>
    public Task Gone { get; }

    /// <summary>Asks the node to leave, as its operator would: a recording that runs is finished first.</summary>
    public void Leave()
    {
        lock (gate)
        {
            leaving.TrySetResult();
            if (process is null)
                return;
            try
            {
                process.StandardInput.WriteLine("quit");
                process.StandardInput.Close();
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // it has gone already
            }
        }
    }

    /// <summary>Does not wait for its file, which plays up to its last fragment.</summary>
    public void Kill()
    {
        lock (gate)
        {
            leaving.TrySetResult();
            process?.Kill();
        }
    }

    private async Task Supervise()
    {
        GrowingPause pause = new(FirstPause, LongestPause);
        while (true)
        {
            long started = Stopwatch.GetTimestamp();
            string end = await RunOnce();
            if (leaving.Task.IsCompleted)
                return;
            if (Stopwatch.GetElapsedTime(started) > Steady)
                pause.Restart();
            Nanos next = pause.Next();
            tell(NoticeLevel.Warning, $"camera {name}: {end}; it is started again in {next.Seconds:0} s, the other cameras go on");
            await Task.WhenAny(Task.Delay(next.ToTimeSpan()), leaving.Task);
        }
    }

    /// <returns>How it ended.</returns>
    private async Task<string> RunOnce()
    {
        try
        {
            using Process? running = Start();
            if (running is null)
                return "";
            try
            {
                // also the rest of its words
                await running.WaitForExitAsync();
            }
            finally
            {
                lock (gate)
                    process = null;
            }
            return running.ExitCode > 128 ? $"its process {running.Id} was ended by signal {running.ExitCode - 128}" : $"its process {running.Id} ended with code {running.ExitCode}";
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return $"its process could not be started: {e.Message}";
        }
    }

    /// <returns>Null when nobody wants it any more.</returns>
    private Process? Start()
    {
        lock (gate)
        {
            if (leaving.Task.IsCompleted)
                return null;
            process = Process.Start(OwnProgram.With(arguments)) ?? throw new InvalidOperationException("the system gave no process");
            say($"{name}: process {process.Id}");
            process.OutputDataReceived += (_, line) => Pass(line.Data);
            process.ErrorDataReceived += (_, line) => Pass(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process;
        }
    }

    private void Pass(string? line)
    {
        if (line is not null)
            say($"{name}: {line}");
    }
}

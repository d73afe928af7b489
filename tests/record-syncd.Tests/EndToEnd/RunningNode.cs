using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Tests that start processes run one after the other: three encoders at once are what this project's machines can do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Processes
{
    public const string Name = "processes";
}

/// <summary>
/// A process of the real executable: what is typed at its prompt on one side, all that it said on the other. Its working folder is its own and
/// goes with it. Every failure shows the whole output.
/// </summary>
internal sealed class RunningNode : IDisposable
{
    /// <summary>For what takes a second on a quiet machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private const int SignalInterrupt = 2;
    private const int SignalKill = 9;
    private const int SignalTerminate = 15;
    private const int SignalContinue = 18;
    private const int SignalStop = 19;

    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly List<string> standardOutput = [];
    private readonly string description;
    private int looked;
    private int openStreams = 2;

    private RunningNode(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment, string? folder)
    {
        Folder = folder is null ? new ScratchFolder() : null;
        WorkingFolder = folder ?? Folder!.Path;
        description = string.Join(' ', arguments);
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = WorkingFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        process = Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started");
        process.OutputDataReceived += (_, line) => Keep(line.Data, standardOutput);
        process.ErrorDataReceived += (_, line) => Keep(line.Data, null);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The program and its first arguments: the ahead-of-time compiled one where <c>./dev test</c> has made it.</summary>
    public static IReadOnlyList<string> Command { get; } = FindCommand();

    public string WorkingFolder { get; }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>All that it said until now, both streams in the order of their arrival.</summary>
    public string Output
    {
        get
        {
            lock (lines)
                return string.Join('\n', lines);
        }
    }

    /// <summary>What programs read.</summary>
    public string StandardOutput
    {
        get
        {
            lock (lines)
                return string.Join('\n', standardOutput);
        }
    }

    private ScratchFolder? Folder { get; }

    /// <summary>Runs <c>record-syncd arguments…</c>.</summary>
    public static RunningNode Start(params string[] arguments) => StartIn(null, null, arguments);

    /// <param name="folder">The working folder, which is left alone afterwards; null: one of its own.</param>
    public static RunningNode StartIn(string? folder, IReadOnlyDictionary<string, string>? environment, params string[] arguments) =>
        new(Command[0], [.. Command.Skip(1), .. arguments], environment, folder);

    /// <summary>Runs a program that runs the node, such as <c>ip netns exec</c> or <c>script</c>.</summary>
    public static RunningNode StartProgram(string? folder, IReadOnlyDictionary<string, string>? environment, string program, params string[] arguments) =>
        new(program, arguments, environment, folder);

    /// <summary>A path in the working folder.</summary>
    public string this[string name] => Path.Join(WorkingFolder, name);

    public void Type(string line)
    {
        process.StandardInput.Write(line + "\n");
        process.StandardInput.Flush();
    }

    /// <summary>Types a line and returns what is said to it: all until the table that <c>status</c> prints next, which goes the same way through the node.</summary>
    public string[] Answers(string line)
    {
        int before;
        lock (lines)
            before = lines.Count;
        Type(line);
        Type("status");
        WaitForLine("packets dropped");
        lock (lines)
            return [.. lines.Skip(before).TakeWhile(said => !said.StartsWith("node  ", StringComparison.Ordinal))];
    }

    /// <summary>The end of a piped input.</summary>
    public void CloseInput() => process.StandardInput.Close();

    /// <summary>The next line that fits, after the one that this method found last: so that an earlier take's line is not taken for this one's.</summary>
    public string WaitForLine(Func<string, bool> fits, TimeSpan? timeout = null)
    {
        long deadline = Environment.TickCount64 + (long)(timeout ?? Patience).TotalMilliseconds;
        lock (lines)
        {
            while (true)
            {
                for (; looked < lines.Count; looked++)
                {
                    if (fits(lines[looked]))
                        return lines[looked++];
                }
                long left = deadline - Environment.TickCount64;
                if (openStreams == 0)
                    Fail("the output ended before the awaited line");
                if (left <= 0)
                    Fail("gave up waiting for a line");
                Monitor.Wait(lines, TimeSpan.FromMilliseconds(Math.Clamp(left, 1, 1_000)));
            }
        }
    }

    public string WaitForLine(string part, TimeSpan? timeout = null)
    {
        try
        {
            return WaitForLine(line => line.Contains(part, StringComparison.OrdinalIgnoreCase), timeout);
        }
        catch (Xunit.Sdk.XunitException failure)
        {
            Assert.Fail($"\"{part}\" was awaited: {failure.Message}");
            throw;
        }
    }

    /// <summary>Waits for a line that may have come before those that were waited for already.</summary>
    public string WaitForLineEver(string part) =>
        Output.Split('\n').FirstOrDefault(line => line.Contains(part, StringComparison.OrdinalIgnoreCase)) ?? WaitForLine(part);

    /// <summary>Whether a line with these words has been said.</summary>
    public bool HasSaid(string part) => Output.Contains(part, StringComparison.OrdinalIgnoreCase);

    public void Interrupt() => Signal(SignalInterrupt);

    public void Terminate() => Signal(SignalTerminate);

    /// <summary>It hangs: its connections stay open, and it answers nothing until <see cref="Continue"/>.</summary>
    public void Pause() => Signal(SignalStop);

    public void Continue() => Signal(SignalContinue);

    /// <summary>kill -9: nothing of the program runs after this.</summary>
    public void Kill()
    {
        Signal(SignalKill);
        WaitForExit();
    }

    /// <returns>The exit code; for a process killed by signal N, 128 + N.</returns>
    public int WaitForExit(TimeSpan? timeout = null)
    {
        long deadline = Environment.TickCount64 + (long)(timeout ?? Patience).TotalMilliseconds;
        if (!process.WaitForExit(timeout ?? Patience))
            Fail("it does not end");
        lock (lines)
        {
            // a grandchild may hold the streams open; what has come by the deadline is what there is
            while (openStreams > 0 && Environment.TickCount64 < deadline)
                Monitor.Wait(lines, TimeSpan.FromMilliseconds(100));
        }
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(Patience);
        }
        process.Dispose();
        Folder?.Dispose();
    }

    /// <summary>Fails the test with all that the process said.</summary>
    public void Fail(string why) => Assert.Fail($"{why}\n--- {description} (process {process.Id}{(process.HasExited ? $", ended with {process.ExitCode}" : "")}):\n{Output}");

    private static IReadOnlyList<string> FindCommand()
    {
        if (Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY") is { Length: > 0 } binary)
            return [binary];
        // tests/record-syncd.Tests/bin/Debug/net10.0 → the repository
        string program = Path.GetFullPath(Path.Join(AppContext.BaseDirectory, "../../../../../src/record-syncd/bin/Debug/net10.0/record-syncd.dll"));
        return ["dotnet", program];
    }

    private void Signal(int signal)
    {
        if (Kill(process.Id, signal) != 0)
            Fail($"signal {signal} could not be sent");
    }

    private void Keep(string? line, List<string>? also)
    {
        lock (lines)
        {
            if (line is null)
                openStreams--;
            else
            {
                lines.Add(line);
                also?.Add(line);
            }
            Monitor.PulseAll(lines);
        }
    }

    // the tests' project has no unsafe code, which LibraryImport would need
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Kill(int process, int signal);
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <param name="Node">Null: all of the group.</param>
internal sealed record ClockOptions(Endpoint Group, string? Interface, string? Node, bool Json, bool Once)
{
    /// <summary>Null: the group has no key.</summary>
    public string? KeyFile { get; init; }
}

/// <summary>
/// <c>record-syncd clock</c>: the clocks of a group's nodes, as a picture that changes on a terminal, as lines elsewhere. It looks and does not touch.
/// </summary>
internal sealed class ClockCommand : IDisposable
{
    /// <summary>No node is there, or the network cannot be used (sysexits.h EX_UNAVAILABLE).</summary>
    private const int ExitUnavailable = 69;

    /// <summary>The settings make no sense (sysexits.h EX_CONFIG).</summary>
    private const int ExitConfiguration = 78;

    /// <summary>Every node has sent a beacon by then.</summary>
    private static readonly TimeSpan OnceListens = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);
    private const int TurnsPerLine = 4;

    private readonly ClockOptions options;
    private readonly InterfaceChoice chosen;
    private readonly ClockListener listener;
    private readonly CancellationTokenSource stopping = new();

    private ClockCommand(ClockOptions options, InterfaceChoice chosen, ClockListener listener) =>
        (this.options, this.chosen, this.listener) = (options, chosen, listener);

    /// <returns>0, also when it was interrupted; 69 when nobody is there to be shown once, or the network cannot be used.</returns>
    public static async Task<int> Run(ClockOptions options)
    {
        GroupKeys? keys = null;
        if (options.KeyFile is { } path && !KeyFile.TryOpen(path, out keys, out string? fault))
        {
            Console.Error.WriteLine($"record-syncd: {fault}");
            return ExitConfiguration;
        }
        InterfaceChoice chosen;
        ClockListener listener;
        try
        {
            chosen = InterfaceChoice.Resolve(options.Interface);
            listener = new ClockListener(chosen, options.Group, options.Node, keys);
        }
        catch (NetworkException refused)
        {
            Console.Error.WriteLine($"record-syncd: {refused.Message}");
            return ExitUnavailable;
        }
        using ClockCommand command = new(options, chosen, listener);
        return await command.Run();
    }

    public void Dispose()
    {
        listener.Dispose();
        stopping.Dispose();
    }

    private async Task<int> Run()
    {
        List<PosixSignalRegistration> signals = [];
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            signals.Add(PosixSignalRegistration.Create(signal, Stop));
        try
        {
            return options.Once ? await Once()
                : options.Json || !ClockScreen.Possible ? await Lines()
                : await Live();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
        finally
        {
            foreach (PosixSignalRegistration signal in signals)
                signal.Dispose();
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            Stopped();
        }
    }

    private void Stopped()
    {
        try
        {
            stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // a second key or signal, while the first one's end is under way
        }
    }

    private async Task<int> Once()
    {
        LocalTime start = listener.Now();
        using PeriodicTimer timer = new(Turn);
        while (true)
        {
            listener.Ask();
            TimeSpan heard = (listener.Now() - start).ToTimeSpan();
            IReadOnlyList<WatchedClock> clocks = listener.Look();
            if (clocks.Count > 0 && (options.Node is not null || heard >= OnceListens))
            {
                Console.Out.WriteLine(options.Json ? string.Join('\n', Of(clocks).Select(line => line.ToJson())) : Table(clocks));
                return 0;
            }
            if (heard >= Patience)
            {
                Console.Error.WriteLine($"record-syncd: {Nobody()}");
                return ExitUnavailable;
            }
            await timer.WaitForNextTickAsync(stopping.Token);
        }
    }

    private async Task<int> Lines()
    {
        using StreamWriter output = new(StandardOutput());
        using PeriodicTimer timer = new(Turn);
        LocalTime start = listener.Now();
        bool told = false;
        try
        {
            if (!options.Json)
                output.WriteLine(ClockColumns.Header);
            for (int turn = 0; ; turn++)
            {
                listener.Ask();
                if (turn % TurnsPerLine == 0)
                {
                    foreach (ClockLine line in Of(listener.Look()))
                        output.WriteLine(options.Json ? line.ToJson() : ClockColumns.Row(line));
                    output.Flush();
                }
                if (!told && (listener.Now() - start).ToTimeSpan() >= Patience)
                {
                    told = true;
                    if (listener.Look().Count == 0)
                        Console.Error.WriteLine($"record-syncd: {Nobody()} Waiting …");
                }
                await timer.WaitForNextTickAsync(stopping.Token);
            }
        }
        catch (IOException)
        {
            // as of head: it has read enough
            return 0;
        }
    }

    /// <summary>The console's own stream goes on silently when the reader of a pipe has gone; one of a file would write over what others add to it.</summary>
    private static Stream StandardOutput()
    {
        FileStream stream = new(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    private async Task<int> Live()
    {
        using (ClockScreen screen = new(Picture, Stopped))
        using (PeriodicTimer timer = new(Turn))
        {
            try
            {
                while (await timer.WaitForNextTickAsync(stopping.Token))
                {
                    listener.Ask();
                    screen.Draw();
                }
            }
            catch (OperationCanceledException)
            {
                // the screen is given back first
            }
        }
        IReadOnlyList<WatchedClock> last = listener.Look();
        try
        {
            if (last.Count > 0)
                Console.Out.WriteLine(Table(last));
        }
        catch (IOException)
        {
            // it ended because its terminal went away
        }
        return 0;
    }

    private string Picture(int width, int height, bool colour)
    {
        IReadOnlyList<WatchedClock> clocks = listener.Look();
        LocalTime now = listener.Now();
        string title = $"record-syncd clock  group {options.Group} on {chosen.Name}";
        string end = $"{(options.Node is null ? Count(clocks.Count) + "  " : "")}{DateTime.Now:HH:mm:ss}  q quits";
        string head = ClockFigures.Fit(title, width - end.Length - 2).PadRight(Math.Max(0, width - end.Length)) + end;
        if (listener.State is LinkState.Down down)
            head += $"\n{ClockFigures.Fit($"network: {down.Reason}", width)}";
        string body =
            clocks.Count == 0 ? Wrapped(Nobody(), width)
            : options.Node is null ? ClockTable.Render(clocks, now, width, height - 2, colour)
            : ClockDetail.Render(clocks[0], now, width, height - 2, colour);
        return $"{head}\n\n{body}";
    }

    private IEnumerable<ClockLine> Of(IReadOnlyList<WatchedClock> clocks)
    {
        (LocalTime now, DateTime wall) = (listener.Now(), DateTime.UtcNow);
        return clocks.Select(clock => ClockLine.Of(clock, now, wall));
    }

    private string Table(IReadOnlyList<WatchedClock> clocks) => ClockTable.Render(clocks, listener.Now(), 120, null, false);

    private string Nobody()
    {
        IReadOnlyList<string> others = listener.Others();
        if (options.Node is { } node && others.Count > 0)
            return $"{node} has not been heard in the group {options.Group} on {chosen.Name}; there are {string.Join(", ", others.Select(PeersTable.Clean))}.";
        if (listener.Obstacle is { } obstacle)
            return $"no node of the group {options.Group} can be understood: {obstacle}.";
        return $"no node{(options.Node is null ? "" : $" {options.Node}")} of the group {options.Group} has been heard on {chosen.Name}. Are nodes running, with this --group? "
            + "Several interfaces: choose one with --interface. Firewall: let UDP port "
            + $"{options.Group.Port} in.";
    }

    private static string Count(int nodes) => nodes == 1 ? "1 node" : $"{nodes} nodes";

    private static string Wrapped(string sentence, int width)
    {
        List<string> lines = [""];
        foreach (string word in sentence.Split(' '))
        {
            if (lines[^1].Length > 0 && lines[^1].Length + word.Length + 1 > width)
                lines.Add(word);
            else
                lines[^1] += lines[^1].Length == 0 ? word : " " + word;
        }
        return string.Join('\n', lines);
    }
}

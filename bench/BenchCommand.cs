using System.CommandLine;

namespace RecordSync.Bench;

/// <summary>What the measurements with options of their own have in common.</summary>
internal static class BenchCommand
{
    /// <summary>What a shell reports of a program that Ctrl-C has ended.</summary>
    private const int ExitStopped = 130;

    /// <summary>Ctrl-C and SIGTERM end it after all that it started; a fault is a sentence.</summary>
    public static async Task<int> Invoke(RootCommand command, string[] arguments)
    {
        try
        {
            return await command
                .Parse(arguments)
                .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
        }
        catch (OperationCanceledException)
        {
            Progress("");
            Console.Error.WriteLine("Stopped; the namespaces and all their programs are gone.");
            return ExitStopped;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidOperationException)
        {
            Progress("");
            Console.Error.WriteLine(fault.Message);
            return 1;
        }
    }

    /// <summary>One line that says what is going on, on standard error; on a terminal the next one replaces it.</summary>
    public static void Progress(string words)
    {
        if (!Console.IsErrorRedirected)
            Console.Error.Write($"\r\u001b[K{words}");
        else if (words.Length > 0)
            Console.Error.WriteLine(words);
    }
}

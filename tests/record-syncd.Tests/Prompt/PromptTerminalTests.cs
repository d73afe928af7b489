using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The prompt of the real program, typed at through a real pseudo-terminal and through a pipe. The node has no camera and speaks on loopback only.</summary>
public sealed class PromptTerminalTests : IDisposable
{
    private const string Prompt = "record-syncd>";
    private readonly ScratchFolder home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public void A_line_is_edited_with_the_usual_keys()
    {
        using Terminal terminal = Open();
        terminal.Type("strat");
        terminal.WaitForPrompt($"{Prompt} strat");
        terminal.Type("\e[D\e[D\u007f\u007f\e[Cta\e[D\e[D");
        terminal.WaitForPrompt($"{Prompt} satat");
        terminal.Type("\u0015\u000bpeers now\u0017\u007f all\r");

        terminal.WaitForLine($"{Prompt} peers all");
        terminal.WaitForLine("peers takes nothing after it, not \"all\".");
        terminal.WaitForPrompt(Prompt);
    }

    [Fact]
    public void Keys_that_come_faster_than_they_are_read_are_all_obeyed()
    {
        using Terminal terminal = Open();
        for (int i = 0; i < 40; i++)
        {
            // in the kernel's own line mode the erase character would eat the arrows
            terminal.Type("strat\e[D\e[D");
            terminal.Type("\u007f\u007f\e[Cta\e[D\e[D\u0005\u0015");
        }
        terminal.Type("no such thing\r");

        terminal.WaitForLine($"{Prompt} no such thing");
        terminal.WaitForLine("There is no command \"no\": help lists the commands.");
    }

    [Fact]
    public void Several_lines_pasted_at_once_are_obeyed_one_after_the_other()
    {
        using Terminal terminal = Open();
        terminal.Type("start soon\rstop soon\rquit\r");

        terminal.WaitForLine("\"soon\" is not a delay: start wants whole milliseconds, for example start 2000");
        terminal.WaitForLine("\"soon\" is not a delay: stop wants whole milliseconds, for example stop 1000");
        terminal.WaitForEnd();
    }

    [Fact]
    public void A_node_started_in_the_background_is_not_stopped_by_its_terminal()
    {
        using var terminal = new Terminal($"bash -ic '{Command().Replace("'", "")} & wait'", home.Path);

        // the kernel would stop it at its first touch of the terminal's mode, before it has said anything
        terminal.WaitForText("record-syncd 2");
    }

    [Fact]
    public void Tab_completes_and_the_command_runs()
    {
        using Terminal terminal = Open();
        terminal.WaitForText("this node leads");
        terminal.Type("st\t");
        terminal.WaitForLine("start  stop  status");
        terminal.Type("at\t\r");

        terminal.WaitForLine($"{Prompt} status");
        terminal.WaitForText("node            cam1, leader");
    }

    [Fact]
    public void History_outlives_the_program()
    {
        using (Terminal first = Open())
        {
            first.Type("stop 1 2\rnonsense\r");
            first.WaitForText("There is no command \"nonsense\"");
            first.Type("\u0004");
            first.WaitForEnd();
        }

        using Terminal second = Open();
        second.Type("\e[A\e[A");
        second.WaitForPrompt($"{Prompt} stop 1 2");
        second.Type("\e[B");
        second.WaitForPrompt($"{Prompt} nonsense");
    }

    [Fact]
    public void What_the_node_has_to_say_goes_above_the_line_being_typed()
    {
        using Terminal terminal = Open();
        terminal.Type("sta");
        terminal.WaitForPrompt($"{Prompt} sta");
        // the first Ctrl-C is answered in a line of its own, by another thread than the prompt's
        terminal.Type("\u0003");

        terminal.WaitForLine("Ctrl-C: leaving (once more forces)");
        terminal.WaitForEnd();
        Assert.DoesNotContain(terminal.Screen().Split('\n'), line => line.Contains($"{Prompt} sta") && !line.EndsWith("sta", StringComparison.Ordinal));
        Assert.DoesNotContain($"{Prompt} sta", terminal.Screen().Split('\n')[^1]);
    }

    [Fact]
    public void The_terminal_is_left_as_it_was_found()
    {
        // the shell gets the Ctrl-C too, and must live to look
        using var terminal = new Terminal($"trap : INT; {Command()}; stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(echo|icanon)' | tr '\\n' '+'; echo", home.Path);
        terminal.WaitForPrompt(Prompt);
        terminal.Type("half a line\u0003");

        terminal.WaitForEnd();
        Assert.Contains("icanon+echo+", terminal.Screen());
    }

    [Theory]
    [InlineData("\u0004")]
    [InlineData("quit\r")]
    [InlineData("exit\r")]
    public void The_end_of_the_input_and_quit_leave(string keys)
    {
        using Terminal terminal = Open();
        terminal.Type(keys);

        terminal.WaitForEnd();
        terminal.WaitForLine("left the group");
    }

    [Fact]
    public async Task A_pipe_gets_plain_lines()
    {
        var start = new ProcessStartInfo("sh", ["-c", $"printf 'help\\nstrat\\n' | {Command()}"]) { RedirectStandardOutput = true };
        start.Environment["XDG_STATE_HOME"] = home.Path;
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, process.ExitCode);
        Assert.Contains(PromptCommand.HelpText, output);
        Assert.Contains("did you mean start?", output);
        Assert.DoesNotContain('\e', output);
        Assert.DoesNotContain(Prompt, output);
        Assert.Empty(home.Files());
    }

    private Terminal Open()
    {
        var terminal = new Terminal(Command(), home.Path);
        terminal.WaitForPrompt(Prompt);
        return terminal;
    }

    private static string Command()
    {
        string program = Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY") ?? Path.Join(AppContext.BaseDirectory, "record-syncd");
        return $"'{program}' --role leader --interface lo --group {TestGroup.Next()} --camera none --node-id cam1";
    }
}

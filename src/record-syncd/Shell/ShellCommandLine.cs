using System.CommandLine;

namespace RecordSync.Daemon;

/// <summary>The commands that describe the command line itself.</summary>
internal static class ShellCommandLine
{
    public static IEnumerable<Command> Commands(RootCommand root) => [Completion(root), Manual(root)];

    private static Command Completion(RootCommand root)
    {
        Argument<string> shell = new(string.Join('|', ShellCompletion.Shells))
        {
            Description = "the shell",
            CustomParser = result =>
            {
                string word = result.Tokens[0].Value;
                if (!ShellCompletion.Shells.Contains(word))
                    result.AddError($"'{word}' is no shell that is known here: use {string.Join(", ", ShellCompletion.Shells)}");
                return word;
            },
        };
        Command command = new("completion", "print what a shell completes commands and options with") { shell };
        command.SetAction(parsed => Console.Out.Write(ShellCompletion.For(parsed.GetValue(shell)!, CommandOutline.Of(root))));
        return command;
    }

    /// <summary>For packages; who has the program has the page.</summary>
    private static Command Manual(RootCommand root)
    {
        Command command = new("man", "print the manual page") { Hidden = true };
        command.SetAction(_ => Console.Out.Write(ManualPage.Of(CommandOutline.Of(root), ProgramVersion.Text)));
        return command;
    }
}

using System.CommandLine;

namespace RecordSync.Daemon;

/// <summary>The options of <c>record-syncd check</c>: those of the node that is not started.</summary>
internal sealed class CheckCommandLine
{
    private readonly NodeCommandLine node = new();

    public CheckCommandLine()
    {
        Command = new Command("check", "check the settings from file, environment and options, and show where each comes from, without starting a node");
        node.AddTo(Command);
        Command.SetAction(
            (parsed, _) =>
                CheckCommand.WithSettings(
                    () => node.Gather(parsed),
                    gathered => Task.FromResult(node.Read(gathered.Parsed) is { } options ? CheckCommand.Run(options, gathered.Written, Console.Out, Console.Error) : CheckCommand.NoRole())
                )
        );
    }

    public Command Command { get; }
}

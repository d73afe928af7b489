using System.CommandLine;

namespace RecordSync.Daemon;

/// <summary>The options of <c>record-syncd doctor</c>: those of a node, which it looks at the machine for.</summary>
internal sealed class DoctorCommandLine
{
    public const string Name = "doctor";

    private readonly NodeCommandLine node = new();

    private readonly Option<bool> json = new("--json") { Description = "for programs" };

    public DoctorCommandLine()
    {
        Command = new Command(Name, "examine this machine and its network for what a node with these options needs, with the remedy for what is wrong") { json };
        node.AddTo(Command);
        Command.SetAction((parsed, _) => CheckCommand.WithSettings(() => node.Gather(parsed), gathered => DoctorCommand.Run(node.Read(gathered.Parsed, RoleChoice.Auto), parsed.GetValue(json), Console.Out)));
    }

    public Command Command { get; }
}

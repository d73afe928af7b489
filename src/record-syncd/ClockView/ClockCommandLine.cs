using System.CommandLine;

namespace RecordSync.Daemon;

/// <summary>The options of <c>record-syncd clock</c>.</summary>
internal sealed class ClockCommandLine
{
    private readonly Option<string?> node = new("--node") { Description = "one node, with larger charts [default: all]", HelpName = "ID" };

    private readonly Option<Endpoint> group = new("--group")
    {
        Description = "multicast group that the nodes are in",
        HelpName = "ADDRESS:PORT",
        DefaultValueFactory = _ => LinkSettings.DefaultGroup,
        CustomParser = result =>
        {
            try
            {
                return LinkSettings.ParseGroup(result.Tokens[0].Value);
            }
            catch (NetworkException fault)
            {
                result.AddError(fault.Message);
                return default;
            }
        },
    };

    private readonly Option<string?> networkInterface = new("--interface", "-i")
    {
        Description = "network interface, by address or by name [default: that of the default route]",
        HelpName = "IP|NAME",
    };

    private readonly Option<string?> keyFile = new("--key-file") { Description = "the group's key, where it has one", HelpName = "FILE" };

    private readonly Option<bool> json = new("--json") { Description = "for programs: one JSON object per line, for each node, every second" };

    private readonly Option<bool> once = new("--once") { Description = "show one table and end" };

    public ClockCommandLine()
    {
        Command = new Command("clock", "watch the clocks of a group's nodes: offset, delay, error bound")
        {
            node,
            group,
            networkInterface,
            keyFile,
            json,
            once,
        };
        Command.SetAction(
            (parsed, _) =>
                ClockCommand.Run(
                    new ClockOptions(
                        parsed.GetValue(group),
                        parsed.GetValue(networkInterface),
                        parsed.GetValue(node),
                        parsed.GetValue(json),
                        parsed.GetValue(once)
                    )
                    {
                        KeyFile = parsed.GetValue(keyFile),
                    }
                )
        );
    }

    public Command Command { get; }
}

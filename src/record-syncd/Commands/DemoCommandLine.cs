using System.CommandLine;

namespace RecordSync.Daemon;

/// <summary>The options of <c>record-syncd demo</c>.</summary>
internal sealed class DemoCommandLine
{
    private readonly Option<int> nodes = new("--nodes")
    {
        Description = "how many nodes",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
        Validators = { result => Require(result.GetValueOrDefault<int>() is >= 1 and <= 16, result, "--nodes wants a number from 1 to 16") },
    };

    private readonly Option<double> seconds = new("--seconds")
    {
        Description = "length of the take",
        HelpName = "S",
        DefaultValueFactory = _ => 5,
        Validators = { result => Require(result.GetValueOrDefault<double>() is >= 0.5 and <= 3600, result, "--seconds wants a number from 0.5 to 3600") },
    };

    private readonly Option<string> output = new("--output", "-o")
    {
        Description = "folder for the take; a new one is made beside it when it is not empty",
        HelpName = "DIR",
        DefaultValueFactory = _ => "demo-take",
    };

    private readonly Option<string> size = new("--size")
    {
        Description = "picture size",
        HelpName = "WxH",
        DefaultValueFactory = _ => "640x480",
    };

    private readonly Option<bool> align = new("--align") { Description = "cameras that can be steered, and are: their exposures are at the same instants" };

    private readonly Option<bool> key = new("--key") { Description = "the nodes seal what they say with a key of their own (docs/security.md)" };

    private readonly Option<bool> stay = new("--stay") { Description = "the nodes stay after the verdict, with their page, until Ctrl-C" };

    private readonly Option<bool> json = new("--json") { Description = "for programs: the verdict as JSON on standard output, the rest on standard error" };

    public DemoCommandLine()
    {
        Command = new Command("demo", "record a take with simulated cameras on several nodes whose clocks are wrong, and judge it")
        {
            nodes,
            seconds,
            output,
            size,
            align,
            key,
            stay,
            json,
        };
        Command.SetAction(
            (parsed, _) =>
                new Demo(
                    parsed.GetValue(nodes),
                    TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                    parsed.GetValue(output)!,
                    parsed.GetValue(size)!,
                    parsed.GetValue(align),
                    parsed.GetValue(stay),
                    parsed.GetValue(json),
                    parsed.GetValue(key)
                ).Run()
        );
    }

    public Command Command { get; }

    private static void Require(bool holds, System.CommandLine.Parsing.SymbolResult result, string sentence)
    {
        if (!holds)
            result.AddError(sentence);
    }
}

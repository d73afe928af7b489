using System.CommandLine;
using System.CommandLine.Parsing;

namespace RecordSync.Bench;

/// <summary>The options of <c>./dev bench clock</c>.</summary>
internal sealed class ClockCommandLine
{
    private const string None = "none";

    private readonly Option<string[]> conditions = new("--conditions")
    {
        Description = $"which of {string.Join(", ", ClockCondition.All.Concat(ClockCondition.Others).Select(condition => condition.Name))} [default: all but the last two]",
        HelpName = "NAMES",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = Names,
    };

    private readonly Option<string?> wire = new("--wire")
    {
        Description = "a link of your own, like delay=150,jitter=uniform:100,loss=0.02,duplicate=0.05,reorder=0.1 (µs; jitter is uniform, gamma or lognormal)",
        HelpName = "SPEC",
    };

    private readonly Option<string[]> extras = new("--extras")
    {
        Description = $"which of {string.Join(", ", ClockOptions.AllExtras)}, or none [default: all, or none where conditions are named]",
        HelpName = "NAMES",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = Names,
    };

    private readonly Option<bool> noPeers = new("--no-peers") { Description = "without chrony, ptp4l and GStreamer's network clock" };
    private readonly Option<int> seconds = Number("--seconds", "measured in each condition", 60);
    private readonly Option<int> settle = Number("--settle", "seconds from the start of the nodes to the first sample that counts", 5);
    private readonly Option<int> warmUp = Number("--warm-up", "seconds that the peers run before", 20);
    private readonly Option<int> repeat = Number("--repeat", "runs of each condition; every other one with the opposite drift", 1);
    private readonly Option<decimal> ppm = new("--ppm") { Description = "drift of the oscillators", HelpName = "PPM", DefaultValueFactory = _ => 50 };
    private readonly Option<decimal> wander = new("--wander") { Description = "swing of their rates, over a minute", HelpName = "PPM", DefaultValueFactory = _ => 0.1m };
    private readonly Option<string?> markdown = new("--out") { Description = "the tables as Markdown", HelpName = "FILE" };
    private readonly Option<string?> csv = new("--csv") { Description = "keeps the sync logs and everyone's errors", HelpName = "DIR" };

    public ClockCommandLine(Func<ClockOptions, CancellationToken, Task<int>> run)
    {
        Command = new RootCommand("The clock against chrony, ptp4l and GStreamer's, on links of the laboratory's own. Needs root.");
        foreach (Option option in (Option[])[conditions, wire, extras, noPeers, seconds, settle, warmUp, repeat, ppm, wander, markdown, csv])
            Command.Options.Add(option);
        Command.SetAction((parsed, stop) => run(Read(parsed), stop));
    }

    public RootCommand Command { get; }

    private ClockOptions Read(ParseResult parsed)
    {
        string[] named = parsed.GetValue(conditions) ?? [];
        ClockCondition[] own = parsed.GetValue(wire) is { } spec ? [ClockCondition.Custom(spec)] : [];
        bool everything = named.Length + own.Length == 0;
        string[] wanted = parsed.GetResult(extras) is not null ? parsed.GetValue(extras)! : everything ? [.. ClockOptions.AllExtras] : [];
        if (wanted.Except([.. ClockOptions.AllExtras, None]).FirstOrDefault() is { } unknown)
            throw new ArgumentException($"There is no extra \"{unknown}\": known are {string.Join(", ", ClockOptions.AllExtras)} and {None}.");
        return new ClockOptions(
            everything ? ClockCondition.All : [.. named.Where(name => name != None).Select(ClockCondition.Named), .. own],
            wanted,
            !parsed.GetValue(noPeers),
            parsed.GetValue(seconds),
            parsed.GetValue(settle),
            parsed.GetValue(warmUp),
            parsed.GetValue(repeat),
            parsed.GetValue(ppm),
            parsed.GetValue(wander),
            parsed.GetValue(markdown),
            parsed.GetValue(csv)
        );
    }

    private static string[] Names(ArgumentResult result) => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries))];

    private static Option<int> Number(string name, string description, int standard) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => standard,
            Validators =
            {
                result =>
                {
                    if (result.GetValueOrDefault<int>() is < 1 or > 86_400)
                        result.AddError($"{name} wants a number from 1 to 86400");
                },
            },
        };
}

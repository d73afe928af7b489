using System.CommandLine;
using System.CommandLine.Parsing;

namespace RecordSync.Bench;

/// <param name="WarmUpSeconds">How long the peers run before our nodes start.</param>
/// <param name="SettleSeconds">From the start of our nodes to the first sample that counts.</param>
/// <param name="Only">Which of the extras: start, holdover, cost.</param>
internal sealed record ClockOptions(
    IReadOnlyList<ClockCondition> Conditions,
    IReadOnlyList<string> Only,
    bool Peers,
    int Seconds,
    int SettleSeconds,
    int WarmUpSeconds,
    int Repeat,
    decimal Ppm,
    decimal Wander,
    string? Out,
    string? Csv
)
{
    private static readonly string[] extras = ["holdover", "start", "cost"];

    public static async Task<int> Parse(string[] arguments, Func<ClockOptions, CancellationToken, Task<int>> run)
    {
        Option<string[]> conditions = new("--conditions")
        {
            Description = $"which of {string.Join(", ", ClockCondition.All.Concat(ClockCondition.Others).Select(condition => condition.Name))} [default: all but the last two]",
            HelpName = "NAMES",
            AllowMultipleArgumentsPerToken = true,
            CustomParser = Names,
        };
        Option<string[]> only = new("--extras")
        {
            Description = $"which of {string.Join(", ", extras)}, none [default: all, or none where conditions are named]",
            HelpName = "NAMES",
            AllowMultipleArgumentsPerToken = true,
            CustomParser = Names,
        };
        Option<bool> noPeers = new("--no-peers") { Description = "without chrony, ptp4l and GStreamer's network clock" };
        Option<int> seconds = Number("--seconds", "measured in each condition", 60);
        Option<int> settle = Number("--settle", "seconds from the start of the nodes to the first sample that counts", 5);
        Option<int> warmUp = Number("--warm-up", "seconds that the peers run before", 20);
        Option<int> repeat = Number("--repeat", "runs of each condition; every other one with the opposite drift", 1);
        Option<decimal> ppm = new("--ppm") { Description = "drift of the oscillators", HelpName = "PPM", DefaultValueFactory = _ => 50 };
        Option<decimal> wander = new("--wander") { Description = "swing of their rates, over a minute", HelpName = "PPM", DefaultValueFactory = _ => 0.1m };
        Option<string?> markdown = new("--out") { Description = "the tables as Markdown", HelpName = "FILE" };
        Option<string?> csv = new("--csv") { Description = "keeps the sync logs and everyone's errors", HelpName = "DIR" };
        RootCommand command = new("The clock against chrony, ptp4l and GStreamer's, on links of the laboratory's own. Needs root.")
        {
            conditions,
            only,
            noPeers,
            seconds,
            settle,
            warmUp,
            repeat,
            ppm,
            wander,
            markdown,
            csv,
        };
        command.SetAction(
            async (parsed, stop) =>
            {
                string[] named = parsed.GetValue(conditions) ?? [];
                string[] wanted = parsed.GetResult(only) is null ? (named.Length == 0 ? extras : []) : parsed.GetValue(only)!;
                if (wanted.Except([.. extras, "none"]).FirstOrDefault() is { } unknown)
                    throw new ArgumentException($"There is no extra \"{unknown}\": known are {string.Join(", ", extras)} and none.");
                ClockOptions options = new(
                    named is ["none"] ? [] : named.Length == 0 ? ClockCondition.All : [.. named.Select(ClockCondition.Named)],
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
                return await run(options, stop);
            }
        );
        return await BenchCommand.Invoke(command, arguments);
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

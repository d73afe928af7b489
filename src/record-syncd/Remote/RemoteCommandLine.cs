using System.CommandLine;
using System.CommandLine.Parsing;

namespace RecordSync.Daemon;

/// <summary>The options of the commands that steer a running node.</summary>
internal sealed class RemoteCommandLine
{
    private static readonly Uri Here = new($"http://{PageOptions.DefaultAddress}/");

    private readonly Option<Uri> node = new("--node")
    {
        Description = "where the node's page is",
        HelpName = "http://ADDRESS:PORT",
        DefaultValueFactory = _ => Here,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out Uri? read) && read.Scheme is "http" or "https" && read.Host.Length > 0)
                return read;
            result.AddError($"'{text}' is no address of a page: write it like http://192.168.1.5:9943");
            return Here;
        },
    };

    private readonly Option<string?> tokenFile = new("--token-file") { Description = "file with the token of a node on another machine", HelpName = "FILE" };

    private readonly Option<bool> json = new("--json") { Description = "for programs" };

    public IEnumerable<Command> Commands => [Status(), Start(), Stop(), Takes(), Watch()];

    private RemoteOptions Read(ParseResult parsed) => new(parsed.GetValue(node) ?? Here, parsed.GetValue(tokenFile), parsed.GetValue(json));

    private Command Make(string name, string description, Func<ParseResult, Task<int>> action, params Option[] more)
    {
        Command command = new(name, description);
        foreach (Option option in (Option[])[.. more, node, tokenFile, json])
            command.Options.Add(option);
        command.SetAction((parsed, _) => action(parsed));
        return command;
    }

    private Command Status() => Make("status", "show the group of a running node", parsed => RemoteCommands.Status(Read(parsed)));

    private Command Takes() => Make("takes", "list the takes on a running node's disk", parsed => RemoteCommands.Takes(Read(parsed)));

    private Command Watch() => Make("watch", "watch the group of a running node, live", parsed => RemoteCommands.Watch(Read(parsed)));

    private Command Start()
    {
        Option<int?> delay = Delay(PromptCommand.DefaultStartDelayMs, $"from now to the first frame; {PromptCommand.DefaultStartDelayWithSettingsMs} where something is asked of the cameras", null);
        Option<bool> force = new("--force") { Description = "go on with those who are ready" };
        Option<string?> label = new("--label")
        {
            Description = "a word for the take's name",
            HelpName = "WORD",
            CustomParser = result =>
            {
                if (PromptCommand.FaultOfLabel(result.Tokens[0].Value) is { } fault)
                    result.AddError(fault);
                return result.Tokens[0].Value;
            },
        };
        Option<string?> size = new("--size") { Description = "asked of all cameras for this take", HelpName = "WxH" };
        Option<string?> fps = new("--fps") { Description = "asked of all cameras for this take, and its grid", HelpName = "RATE" };
        Option<string?> bitrate = new("--bitrate") { Description = "of all videos of this take, kbit/s", HelpName = "KBPS" };
        Option<bool> lockExposure = new("--lock-exposure") { Description = "all cameras hold their exposure during this take" };
        Option<bool> lockWhiteBalance = new("--lock-white-balance") { Description = "all cameras hold their white balance during this take" };
        Option[] all = [delay, force, label, size, fps, bitrate, lockExposure, lockWhiteBalance];
        return Make("start", "start a take on all nodes of the group", Start, all);

        Task<int> Start(ParseResult parsed)
        {
            (bool exposure, bool whiteBalance) = (parsed.GetValue(lockExposure), parsed.GetValue(lockWhiteBalance));
            string? kbps = parsed.GetValue(bitrate);
            // read here too, so that what is written wrong is told without a node
            if (StartSettings.Read(parsed.GetValue(size), parsed.GetValue(fps), kbps, exposure, whiteBalance, out TakeSettings? asked) is { } wrong)
            {
                Console.Error.WriteLine($"record-syncd: {wrong}");
                return Task.FromResult(64);
            }
            ApiTakeSettings? settings = asked is null ? null : new(asked.Size?.ToString(), asked.Rate?.ToString(), asked.Bitrate, exposure, whiteBalance);
            return RemoteCommands.Start(Read(parsed), new ApiStart(parsed.GetValue(delay), parsed.GetValue(force), parsed.GetValue(label), settings));
        }
    }

    private Command Stop()
    {
        Option<int?> delay = Delay(PromptCommand.DefaultStopDelayMs, "from now to the end of the take", PromptCommand.DefaultStopDelayMs);
        return Make("stop", "stop the take on all nodes of the group", parsed => RemoteCommands.Stop(Read(parsed), new ApiStop(parsed.GetValue(delay) ?? PromptCommand.DefaultStopDelayMs)), delay);
    }

    private static Option<int?> Delay(int standard, string description, int? otherwise) =>
        new("--delay")
        {
            Description = description + ", ms",
            HelpName = "MS",
            DefaultValueFactory = _ => otherwise,
            CustomParser = result =>
            {
                if (int.TryParse(result.Tokens[0].Value, out int ms) && ms is >= 0 and <= PromptCommand.LongestDelayMs)
                    return ms;
                result.AddError($"'{result.Tokens[0].Value}' is no delay: use milliseconds from 0 to {PromptCommand.LongestDelayMs}, for example {standard}");
                return standard;
            },
        };
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>The options of <c>record-syncd --role …</c>, and the settings that they make.</summary>
internal sealed class NodeCommandLine
{
    private readonly Option<RoleChoice?> role = new("--role", "-r")
    {
        Description = "auto: leads when no better node does, else obeys; leader: leads, or stands by while another does; follower: never leads",
        HelpName = "auto|leader|follower",
        CustomParser = result =>
            result.Tokens[0].Value.ToLowerInvariant() switch
            {
                "auto" => RoleChoice.Auto,
                "leader" => RoleChoice.Leader,
                "follower" => RoleChoice.Follower,
                var other => Fail<RoleChoice?>(result, $"'{other}' is no role: use --role auto, --role leader or --role follower"),
            },
    };

    private readonly Option<int> priority = new("--priority")
    {
        Description = "place among the nodes that may lead, the smallest number first, 0 to 255",
        HelpName = "N",
        DefaultValueFactory = _ => NodeSettings.UsualPriority,
        CustomParser = result =>
            int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int place) && place <= 255
                ? place
                : Fail<int>(result, $"'{result.Tokens[0].Value}' is no priority: use a whole number from 0 (leads first) to 255 (leads last); {NodeSettings.UsualPriority} is the usual one"),
    };

    private readonly Option<Nanos> maxClockError = new("--max-clock-error")
    {
        Description = "a node whose clock may be wrong by more is not ready for a take, for example 500us or 2ms",
        HelpName = "TIME",
        DefaultValueFactory = _ => Nanos.FromMilliseconds(1),
        CustomParser = result =>
            TryTime(result.Tokens[0].Value, out Nanos time) ? time : Fail<Nanos>(result, $"'{result.Tokens[0].Value}' is no time for --max-clock-error: write it like 500us, 2ms or 1s"),
    };

    private readonly Option<bool> joinTakes = new("--join-takes") { Description = "join a take that is running already, at any time of it: the file begins at a later grid point, and says at which" };

    private readonly Option<string> output = new("--output", "-o")
    {
        Description = "file to record to (.mp4, .mov, .mkv); {take} and {node} are filled in; nothing is ever overwritten",
        HelpName = "FILE",
        DefaultValueFactory = _ => "output_h265.mp4",
    };

    private readonly Option<string?> networkInterface = new("--interface", "-i")
    {
        Description = "network interface, by address or by name [default: that of the default route]",
        HelpName = "IP|NAME",
    };

    private readonly Option<string?> nodeId = new("--node-id")
    {
        Description = "name of this node [default: auto, from the host's name]",
        HelpName = "ID",
        CustomParser = result => NodeOptions.FaultOfNodeId(result.Tokens[0].Value) is { } fault ? Fail<string?>(result, fault) : result.Tokens[0].Value,
    };

    private readonly Option<Endpoint> group = new("--group")
    {
        Description = "multicast group, for several productions on one network",
        HelpName = "ADDRESS:PORT",
        DefaultValueFactory = _ => LinkSettings.DefaultGroup,
        CustomParser = result => Parsed(result, LinkSettings.ParseGroup),
    };

    private readonly Option<string?> keyFile = new("--key-file")
    {
        Description = "file with the group's key, as 'record-syncd keygen' makes one: what is not sealed with it is not heard (docs/security.md)",
        HelpName = "FILE",
    };

    private readonly CameraCommandLine cameras = new();

    private readonly Option<FrameSize> size = new("--size")
    {
        Description = "picture size",
        HelpName = "WxH",
        DefaultValueFactory = _ => new FrameSize(1280, 720),
        CustomParser = result =>
            FrameSize.TryParse(result.Tokens[0].Value, out FrameSize parsed)
                ? parsed
                : Fail<FrameSize>(result, $"'{result.Tokens[0].Value}' is no picture size: use even numbers like 1920x1080"),
    };

    private readonly Option<FrameRate> rate = new("--fps")
    {
        Description = "frames per second, also 29.97 or 30000/1001",
        HelpName = "RATE",
        DefaultValueFactory = _ => FrameRate.Default,
        CustomParser = result =>
            FrameRate.TryParse(result.Tokens[0].Value, out FrameRate parsed)
                ? parsed
                : Fail<FrameRate>(result, $"'{result.Tokens[0].Value}' is no frame rate: use 30, 29.97 or 30000/1001"),
    };

    private readonly Option<int> bitrate = new("--bitrate", "-b")
    {
        Description = "of the video, kbit/s",
        HelpName = "KBPS",
        DefaultValueFactory = _ => 8_000,
        CustomParser = result =>
            int.TryParse(result.Tokens[0].Value, out int kbps) && kbps is >= TakeSettings.SmallestBitrate and <= TakeSettings.LargestBitrate
                ? kbps
                : Fail<int>(result, $"'{result.Tokens[0].Value}' is no bitrate: use kbit/s from 50 to 400000, for example 8000"),
    };

    private readonly Option<string?> encoder = new("--encoder", "-e")
    {
        Description = "force one encoder (see 'record-syncd encoders') [default: the first that works]",
        HelpName = "ELEMENT",
    };

    private readonly Option<DropPolicy> onDrop = new("--on-drop")
    {
        Description = "a grid point without a frame: repeat the previous picture, or leave a gap in the file's PTS",
        HelpName = "repeat|gap",
        DefaultValueFactory = _ => DropPolicy.Repeat,
        CustomParser = result =>
            result.Tokens[0].Value.ToLowerInvariant() switch
            {
                "repeat" => DropPolicy.Repeat,
                "gap" => DropPolicy.Gap,
                var other => Fail<DropPolicy>(result, $"'{other}' is nothing to do on a drop: use --on-drop repeat or --on-drop gap"),
            },
    };

    private readonly Option<bool> align = new("--align")
    {
        Description = "steer the camera's frame timing so that its exposures are at the same instants as those of the other nodes (libcamera, V4L2 sensors, test:steer)",
    };

    private readonly StorageCommandLine storage = new();

    private readonly SoundCommandLine sound = new();

    private readonly PageCommandLine page = new();

    private readonly Option<SimulatedClock?> simulatedClock = new("--simulated-clock")
    {
        Description = "for demos and tests: run on a clock that is wrong, offset=SECONDS,ppm=X[,wander=Y]",
        HelpName = "SPEC",
        CustomParser = result => Parsed(result, SimulatedClock.Parse),
    };

    private readonly Option<ClockSource> clock = new("--clock")
    {
        Description = "builtin: time from the leader; system: the wall clock, kept by ptp4l or chrony; auto: system where it is shown to be better (docs/clock.md)",
        HelpName = "auto|builtin|system",
        DefaultValueFactory = _ => ClockSource.Auto,
        CustomParser = result =>
            result.Tokens[0].Value.ToLowerInvariant() switch
            {
                "auto" => ClockSource.Auto,
                "builtin" => ClockSource.Builtin,
                "system" => ClockSource.System,
                var other => Fail<ClockSource>(result, $"'{other}' is no clock: use --clock auto, builtin or system"),
            },
    };

    private readonly Option<Nanos> syncInterval = new("--sync-interval")
    {
        Description = "longest pause between two bursts of time requests, seconds from 0.1 to 60; the node asks more often where that helps",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => Nanos.FromSeconds(4),
        CustomParser = result =>
            decimal.TryParse(result.Tokens[0].Value.TrimEnd('s'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds) && seconds is >= 0.1m and <= 60
                ? new Nanos((long)(seconds * 1_000_000_000))
                : Fail<Nanos>(result, $"'{result.Tokens[0].Value}' is no pause: use seconds from 0.1 to 60, for example 1"),
    };

    private readonly Option<HardwareChoice> hardwareTimestamps = new("--hardware-timestamps")
    {
        Description = "time stamps of packets by the network card: auto, where its driver offers them; on, or do not start; off",
        HelpName = "auto|on|off",
        DefaultValueFactory = _ => HardwareChoice.Auto,
        CustomParser = result =>
            result.Tokens[0].Value.ToLowerInvariant() switch
            {
                "auto" => HardwareChoice.Auto,
                "on" => HardwareChoice.On,
                "off" => HardwareChoice.Off,
                var other => Fail<HardwareChoice>(result, $"'{other}' is no choice of time stamps: use auto, on or off"),
            },
    };

    private readonly Option<string?> syncLog = new("--sync-log")
    {
        Description = "append what this node's clock says to a CSV file, ten rows a second (docs/clock.md)",
        HelpName = "FILE",
    };

    private readonly Option<string?> config = new("--" + SettingsInForce.ConfigKey)
    {
        Description = "file of settings (docs/install.md); options and the environment come before it",
        HelpName = "FILE",
    };

    private Option[] All => [role, priority, output, networkInterface, nodeId, group, keyFile, .. cameras.All, size, rate, bitrate, encoder, .. sound.All, .. storage.All, onDrop, align, joinTakes, maxClockError, clock, syncInterval, hardwareTimestamps, syncLog, .. page.All, simulatedClock];

    /// <summary>Every option of a node, as a setting of file and environment too.</summary>
    public SettingKeys Keys => new(All);

    public void AddTo(Command root)
    {
        foreach (Option option in (Option[])[.. All, config])
            root.Options.Add(option);
    }

    /// <summary>The options that were typed, and below them what environment and file say.</summary>
    /// <exception cref="SettingsException">Something there makes no sense.</exception>
    public SettingsInForce Gather(ParseResult commandLine) => SettingsInForce.Gather(commandLine, Keys, commandLine.GetValue(config), Environment.GetEnvironmentVariables());

    /// <summary>Null when no role was given: there is no node to run.</summary>
    public NodeOptions? Read(ParseResult parsed) => parsed.GetValue(role) is null ? null : Read(parsed, RoleChoice.Auto);

    /// <param name="unsaid">The role where none was given.</param>
    public NodeOptions Read(ParseResult parsed, RoleChoice unsaid) =>
            cameras.AddTo(sound.AddTo(new NodeOptions
            {
                Role = parsed.GetValue(role) ?? unsaid,
                Priority = parsed.GetValue(priority),
                MaxClockError = parsed.GetValue(maxClockError),
                JoinTakes = parsed.GetValue(joinTakes),
                Output = parsed.GetValue(output)!,
                Interface = parsed.GetValue(networkInterface),
                NodeId = parsed.GetValue(nodeId),
                Group = parsed.GetValue(group),
                KeyFile = parsed.GetValue(keyFile),
                Size = parsed.GetValue(size),
                Rate = parsed.GetValue(rate),
                Bitrate = parsed.GetValue(bitrate),
                Encoder = parsed.GetValue(encoder),
                Clock = parsed.GetValue(clock),
                SyncInterval = parsed.GetValue(syncInterval),
                HardwareTimestamps = parsed.GetValue(hardwareTimestamps),
                SyncLog = parsed.GetValue(syncLog),
                OnDrop = parsed.GetValue(onDrop),
                Align = parsed.GetValue(align),
                Storage = storage.Read(parsed),
                Page = page.Read(parsed),
                SimulatedClock = parsed.GetValue(simulatedClock),
            }, parsed), parsed, All, [role, nodeId, syncLog, page.Http, .. sound.All]);

    /// <summary>A positive number of us, ms or s.</summary>
    private static bool TryTime(string text, out Nanos time)
    {
        (string unit, double factor) = text switch
        {
            _ when text.EndsWith("us", StringComparison.OrdinalIgnoreCase) || text.EndsWith("µs", StringComparison.OrdinalIgnoreCase) => (text[^2..], 1e3),
            _ when text.EndsWith("ms", StringComparison.OrdinalIgnoreCase) => (text[^2..], 1e6),
            _ when text.EndsWith('s') => ("s", 1e9),
            _ => ("", 0),
        };
        bool ok = double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * factor is > 0 and <= 3.6e12;
        time = ok ? new Nanos((long)(number * factor)) : default;
        return ok;
    }

    private static T Parsed<T>(ArgumentResult result, Func<string, T> parse)
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (Exception fault) when (fault is NetworkException or FormatException)
        {
            return Fail<T>(result, fault.Message);
        }
    }

    private static T Fail<T>(ArgumentResult result, string sentence)
    {
        result.AddError(sentence);
        return default!;
    }
}

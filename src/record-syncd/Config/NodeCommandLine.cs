using System.CommandLine;
using System.CommandLine.Parsing;

namespace RecordSync.Daemon;

/// <summary>The options of <c>record-syncd --role …</c>, and the settings that they make.</summary>
internal sealed class NodeCommandLine
{
    private readonly Option<NodeRole?> role = new("--role", "-r")
    {
        Description = "leader: starts and stops the recording of all nodes; follower: obeys",
        HelpName = "leader|follower",
        CustomParser = result =>
            result.Tokens[0].Value.ToLowerInvariant() switch
            {
                "leader" => NodeRole.Leader,
                "follower" => NodeRole.Follower,
                var other => Fail<NodeRole?>(result, $"'{other}' is no role: use --role leader or --role follower"),
            },
    };

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

    private readonly Option<string?> camera = new("--camera", "-c")
    {
        Description = "test[:…], v4l2[:device], argus[:sensor-id], libcamera[:name], rtsp://…, file:CLIP, pipeline:<gst-launch fragment> or none [default: the first real camera, else test]",
        HelpName = "SOURCE",
    };

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
            int.TryParse(result.Tokens[0].Value, out int kbps) && kbps is >= 50 and <= 400_000
                ? kbps
                : Fail<int>(result, $"'{result.Tokens[0].Value}' is no bitrate: use kbit/s from 50 to 400000, for example 8000"),
    };

    private readonly Option<string?> encoder = new("--encoder", "-e")
    {
        Description = "force one encoder (see 'record-syncd encoders') [default: the first that works]",
        HelpName = "ELEMENT",
    };

    private readonly StorageCommandLine storage = new();

    private readonly Option<SimulatedClock?> simulatedClock = new("--simulated-clock")
    {
        Description = "for demos and tests: run on a clock that is wrong, offset=SECONDS,ppm=X[,wander=Y]",
        HelpName = "SPEC",
        CustomParser = result => Parsed(result, SimulatedClock.Parse),
    };

    public void AddTo(RootCommand root)
    {
        Option[] all = [role, output, networkInterface, nodeId, group, camera, size, rate, bitrate, encoder, .. storage.All, simulatedClock];
        foreach (Option option in all)
            root.Options.Add(option);
    }

    /// <summary>Null when no role was given: there is no node to run.</summary>
    public NodeOptions? Read(ParseResult parsed) =>
        parsed.GetValue(role) is not { } chosen
            ? null
            : new NodeOptions
            {
                Role = chosen,
                Output = parsed.GetValue(output)!,
                Interface = parsed.GetValue(networkInterface),
                NodeId = parsed.GetValue(nodeId),
                Group = parsed.GetValue(group),
                Camera = parsed.GetValue(camera),
                Size = parsed.GetValue(size),
                Rate = parsed.GetValue(rate),
                Bitrate = parsed.GetValue(bitrate),
                Encoder = parsed.GetValue(encoder),
                Storage = storage.Read(parsed),
                SimulatedClock = parsed.GetValue(simulatedClock),
            };

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

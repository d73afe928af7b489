using System.CommandLine;

namespace RecordSync.Daemon;

/// <summary>The option <c>--camera</c>, which may be repeated, and what the nodes of the further cameras are started with.</summary>
internal sealed class CameraCommandLine
{
    private readonly Option<string[]> camera = new("--camera", "-c")
    {
        Description =
            "test[:…], v4l2[:device], argus[:sensor-id], libcamera[:name], rtsp://…, file:CLIP, pipeline:<gst-launch fragment> or none; "
            + "again for each further camera, with a name before it: front=v4l2:/dev/video0 [default: the first real camera, else test]",
        HelpName = "[NAME=]SOURCE",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result =>
        {
            string[] texts = [.. result.Tokens.Select(token => token.Value)];
            if (NamedCamera.Read(texts, out string fault) is null)
                result.AddError(fault);
            return texts;
        },
    };

    private readonly Option<bool> attached = new("--attached")
    {
        Description = "one of several cameras: leaves when standard input ends and no take runs",
        Hidden = true,
    };

    public IReadOnlyList<Option> All => [camera, attached];

    /// <param name="kept">The options that belong to the first camera, or to nobody twice: they are not passed on.</param>
    public NodeOptions AddTo(NodeOptions options, ParseResult parsed, IEnumerable<Option> everything, IReadOnlyCollection<Option> kept)
    {
        IReadOnlyList<NamedCamera> cameras = NamedCamera.Read(parsed.GetValue(camera) ?? [], out _) ?? [];
        NamedCamera? first = cameras.Count > 0 ? cameras[0] : null;
        options = options with { Camera = first?.Source, CameraName = first?.Name, Attached = parsed.GetValue(attached) };
        if (options.Attached)
            return options with { Audio = SoundCommandLine.None, SyncLog = null };
        return cameras.Count > 1 ? options with { Further = [.. cameras.Skip(1)], Shared = [.. everything.Except(kept).Except(All).SelectMany(option => AsWritten(option, parsed))] } : options;
    }

    private static IEnumerable<string> AsWritten(Option option, ParseResult parsed)
    {
        if (parsed.GetResult(option) is not { Implicit: false } written)
            return [];
        return [option.Name, .. written.Tokens.Select(token => token.Value)];
    }
}

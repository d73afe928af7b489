using System.CommandLine;

namespace RecordSync.Daemon;

/// <summary>The options <c>--audio</c> and <c>--audio-codec</c>.</summary>
internal sealed class SoundCommandLine
{
    public static readonly SoundSource None = new(SoundSource.Kinds[0], "", null);

    private readonly Option<SoundSource> audio = new("--audio")
    {
        Description = "record sound, on the same time as the pictures: alsa[:device], pulse[:device], test[:…], pipeline:<gst-launch fragment> or none",
        HelpName = "SOURCE",
        DefaultValueFactory = _ => None,
        CustomParser = result =>
        {
            if (SoundSource.TryParse(result.Tokens[0].Value, out SoundSource source, out string error))
                return source;
            result.AddError(error);
            return None;
        },
    };

    private readonly Option<SoundCodecWish> codec = new("--audio-codec")
    {
        Description = "of the sound: flac, aac, or auto: flac where the file can hold it (.mkv), else aac",
        HelpName = "aac|flac|auto",
        DefaultValueFactory = _ => SoundCodecWish.Auto,
        CustomParser = result =>
        {
            if (Enum.TryParse(result.Tokens[0].Value, ignoreCase: true, out SoundCodecWish wish) && Enum.IsDefined(wish) && !char.IsAsciiDigit(result.Tokens[0].Value[0]))
                return wish;
            result.AddError($"'{result.Tokens[0].Value}' is no codec for sound: use --audio-codec aac, flac or auto");
            return SoundCodecWish.Auto;
        },
    };

    public IReadOnlyList<Option> All => [audio, codec];

    public NodeOptions AddTo(NodeOptions options, ParseResult parsed) => options with { Audio = parsed.GetValue(audio) ?? None, AudioCodec = parsed.GetValue(codec) };
}

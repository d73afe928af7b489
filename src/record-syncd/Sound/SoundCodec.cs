using System.Collections.Concurrent;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>What --audio-codec asks for.</summary>
internal enum SoundCodecWish
{
    /// <summary>FLAC where the container takes it, else AAC.</summary>
    Auto,
    Aac,
    Flac,
}

/// <summary>One encoder for sound.</summary>
/// <param name="Fragment">gst-launch, with the caps that it is fed with and the parser behind it; {bps} is the bitrate in bit/s.</param>
/// <param name="Delay">Samples that a decoder gives before the first one that went in: priming of the filter bank.</param>
/// <param name="Block">Samples of a coded frame; 0: any number comes out as it went in.</param>
/// <param name="LosesTail">It does not give out a frame that is not full.</param>
internal sealed record SoundCodec(string Name, string Factory, string Fragment, string Package, int Delay, int Block = 0, bool LosesTail = false)
{
    /// <summary>Of the file, whatever the card has: what every editing program works in.</summary>
    public const int Rate = 48_000;

    private const string AacInput = "audio/x-raw,rate=48000";

    /// <summary>In the order in which they are tried. The delays of flacenc, avenc_aac and voaacenc are measured by a test, those of fdkaacenc and faac assumed.</summary>
    public static readonly IReadOnlyList<SoundCodec> All =
    [
        new("flac", "flacenc", "audioconvert ! audio/x-raw,format=S24LE ! flacenc name=sound-encoder ! flacparse", "gstreamer1.0-plugins-good", 0),
        new("aac", "avenc_aac", $"audioconvert ! {AacInput} ! avenc_aac name=sound-encoder bitrate={{bps}} ! aacparse", "gstreamer1.0-libav", 1024, 1024),
        new("aac", "fdkaacenc", $"audioconvert ! {AacInput} ! fdkaacenc name=sound-encoder bitrate={{bps}} ! aacparse", "gstreamer1.0-plugins-bad", 2048, 1024),
        new("aac", "voaacenc", $"audioconvert ! {AacInput} ! voaacenc name=sound-encoder bitrate={{bps}} ! aacparse", "gstreamer1.0-plugins-bad", 1600, 1024, LosesTail: true),
        new("aac", "faac", $"audioconvert ! {AacInput} ! faac name=sound-encoder bitrate={{bps}} ! aacparse", "gstreamer1.0-plugins-bad", 1024, 1024),
    ];

    private static readonly ConcurrentDictionary<(string Factory, string Muxer), Lazy<string?>> Trials = new();

    /// <summary>Bit/s of a channel.</summary>
    private const int AacBitsPerChannel = 96_000;

    /// <summary>What a second of sound takes of the disk at most, kbit/s.</summary>
    public int Kbps(int channels) => (Name == "flac" ? 24 * Rate : AacBitsPerChannel) * channels / 1000;

    public string Launch(int channels) => Fragment.Replace("{bps}", $"{AacBitsPerChannel * channels}", StringComparison.Ordinal);

    /// <summary>The first that works in this container.</summary>
    /// <exception cref="GstException">None does; the text says why, and what to do.</exception>
    public static SoundCodec Choose(SoundCodecWish wish, ContainerChoice container)
    {
        List<string> refused = [];
        foreach (SoundCodec codec in All.Where(codec => wish == SoundCodecWish.Auto || codec.Name.Equals($"{wish}", StringComparison.OrdinalIgnoreCase)))
        {
            if (Trials.GetOrAdd((codec.Factory, container.Muxer), _ => new(() => codec.Try(container.Muxer))).Value is not { } fault)
                return codec;
            refused.Add($"{codec.Factory}: {fault}");
        }
        throw new GstException($"Sound cannot be recorded with --audio-codec {$"{wish}".ToLowerInvariant()} in this kind of file ({string.Join("; ", refused)})");
    }

    /// <returns>Null when a tenth of a second went through encoder and muxer.</returns>
    private string? Try(string muxer)
    {
        if (!GstRuntime.HasElement(Factory))
            return $"not installed, sudo apt install {Package}";
        try
        {
            using GstPipeline trial = GstPipeline.Parse($"audiotestsrc num-buffers=10 samplesperbuffer=480 ! audio/x-raw,format=F32LE,rate={Rate},channels=2 ! {Launch(2)} ! {muxer} ! fakesink");
            trial.SetState(GstState.Playing, TimeSpan.FromSeconds(5));
            return trial.Poll(TimeSpan.FromSeconds(5)) switch
            {
                { Kind: GstMessageKind.Eos } => null,
                { Kind: GstMessageKind.Error } error => error.ToString(),
                _ => "does not come to an end",
            };
        }
        catch (GstException e)
        {
            return e.Message.Contains("could not link", StringComparison.OrdinalIgnoreCase) ? $"{muxer} does not take {Name}" : e.Message;
        }
    }
}

/// <summary>The sound of a file.</summary>
internal sealed record SoundSettings(SoundCodec Codec, int Channels)
{
    public string Caps => $"audio/x-raw,format=F32LE,layout=interleaved,rate={SoundCodec.Rate},channels={Channels}";
}

using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>One kind of sound source: everything that is particular to it.</summary>
/// <param name="Word">What people write after --audio: the word, or the word and a colon and an argument.</param>
/// <param name="Element">The element that must exist; empty where none is needed.</param>
/// <param name="Package">What to install when it does not.</param>
/// <param name="Property">The element's property that takes the argument.</param>
/// <param name="Launch">gst-launch fragment; {argument} is put in. The element is named "sound".</param>
internal sealed record SoundKind(string Word, string ArgumentHint, string Title, string Element, string Package, string? Property, string Launch)
{
    public bool IsSimulated => Word == "test";

    public bool IsNone => Word == "none";
}

/// <summary>A sound source as the user named it, understood. The words are those of <see cref="CameraSource"/> where both have the thing.</summary>
internal sealed record SoundSource(SoundKind Kind, string Argument, CardTiming? Timing)
{
    // stamped with the monotonic clock of the pipeline when a block has come, minus its length; the card's own clock is found from that (SampleClock). The
    // other ways of audiobasesrc move samples about by themselves
    private const string Stamped = "slave-method=re-timestamp provide-clock=false latency-time=10000 buffer-time=200000";

    public static readonly IReadOnlyList<SoundKind> Kinds =
    [
        new("none", "", "No sound", "", "", null, ""),
        new("test", CardTiming.Help, "Simulated sound card", "", "", null, ""),
        new("alsa", "DEVICE", "ALSA", "alsasrc", "gstreamer1.0-alsa", "device", $"alsasrc name=sound {Stamped}"),
        new("pulse", "DEVICE", "PulseAudio or PipeWire", "pulsesrc", "gstreamer1.0-pulseaudio", "device", $"pulsesrc name=sound {Stamped}"),
        new("pipeline", "GST-LAUNCH FRAGMENT", "Any GStreamer source", "identity", "gstreamer1.0-plugins-base", null, "{argument} ! identity sync=true"),
    ];

    public bool IsNone => Kind.IsNone;

    /// <summary>As it is written after <c>--audio</c>.</summary>
    public override string ToString() => Argument.Length > 0 ? $"{Kind.Word}:{Argument}" : Kind.Word;

    public string Description =>
        Timing is { } timing ? timing.ToString()
        : Argument.Length > 0 ? $"{Kind.Title} {Argument}"
        : Kind.Title;

    /// <summary>Reads what follows --audio. Does not look whether the card exists.</summary>
    public static bool TryParse(string text, out SoundSource source, out string error)
    {
        source = null!;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string word = (colon < 0 ? text : text[..colon]).Trim(), argument = colon < 0 ? "" : text[(colon + 1)..].Trim();
        // as gst-launch is called
        SoundKind? kind = Kinds.FirstOrDefault(kind => kind.Word.Equals(word.Equals("launch", StringComparison.OrdinalIgnoreCase) ? "pipeline" : word, StringComparison.OrdinalIgnoreCase));
        if (kind is null)
        {
            error = $"'{text}' is no source of sound; possible are {string.Join(", ", Kinds.Select(Usage))}.";
            return false;
        }
        CardTiming? timing = null;
        if (kind.IsSimulated && !CardTiming.TryParse(argument, new Random(Environment.ProcessId * 7919 + 13), out timing, out error))
            return false;
        error = kind.Word == "pipeline" && argument.Length == 0 ? $"--audio pipeline needs a {kind.ArgumentHint}: {Usage(kind)}." : "";
        source = new SoundSource(kind, argument, timing);
        return error.Length == 0;
    }

    /// <summary>The gst-launch fragment of a card that is a GStreamer element.</summary>
    public string Launch => Kind.Launch.Replace("{argument}", Argument, StringComparison.Ordinal);

    public static string Usage(SoundKind kind) =>
        kind.ArgumentHint.Length == 0 ? kind.Word
        : kind.Word == "pipeline" ? $"{kind.Word}:{kind.ArgumentHint}"
        : $"{kind.Word}[:{kind.ArgumentHint}]";
}

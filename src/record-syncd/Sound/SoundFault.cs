namespace RecordSync.Daemon;

/// <summary>What GStreamer says about a sound card, in words that tell what to do.</summary>
internal static class SoundFault
{
    private static readonly (string Sign, string Remedy)[] Remedies =
    [
        ("Device or resource busy", "another program uses it; close that program, or go through --audio pulse"),
        ("Device is being used", "another program uses it; close that program, or go through --audio pulse"),
        ("No such file or directory", "there is no such device; 'arecord -L' lists what there is"),
        ("Permission denied", "this user may not open it: sudo usermod -aG audio $USER, then log in again"),
        ("Could not open audio device", "there is no such device; 'arecord -L' lists what there is"),
        ("Connection refused", "no PulseAudio or PipeWire runs for this user"),
        ("Failed to connect", "no PulseAudio or PipeWire runs for this user"),
    ];

    /// <summary>The text of GStreamer, after what it means where that is known.</summary>
    public static string Explain(string text)
    {
        foreach ((string sign, string remedy) in Remedies)
        {
            if (text.Contains(sign, StringComparison.OrdinalIgnoreCase))
                return $"{remedy}. ({text.TrimEnd('.')})";
        }
        return text;
    }
}

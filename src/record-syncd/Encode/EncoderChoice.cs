using System.Collections.Concurrent;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>The machine's encoders and the one to use. Verdicts are kept for the life of the process.</summary>
internal static class EncoderChoice
{
    private static readonly ConcurrentDictionary<string, Lazy<EncoderVerdict>> Verdicts = new();

    /// <summary>Tries every encoder of the table, in its order.</summary>
    public static IReadOnlyList<EncoderVerdict> Probe() => [.. EncoderTable.All.Select(VerdictOf)];

    /// <summary>The first that works, or the forced one. Later encoders are not tried.</summary>
    /// <exception cref="GstException">The forced encoder, or every encoder, is unusable; the text names the reason and the remedy.</exception>
    public static EncoderVerdict Choose(string? forced)
    {
        if (forced is not null)
        {
            EncoderSpec spec =
                EncoderTable.Find(forced)
                ?? throw new GstException($"There is no encoder '{forced}'. Known: {string.Join(", ", EncoderTable.All.Select(row => row.Factory))}.");
            EncoderVerdict verdict = VerdictOf(spec);
            return verdict.Usable ? verdict : throw new GstException($"The encoder {forced} cannot be used: {verdict.Reason}.{Remedy(verdict)}");
        }
        return EncoderTable.All.Select(VerdictOf).FirstOrDefault(verdict => verdict.Usable)
            ?? throw new GstException("No H.265 encoder works on this machine. Install the software one: sudo apt install gstreamer1.0-plugins-bad. 'record-syncd encoders' tells the reasons.");
    }

    private static EncoderVerdict VerdictOf(EncoderSpec spec) => Verdicts.GetOrAdd(spec.Factory, _ => new(() => EncoderProbe.Try(spec))).Value;

    private static string Remedy(EncoderVerdict verdict) =>
        verdict.Installed ? " Without --encoder the best usable one is taken." : $" Install it: sudo apt install {verdict.Spec.Package}";
}

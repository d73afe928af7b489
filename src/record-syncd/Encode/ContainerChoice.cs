using System.Collections.Concurrent;
using System.Collections.Immutable;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>The muxer for a file name and the way it is run so that a file survives a crash of its writer (docs/recording.md, "Files").</summary>
internal sealed record ContainerChoice
{
    internal const string FirstMoov = "first-moov";
    private const string ReservedMoov = "reserved-moov";
    private const string Plain = "plain";

    private static readonly ConcurrentDictionary<(string Extension, string Encoder), Lazy<ContainerChoice>> ProvedChoices = new();

    /// <summary>For the manifest: "first-moov", "reserved-moov", "matroska", or "plain", of which a crash leaves nothing.</summary>
    public required string Mode { get; init; }

    public required string Muxer { get; init; }

    public required string Demuxer { get; init; }

    /// <summary>Name and value; the placeholders are those of <see cref="EncodeSettings.Fill"/>.</summary>
    public required ImmutableArray<(string Name, string Value)> Properties { get; init; }

    /// <summary>Why better modes were passed over; null when this is the best one.</summary>
    public string? Note { get; init; }

    /// <summary>The choice by file name and GStreamer version alone.</summary>
    /// <exception cref="GstException">The extension is not known or its muxer is not installed.</exception>
    public static ContainerChoice For(string path) => Candidates(path)[0];

    /// <summary>The best mode that a trial file proves: readable while it is being written, complete when finished. Takes a fraction of a second the first time for an extension and encoder.</summary>
    /// <param name="directory">Where the trial file is written and removed again.</param>
    public static ContainerChoice Proved(string path, EncoderSpec encoder, string directory)
    {
        ImmutableArray<ContainerChoice> candidates = Candidates(path);
        return ProvedChoices.GetOrAdd((Path.GetExtension(path).ToLowerInvariant(), encoder.Factory), _ => new(() => Prove(candidates, encoder, directory))).Value;
    }

    /// <summary>All modes for a file name, best first.</summary>
    internal static ImmutableArray<ContainerChoice> Candidates(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        return extension switch
        {
            ".mp4" => QuickTime("mp4mux"),
            ".mov" => QuickTime("qtmux"),
            ".mkv" => [Matroska()],
            "" => throw new GstException($"The output file '{Path.GetFileName(path)}' has no ending. Use .mp4, .mov or .mkv."),
            _ => throw new GstException($"Files of the kind '{extension}' cannot be written. Use .mp4, .mov or .mkv."),
        };
    }

    private static ImmutableArray<ContainerChoice> QuickTime(string muxer)
    {
        RequireMuxer(muxer);
        var plain = new ContainerChoice
        {
            Mode = Plain,
            Muxer = muxer,
            Demuxer = "qtdemux",
            Properties = [("trak-timescale", "{timescale}"), ("movie-timescale", "{timescale}")],
        };
        ContainerChoice reserved = plain with
        {
            Mode = ReservedMoov,
            Properties =
            [
                .. plain.Properties,
                ("reserved-max-duration", "{longest}"),
                ("reserved-bytes-per-sec", "{index-bytes}"),
                ("reserved-moov-update-period", "500000000"),
            ],
        };
        // fragments exist before 1.20 too, but not the mode that ends as a normal file; and 1.20's own default mode writes wrong offsets
        if (GstRuntime.Version < new Version(1, 20) || !GstRuntime.ElementHasProperty(muxer, "fragment-mode"))
            return [reserved, plain];
        ContainerChoice fragments = plain with
        {
            Mode = FirstMoov,
            Properties = [.. plain.Properties, ("fragment-duration", "200"), ("fragment-mode", "first-moov-then-finalise")],
        };
        return [fragments, reserved, plain];
    }

    private static ContainerChoice Matroska()
    {
        RequireMuxer("matroskamux");
        return new ContainerChoice
        {
            Mode = "matroska",
            Muxer = "matroskamux",
            Demuxer = "matroskademux",
            // 10 µs instead of 1 ms
            Properties = [("timecodescale", "10000")],
        };
    }

    private static void RequireMuxer(string muxer)
    {
        if (!GstRuntime.HasElement(muxer))
            throw new GstException($"The GStreamer element {muxer} is missing. Install it: sudo apt install gstreamer1.0-plugins-good");
    }

    private static ContainerChoice Prove(ImmutableArray<ContainerChoice> candidates, EncoderSpec encoder, string directory)
    {
        List<string> failures = [];
        foreach (ContainerChoice candidate in candidates)
        {
            string? failure = ContainerTrial.Run(candidate, encoder, directory);
            if (failure is null)
                return failures.Count == 0 ? candidate : candidate with { Note = string.Join("; ", failures) };
            failures.Add($"{candidate.Mode}: {failure}");
        }
        throw new GstException($"No trial recording with {candidates[0].Muxer} succeeded: {string.Join("; ", failures)}");
    }
}

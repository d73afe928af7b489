using System.Text.Json;
using System.Text.Json.Serialization;
using RecordSync.Gst;
using Spectre.Console;

namespace RecordSync.Daemon;

/// <summary>record-syncd encoders [--json]: what this machine can encode with, and why not with the others.</summary>
internal static class EncodersCommand
{
    /// <returns>0 when an encoder works, 1 when none does.</returns>
    public static int Run(bool json, TextWriter output)
    {
        IReadOnlyList<EncoderVerdict> verdicts = EncoderChoice.Probe();
        EncoderVerdict? chosen = verdicts.FirstOrDefault(verdict => verdict.Usable);
        if (json)
            WriteJson(verdicts, chosen, output);
        else
            WriteTable(verdicts, chosen, output);
        return chosen is null ? 1 : 0;
    }

    private static void WriteJson(IReadOnlyList<EncoderVerdict> verdicts, EncoderVerdict? chosen, TextWriter output)
    {
        EncoderRow[] rows =
        [
            .. verdicts.Select(verdict => new EncoderRow(
                verdict.Spec.Factory,
                verdict.Spec.Hardware,
                verdict.Usable,
                ReferenceEquals(verdict, chosen),
                verdict.Reason,
                verdict.Spec.Package,
                [.. verdict.LeftOut]
            )),
        ];
        output.WriteLine(JsonSerializer.Serialize(new EncoderReport(GstRuntime.Version.ToString(), rows), EncoderJson.Default.EncoderReport));
    }

    private static void WriteTable(IReadOnlyList<EncoderVerdict> verdicts, EncoderVerdict? chosen, TextWriter output)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "encoder", "hardware", "verdict");
        foreach (EncoderVerdict verdict in verdicts)
        {
            string mark = ReferenceEquals(verdict, chosen) ? "→" : "";
            string reason = verdict.LeftOut.Count == 0 ? verdict.Reason : $"{verdict.Reason} (without {string.Join("; ", verdict.LeftOut)})";
            string colour = verdict.Usable ? "green" : "grey";
            table.AddRow(mark, $"[{colour}]{verdict.Spec.Factory}[/]", verdict.Spec.Hardware.EscapeMarkup(), reason.EscapeMarkup());
        }
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Write(table);
        output.WriteLine(
            chosen is null
                ? "No H.265 encoder works. Install the software one: sudo apt install gstreamer1.0-plugins-bad"
                : $"Recording uses {chosen.Spec.Factory}; --encoder NAME forces another. GStreamer {GstRuntime.Version}."
        );
    }
}

internal sealed record EncoderRow(string Name, string Hardware, bool Usable, bool Chosen, string Reason, string Package, string[] LeftOut);

internal sealed record EncoderReport(string Gstreamer, EncoderRow[] Encoders);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EncoderReport))]
internal sealed partial class EncoderJson : JsonSerializerContext;

using System.Text;
using RecordSync.Daemon;

namespace RecordSync.Fuzz;

/// <summary>X.frames.csv: read, tallied, corrected and repaired.</summary>
internal static class SidecarTarget
{
    private static readonly (long Index, long PtsNs, long Bytes)[] Video = [.. Enumerable.Range(0, SampleTake.Frames).Select(index => ((long)index, SampleTake.Rate.TimeOf(index).Value, 900L))];

    // the clock was 250 µs off at the end
    private static readonly TakeClock Clock = new(null!, [new(new LocalTime(7_000_000), SampleTake.StartNs), new(new LocalTime(407_000_000), SampleTake.StartNs + 250_000)], [0, 0]);

    public static FuzzTarget Make() =>
        new("sidecar", 16_384, ["\n", ",", "|", ",,,,", "repeated", "late", "dropped", "missing", "duplicate", "corrected", "away", SidecarWriter.Header + "\n"], Examine)
        {
            MemoryPerByte = 1_000,
            Seeds = () => [("whole", Encoding.UTF8.GetBytes(SampleTake.Sidecar())), ("cut", Encoding.UTF8.GetBytes(SampleTake.Sidecar())[..^17])],
        };

    private static void Examine(byte[] input)
    {
        string path = Scratch.File("cam1.frames.csv");
        File.WriteAllBytes(path, input);
        List<VerdictSidecarRow>? rows = SidecarFile.TryRead(path)?.ToList();
        _ = SidecarFile.Tally(path, SampleTake.Grid)?.Close(new NodeFacts(SampleTake.Name, "cam1", null, 0, 0, "", NodeVerdict.FreeRunning, null, 0, null));
        _ = SkewSeries.ReadResiduals(path, SampleTake.Grid);
        Repair(Encoding.UTF8.GetString(input));
        if (rows is null)
            return;
        _ = SidecarCorrection.Apply(path, Clock, SampleTake.Rate, out _);
        VerdictSidecarRow[] corrected = [.. SidecarFile.TryRead(path) ?? []];
        BrokenLawException.Unless(corrected.Select(row => (row.Index, row.PtsNs, row.Flags | SidecarFlags.Corrected)).SequenceEqual(rows.Select(row => (row.Index, row.PtsNs, row.Flags | SidecarFlags.Corrected))), "a correction moves times, and nothing else");
    }

    private static void Repair(string text)
    {
        RepairedSidecar repaired = SidecarRepair.Repair(text, Video);
        List<VerdictSidecarRow> rows = [];
        foreach (string line in repaired.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            BrokenLawException.Unless(VerdictSidecarRow.TryParse(line, out VerdictSidecarRow row), "every line of a repaired sidecar is a row");
            rows.Add(row);
        }
        IEnumerable<long> there = rows.Where(row => !row.Flags.HasFlag(SidecarFlags.Dropped)).Select(row => row.Index);
        BrokenLawException.Unless(there.SequenceEqual(Video.Select(frame => frame.Index)), "a repaired sidecar has a row for each frame of the video, and for no other");
        BrokenLawException.Unless(SidecarRepair.Repair(repaired.Text, Video).Text == repaired.Text, "what is repaired needs no repair");
    }
}

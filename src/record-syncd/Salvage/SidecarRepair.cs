using System.Globalization;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>What a repaired sidecar says.</summary>
internal sealed record RepairedSidecar(string Text, long Repeated, long Dropped, long FramesLost, long FramesWithoutRow);

/// <summary>Makes a sidecar that has a line for every frame of the video and none for frames that it has not.</summary>
internal static class SidecarRepair
{
    /// <param name="text">As it was found; its last line may be half a line.</param>
    /// <param name="frames">Grid point, PTS from the start of the take and size of every frame of the video, in order.</param>
    public static RepairedSidecar Repair(string text, IReadOnlyList<(long Index, long PtsNs, long Bytes)> frames)
    {
        // a line without its end may be cut in the middle of a number
        int end = text.LastIndexOf('\n') + 1;
        string[] lines = text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string header = lines.Length > 0 && lines[0].StartsWith("index,", StringComparison.Ordinal) ? lines[0] : SidecarWriter.Header;
        Dictionary<long, (string Line, VerdictSidecarRow Row)> rows = [];
        foreach (string line in lines)
        {
            if (VerdictSidecarRow.TryParse(line, out VerdictSidecarRow row))
                rows[row.Index] = (line, row);
        }
        StringBuilder repaired = new(header + "\n");
        long last = frames[^1].Index, repeated = 0, dropped = 0, without = 0;
        Dictionary<long, (long PtsNs, long Bytes)> video = [];
        foreach ((long index, long pts, long bytes) in frames)
            video[index] = (pts, bytes);
        // what is in either: a broken file may claim any index
        foreach (long index in video.Keys.Union(rows.Keys).Where(index => index >= 0 && index <= last).Order())
        {
            bool inVideo = video.TryGetValue(index, out (long PtsNs, long Bytes) frame);
            bool told = rows.TryGetValue(index, out (string Line, VerdictSidecarRow Row) row);
            if (told && row.Row.Flags.HasFlag(SidecarFlags.Dropped) != inVideo)
            {
                repaired.Append(row.Line).Append('\n');
                repeated += row.Row.Flags == SidecarFlags.Repeated ? 1 : 0;
                dropped += inVideo ? 0 : 1;
            }
            else if (inVideo)
            {
                // in the video and not in the sidecar, which is written five times a second: the capture time is not known
                without++;
                repaired.Append(CultureInfo.InvariantCulture, $"{index},{frame.PtsNs},,,,{frame.Bytes}").Append(',', Math.Max(0, header.Count(c => c == ',') - 5)).Append('\n');
            }
        }
        long promised = rows.Values.Count(row => !row.Row.Flags.HasFlag(SidecarFlags.Dropped) && !video.ContainsKey(row.Row.Index));
        return new RepairedSidecar(repaired.ToString(), repeated, dropped, promised, without);
    }
}

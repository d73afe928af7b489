using System.Globalization;

namespace RecordSync.Daemon;

/// <param name="LargestNs">How far the frame that was moved most was moved.</param>
/// <param name="Rate">Of the camera against network time; null for a take that is too short to tell.</param>
internal sealed record SidecarCorrected(long LargestNs, SensorRateEstimate? Rate);

/// <summary>
/// The last pass over a sidecar when its take is over: every frame's capture time by the clock of the whole take goes into the column corrected_ns, beside the one by the estimate at capture
/// time. Written anew and exchanged as a whole, so that a power cut leaves the one or the other.
/// </summary>
internal static class SidecarCorrection
{
    private const int FlagsColumn = 4;
    private const int LocalColumn = 6;
    private const int Columns = 8;

    /// <returns>Null with a sentence in <paramref name="fault"/> when the sidecar stays as it was.</returns>
    public static SidecarCorrected? Apply(string path, TakeClock clock, FrameRate rate, out string? fault)
    {
        fault = null;
        string unfinished = Path.Join(Path.GetDirectoryName(Path.GetFullPath(path)), $".{Path.GetFileName(path)}.tmp");
        try
        {
            SidecarCorrected found;
            using (StreamReader from = new(path))
            using (FileStream file = new(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                using (StreamWriter to = new(file, bufferSize: 1 << 16, leaveOpen: true) { NewLine = "\n" })
                    found = Correct(from, to, clock, new SensorRate(rate));
                file.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite: true);
            DirectoryEntry.Sync(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/");
            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = $"the frames' times could not be corrected: {e.Message}";
            DeleteQuietly(unfinished);
            return null;
        }
    }

    private static SidecarCorrected Correct(StreamReader from, StreamWriter to, TakeClock clock, SensorRate sensor)
    {
        long largest = 0;
        Span<Range> columns = stackalloc Range[Columns + 1];
        while (from.ReadLine() is { } row)
        {
            ReadOnlySpan<char> line = row;
            if (line.Contains("away|", StringComparison.Ordinal))
                sensor.BeginAnew();
            bool complete = line.Split(columns, ',') == Columns;
            if (!complete || !TryTime(line[columns[LocalColumn]], out long local) || !TryTime(line[columns[2]], out long gated))
            {
                to.WriteLine(line);
                continue;
            }
            NetworkTime corrected = clock.At(new LocalTime(local));
            long moved = Math.Abs(corrected.Nanoseconds - gated);
            largest = Math.Max(largest, moved);
            ReadOnlySpan<char> flags = line[columns[FlagsColumn]];
            if (!flags.Contains("repeated", StringComparison.Ordinal))
                sensor.Add(corrected);
            to.Write(line[..columns[FlagsColumn].End.Value]);
            if (moved > TakeClock.Notable.Value)
                to.Write(flags.IsEmpty ? "corrected" : "|corrected");
            to.Write(line[columns[FlagsColumn].End.Value..columns[LocalColumn].End.Value]);
            to.Write(',');
            to.WriteLine(corrected.Nanoseconds.ToString(CultureInfo.InvariantCulture));
        }
        return new SidecarCorrected(largest, sensor.Estimate());
    }

    private static bool TryTime(ReadOnlySpan<char> text, out long value) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the fault that led here is the one to tell
        }
    }
}

namespace RecordSync.Daemon;

/// <summary>Reads X.frames.csv.</summary>
internal static class SidecarFile
{
    /// <summary>The rows, as far as they are rows: a power failure may have cut the last one. Null when there is no sidecar, or it is something else.</summary>
    public static IEnumerable<VerdictSidecarRow>? TryRead(string path)
    {
        if (!File.Exists(path))
            return null;
        StreamReader reader = new(path, new FileStreamOptions { BufferSize = 1 << 16, Options = FileOptions.SequentialScan });
        if (reader.ReadLine()?.StartsWith(VerdictSidecarRow.Header, StringComparison.Ordinal) == true)
            return Rows(reader);
        reader.Dispose();
        return null;
    }

    /// <summary>What a node would say of its part, going by the file alone; null when the sidecar cannot be read.</summary>
    public static NodeTally? Tally(string path, FrameGrid grid)
    {
        try
        {
            if (TryRead(path) is not { } rows)
                return null;
            NodeTally tally = new(grid);
            foreach (VerdictSidecarRow row in rows)
                tally.Add(row.Index, row.Capture?.Nanoseconds, row.Flags);
            return tally;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<VerdictSidecarRow> Rows(StreamReader reader)
    {
        using (reader)
        {
            while (reader.ReadLine() is { } line)
            {
                if (VerdictSidecarRow.TryParse(line, out VerdictSidecarRow row))
                    yield return row;
            }
        }
    }
}

namespace RecordSync.Daemon;

/// <summary>
/// How the frames of a take's cameras lie to the grid and to each other, over its whole length: from the sidecars of all nodes where they are on this disk, every frame;
/// else from the samples in take.json. Thinned out for a plot by keeping of each stretch the point where the nodes are farthest apart, so that the worst moment stays in the picture.
/// </summary>
internal sealed class SkewSeries
{
    public const int MostPoints = 2_000;

    /// <summary>"0,0,,," and the end of the line: a broken file may claim any index, and has room for so many rows.</summary>
    private const int ShortestRow = 7;

    private readonly Lock gate = new();

    /// <summary>One is read at a time, and the last one is kept: an eight-hour take is seconds of reading.</summary>
    private (string Key, Task<ApiSkew?> Skew)? latest;

    /// <returns>Null when nothing is known of its frames.</returns>
    public Task<ApiSkew?> Of(RecordedTake take)
    {
        IReadOnlyList<TakeFileEntry> files = take.Files();
        string key = $"{take.Name}|{string.Join('|', files.Where(file => file.Kind is "sidecar" or "take").Select(file => $"{file.Path}:{file.Bytes}:{File.GetLastWriteTimeUtc(file.Path).Ticks}"))}";
        lock (gate)
        {
            if (latest is { } known && known.Key == key)
                return known.Skew;
            Task before = latest?.Skew ?? Task.CompletedTask;
            Task<ApiSkew?> skew = before.ContinueWith(_ => FromSidecars(take, files) ?? FromVerdict(take), TaskScheduler.Default);
            latest = (key, skew);
            return skew;
        }
    }

    private static ApiSkew? FromSidecars(RecordedTake take, IReadOnlyList<TakeFileEntry> files)
    {
        List<(string Node, float[] Residuals)> nodes = [];
        FrameRate? rate = null;
        foreach (NodePart part in take.Parts)
        {
            if (files.FirstOrDefault(file => file.Kind == "sidecar" && file.Node == part.Node) is not { } sidecar || !FrameRate.TryParse(part.Rate, out FrameRate own) || ReadResiduals(sidecar.Path, new FrameGrid(new NetworkTime(part.StartNs), own)) is not { } residuals)
                return null;
            rate ??= own;
            nodes.Add((part.Node, residuals));
        }
        return rate is { } known && nodes.Max(node => node.Residuals.Length) > 0 ? Thinned(known, "sidecars", nodes, 1) : null;
    }

    internal static float[]? ReadResiduals(string path, FrameGrid grid)
    {
        List<float> residuals = [];
        try
        {
            if (SidecarFile.TryRead(path) is not { } rows)
                return null;
            long most = new FileInfo(path).Length / ShortestRow;
            foreach (VerdictSidecarRow row in rows)
            {
                if (row.Index < 0 || row.Index >= most || row.Capture is not { } capture || row.Flags.HasFlag(SidecarFlags.Dropped) || row.Flags.HasFlag(SidecarFlags.Repeated))
                    continue;
                while (residuals.Count <= row.Index)
                    residuals.Add(float.NaN);
                residuals[(int)row.Index] = (float)grid.Residual(capture, row.Index).Microseconds;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        return [.. residuals];
    }

    internal static ApiSkew? FromVerdict(RecordedTake take)
    {
        if (take.Verdict is not { } paper || GroupVerdictFile.Read(paper.Path) is not { } verdict)
            return null;
        NodeVerdict[] nodes = [.. verdict.Nodes.Where(node => node.Residuals is { Samples.Count: > 0, Step: > 0 })];
        if (nodes.Length == 0 || !FrameRate.TryParse(nodes[0].Fps, out FrameRate rate))
            return null;
        // steps are powers of two: the multiples of the coarsest are in every series
        long step = nodes.Max(node => node.Residuals.Step);
        int points = nodes.Max(node => (int)((node.Residuals.Samples.Count * node.Residuals.Step + step - 1) / step));
        return Thinned(rate, "take.json", [.. nodes.Select(node => (node.Node, Enumerable.Range(0, points).Select(i => node.Residuals.SampleAt(i * step) ?? float.NaN).ToArray()))], step);
    }

    /// <param name="step">Grid points from one value to the next.</param>
    private static ApiSkew Thinned(FrameRate rate, string source, IReadOnlyList<(string Node, float[] Residuals)> nodes, long step)
    {
        int count = nodes.Max(node => node.Residuals.Length), width = (count + MostPoints - 1) / MostPoints;
        List<int> kept = [];
        List<double?> spreads = [];
        for (int from = 0; from < count; from += width)
        {
            (int at, double? worst) = (from, null);
            for (int i = from; i < Math.Min(count, from + width); i++)
            {
                if (SpreadAt(nodes, i) is { } spread && !(worst >= spread))
                    (at, worst) = (i, spread);
            }
            kept.Add(at);
            spreads.Add(worst);
        }
        return new ApiSkew(
            rate.ToString(),
            source,
            [.. kept.Select(i => Math.Round(rate.TimeOf(i * step).Seconds, 6))],
            [.. nodes.Select(node => new ApiResiduals(node.Node, [.. kept.Select(i => i < node.Residuals.Length && !float.IsNaN(node.Residuals[i]) ? (double?)Math.Round(node.Residuals[i], 1) : null)]))],
            spreads
        );
    }

    /// <summary>Null where fewer than two nodes have a frame of their own.</summary>
    private static double? SpreadAt(IReadOnlyList<(string Node, float[] Residuals)> nodes, int index)
    {
        (float low, float high, int there) = (float.MaxValue, float.MinValue, 0);
        foreach ((string _, float[] residuals) in nodes)
        {
            if (index >= residuals.Length || float.IsNaN(residuals[index]))
                continue;
            (low, high, there) = (Math.Min(low, residuals[index]), Math.Max(high, residuals[index]), there + 1);
        }
        return there < 2 ? null : Math.Round((double)high - low, 1);
    }
}

namespace RecordSync.Daemon;

/// <summary>
/// The takes that this node's <c>--output</c> has put on its disk, by the manifests and take.json files in its folders. What was read once is remembered until the file changes,
/// so that looking again costs a look at the folders. One looks at a time; the others get what it found.
/// </summary>
internal sealed class TakeLibrary(OutputPath output)
{
    /// <summary>ms; requests that come in a bunch are answered from one look.</summary>
    private const int Fresh = 300;

    private readonly Lock gate = new();
    private Dictionary<string, Paper> papers = new(StringComparer.Ordinal);
    private Task<IReadOnlyList<RecordedTake>>? latest;
    private long lookedAt;

    /// <param name="Content">Null: a file that is none of ours.</param>
    private sealed record Paper(DateTime ChangedAt, long Bytes, TakePaper? Content);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<RecordedTake>> All()
    {
        long now = Environment.TickCount64;
        lock (gate)
        {
            if (latest is { IsFaulted: false } known && (!known.IsCompleted || now - lookedAt < Fresh))
                return known;
            lookedAt = now;
            return latest = Task.Run(Look);
        }
    }

    /// <summary>Something was written: what was found before is old.</summary>
    public void Changed()
    {
        lock (gate)
            lookedAt -= Fresh;
    }

    public async Task<RecordedTake?> Find(string name) => (await All()).FirstOrDefault(take => take.Name == name);

    private IReadOnlyList<RecordedTake> Look()
    {
        Dictionary<string, Paper> found = new(papers.Count, StringComparer.Ordinal);
        try
        {
            foreach (string folder in output.FoldersOfTakes().Where(Directory.Exists))
            {
                foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles("*.json", new EnumerationOptions { IgnoreInaccessible = true }))
                    found[file.FullName] = papers.TryGetValue(file.FullName, out Paper? known) && known.ChangedAt == file.LastWriteTimeUtc && known.Bytes == file.Length ? known : new Paper(file.LastWriteTimeUtc, file.Length, TakePaper.Read(file));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a folder that went while it was being read: what was found is what there is
        }
        papers = found;
        return
        [
            .. found.Values.Select(paper => paper.Content).OfType<TakePaper>()
                .GroupBy(paper => paper.Take, StringComparer.Ordinal)
                .Select(papers => new RecordedTake(papers.Key, [.. papers.OrderBy(paper => paper.Path, StringComparer.Ordinal)]))
                .OrderByDescending(take => take.Parts.Count > 0 ? take.Parts.Max(part => part.StartNs) : long.MinValue)
                .ThenByDescending(take => take.Name, StringComparer.Ordinal),
        ];
    }
}

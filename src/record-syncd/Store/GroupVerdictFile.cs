using System.Text.Json;

namespace RecordSync.Daemon;

/// <summary>take.json: the verdict of a whole take, in the folder of this node's own files.</summary>
internal static class GroupVerdictFile
{
    /// <summary>
    /// take.json, or the next free take-2.json …; the one that this take has already is written anew. Several nodes may write to one folder: then the one that
    /// knows most stays.
    /// </summary>
    /// <returns>The path, or null with a sentence that says why it could not be written.</returns>
    public static string? Write(OutputPath output, string node, GroupVerdict verdict, out string? fault)
    {
        string folder = output.FolderOfTake(verdict.Take, node);
        try
        {
            fault = output.FaultOfFolder(verdict.Take, node);
            if (fault is not null)
                return null;
            Directory.CreateDirectory(folder);
            using IDisposable alone = DirectoryEntry.Lock(folder);
            for (int number = 1; number < 10_000; number++)
            {
                string name = number == 1 ? "take.json" : $"take-{number}.json", path = folder == "." ? name : Path.Join(folder, name);
                GroupVerdict? there = File.Exists(path) ? Read(path) : null;
                if (File.Exists(path) && there?.Take != verdict.Take)
                    continue;
                if (there is not null && KnowsMore(there, verdict))
                    return path;
                fault = ManifestFile.WriteWhole(path, file => JsonSerializer.Serialize(file, verdict, ManifestJson.Readable.GroupVerdict));
                return fault is null ? path : null;
            }
            fault = $"\"{Path.Join(folder, "take.json")}\" and 9,998 numbered names after it exist: move old takes away.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = StorageFault.Describe(e, folder);
        }
        return null;
    }

    private static bool KnowsMore(GroupVerdict a, GroupVerdict b) =>
        a.Nodes.Count != b.Nodes.Count ? a.Nodes.Count > b.Nodes.Count : a.Nodes.Sum(node => (long)node.Revision) > b.Nodes.Sum(node => (long)node.Revision);

    /// <summary>Null when the file is something else, or cannot be read.</summary>
    public static GroupVerdict? Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            GroupVerdict? read = JsonSerializer.Deserialize(file, ManifestJson.Readable.GroupVerdict);
            return read?.Kind == GroupVerdict.TheKind && TakeSense.Complaint(read) is null ? read : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }
}

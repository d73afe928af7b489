using System.Text.Json;

namespace RecordSync.Daemon;

/// <summary>take.json: the verdict of a whole take, in the folder of this node's own files.</summary>
internal static class GroupVerdictFile
{
    /// <summary>take.json, or the next free take-2.json …; the one that this take has already is written anew.</summary>
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
            for (int number = 1; number < 10_000; number++)
            {
                string name = number == 1 ? "take.json" : $"take-{number}.json", path = folder == "." ? name : Path.Join(folder, name);
                if (File.Exists(path) && Read(path)?.Take != verdict.Take)
                    continue;
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

    /// <summary>Null when the file is something else, or cannot be read.</summary>
    public static GroupVerdict? Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            GroupVerdict? read = JsonSerializer.Deserialize(file, ManifestJson.Readable.GroupVerdict);
            return read?.Kind == GroupVerdict.TheKind ? read : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }
}

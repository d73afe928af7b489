using System.Security.Cryptography;

namespace RecordSync.Fuzz;

/// <summary>Inputs in files: those of the repository, which every run begins with, and those that longer runs on this machine have found.</summary>
internal static class Corpus
{
    /// <summary>Smallest first, by name where they are equal: the same in every working copy.</summary>
    public static IReadOnlyList<byte[]> Of(params IEnumerable<string> folders) =>
        [
            .. folders
                .Where(Directory.Exists)
                .SelectMany(Directory.GetFiles)
                .OrderBy(file => new FileInfo(file).Length)
                .ThenBy(Path.GetFileName, StringComparer.Ordinal)
                .Select(File.ReadAllBytes),
        ];

    public static string Keep(string folder, byte[] input, string prefix = "")
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{prefix}{Convert.ToHexStringLower(SHA256.HashData(input))[..16]}");
        File.WriteAllBytes(path, input);
        return path;
    }

    /// <summary>Writes the inputs that code makes into the repository.</summary>
    public static void Write(FuzzTarget target)
    {
        string folder = Path.Combine(Repository.Corpus, target.Name);
        Directory.CreateDirectory(folder);
        foreach ((string name, byte[] bytes) in target.Seeds())
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
    }
}

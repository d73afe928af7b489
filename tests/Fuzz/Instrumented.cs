using System.Security.Cryptography;
using SharpFuzz;

namespace RecordSync.Fuzz;

/// <summary>A copy of this program in which SharpFuzz has put a counter on every branch of record-syncd: that copy does the fuzzing.</summary>
internal static class Instrumented
{
    private static readonly string[] Assemblies = ["RecordSync.dll", "record-syncd.dll"];

    /// <returns>Path of the copy. Made anew only when something was built since.</returns>
    public static string Copy(string work)
    {
        string folder = Path.Combine(work, "instrumented"), program = Path.Combine(folder, Path.GetFileName(typeof(Instrumented).Assembly.Location)), mark = Path.Combine(folder, ".of");
        string source = AppContext.BaseDirectory, identity = Identity(source);
        if (File.Exists(mark) && File.ReadAllText(mark) == identity)
            return program;
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        foreach (string assembly in Assemblies)
            Fuzzer.Instrument(Path.Combine(folder, assembly), _ => true, Options.Value);
        File.WriteAllText(mark, identity);
        return program;
    }

    private static string Identity(string folder) => string.Concat(Assemblies.Append("RecordSync.Fuzz.dll").Select(assembly => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, assembly))))));
}

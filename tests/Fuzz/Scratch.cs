namespace RecordSync.Fuzz;

/// <summary>A folder of this process in memory, for the readers of files; gone with it.</summary>
internal static class Scratch
{
    private static readonly string Root = Make();

    /// <summary>The folder that an input's files lie in, inside one that nothing of it may reach.</summary>
    public static string Folder { get; } = Directory.CreateDirectory(Path.Combine(Root, "takes")).FullName;

    public static string Outside => Root;

    public static string File(string name) => Path.Combine(Folder, name);

    /// <summary>Empties the folder.</summary>
    public static void Clear()
    {
        foreach (string file in Directory.GetFiles(Folder, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }))
            System.IO.File.Delete(file);
        foreach (string folder in Directory.GetDirectories(Folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string Make()
    {
        string parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), root = Path.Combine(parent, $"record-syncd-fuzz-{Environment.ProcessId}");
        Directory.CreateDirectory(root);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove(Environment.ProcessId);
        return root;
    }

    /// <summary>Also what a process that was killed has left.</summary>
    public static void Remove(int process)
    {
        foreach (string parent in (string[])["/dev/shm", Path.GetTempPath()])
        {
            string root = Path.Combine(parent, $"record-syncd-fuzz-{process}");
            if (Directory.Exists(root))
                Directory.Delete(root, recursive: true);
        }
    }
}

namespace RecordSync.Fuzz;

/// <summary>The working copy that this program was built in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Corpus => Path.Combine(Root, "tests", "Fuzz", "corpus");

    private static string Find()
    {
        // the instrumented copy runs from anywhere, and is told
        string folder = Environment.GetEnvironmentVariable("RECORD_SYNCD_REPOSITORY") ?? AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "RecordSync.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("run me by ./dev fuzz, in the repository");
        return folder;
    }
}

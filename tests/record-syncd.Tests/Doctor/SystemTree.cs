namespace RecordSync.Daemon.Tests;

/// <summary>A /proc and /sys of a test's own.</summary>
internal sealed class SystemTree : IDisposable
{
    private readonly ScratchFolder folder = new();

    public Kernel Kernel => new(folder.Path);

    public void Write(string path, string text)
    {
        string file = folder[path];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text + "\n");
    }

    public void Dispose() => folder.Dispose();
}

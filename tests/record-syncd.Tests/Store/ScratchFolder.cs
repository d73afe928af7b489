using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A folder of a test's own, removed with all that is in it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private bool mounted;

    public string Path { get; } = Directory.CreateTempSubdirectory("record-syncd-test-").FullName;

    public string this[string name] => System.IO.Path.Join(Path, name);

    /// <summary>A folder that is a small disk: a tmpfs of the given size. Skips the test when not root.</summary>
    public static ScratchFolder SmallDisk(string options)
    {
        Assert.SkipUnless(Environment.UserName == "root", "mounting a small disk needs root");
        var folder = new ScratchFolder();
        if (Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.Path) is { } error)
        {
            folder.Dispose();
            Assert.Skip($"no tmpfs can be mounted here: {error}");
        }
        folder.mounted = true;
        return folder;
    }

    public void Remount(string options) => Assert.Null(Run("mount", "-o", $"remount,{options}", Path));

    public string[] Files() => [.. Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories).Select(file => file[(Path.Length + 1)..]).Order()];

    public void Dispose()
    {
        if (mounted)
            Run("umount", "-l", Path);
        Directory.Delete(Path, recursive: true);
    }

    private static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.Trim();
    }
}

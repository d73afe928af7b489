using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A folder of a test's own, removed with all that is in it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private bool mounted;
    private string? image;

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

    /// <summary>A folder that is an ext4 disk in a file: such a one can turn read-only while it is written, as after an error of the medium.</summary>
    public static ScratchFolder Ext4Disk(int megabytes)
    {
        Assert.SkipUnless(Environment.UserName == "root", "mounting a disk needs root");
        var folder = new ScratchFolder();
        folder.image = folder.Path + ".img";
        using (FileStream image = File.Create(folder.image))
            image.SetLength((long)megabytes << 20);
        if ((Run("mkfs.ext4", "-q", folder.image) ?? Run("mount", "-o", "loop", folder.image, folder.Path)) is { } error)
        {
            folder.Dispose();
            Assert.Skip($"no ext4 disk can be mounted here: {error}");
        }
        folder.mounted = true;
        return folder;
    }

    /// <summary>A second way to another folder.</summary>
    public static ScratchFolder Bound(ScratchFolder to)
    {
        Assert.SkipUnless(Environment.UserName == "root", "mounting needs root");
        var folder = new ScratchFolder();
        if (Run("mount", "--bind", to.Path, folder.Path) is { } error)
        {
            folder.Dispose();
            Assert.Skip($"no folder can be bound here: {error}");
        }
        folder.mounted = true;
        return folder;
    }

    /// <summary>As if the disk were pulled out: who has a file open keeps it, nobody else finds it.</summary>
    public void Vanish()
    {
        Assert.Null(Run("umount", "-l", Path));
        mounted = false;
    }

    /// <summary>Every write to this disk waits until the result is disposed.</summary>
    public IDisposable Freeze()
    {
        if (Run("fsfreeze", "-f", Path) is { } error)
            Assert.Skip($"no disk can be frozen here: {error}");
        return new Thaw(Path);
    }

    public void Remount(string options) => Assert.Null(Run("mount", "-o", $"remount,{options}", Path));

    public string[] Files() => [.. Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories).Select(file => file[(Path.Length + 1)..]).Order()];

    public void Dispose()
    {
        if (mounted)
            Run("umount", "-l", Path);
        Directory.Delete(Path, recursive: true);
        if (image is not null)
            File.Delete(image);
    }

    private sealed class Thaw(string path) : IDisposable
    {
        public void Dispose() => Assert.Null(Run("fsfreeze", "-u", path));
    }

    private static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.Trim();
    }
}

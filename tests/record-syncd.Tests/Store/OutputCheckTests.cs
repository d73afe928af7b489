using System.Runtime.Versioning;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class OutputCheckTests
{
    [Theory]
    [InlineData("x.mp4")]
    [InlineData("{take}/{node}.mp4")]
    [InlineData("{node}/{take}/x.mp4")]
    public void A_folder_that_can_be_written_passes_and_stays_empty(string pattern)
    {
        using var folder = new ScratchFolder();
        Assert.Null(Probe(folder, pattern));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void The_current_folder_is_checked_for_a_bare_name()
    {
        Assert.True(OutputPath.TryParse("x.mp4", out OutputPath? path, out _));
        Assert.Equal(".", path.ExistingFolder("cam1"));
        Assert.True(OutputPath.TryParse("/x.mp4", out path, out _));
        Assert.Equal("/", path.ExistingFolder("cam1"));
    }

    [Fact]
    public void A_missing_folder_is_told_with_the_command_that_makes_it_and_heals()
    {
        using var folder = new ScratchFolder();

        Assert.Contains($"mkdir -p {folder["takes"]}", Probe(folder, "takes/x.mp4"));
        Directory.CreateDirectory(folder["takes"]);
        Assert.Null(Probe(folder, "takes/x.mp4"));
    }

    [Fact]
    public void A_file_in_the_place_of_a_folder_is_told()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["takes"], "");

        Assert.Contains("is not a folder", Probe(folder, "takes/x.mp4"));
        Assert.Contains("is not a folder", Probe(folder, "takes/deeper/x.mp4"));
        Assert.Contains("is not a folder", Probe(folder, "{node}/x.mp4", node: "takes"));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void A_folder_without_permission_is_told()
    {
        // the bits mean nothing to root: the test for root is the read-only disk below
        Assert.SkipWhen(Environment.UserName == "root", "root may write everywhere");
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder["takes"], UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.Contains("No permission", Probe(folder, "takes/x.mp4"));
    }

    [Fact]
    public void A_read_only_disk_is_told_and_heals()
    {
        using ScratchFolder disk = ScratchFolder.SmallDisk("size=64m");
        disk.Remount("ro");

        Assert.Contains("read-only file system", Probe(disk, "x.mp4"));
        disk.Remount("rw");
        Assert.Null(Probe(disk, "x.mp4"));
    }

    [Fact]
    public void A_disk_that_is_nearly_full_is_told_and_heals()
    {
        using ScratchFolder disk = ScratchFolder.SmallDisk("size=64m");
        Assert.Null(Probe(disk, "x.mp4"));
        File.WriteAllBytes(disk["filler"], new byte[40 << 20]);

        Assert.Contains("only 24 MB are free", Probe(disk, "x.mp4"));
        File.Delete(disk["filler"]);
        Assert.Null(Probe(disk, "x.mp4"));
    }

    [Fact]
    public void Free_bytes_are_those_of_the_disk_of_the_take()
    {
        using ScratchFolder disk = ScratchFolder.SmallDisk("size=64m");
        Assert.True(OutputPath.TryParse(disk["{take}/x.mp4"], out OutputPath? path, out _));

        long before = OutputCheck.FreeBytes(path, "cam1")!.Value;
        File.WriteAllBytes(disk["filler"], new byte[8 << 20]);

        Assert.InRange(before, 60 << 20, 64 << 20);
        Assert.Equal(8 << 20, before - OutputCheck.FreeBytes(path, "cam1")!.Value);
    }

    private static string? Probe(ScratchFolder folder, string pattern, string node = "cam1")
    {
        Assert.True(OutputPath.TryParse(folder[pattern], out OutputPath? path, out string? fault), fault);
        return OutputCheck.Probe(path, node);
    }
}

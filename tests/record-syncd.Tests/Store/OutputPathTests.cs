using System.Collections.Concurrent;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class OutputPathTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_plain_name_is_honoured_exactly()
    {
        OutputFiles files = Reserve("camera1.mp4");

        Assert.Equal(folder["camera1.mp4"], files.Video);
        Assert.Equal(folder["camera1.frames.csv"], files.Sidecar);
        Assert.Equal(folder["camera1.json"], files.Manifest);
        Assert.Null(files.Notice);
        Assert.Equal(["camera1.frames.csv", "camera1.json", "camera1.mp4"], folder.Files());
    }

    [Fact]
    public void The_default_is_the_name_that_people_know()
    {
        Assert.True(OutputPath.TryParse(OutputPath.Default, out OutputPath? path, out _));
        Assert.Equal("output_h265.mp4", path.Pattern);
        Assert.Equal("mp4", path.Container);
    }

    [Theory]
    [InlineData("camera1.mp4")]
    [InlineData("camera1.frames.csv")]
    [InlineData("camera1.json")]
    public void Any_file_of_an_earlier_take_keeps_its_name_and_content(string existing)
    {
        File.WriteAllText(folder[existing], "precious");

        OutputFiles second = Reserve("camera1.mp4");
        OutputFiles third = Reserve("camera1.mp4");

        Assert.Equal(folder["camera1-2.mp4"], second.Video);
        Assert.Equal(folder["camera1-2.json"], second.Manifest);
        Assert.Equal(folder["camera1-3.mp4"], third.Video);
        Assert.Contains($"\"{folder["camera1.mp4"]}\"", second.Notice);
        Assert.Contains($"\"{second.Video}\"", second.Notice);
        Assert.Equal("precious", File.ReadAllText(folder[existing]));
        Assert.Equal(7, folder.Files().Length);
    }

    [Fact]
    public void A_dangling_link_is_not_followed()
    {
        File.CreateSymbolicLink(folder["camera1.mp4"], folder["elsewhere.mp4"]);

        Assert.Equal(folder["camera1-2.mp4"], Reserve("camera1.mp4").Video);
        Assert.False(File.Exists(folder["elsewhere.mp4"]));
    }

    [Fact]
    public void Takes_of_different_containers_do_not_share_a_manifest()
    {
        OutputFiles mp4 = Reserve("camera1.mp4");
        OutputFiles mkv = Reserve("camera1.mkv");

        Assert.NotEqual(mp4.Manifest, mkv.Manifest);
        Assert.Equal(folder["camera1-2.mkv"], mkv.Video);
    }

    [Fact]
    public async Task Many_at_once_each_get_a_name_of_their_own()
    {
        var names = new ConcurrentBag<string>();
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        for (int i = 0; i < 10; i++)
                            names.Add(Reserve("camera1.mp4").Video);
                    })
                )
        );

        Assert.Equal(80, names.Distinct().Count());
        Assert.Equal(240, folder.Files().Length);
    }

    [Fact]
    public void Names_that_came_to_nothing_are_given_back_but_never_a_file_with_content()
    {
        OutputFiles files = Reserve("camera1.mp4");
        File.WriteAllText(files.Video, "frames");

        files.Release();

        Assert.Equal(["camera1.mp4"], folder.Files());
    }

    [Fact]
    public void Placeholders_name_files_and_make_folders()
    {
        OutputFiles files = Reserve("{take}/left/{node}-h265.mov", take: "2026-11-23T10-00-00", node: "cam1");

        Assert.Equal(folder["2026-11-23T10-00-00/left/cam1-h265.mov"], files.Video);
        Assert.True(File.Exists(files.Video));
        Assert.Equal(folder["2026-11-23T10-00-00/left/cam1-h265-2.mov"], Reserve("{take}/left/{node}-h265.mov", "2026-11-23T10-00-00", "cam1").Video);
    }

    [Theory]
    [InlineData("../../etc/x", "_._.._etc_x")]
    [InlineData("..", "_.")]
    [InlineData("", "_")]
    [InlineData("a b\n\0c", "a_b__c")]
    [InlineData("Kamera-1_ü.é", "Kamera-1_ü.é")]
    public void Values_from_the_network_cannot_leave_the_folder(string node, string expected)
    {
        string video = Reserve("{node}/x.mp4", node: node).Video;

        Assert.StartsWith(folder.Path + "/", Path.GetFullPath(video), StringComparison.Ordinal);
        Assert.Equal(Path.GetFullPath(video), video);
        Assert.Equal(expected, Path.GetFileName(Path.GetDirectoryName(video)));
    }

    [Fact]
    public void A_name_that_is_too_long_for_the_disk_is_cut_and_keeps_its_ending()
    {
        OutputFiles files = Reserve("{take}-{node}.mp4", take: new string('ü', 400), node: new string('n', 400));

        Assert.EndsWith("n.mp4", files.Video, StringComparison.Ordinal);
        Assert.True(File.Exists(files.Sidecar));
    }

    [Fact]
    public void A_folder_that_is_missing_is_not_made_behind_the_users_back()
    {
        string fault = Refusal("tkaes/camera 1/x.mp4");

        Assert.Equal($"The folder \"{folder["tkaes/camera 1"]}\" does not exist. Make it with:  mkdir -p '{folder["tkaes/camera 1"]}'", fault);
        Assert.Empty(Directory.GetDirectories(folder.Path));
    }

    [Fact]
    public void A_file_where_a_folder_should_be_is_told()
    {
        File.WriteAllText(folder["notes"], "");

        Assert.Contains($"\"{folder["notes"]}\" is not a folder", Refusal("notes/x.mp4"));
        Assert.Contains($"\"{folder["notes"]}\" is not a folder", Refusal("{node}/x.mp4", node: "notes"));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("camera1", "has no ending: .mp4, .mov and .mkv are known, for example camera1.mp4")]
    [InlineData("camera1.", "for example camera1.mp4")]
    [InlineData("camera1.avi", "ends in \".avi\"")]
    [InlineData(".mp4", "is only an ending")]
    [InlineData("takes/", "is a folder")]
    [InlineData("/tmp", "is a folder")]
    [InlineData("..", "is a folder")]
    [InlineData("{date}.mp4", "{date} in --output is unknown: {take} and {node} are known.")]
    [InlineData("{Take}.mp4", "{Take} in --output is unknown")]
    [InlineData("{take.mp4", "{ without a }")]
    [InlineData("take}.mp4", "} without a {")]
    [InlineData("a\0b.mp4", "cannot have")]
    public void A_pattern_without_sense_is_refused_with_a_remedy(string pattern, string expected)
    {
        Assert.False(OutputPath.TryParse(pattern, out _, out string? fault));
        Assert.Contains(expected, fault);
    }

    [Theory]
    [InlineData("x.MP4", "mp4")]
    [InlineData("a.b.mkv", "mkv")]
    [InlineData("{node}.mov", "mov")]
    public void The_ending_chooses_the_container(string pattern, string container)
    {
        Assert.True(OutputPath.TryParse(pattern, out OutputPath? path, out _));
        Assert.Equal(container, path.Container);
    }

    [Fact]
    public void A_full_disk_leaves_no_half_of_a_reservation()
    {
        // three inodes: the disk itself and two files; the third name of the take cannot be made
        using ScratchFolder disk = ScratchFolder.SmallDisk("size=1m,nr_inodes=3");
        Assert.True(OutputPath.TryParse(disk["x.mp4"], out OutputPath? path, out _));

        Assert.False(path.TryReserve("t", "n", out _, out string? fault));

        Assert.Contains("is full", fault);
        Assert.Empty(disk.Files());
    }

    private OutputFiles Reserve(string pattern, string take = "take", string node = "node")
    {
        Assert.True(OutputPath.TryParse(folder[pattern], out OutputPath? path, out string? fault), fault);
        Assert.True(path.TryReserve(take, node, out OutputFiles? files, out fault), fault);
        return files;
    }

    private string Refusal(string pattern, string node = "node")
    {
        Assert.True(OutputPath.TryParse(folder[pattern], out OutputPath? path, out string? fault), fault);
        Assert.False(path.TryReserve("take", node, out _, out fault));
        return fault;
    }
}

using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

public class ContainerChoiceTests
{
    private static readonly EncoderSpec Software = EncoderTable.Find("x265enc")!;

    [Theory]
    [InlineData("take.avi", "'.avi'")]
    [InlineData("take", "no ending")]
    public void Unknown_kind_of_file_is_refused_with_the_known_ones(string path, string reason)
    {
        string message = Assert.Throws<GstException>(() => ContainerChoice.For(path)).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.Contains(".mp4, .mov or .mkv", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("take.mp4", "mp4mux")]
    [InlineData("TAKE.MP4", "mp4mux")]
    [InlineData("take.mov", "qtmux")]
    [InlineData("take.mkv", "matroskamux")]
    public void File_name_chooses_the_muxer(string path, string muxer)
    {
        ContainerChoice choice = ContainerChoice.For(path);
        Assert.Equal(muxer, choice.Muxer);
        string expected = muxer == "matroskamux" ? "matroska" : GstRuntime.Version >= new Version(1, 20) ? "first-moov" : "reserved-moov";
        Assert.Equal(expected, choice.Mode);
    }

    [Theory]
    [InlineData("take.mp4")]
    [InlineData("take.mov")]
    [InlineData("take.mkv")]
    public void Every_mode_passes_its_trial_and_leaves_nothing_behind(string name)
    {
        using var folder = new TestFolder();
        Assert.All(ContainerChoice.Candidates(name), mode => Assert.Null(ContainerTrial.Run(mode, Software, folder.Path)));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Trial_finds_a_mode_that_would_lose_everything()
    {
        using var folder = new TestFolder();
        ContainerChoice boast = ContainerChoice.Candidates("take.mp4")[^1] with { Mode = "first-moov" };
        Assert.Contains("unfinished file showed 0 frames", ContainerTrial.Run(boast, Software, folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Proved_choice_is_the_best_mode_and_is_kept()
    {
        using var folder = new TestFolder();
        ContainerChoice choice = ContainerChoice.Proved("take.mp4", Software, folder.Path);
        Assert.Equal(ContainerChoice.For("take.mp4").Mode, choice.Mode);
        Assert.Null(choice.Note);
        Assert.Same(choice, ContainerChoice.Proved("other.mp4", Software, "/nonexistent"));
    }
}

using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class PromptHistoryTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_is_there_again_next_time()
    {
        var first = new PromptHistory(folder["state/record-syncd/history"]);
        first.Add("start 500");
        first.Add(" peers ");
        first.Add("peers");
        first.Add("  ");

        Assert.Equal(["start 500", "peers"], first.Lines);
        Assert.Equal(["start 500", "peers"], new PromptHistory(folder["state/record-syncd/history"]).Lines);
    }

    [Fact]
    public void The_oldest_lines_go_when_it_grows_long()
    {
        File.WriteAllLines(folder["history"], Enumerable.Range(0, 3000).Select(i => $"start {i}"));

        var history = new PromptHistory(folder["history"]);
        history.Add("peers");

        Assert.Equal(500, history.Lines.Count);
        Assert.Equal("start 2501", history.Lines[0]);
        Assert.Equal(501, File.ReadLines(folder["history"]).Count());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("file/history")]
    [InlineData("")]
    public void Without_a_place_to_keep_it_the_session_still_has_one(string? name)
    {
        File.WriteAllText(folder["file"], "");

        var history = new PromptHistory(name is null ? null : folder[name]);
        history.Add("peers");

        Assert.Equal(["peers"], history.Lines);
    }
}

using CsCheck;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class PromptCommandTests
{
    [Theory]
    [InlineData("start", 2000)]
    [InlineData("START", 2000)]
    [InlineData("  start   500 ", 500)]
    [InlineData("start\t0", 0)]
    [InlineData("start -0", 0)]
    [InlineData("start 3600000", 3_600_000)]
    public void Start_reads_its_delay(string line, int delay) => Assert.Equal(new PromptCommand.Start(delay), PromptCommand.Parse(line));

    [Fact]
    public void Start_reads_its_options_in_any_order()
    {
        Assert.Equal(new PromptCommand.Start(2000, Force: true), PromptCommand.Parse("start --force"));
        Assert.Equal(new PromptCommand.Start(500, Force: true, "jump3"), PromptCommand.Parse("start --label jump3 500 --force"));
        Assert.Equal(new PromptCommand.Start(500, Label: "a.b_c-d"), PromptCommand.Parse("start 500 --label a.b_c-d"));
    }

    [Theory]
    [InlineData("stop", 1000)]
    [InlineData("Stop 20", 20)]
    public void Stop_reads_its_delay(string line, int delay) => Assert.Equal(new PromptCommand.Stop(delay), PromptCommand.Parse(line));

    [Fact]
    public void The_other_words_stand_alone()
    {
        Assert.IsType<PromptCommand.Peers>(PromptCommand.Parse("peers"));
        Assert.IsType<PromptCommand.Status>(PromptCommand.Parse("Status"));
        Assert.IsType<PromptCommand.Help>(PromptCommand.Parse("help"));
        Assert.IsType<PromptCommand.Help>(PromptCommand.Parse("?"));
        Assert.IsType<PromptCommand.Quit>(PromptCommand.Parse("quit"));
        Assert.IsType<PromptCommand.Quit>(PromptCommand.Parse("EXIT"));
        Assert.IsType<PromptCommand.Empty>(PromptCommand.Parse(""));
        Assert.IsType<PromptCommand.Empty>(PromptCommand.Parse(" \t "));
    }

    [Fact]
    public void Start_may_ask_something_of_the_cameras()
    {
        TakeSettings asked = new() { Size = new FrameSize(1920, 1080), Rate = new FrameRate(60, 1), Bitrate = 12_000, LockExposure = true };
        Assert.Equal(new PromptCommand.Start(5_000, false, "jump", asked), PromptCommand.Parse("start --size 1920x1080 --fps 60 --label jump --bitrate 12000 --lock-exposure"));
        Assert.Equal(new PromptCommand.Start(700, true, null, new TakeSettings { LockWhiteBalance = true }), PromptCommand.Parse("start 700 --force --lock-white-balance"));
        // the encoder alone is quick
        Assert.Equal(new PromptCommand.Start(2_000, false, null, new TakeSettings { Bitrate = 500 }), PromptCommand.Parse("start --bitrate 500"));
        Assert.Equal(new PromptCommand.Start(2_000), PromptCommand.Parse("start"));
    }

    [Theory]
    [InlineData("start -5", "cannot be negative")]
    [InlineData("stop -99999999999999999999999", "cannot be negative")]
    [InlineData("start soon", "\"soon\" is not a delay: start wants whole milliseconds, for example start 2000")]
    [InlineData("stop 1.5", "\"1.5\" is not a delay: stop wants whole milliseconds, for example stop 1000")]
    [InlineData("start --5", "is not a delay")]
    [InlineData("start ٣", "is not a delay")]
    [InlineData("start 3600001", "longer than an hour")]
    [InlineData("start 99999999999999999999", "longer than an hour")]
    [InlineData("start 1 2", "one delay at most")]
    [InlineData("forget", "forget wants the name of one lost node")]
    [InlineData("start --forse", "start knows no --forse: there are --force, --label WORD, --size")]
    [InlineData("start --size 1921x1080", "is no picture size")]
    [InlineData("start --fps quick", "is no frame rate")]
    [InlineData("start --bitrate 8M", "is no bitrate: use kbit/s from 50")]
    [InlineData("start 500 --fps", "--fps wants a value after it, for example start --fps 60")]
    [InlineData("start --label", "--label wants a word after it")]
    [InlineData("start --label ../../etc", "is no label: use up to 40 letters")]
    [InlineData("start --label -x", "is no label")]
    [InlineData("peers all", "peers takes nothing after it, not \"all\"")]
    [InlineData("quit now", "quit takes nothing after it")]
    [InlineData("strat", "There is no command \"strat\": did you mean start?")]
    [InlineData("stp", "did you mean stop?")]
    [InlineData("peer", "did you mean peers?")]
    [InlineData("quti", "did you mean quit?")]
    [InlineData("record", "help lists the commands")]
    [InlineData("\u001b[31mstart", "\"?[31mstart\"")]
    public void What_makes_no_sense_gets_a_sentence(string line, string expected)
    {
        var bad = Assert.IsType<PromptCommand.Bad>(PromptCommand.Parse(line));
        Assert.Contains(expected, bad.Sentence);
    }

    [Fact]
    public void Any_line_has_an_answer() =>
        Gen.String.Sample(line =>
        {
            if (PromptCommand.Parse(line) is PromptCommand.Bad bad)
                Assert.InRange(bad.Sentence.Length, 1, 200);
        });

    [Fact]
    public void Help_tells_of_every_word() => Assert.All(PromptCommand.Words, word => Assert.Contains($"\n{word} ", "\n" + PromptCommand.HelpText));
}

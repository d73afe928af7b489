using CsCheck;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class LineBufferTests
{
    private readonly List<string> history = [];
    private readonly LineBuffer line;

    public LineBufferTests() => line = new LineBuffer(PromptCommand.Words, history);

    [Fact]
    public void Text_goes_in_at_the_cursor()
    {
        Type("strt");
        Press(ConsoleKey.LeftArrow, ConsoleKey.LeftArrow);
        Type("a");
        AssertLine("sta|rt");
    }

    [Fact]
    public void The_cursor_stays_within_the_line()
    {
        Assert.Equal(LineChange.Nothing, Press(ConsoleKey.LeftArrow));
        Type("ab");
        Assert.Equal(LineChange.Nothing, Press(ConsoleKey.RightArrow));
        Press(ConsoleKey.Home);
        AssertLine("|ab");
        Press(ConsoleKey.End);
        AssertLine("ab|");
        Control(ConsoleKey.A);
        AssertLine("|ab");
        Control(ConsoleKey.E);
        AssertLine("ab|");
    }

    [Fact]
    public void Characters_are_removed_on_either_side()
    {
        Type("abcd");
        Press(ConsoleKey.Backspace);
        AssertLine("abc|");
        Press(ConsoleKey.Home, ConsoleKey.Delete);
        AssertLine("|bc");
        Assert.Equal(LineChange.Nothing, Press(ConsoleKey.Backspace));
        Assert.Equal(LineChange.Redraw, Control(ConsoleKey.D));
        AssertLine("|c");
    }

    [Fact]
    public void A_character_beyond_sixteen_bits_is_one_character()
    {
        Type("a😀b");
        Press(ConsoleKey.LeftArrow, ConsoleKey.LeftArrow);
        AssertLine("a|😀b");
        Press(ConsoleKey.RightArrow, ConsoleKey.Backspace);
        AssertLine("a|b");
    }

    [Fact]
    public void The_line_is_killed_before_behind_and_by_words()
    {
        Type("start 500  now");
        Control(ConsoleKey.W);
        AssertLine("start 500  |");
        Control(ConsoleKey.W);
        AssertLine("start |");
        Press(ConsoleKey.LeftArrow, ConsoleKey.LeftArrow);
        Control(ConsoleKey.K);
        AssertLine("star|");
        Press(ConsoleKey.LeftArrow);
        Control(ConsoleKey.U);
        AssertLine("|r");
    }

    [Fact]
    public void Control_and_an_arrow_go_by_words()
    {
        Type("start 500 x");
        Control(ConsoleKey.LeftArrow);
        AssertLine("start 500 |x");
        Control(ConsoleKey.LeftArrow);
        AssertLine("start |500 x");
        Control(ConsoleKey.RightArrow);
        AssertLine("start 500| x");
    }

    [Fact]
    public void History_goes_back_and_forth_and_keeps_the_line_being_typed()
    {
        history.AddRange(["start 500", "stop"]);
        Type("pe");
        Press(ConsoleKey.UpArrow);
        AssertLine("stop|");
        Press(ConsoleKey.UpArrow);
        AssertLine("start 500|");
        Assert.Equal(LineChange.Nothing, Press(ConsoleKey.UpArrow));
        Press(ConsoleKey.DownArrow, ConsoleKey.DownArrow);
        AssertLine("pe|");
        Assert.Equal(LineChange.Nothing, Press(ConsoleKey.DownArrow));
    }

    [Fact]
    public void A_cleared_line_starts_at_the_newest_of_the_history()
    {
        history.Add("peers");
        Press(ConsoleKey.UpArrow);
        line.Clear();
        AssertLine("|");
        history.Add("status");
        Press(ConsoleKey.UpArrow);
        AssertLine("status|");
    }

    [Fact]
    public void Tab_completes_a_word_that_only_one_command_starts_with()
    {
        Type("PE");
        Assert.Equal(LineChange.Redraw, Press(ConsoleKey.Tab));
        AssertLine("peers |");
        Assert.Equal(LineChange.Nothing, Press(ConsoleKey.Tab));
    }

    [Fact]
    public void Tab_goes_as_far_as_all_agree_and_then_shows_what_fits()
    {
        Type("s");
        Assert.Equal(LineChange.Redraw, Press(ConsoleKey.Tab));
        AssertLine("st|");
        Assert.Equal(LineChange.ShowCandidates, Press(ConsoleKey.Tab));
        Assert.Equal(["start", "stop", "status"], line.Candidates);
        AssertLine("st|");
    }

    [Fact]
    public void Tab_leaves_delays_and_unknown_words_alone()
    {
        Type("x");
        Assert.Equal(LineChange.Nothing, Press(ConsoleKey.Tab));
        line.Clear();
        Type("start 5");
        Assert.Equal(LineChange.Nothing, Press(ConsoleKey.Tab));
        AssertLine("start 5|");
    }

    [Fact]
    public void Tab_on_nothing_shows_every_command()
    {
        Assert.Equal(LineChange.ShowCandidates, Press(ConsoleKey.Tab));
        Assert.Equal(PromptCommand.Words, line.Candidates);
    }

    [Fact]
    public void Enter_submits_and_control_d_ends_an_empty_line()
    {
        Assert.Equal(LineChange.End, Control(ConsoleKey.D));
        Type("x");
        Assert.Equal(LineChange.Nothing, Control(ConsoleKey.D));
        Assert.Equal(LineChange.Submit, Press(ConsoleKey.Enter));
        AssertLine("x|");
    }

    [Fact]
    public void No_sequence_of_keys_puts_the_cursor_outside_the_line_or_inside_a_character()
    {
        history.AddRange(["start 500", "😀", ""]);
        Gen<ConsoleKeyInfo> any = Gen.Select(
            Gen.Int[0, 7].Select(i => "ab 😀é\0\u001b"[i]),
            Gen.Enum<ConsoleKey>(),
            Gen.Enum<ConsoleModifiers>(),
            (character, key, modifiers) => new ConsoleKeyInfo(character, key, modifiers.HasFlag(ConsoleModifiers.Shift), false, modifiers.HasFlag(ConsoleModifiers.Control))
        );
        any.List[0, 60]
            .Sample(keys =>
            {
                var buffer = new LineBuffer(PromptCommand.Words, history);
                foreach (ConsoleKeyInfo key in keys)
                {
                    buffer.Apply(key);
                    Assert.InRange(buffer.Cursor, 0, buffer.Text.Length);
                }
            });
    }

    private void Type(string text)
    {
        foreach (char c in text)
            line.Apply(new ConsoleKeyInfo(c, char.IsAsciiLetter(c) ? ConsoleKey.A + (char.ToUpperInvariant(c) - 'A') : ConsoleKey.None, false, false, false));
    }

    private LineChange Press(params ConsoleKey[] keys) => keys.Select(key => line.Apply(new ConsoleKeyInfo('\0', key, false, false, false))).ToArray()[^1];

    private LineChange Control(ConsoleKey key) => line.Apply(new ConsoleKeyInfo('\0', key, false, false, true));

    private void AssertLine(string expected) => Assert.Equal(expected, line.Text.Insert(line.Cursor, "|"));
}

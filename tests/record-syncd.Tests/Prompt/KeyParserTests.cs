using System.Text;
using CsCheck;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class KeyParserTests
{
    [Theory]
    [InlineData("a", "A 'a'")]
    [InlineData("é", "None 'é'")]
    [InlineData("\r", "Enter '\r'")]
    [InlineData("\n", "Enter '\n'")]
    [InlineData("\t", "Tab '\t'")]
    [InlineData("\u007f", "Backspace '\u007f'")]
    [InlineData("\u0001", "Control+A '\u0001'")]
    [InlineData("\u0017", "Control+W '\u0017'")]
    [InlineData("\e[A", "UpArrow '\0'")]
    [InlineData("\eOB", "DownArrow '\0'")]
    [InlineData("\e[1;5C", "Control+RightArrow '\0'")]
    [InlineData("\e[1;3D", "Alt+LeftArrow '\0'")]
    [InlineData("\e\e[D", "Alt+LeftArrow '\0'")]
    [InlineData("\e[H", "Home '\0'")]
    [InlineData("\e[1~", "Home '\0'")]
    [InlineData("\eOF", "End '\0'")]
    [InlineData("\e[8~", "End '\0'")]
    [InlineData("\e[3~", "Delete '\0'")]
    [InlineData("\eb", "Alt+B 'b'")]
    [InlineData("\e\u007f", "Alt+Backspace '\u007f'")]
    public void The_sequences_of_terminals_are_keys(string bytes, string key) => Assert.Equal([key], Parse(Encoding.UTF8.GetBytes(bytes)));

    [Theory]
    [InlineData("\e[15~x")]
    [InlineData("\e[200~x")]
    [InlineData("\e[?1;2cx")]
    [InlineData("\e[99999999999;99999999999Zx")]
    public void Unknown_sequences_are_swallowed_whole(string bytes) => Assert.Equal(["X 'x'"], Parse(Encoding.UTF8.GetBytes(bytes)));

    [Fact]
    public void It_does_not_matter_how_the_bytes_are_cut()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("ü\e[1;5D€😀\e[3~z");

        string[] whole = Parse(bytes);

        Assert.Equal(7, whole.Length);
        Assert.Equal(whole, Parse([.. bytes.Select(b => new[] { b })]));
    }

    [Fact]
    public void Any_bytes_are_survived_and_an_enter_is_heard_again_after_them() =>
        Gen.Byte.Array[0, 80]
            .Sample(noise =>
            {
                string[] keys = Parse(noise, "\r\r\r\r"u8.ToArray());
                Assert.StartsWith("Enter", keys[^1]);
            });

    private static string[] Parse(params byte[][] pieces)
    {
        var parser = new KeyParser();
        var keys = new Queue<ConsoleKeyInfo>();
        foreach (byte[] piece in pieces)
            parser.Parse(piece, keys);
        return [.. keys.Select(key => $"{(key.Modifiers == 0 || key.Modifiers == ConsoleModifiers.Shift ? "" : $"{key.Modifiers}+")}{key.Key} '{key.KeyChar}'")];
    }
}

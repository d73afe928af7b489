using System.Net;
using System.Runtime.Versioning;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/security.md: the key file, and what it opens besides.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KeyFileTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_made_key_is_in_a_new_file_of_its_owner_alone_and_never_overwritten()
    {
        Assert.Equal((0, "", ""), Keygen(folder["group.key"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["group.key"]));
        Assert.True(KeyFile.TryOpen(folder["group.key"], out GroupKeys? keys, out string? fault), fault);
        (int code, _, string said) = Keygen(folder["group.key"]);
        Assert.Equal(73, code);
        Assert.Contains("a key is never overwritten", said);
        Assert.Equal(keys.ToString(), KeyFile.TryRead(folder["group.key"], out _)!.ToString());
        Assert.Equal(73, Keygen(folder["no/such/folder"]).Code);
    }

    [Fact]
    public void A_printed_key_is_another_one_each_time()
    {
        (_, string one, _) = Keygen(null);
        (_, string two, _) = Keygen(null);
        Assert.NotEqual(one, two);
        Assert.True(GroupKey.TryParse(one.Trim(), out _));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_others_can_read_or_change_is_refused_with_the_command_that_mends_it(UnixFileMode more)
    {
        Keygen(folder["group.key"]);
        File.SetUnixFileMode(folder["group.key"], UnixFileMode.UserRead | more);
        Assert.False(KeyFile.TryOpen(folder["group.key"], out _, out string? fault));
        Assert.Contains($"chmod 600 \"{folder["group.key"]}\"", fault);
    }

    [Fact]
    public void A_file_that_is_not_there_or_no_key_file_is_refused_and_its_content_is_not_shown()
    {
        Assert.False(KeyFile.TryOpen(folder["none"], out _, out string? fault));
        Assert.Equal($"--key-file \"{folder["none"]}\" does not exist. Make one with:  record-syncd keygen --out group.key", fault);
        File.WriteAllText(folder["word"], "a secret that somebody made up\n");
        File.SetUnixFileMode(folder["word"], UnixFileMode.UserRead);
        Assert.False(KeyFile.TryOpen(folder["word"], out _, out fault));
        Assert.Contains("has in line 1 no key", fault);
        Assert.DoesNotContain("somebody", fault);
    }

    [Fact]
    public async Task A_page_that_others_may_use_takes_its_token_from_the_key()
    {
        Keygen(folder["group.key"]);
        GroupKeyRing ring = KeyFile.TryRead(folder["group.key"], out _)!;
        NodeOptions options = new() { Role = RoleChoice.Follower, Page = new PageOptions { Address = new IPEndPoint(IPAddress.Any, 0), Written = true } };
        Assert.False(NodePage.TryPrepare(options, null, out _, out string? fault, out _));
        Assert.Contains("--key-file", fault);
        Assert.True(NodePage.TryPrepare(options, new GroupKeys(ring), out NodePage? page, out fault, out _), fault);
        await page!.DisposeAsync();
        StringWriter token = new(), errors = new();
        Assert.Equal(0, KeygenCommand.Token(folder["group.key"], token, errors));
        Assert.Equal(ring.First.HttpToken(), token.ToString().Trim());
        Assert.Equal(43, ring.First.HttpToken().Length);
        Assert.Equal(78, KeygenCommand.Token(folder["none"], token, errors));
    }

    [Fact]
    public void A_changed_file_is_read_again_and_a_broken_one_changes_nothing()
    {
        Keygen(folder["group.key"]);
        string old = File.ReadAllText(folder["group.key"]);
        Assert.True(KeyFile.TryOpen(folder["group.key"], out GroupKeys? keys, out _));
        EventLog<string> told = new("notices");
        using KeyFileWatch? watch = KeyFileWatch.TryStart(folder["group.key"], keys, (_, text) => told.Add(text));
        Assert.NotNull(watch);
        File.AppendAllText(folder["group.key"], Keygen(null).Printed);
        told.WaitFor(text => text == $"new keys: {keys.Ring}" && keys.Ring.Count == 2);
        File.WriteAllText(folder["group.key"], "rubbish\n");
        told.WaitFor(text => text.EndsWith("the keys of before stay in force", StringComparison.Ordinal));
        Assert.Equal(2, keys.Ring.Count);
        // replaced as a whole, as editors do it
        File.WriteAllText(folder["next"], old);
        File.SetUnixFileMode(folder["next"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(folder["next"], folder["group.key"], overwrite: true);
        told.WaitFor(_ => keys.Ring.Count == 1);
    }

    private static (int Code, string Printed, string Said) Keygen(string? file)
    {
        StringWriter output = new(), errors = new();
        int code = KeygenCommand.Run(file, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}

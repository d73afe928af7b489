using System.Runtime.Versioning;
using System.Net;
using Xunit;

namespace RecordSync.Daemon.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class AccessTokenTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_795_000_000);

    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string FileWith(string text, UnixFileMode mode)
    {
        string path = folder["token"];
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
        return path;
    }

    [Fact]
    public void A_token_is_32_random_bytes_and_is_read_back_from_a_file_of_its_owner_alone()
    {
        string token = AccessToken.Make();
        Assert.Equal(43, token.Length);
        Assert.NotEqual(token, AccessToken.Make());
        AccessToken? read = AccessToken.Read(FileWith(token + "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite), out string? fault);
        Assert.Null(fault);
        Assert.True(read!.Matches(token));
        Assert.False(read.Matches(token[..^1]));
        Assert.False(read.Matches(""));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_others_can_read_or_change_is_refused(UnixFileMode more)
    {
        Assert.Null(AccessToken.Read(FileWith(AccessToken.Make(), UnixFileMode.UserRead | more), out string? fault));
        Assert.Contains("chmod 600", fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("two words that are long enough to be one")]
    [InlineData("äöüäöüäöüäöüäöüäöüäöüäöüäöü")]
    public void A_file_without_a_token_is_refused_with_the_command_that_makes_one(string text)
    {
        Assert.Null(AccessToken.Read(FileWith(text, UnixFileMode.UserRead), out string? fault));
        Assert.Contains("record-syncd token >", fault);
        Assert.Null(AccessToken.Read(folder["none"], out string? missing));
        Assert.Contains("record-syncd token >", missing);
    }

    [Fact]
    public void A_session_is_good_at_every_node_with_the_token_and_ends()
    {
        string token = AccessToken.Make();
        string session = new AccessToken(token).BeginSession(Now);
        AccessToken other = new(token);
        Assert.True(other.IsSession(session, Now));
        Assert.False(other.IsSession(session, Now + AccessToken.SessionLength));
        Assert.False(new AccessToken(AccessToken.Make()).IsSession(session, Now));
        Assert.All(["", "x", "!!!!", session + "A", session[..^4]], bad => Assert.False(other.IsSession(bad, Now)));
        other.EndSession(session);
        Assert.False(other.IsSession(session, Now));
    }

    [Fact]
    public void An_address_that_failed_is_listened_to_again_and_the_table_stays_small()
    {
        long now = 0;
        FailureLimit limit = new(() => now);
        for (int i = 0; i < FailureLimit.AtOnce; i++)
        {
            Assert.Equal(0, limit.Wait("a"));
            limit.Failed("a");
        }
        Assert.Equal(10, limit.Wait("a"));
        now += 10_000;
        Assert.Equal(0, limit.Wait("a"));
        limit.Failed("a");
        Assert.InRange(limit.Wait("a"), 1, 10);
        // the one who fails most is not washed out by many who fail once
        for (int i = 0; i < 3 * FailureLimit.MostAddresses; i++)
            limit.Failed($"b{i}");
        Assert.InRange(limit.Wait("a"), 1, 10);
    }

    [Fact]
    public void Nobody_keeps_the_people_of_this_machine_out()
    {
        ConnectionLimit limit = new();
        IPAddress one = IPAddress.Parse("10.0.0.1");
        for (int i = 0; i < ConnectionLimit.MostFromOne; i++)
            Assert.True(limit.TryEnter(one));
        Assert.False(limit.TryEnter(one));
        int more = Enumerable.Range(2, 100).Count(last => limit.TryEnter(IPAddress.Parse($"10.0.0.{last}")));
        Assert.Equal(ConnectionLimit.MostFromOthers - ConnectionLimit.MostFromOne, more);
        Assert.True(ConnectionLimit.MostFromOthers < ConnectionLimit.Most);
        limit.Leave(one);
        Assert.True(limit.TryEnter(one));
    }
}

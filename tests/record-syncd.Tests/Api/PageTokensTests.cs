using System.Security.Cryptography;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/security.md: the token of a page goes over to a new key with the nodes.</summary>
public sealed class PageTokensTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);
    private static readonly GroupKey Old = new(RandomNumberGenerator.GetBytes(GroupKey.Size)), New = new(RandomNumberGenerator.GetBytes(GroupKey.Size));

    [Fact]
    public void Every_key_of_the_file_has_a_token_as_long_as_it_is_in_there()
    {
        GroupKeys keys = new(new GroupKeyRing(Old));
        PageTokens tokens = new(keys);
        string session = tokens.BeginSession(Now), ticket = tokens.Ticket("doctor", "cam1", 7);
        Assert.True(tokens.Matches(Old.HttpToken()));
        Assert.False(tokens.Matches(New.HttpToken()));

        keys.Ring = new GroupKeyRing(New, Old);
        Assert.True(tokens.Matches(New.HttpToken()));
        Assert.True(tokens.Matches(Old.HttpToken()));
        Assert.True(tokens.IsSession(session, Now));
        Assert.True(tokens.IsTicket(ticket, "doctor", "cam1", 7));
        // what is begun now is good when the old key is gone
        string later = tokens.BeginSession(Now);

        keys.Ring = new GroupKeyRing(New);
        Assert.False(tokens.Matches(Old.HttpToken()));
        Assert.False(tokens.IsSession(session, Now));
        Assert.False(tokens.IsTicket(ticket, "doctor", "cam1", 7));
        Assert.True(tokens.IsSession(later, Now));
    }

    [Fact]
    public void A_session_that_was_ended_stays_so_when_a_key_comes()
    {
        GroupKeys keys = new(new GroupKeyRing(Old));
        PageTokens tokens = new(keys);
        string session = tokens.BeginSession(Now);
        tokens.EndSession(session, Now);
        keys.Ring = new GroupKeyRing(New, Old);
        Assert.False(tokens.IsSession(session, Now));
        Assert.True(tokens.IsSession(new AccessToken(Old.HttpToken()).BeginSession(Now.AddSeconds(1)), Now));
    }
}

using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class AnswerStampsTests
{
    private readonly AnswerStamps stamps = new();
    private uint lastSend;

    [Fact]
    public void A_thousand_followers_each_get_the_stamp_of_their_own_latest_answer_once()
    {
        for (int run = 0; run < 20; run++)
        {
            AnswerStamps fresh = new();
            Endpoint[] followers = Followers(1_000, run);
            int lost = 0;
            for (int round = 1; round <= 3; round++)
            {
                for (int i = 0; i < followers.Length; i++)
                {
                    uint send = (uint)(round * 10_000 + i);
                    fresh.Sent(followers[i], Name(round), send);
                    Assert.True(fresh.TryStamp(send, At(send)));
                }
                for (int i = 0; i < followers.Length; i++)
                {
                    if (!fresh.TryTake(followers[i], out AnswerName name, out LocalTime at))
                        lost++;
                    else
                        Assert.Equal((Name(round), At((uint)(round * 10_000 + i))), (name, at));
                    Assert.False(fresh.TryTake(followers[i], out _, out _));
                }
            }
            // eight neighbours each in a table of 4096: hardly any goes without
            Assert.InRange(lost, 0, 6);
        }
    }

    [Fact]
    public void More_followers_than_places_never_get_each_others_stamps()
    {
        Endpoint[] followers = Followers(20_000, 1);
        int taken = 0;
        foreach (Endpoint follower in followers)
            Answer(follower, follower.Address, stamped: true);
        foreach (Endpoint follower in followers)
        {
            if (!stamps.TryTake(follower, out AnswerName name, out _))
                continue;
            Assert.Equal(Name(follower.Address), name);
            taken++;
        }
        Assert.InRange(taken, 1_000, 4_096);
    }

    [Fact]
    public void A_stamp_that_comes_after_the_next_answer_has_left_still_belongs_to_its_own()
    {
        Endpoint follower = Followers(1, 1)[0];
        uint first = Answer(follower, 1, stamped: false);
        uint second = Answer(follower, 2, stamped: false);

        Assert.True(stamps.TryStamp(first, At(first)));
        Assert.True(stamps.TryTake(follower, out AnswerName name, out LocalTime at));
        Assert.Equal((Name(1), At(first)), (name, at));
        Assert.True(stamps.TryStamp(second, At(second)));
        Assert.True(stamps.TryTake(follower, out name, out at));
        Assert.Equal((Name(2), At(second)), (name, at));
    }

    [Fact]
    public void A_stale_stamp_of_a_place_that_another_follower_has_now_is_dropped()
    {
        // all in one neighbourhood: the ninth takes the first's place
        Endpoint[] crowd = [.. Followers(60_000, 2).GroupBy(HomeOf).First(home => home.Count() >= 9).Take(9)];
        uint[] sends = [.. crowd.Select((follower, i) => Answer(follower, i, stamped: false))];

        Assert.True(stamps.TryStamp(sends[0], At(sends[0])));
        Assert.False(stamps.TryTake(crowd[0], out _, out _));
        Assert.False(stamps.TryTake(crowd[8], out _, out _));
        Assert.True(stamps.TryStamp(sends[8], At(sends[8])));
        Assert.True(stamps.TryTake(crowd[8], out AnswerName name, out _));
        Assert.Equal(Name(8), name);
    }

    [Fact]
    public void A_send_of_another_kind_or_of_long_ago_is_not_ours()
    {
        Assert.False(stamps.TryStamp(0, At(0)));
        Assert.False(stamps.TryStamp(77, At(77)));
        Endpoint follower = Followers(1, 1)[0];
        uint old = Answer(follower, 1, stamped: false);
        lastSend += 1_023;
        Answer(follower, 2, stamped: false);

        Assert.False(stamps.TryStamp(old, At(old)));
    }

    private uint Answer(Endpoint follower, long sequence, bool stamped)
    {
        stamps.Sent(follower, Name(sequence), ++lastSend);
        if (stamped)
            Assert.True(stamps.TryStamp(lastSend, At(lastSend)));
        return lastSend;
    }

    private static AnswerName Name(long sequence) => new(sequence, new NetworkTime(sequence * 1_000_000));

    private static LocalTime At(uint send) => new(send * 1_000L);

    private static Endpoint[] Followers(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(i => new Endpoint(0x0A00_0000 + (uint)i, (ushort)(9943 + random.Next(50)))).Distinct()];
    }

    /// <summary>As the table hashes them: only to find some that collide.</summary>
    private static int HomeOf(Endpoint follower)
    {
        uint hash = (follower.Address * 2654435761u) ^ (follower.Port * 2246822519u);
        return (int)((hash ^ (hash >> 15)) % 4096);
    }
}

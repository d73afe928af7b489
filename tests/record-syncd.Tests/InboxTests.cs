using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class InboxTests
{
    private readonly Inbox<int> inbox = new();

    [Fact]
    public void What_has_arrived_is_taken_at_once_and_in_order()
    {
        Assert.True(inbox.TryPost(1) && inbox.TryPost(2));
        List<int> batch = [99];

        Assert.True(inbox.Take(ref batch, Timeout.Infinite));
        Assert.Equal([1, 2], batch);
        Assert.True(inbox.Take(ref batch, 0));
        Assert.Empty(batch);
    }

    [Fact]
    public void What_may_be_too_much_is_refused_while_so_much_waits()
    {
        List<int> batch = [];
        Assert.True(inbox.TryPost(1, most: 2) && inbox.TryPost(2, most: 2));

        Assert.False(inbox.TryPost(3, most: 2));
        Assert.True(inbox.TryPost(4));
        Assert.True(inbox.Take(ref batch, 0));
        Assert.Equal([1, 2, 4], batch);
        Assert.True(inbox.TryPost(5, most: 2));
    }

    [Fact]
    public void An_empty_one_is_waited_for_as_long_as_was_said_and_no_shorter()
    {
        List<int> batch = [];
        LocalClock clock = new();
        LocalTime before = clock.Now();

        Assert.True(inbox.Take(ref batch, 30));
        Assert.Empty(batch);
        Assert.True((clock.Now() - before).Milliseconds >= 30);
    }

    [Fact]
    public void Nothing_is_lost_between_a_thread_that_posts_and_one_that_sleeps()
    {
        const int Items = 20_000;
        Thread posting = new(() =>
        {
            for (int item = 0; item < Items; item++)
            {
                inbox.TryPost(item);
                // often enough to fall asleep on the other side, and not always
                if (item % 7 == 0)
                    Thread.Yield();
            }
            inbox.Close();
        });
        posting.Start();
        List<int> batch = [], taken = [];
        while (inbox.Take(ref batch, (int)EventLog<int>.Patience.TotalMilliseconds))
        {
            Assert.NotEmpty(batch);
            taken.AddRange(batch);
        }
        posting.Join();

        Assert.Equal(Enumerable.Range(0, Items), taken);
    }

    [Fact]
    public void When_it_is_closed_what_is_in_comes_out_and_nothing_goes_in()
    {
        inbox.TryPost(1);
        inbox.Close();
        List<int> batch = [];

        Assert.False(inbox.TryPost(2));
        Assert.True(inbox.Take(ref batch, Timeout.Infinite));
        Assert.Equal([1], batch);
        Assert.False(inbox.Take(ref batch, Timeout.Infinite));
    }
}

using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class PendingStampsTests
{
    private readonly PendingStamps pending = new();

    [Fact]
    public void The_stamps_of_a_thousand_sends_may_all_be_under_way()
    {
        for (uint send = 1; send <= 1_000; send++)
            pending.Add(send, send * 1_000);
        Assert.True(pending.Any);

        // the kernel counts from 0, and a card need not keep the order
        foreach (uint key in Enumerable.Range(0, 1_000).Select(i => (uint)(i * 7 % 1_000)))
        {
            Assert.True(pending.TryTake(key, (key + 1) * 1_000, out uint sendId));
            Assert.Equal(key + 1, sendId);
        }
        Assert.False(pending.Any);
    }

    [Fact]
    public void Of_two_stamps_of_one_send_the_first_counts()
    {
        pending.Add(5, 1_000);

        Assert.True(pending.TryTake(0, 2_000, out uint sendId));
        Assert.Equal(5u, sendId);
        Assert.False(pending.TryTake(0, 3_000, out _));
    }

    [Fact]
    public void A_stamp_from_before_its_send_or_of_a_count_that_was_given_up_belongs_to_another()
    {
        pending.Add(5, 1_000_000_000);
        Assert.False(pending.TryTake(0, 900_000_000, out _));
        Assert.False(pending.TryTake(1, 1_000_000_000, out _));

        pending.Restart();
        Assert.False(pending.TryTake(0, 1_000_000_000, out _));
        Assert.False(pending.Any);
    }
}

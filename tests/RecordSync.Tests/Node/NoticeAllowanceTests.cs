using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/decisions/0076: no more than a line a second for each reason, beyond those that a group may have at once.</summary>
public sealed class NoticeAllowanceTests
{
    private readonly NoticeAllowance allowance = new();
    private LocalTime now = new(1_000_000_000);

    private List<NodeAction.Tell> Apply(params NodeAction[] wanted)
    {
        List<NodeAction> actions = [.. wanted];
        allowance.Apply(actions, now);
        return [.. actions.OfType<NodeAction.Tell>()];
    }

    private static NodeAction.Tell Joined(int node) => new(NoticeLevel.Info, $"cam{node} has joined", "here", 1);

    [Fact]
    public void A_group_that_comes_all_at_once_is_told_to_the_last_node() =>
        Assert.Equal(NoticeAllowance.AtOnce, Apply([.. Enumerable.Range(1, NoticeAllowance.AtOnce).Select(Joined)]).Count);

    [Fact]
    public void What_comes_on_top_is_left_out_and_counted_in_the_next_line_a_second_later()
    {
        Assert.Equal(NoticeAllowance.AtOnce, Apply([.. Enumerable.Range(1, NoticeAllowance.AtOnce + 57).Select(Joined)]).Count);
        now += Nanos.FromMilliseconds(999);
        Assert.Empty(Apply(Joined(100)));
        now += Nanos.FromMilliseconds(1);
        Assert.Equal(["cam101 has joined (and 58 more like this, left out before)"], Apply(Joined(101), Joined(102)).Select(tell => tell.Text));
    }

    [Fact]
    public void An_hour_of_a_flood_is_a_line_a_second()
    {
        int told = 0;
        for (int ms = 0; ms < 3_600_000; ms += 10, now += Nanos.FromMilliseconds(10))
            told += Apply(Joined(ms)).Count;
        Assert.Equal(NoticeAllowance.AtOnce + 3_599, told);
    }

    [Fact]
    public void One_reason_does_not_silence_another_nor_touch_what_is_no_line()
    {
        Apply([.. Enumerable.Range(1, 100).Select(Joined)]);
        List<NodeAction> actions = [new NodeAction.ServeTime("a"), Joined(7), new NodeAction.Tell(NoticeLevel.Error, "something else", "there", 2), new NodeAction.Exit()];
        allowance.Apply(actions, now);
        Assert.Equal(["ServeTime", "Tell", "Exit"], actions.Select(action => action.GetType().Name));
    }
}

using Xunit;

namespace RecordSync.Tests;

/// <summary>--clock system and auto (docs/clock.md): the wall clock as network time, and our own exchange held against it.</summary>
public sealed class SystemClockTests
{
    private const long Epoch = 1_795_395_175_000_000_000;

    /// <summary>A wall clock that another program keeps at the true time, less <paramref name="wrongNs"/>.</summary>
    private static Func<SimulatedNode, SystemClockReading> Disciplined(SimulatedGroup group, long wrongNs = 0, long maxErrorNs = 3_000, bool synchronised = true, bool byKernelLoop = false) =>
        node => new SystemClockReading(node.LocalNow, new NetworkTime(Epoch + group.Now + wrongNs), synchronised, maxErrorNs, byKernelLoop, Rate: -10e-6 / (1 + 10e-6));

    private static (SimulatedGroup Group, SimulatedNode Leader, SimulatedNode Follower) Pair(
        ClockSource leads,
        ClockSource follows,
        Func<SimulatedGroup, Func<SimulatedNode, SystemClockReading>> leaderWall,
        Func<SimulatedGroup, Func<SimulatedNode, SystemClockReading>> followerWall
    )
    {
        SimulatedGroup group = new();
        Func<SimulatedNode, SystemClockReading> ofLeader = leaderWall(group), ofFollower = followerWall(group);
        SimulatedNode leader = group.Add("lead", NodeRole.Leader, ppm: 10, clock: leads, wall: ofLeader);
        SimulatedNode follower = group.Add("cam2", NodeRole.Follower, offsetSeconds: 3, ppm: 10, clock: follows, wall: ofFollower);
        group.RunFor(12);
        return (group, leader, follower);
    }

    private static long ErrorNs(SimulatedGroup group, SimulatedNode node) => node.Clock!.At(node.LocalNow).Nanoseconds - Epoch - group.Now;

    [Fact]
    public void Where_both_keep_the_wall_clock_it_is_network_time()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode follower) = Pair(ClockSource.System, ClockSource.System, group => Disciplined(group), group => Disciplined(group));
        // the path is asymmetric at times by up to a quarter of 60 µs; the wall clocks are exact
        Assert.InRange(ErrorNs(group, leader), -100, 100);
        Assert.InRange(ErrorNs(group, follower), -100, 100);
        Assert.Equal("system", follower.Node.ClockReport(follower.LocalNow).Source);
        Assert.InRange(follower.Node.ClockReport(follower.LocalNow).ErrorNs!.Value, 3_000, 8_000);
    }

    [Fact]
    public void Auto_takes_the_wall_clock_where_it_promises_more_and_agrees()
    {
        (SimulatedGroup group, _, SimulatedNode follower) = Pair(ClockSource.Auto, ClockSource.Auto, group => Disciplined(group), group => Disciplined(group));
        Assert.True(follower.Node.Clock.System.IsUsed);
        Assert.InRange(ErrorNs(group, follower), -100, 100);
    }

    [Fact]
    public void Auto_measures_itself_where_the_kernel_promises_less_than_that()
    {
        (_, _, SimulatedNode follower) = Pair(ClockSource.System, ClockSource.Auto, group => Disciplined(group), group => Disciplined(group, maxErrorNs: 900_000));
        // checked against the exchange the wall clock's bound is never better than the exchange's own
        Assert.False(follower.Node.Clock.System.IsUsed);
        Assert.NotNull(follower.Node.Clock.System.DisagreementNs);
    }

    [Theory]
    [InlineData(false, false, 3_000)]
    [InlineData(true, true, 3_000)]
    [InlineData(true, false, 40_000_000)]
    public void Auto_does_not_lead_by_a_wall_clock_that_is_not_kept_well(bool synchronised, bool byKernelLoop, long maxErrorNs)
    {
        (SimulatedGroup group, SimulatedNode leader, _) = Pair(
            ClockSource.Auto,
            ClockSource.Auto,
            group => Disciplined(group, 0, maxErrorNs, synchronised, byKernelLoop),
            group => Disciplined(group)
        );
        Assert.NotEqual(SystemClock.Timescale, leader.Sent.OfType<Discovery>().Last().Timescale);
        Assert.Equal("leader", leader.Node.ClockReport(leader.LocalNow).State);
        _ = group;
    }

    [Fact]
    public void Wall_clocks_that_disagree_raise_an_alarm_here_and_at_the_leader_and_auto_goes_by_its_own_measurement()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode follower) = Pair(ClockSource.System, ClockSource.Auto, group => Disciplined(group), group => Disciplined(group, wrongNs: 2_000_000));
        Assert.True(follower.WasTold("off what is measured against lead"));
        Assert.True(leader.WasTold("cam2: the wall clock here is +2.0"));
        Assert.InRange(Math.Abs(ErrorNs(group, follower)), 0, follower.Clock!.ErrorAt(follower.LocalNow));
        follower.WallClock = Disciplined(group);
        group.RunFor(12);
        Assert.True(follower.WasTold("agrees again"));
    }

    [Fact]
    public void A_follower_that_is_told_to_use_the_wall_clock_of_a_leader_with_its_own_scale_says_so_and_measures()
    {
        (SimulatedGroup group, _, SimulatedNode follower) = Pair(ClockSource.Builtin, ClockSource.System, group => Disciplined(group), group => Disciplined(group));
        Assert.True(follower.WasTold("keeps a time scale of its own"));
        Assert.NotNull(follower.Clock);
        Assert.False(follower.Node.Clock.System.IsUsed);
        _ = group;
    }

    [Fact]
    public void A_leader_whose_wall_clock_nobody_keeps_has_no_time_to_give_and_starts_nothing()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode follower) = Pair(
            ClockSource.System,
            ClockSource.System,
            group => Disciplined(group, synchronised: false),
            group => Disciplined(group)
        );
        Assert.Null(leader.Clock);
        Assert.Null(follower.Clock);
        leader.Post(new NodeInput.OperatorStart(1_000));
        Assert.True(leader.WasTold("the wall clock is not synchronised") || leader.WasTold("wall clock is not synchronised"));
        Assert.Empty(leader.Started);
        leader.WallClock = Disciplined(group);
        group.RunFor(10);
        Assert.InRange(ErrorNs(group, follower), -100, 100);
    }

    [Fact]
    public void In_a_take_the_clock_is_not_changed_and_a_stepped_wall_clock_does_not_step_it()
    {
        (SimulatedGroup group, SimulatedNode leader, SimulatedNode follower) = Pair(ClockSource.System, ClockSource.System, group => Disciplined(group), group => Disciplined(group));
        leader.Post(new NodeInput.OperatorStart(500));
        group.RunFor(2);
        Assert.Single(follower.Started);
        follower.WallClock = Disciplined(group, wrongNs: 40_000_000);
        NetworkTime before = follower.Clock!.At(follower.LocalNow);
        LocalTime then = follower.LocalNow;
        group.RunFor(1.5);
        Assert.True(follower.WasTold("the wall clock was stepped"));
        double local = (follower.LocalNow - then).Value;
        Assert.InRange((follower.Clock!.At(follower.LocalNow) - before).Value, local * (1 - 600e-6), local * (1 + 600e-6));
        Assert.True(follower.Clock.ErrorAt(follower.LocalNow) > 30_000_000, "what is still to be slewed belongs to the bound");
    }
}

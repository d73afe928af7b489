using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class WatchedClocksTests
{
    private static readonly Endpoint Address = new(0x0A000002, 9944);

    internal static LocalTime At(double seconds) => new((long)(1e12 + seconds * 1e9));

    internal static Discovery Beacon(string node, ClockReport? clock, long instance = 1, string timescale = "a") =>
        new(node, NodeRole.Follower, 1) { Version = 2, Instance = instance, Timescale = timescale, Host = "box", Clock = clock };

    internal static ClockReport Synchronised(long offsetNs, long errorNs = 40_000) =>
        new("synchronised", offsetNs, -49_021, errorNs, 77_000) { DispersionNs = 210 };

    [Fact]
    public void Nodes_are_known_by_their_beacons_and_gone_by_their_goodbye()
    {
        WatchedClocks clocks = new();
        clocks.Take(Beacon("cam2", Synchronised(5)), Address, At(0));
        clocks.Take(new Discovery("cam9", NodeRole.Leader, 1) { Version = 2, Clock = new ClockReport("leader", 0, 0, 0, null) }, Address, At(0));
        // the leader comes first, whatever its name
        Assert.Equal(["cam9", "cam2"], clocks.Look(At(1)).Select(clock => clock.NodeId));
        clocks.Take(new Status("cam2", NodeState.Recording, 1) { Clock = Synchronised(7) }, Address, At(1));
        Assert.Equal(7, clocks.Look(At(1))[1].Report!.Value.OffsetNs);
        Assert.Equal([5L, 7L], clocks.Look(At(1))[1].Points.Select(point => point.OffsetNs!.Value));
        clocks.Take(Beacon("cam2", Synchronised(5)) with { Leaving = true }, Address, At(2));
        Assert.Equal("cam9", Assert.Single(clocks.Look(At(2))).NodeId);
        // who has said nothing but a state has no role, and another viewer is no node
        clocks.Take(new Status("cam3", NodeState.Ready, 1) { Clock = Synchronised(7) }, Address, At(3));
        clocks.Take(new Discovery("clock-view", NodeRole.Follower, 1) { Version = 2, Query = true }, Address, At(3));
        Assert.Single(clocks.Look(At(3)));
    }

    [Fact]
    public void What_is_older_than_three_minutes_is_forgotten()
    {
        WatchedClocks clocks = new();
        for (int second = 0; second < 400; second++)
            clocks.Take(Beacon("cam2", Synchronised(second)), Address, At(second));
        IReadOnlyList<ClockPoint> points = Assert.Single(clocks.Look(At(399))).Points;
        Assert.Equal([219L, 399L], [points[0].OffsetNs!.Value, points[^1].OffsetNs!.Value]);
        Assert.Equal(181, points.Count);
        // and goes on being forgotten when nothing comes
        Assert.Equal(299, Assert.Single(clocks.Look(At(479))).Points[0].OffsetNs);
    }

    [Theory]
    [InlineData(2, "a")]
    [InlineData(1, "b")]
    public void Another_process_or_another_time_scale_begins_a_new_line(long instance, string timescale)
    {
        WatchedClocks clocks = new();
        clocks.Take(Beacon("cam2", Synchronised(1)), Address, At(0));
        clocks.Take(Beacon("cam2", Synchronised(900_000_000_000), instance, timescale), Address, At(1));
        Assert.Equal(900_000_000_000, Assert.Single(Assert.Single(clocks.Look(At(1))).Points).OffsetNs);
    }

    [Fact]
    public void A_node_is_lost_after_three_beacons_and_no_longer_asked()
    {
        WatchedClocks clocks = new();
        clocks.Take(Beacon("cam2", Synchronised(1)), Address, At(0));
        Assert.False(clocks.Look(At(6.2))[0].IsLost(At(6.2)));
        Assert.Single(clocks.Ask(At(6.2), Nanos.FromMilliseconds(200), 10));
        Assert.True(clocks.Look(At(6.3))[0].IsLost(At(6.3)));
        Assert.Empty(clocks.Ask(At(7), Nanos.FromMilliseconds(200), 10));
    }

    [Fact]
    public void Version_1_nodes_are_shown_and_never_asked()
    {
        WatchedClocks clocks = new();
        clocks.Take(new Discovery("old", NodeRole.Leader, 1), Address, At(0));
        Assert.Empty(clocks.Ask(At(0), Nanos.Zero, 10));
        WatchedClock clock = Assert.Single(clocks.Look(At(0)));
        Assert.Equal("version 1", ClockFigures.State(clock, At(0)));
    }

    [Fact]
    public void Nodes_are_asked_in_turn_and_none_too_often()
    {
        WatchedClocks clocks = new();
        for (ushort i = 0; i < 5; i++)
            clocks.Take(Beacon($"cam{i}", null), Address with { Port = i }, At(0));
        Nanos apart = Nanos.FromMilliseconds(250);
        Assert.Equal([0, 1, 2], clocks.Ask(At(0), apart, 3).Select(node => (int)node.Port));
        Assert.Equal([3, 4], clocks.Ask(At(0.01), apart, 3).Select(node => (int)node.Port));
        Assert.Empty(clocks.Ask(At(0.2), apart, 3));
        Assert.Equal([0, 1, 2], clocks.Ask(At(0.26), apart, 3).Select(node => (int)node.Port));
    }

    [Fact]
    public void One_node_is_looked_at_and_the_others_are_known_by_name()
    {
        WatchedClocks clocks = new("cam2");
        clocks.Take(Beacon("cam1", Synchronised(1)), Address, At(0));
        Assert.Empty(clocks.Look(At(0)));
        Assert.Empty(clocks.Ask(At(0), Nanos.Zero, 10));
        Assert.Equal(["cam1"], clocks.Others);
        clocks.Take(Beacon("cam2", Synchronised(1)), Address, At(0));
        Assert.Equal("cam2", Assert.Single(clocks.Look(At(0))).NodeId);
    }

    [Fact]
    public void A_flood_of_invented_names_and_beacons_does_not_fill_the_memory()
    {
        WatchedClocks clocks = new();
        for (int i = 0; i < 3_000; i++)
            clocks.Take(Beacon($"ghost{i}", null), Address, At(0));
        Assert.Equal(PeerTable.Capacity, clocks.Look(At(0)).Count);
        for (int i = 0; i < 20_000; i++)
            clocks.Take(Beacon("ghost1", Synchronised(i)), Address, At(i / 1e6));
        Assert.InRange(clocks.Look(At(0)).Single(clock => clock.NodeId == "ghost1").Points.Count, 1_000, 5_000);
    }

    [Fact]
    public void Offsets_of_decades_are_charted_to_the_nanosecond_from_their_mean_and_without_their_drift()
    {
        WatchedClocks clocks = new();
        // 50 ppm, and a swing of ± 3 ns about it
        for (int i = 0; i < 40; i++)
            clocks.Take(Beacon("cam2", Synchronised(1_795_395_175_000_000_000 + i * 50_000 + (i % 2 == 0 ? 3 : -3))), Address, At(i));
        WatchedClock clock = Assert.Single(clocks.Look(At(39)));
        IReadOnlyList<ChartPoint> mean = clock.OffsetFromMean();
        Assert.Equal(0, mean.Average(point => point.Value), 3);
        Assert.Equal(39 * 50_000 - 6, mean[^1].Value - mean[0].Value, 3);
        Assert.All(clock.OffsetWithoutDrift(), point => Assert.InRange(Math.Abs(point.Value), 2.5, 3.5));
    }
}

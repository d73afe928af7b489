using Xunit;

namespace RecordSync.Tests;

/// <summary>How often the leader is asked, docs/clock.md.</summary>
public sealed class SyncCadenceTests
{
    private static ClockEstimate Quiet => new(default, 0, 0, 200, 2_000, 2_000, 1e-7, 100, NoiseNs: 300);

    /// <summary>A switch under load.</summary>
    private static ClockEstimate Noisy => Quiet with { NoiseNs = 100_000 };

    private static ClockEstimate Radio => Quiet with { NoiseNs = 2_000_000 };

    private static List<Nanos> Pauses(SyncCadence cadence, ClockEstimate estimate, double seconds, bool takeRunning = false, int answers = 8)
    {
        List<Nanos> pauses = [];
        for (double time = 0; time < seconds; time += pauses[^1].Seconds)
            pauses.Add(cadence.AfterBurst(answers, estimate, false, takeRunning));
        return pauses;
    }

    [Fact]
    public void At_rest_a_quiet_link_carries_fewer_than_twenty_packets_a_second_and_soon_fewer_than_five()
    {
        SyncCadence cadence = new(1, Nanos.FromSeconds(4));
        Pauses(cadence, Quiet, 3);
        Assert.InRange(Pauses(cadence, Quiet, 10).Count * 16 / 10.0, 14, 20);
        Pauses(cadence, Quiet, 120);
        Assert.InRange(Pauses(cadence, Quiet, 100).Count * 16 / 100.0, 3.5, 5);
    }

    [Fact]
    public void At_first_the_leader_is_asked_often_and_longer_so_over_a_noisy_link()
    {
        Assert.InRange(Pauses(new SyncCadence(1, Nanos.FromSeconds(4)), Quiet, 2).Count, 5, 8);
        Assert.InRange(Pauses(new SyncCadence(1, Nanos.FromSeconds(4)), Noisy, 2).Count, 60, 120);
        Assert.InRange(Pauses(new SyncCadence(1, Nanos.FromSeconds(4)), Radio, 2).Count, 60, 120);
    }

    [Fact]
    public void Over_a_noisy_cable_a_few_nodes_ask_ten_times_a_second_and_by_radio_four_times()
    {
        SyncCadence cable = new(1, Nanos.FromSeconds(4)) { Nodes = 6 }, radio = new(1, Nanos.FromSeconds(4)) { Nodes = 6 };
        Pauses(cable, Noisy, 20);
        Assert.InRange(Pauses(cable, Noisy, 100).Count / 100.0, 9.7, 10.3);
        Pauses(radio, Radio, 20);
        Assert.InRange(Pauses(radio, Radio, 100).Count / 100.0, 3.7, 4.3);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(250)]
    [InlineData(500)]
    [InlineData(1_000)]
    public void However_noisy_the_links_a_group_asks_no_more_than_a_thousand_times_a_second_all_together(int nodes)
    {
        foreach (ClockEstimate estimate in (ClockEstimate[])[Noisy, Radio])
        {
            SyncCadence cadence = new(1, Nanos.FromSeconds(4)) { Nodes = nodes };
            Pauses(cadence, estimate, 1);
            Assert.InRange(Pauses(cadence, estimate, 300).Count / 300.0 * nodes, 1, 1_030);
        }
    }

    [Fact]
    public void In_a_take_it_is_asked_twice_a_second_however_steady_it_was()
    {
        SyncCadence cadence = new(1, Nanos.FromSeconds(4));
        Pauses(cadence, Quiet, 200);
        Assert.InRange(Pauses(cadence, Quiet, 10, takeRunning: true).Count, 19, 22);
        for (int i = 0; i < 100; i++)
            Assert.InRange(cadence.Wake().Seconds, 0, 0.5);
    }

    [Fact]
    public void The_ceiling_holds_at_all_times()
    {
        SyncCadence cadence = new(1, Nanos.FromMilliseconds(300));
        Assert.All(Pauses(cadence, Quiet, 200), pause => Assert.InRange(pause.Milliseconds, 20, 316));
        Assert.All(Pauses(cadence, Quiet, 20, answers: 0), pause => Assert.InRange(pause.Milliseconds, 20, 316));
    }

    [Fact]
    public void An_unanswered_burst_is_repeated_soon_then_less_and_less_often()
    {
        SyncCadence cadence = new(1, Nanos.FromSeconds(4));
        Pauses(cadence, Quiet, 200);
        List<Nanos> pauses = Pauses(cadence, Quiet, 10, answers: 0);
        Assert.InRange(pauses[0].Milliseconds, 90, 110);
        Assert.InRange(pauses[1].Milliseconds, 180, 220);
        Assert.InRange(pauses[^1].Seconds, 0.9, 1.1);
    }

    [Fact]
    public void A_thousand_followers_that_heard_the_same_beacon_do_not_ask_at_once()
    {
        int[] perTenMilliseconds = new int[3_000];
        for (int node = 0; node < 1_000; node++)
        {
            SyncCadence cadence = new(node * 7_919L, Nanos.FromSeconds(4)) { Nodes = 1_000 };
            double time = cadence.FirstDelay().Seconds;
            while (time < 30)
            {
                perTenMilliseconds[(int)(time * 100)]++;
                time += 0.001 + cadence.AfterBurst(8, Quiet, false, false).Seconds;
            }
        }
        // the first three bursts of all overlap, 67 of each in 10 ms if spread evenly; later 10, once a second
        Assert.InRange(perTenMilliseconds[..100].Max(), 1, 250);
        Assert.InRange(perTenMilliseconds[1_000..].Max(), 1, 60);
    }
}

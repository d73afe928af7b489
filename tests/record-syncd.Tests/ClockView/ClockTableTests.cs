using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>What <c>record-syncd clock</c> shows of clocks that are known.</summary>
public sealed class ClockTableTests
{
    private static readonly Endpoint Address = new(0x0A000002, 9944);

    /// <summary>A leader, a follower whose bound falls, and one in holdover: half a minute of them.</summary>
    private static (IReadOnlyList<WatchedClock> Clocks, LocalTime Now) Group(int followers = 2)
    {
        WatchedClocks clocks = new();
        for (int i = 0; i <= 112; i++)
        {
            LocalTime at = WatchedClocksTests.At(i / 4.0);
            clocks.Take(
                new Discovery("cam1", NodeRole.Leader, 1) { Version = 2, Host = "box", Clock = new ClockReport("leader", 0, 0, 0, null) { DispersionNs = 0 } },
                Address,
                at
            );
            for (int number = 2; number < 2 + followers; number++)
            {
                ClockReport report = WatchedClocksTests.Synchronised(2_500_000_000 - i * 12_255 + i % 3 * 400, 90_000 - i * 500);
                if (number == 3)
                    report = report with { State = "holdover", AgeNs = 12_000_000_000, ErrorNs = i * 1_000 };
                clocks.Take(WatchedClocksTests.Beacon($"cam{number}", report), Address, at);
            }
        }
        return (clocks.Look(WatchedClocksTests.At(28)), WatchedClocksTests.At(28));
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(80, 12)]
    [InlineData(132, 50)]
    [InlineData(250, 24)]
    public void Figures_and_charts_fit_the_terminal(int width, int height)
    {
        (IReadOnlyList<WatchedClock> clocks, LocalTime now) = Group();
        string drawn = ClockTable.Render(clocks, now, width, height, colour: false);
        string[] lines = drawn.Split('\n');
        Assert.InRange(lines.Length, 8, height);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        foreach (string part in new[] { "leader", "synchronised", "holdover 12 s", "+2.499 s ↕", "77 µs", "34 µs ↑ 90 µs", "112 µs ↑ 112 µs", "-49.02 ppm", "±210 ns", "last 30 s", "without the drift" })
            Assert.Contains(part, drawn, StringComparison.Ordinal);
        Assert.Contains(drawn, c => c is > '\u2800' and <= '\u28ff');
        Assert.DoesNotContain('\u2800', drawn);
    }

    [Fact]
    public void A_chart_shows_which_way_the_bound_goes()
    {
        (IReadOnlyList<WatchedClock> clocks, LocalTime now) = Group();
        string[] lines = ClockTable.Render(clocks, now, 132, 50, colour: false).Split('\n');
        int falls = Array.FindIndex(lines, line => line.StartsWith("cam2", StringComparison.Ordinal)), grows = Array.FindIndex(lines, line => line.StartsWith("cam3", StringComparison.Ordinal));
        int bound = lines[0].IndexOf("Bound", StringComparison.Ordinal);
        Assert.True(FirstDot(lines[falls + 1]) < FirstDot(lines[falls + 2]));
        Assert.True(FirstDot(lines[grows + 1]) > FirstDot(lines[grows + 3]));

        int FirstDot(string line) => line.Skip(bound).TakeWhile(c => c == ' ').Count();
    }

    [Theory]
    [InlineData(79, "Dispersion", "")]
    [InlineData(60, "Rate", "Dispersion")]
    [InlineData(40, "Offset", "Delay")]
    public void A_narrow_terminal_gets_the_figures_that_fit(int width, string last, string missing)
    {
        (IReadOnlyList<WatchedClock> clocks, LocalTime now) = Group();
        string drawn = ClockTable.Render(clocks, now, width, 24, colour: false);
        string[] lines = drawn.Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.Contains(last, lines[0], StringComparison.Ordinal);
        Assert.True(missing.Length == 0 || !lines[0].Contains(missing, StringComparison.Ordinal), lines[0]);
    }

    [Theory]
    [InlineData(20, 24)]
    [InlineData(2, 6)]
    [InlineData(100, 10)]
    public void More_nodes_than_there_is_room_for_lose_their_charts_and_the_rest_is_counted(int followers, int height)
    {
        (IReadOnlyList<WatchedClock> clocks, LocalTime now) = Group(followers);
        string[] lines = ClockTable.Render(clocks, now, 80, height, colour: false).Split('\n');
        Assert.InRange(lines.Length, 2, height);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.StartsWith("cam1", lines[1], StringComparison.Ordinal);
        int rows = lines.Count(line => line.StartsWith("cam", StringComparison.Ordinal));
        Assert.Equal(rows == followers + 1, !lines[^1].Contains($"and {followers + 1 - rows} more", StringComparison.Ordinal));
    }

    [Fact]
    public void One_table_for_once_has_no_charts()
    {
        (IReadOnlyList<WatchedClock> clocks, LocalTime now) = Group();
        string[] lines = ClockTable.Render(clocks, now, 120, null, colour: false).Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Equal(["Node", "State", "Offset", "Bound", "Delay", "Rate", "Dispersion"], Words(lines[0]));
        Assert.Equal(["cam1", "leader", "0", "µs", "0", "µs", "—", "—", "—"], Words(lines[1]));
        Assert.Equal(["cam2", "synchronised", "+2.499", "s", "34", "µs", "77", "µs", "-49.02", "ppm", "210", "ns"], Words(lines[2]));
        Assert.Equal(["cam3", "holdover", "12", "s", "+2.499", "s", "112", "µs", "77", "µs", "-49.02", "ppm", "210", "ns"], Words(lines[3]));
    }

    [Theory]
    [InlineData(80, 22)]
    [InlineData(150, 48)]
    [InlineData(40, 10)]
    public void One_node_has_a_chart_each_of_offset_delay_and_bound(int width, int height)
    {
        (IReadOnlyList<WatchedClock> clocks, LocalTime now) = Group();
        string drawn = ClockDetail.Render(clocks[1], now, width, height, colour: false);
        string[] lines = drawn.Split('\n');
        Assert.InRange(lines.Length, 10, Math.Max(height, 13));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        foreach (string part in new[] { "cam2", "synchronised", "Offset, relative to its mean", "Delay, smallest roun", "Bound on the error", "90 µs ┤", "0 µs ┤", "30 s ago" })
            Assert.Contains(part, drawn, StringComparison.Ordinal);
        Assert.EndsWith("now", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void No_size_of_a_terminal_is_too_much()
    {
        (IReadOnlyList<WatchedClock> clocks, LocalTime now) = Group();
        foreach (int width in (int[])[1, 2, 5, 11, 20, 39, 79, 80, 81, 99, 100, 500])
        {
            foreach (int height in (int[])[-1, 0, 1, 2, 3, 7, 24, 200])
            {
                Assert.NotNull(ClockTable.Render(clocks, now, width, height, colour: true));
                Assert.NotNull(ClockDetail.Render(clocks[1], now, width, height, colour: true));
                // nothing is known of a node that has only just been heard
                Assert.NotNull(ClockDetail.Render(clocks[1] with { Points = [], Report = null }, now, width, height, colour: true));
            }
        }
    }

    [Fact]
    public void A_lost_node_says_since_when_and_its_chart_ends_there()
    {
        (IReadOnlyList<WatchedClock> clocks, LocalTime now) = Group();
        LocalTime later = now + Nanos.FromSeconds(9);
        string[] lines = ClockTable.Render([clocks[1]], later, 132, 24, colour: false).Split('\n');
        Assert.Contains(lines, line => line.Contains("lost 9.0 s", StringComparison.Ordinal));
        ClockLine line = ClockLine.Of(clocks[1], later, DateTime.UnixEpoch);
        Assert.True(line.Lost);
        Assert.Equal(9_000_000_000, line.SilentNs);
        Assert.Equal(["lost", "9.0"], Words(ClockColumns.Row(line))[2..4]);
    }

    [Fact]
    public void Lines_have_the_columns_of_their_header_and_one_word_in_each()
    {
        (IReadOnlyList<WatchedClock> clocks, LocalTime now) = Group();
        string[] rows = [.. clocks.Select(clock => ClockColumns.Row(ClockLine.Of(clock, now, DateTime.UnixEpoch)))];
        Assert.All(rows, row => Assert.Equal(ClockColumns.Header.Length, row.Length));
        Assert.Equal(["1970-01-01T00:00:00.000Z", "cam1", "leader", "-", "0.000000", "0.000", "-", "0.0", "0.0"], Words(rows[0]));
        Assert.Equal(["1970-01-01T00:00:00.000Z", "cam2", "synchronised", "-", "+2.498628", "-49.021", "77.0", "0.2", "34.0"], Words(rows[1]));
        Assert.Equal(["holdover", "12.0"], Words(rows[2])[2..4]);
        WatchedClock odd = clocks[1] with { NodeId = "my cam\u2009é", Report = null, Version = null };
        Assert.Equal(["my_cam_é", "-", "-", "-", "-", "-", "-", "-"], Words(ClockColumns.Row(ClockLine.Of(odd, now, DateTime.UnixEpoch)))[1..]);
    }

    [Fact]
    public void Json_has_what_is_known_and_no_more()
    {
        (IReadOnlyList<WatchedClock> clocks, LocalTime now) = Group();
        Assert.Equal(
            """{"time":"1970-01-01T00:00:00.000Z","node":"cam3","role":"follower","state":"holdover","address":"10.0.0.2:9944","host":"box","offset_ns":2498627840,"rate_ppb":-49021,"delay_ns":77000,"dispersion_ns":210,"error_ns":112000,"age_ns":12000000000,"silent_ns":0,"lost":false}""",
            ClockLine.Of(clocks[2], now, DateTime.UnixEpoch).ToJson()
        );
        JsonElement leader = JsonDocument.Parse(ClockLine.Of(clocks[0], now, DateTime.UnixEpoch).ToJson()).RootElement;
        Assert.False(leader.TryGetProperty("delay_ns", out _));
    }

    [Fact]
    public void Nothing_from_the_network_is_markup_or_an_escape_sequence()
    {
        WatchedClocks clocks = new();
        clocks.Take(
            new Discovery("[red]\u009b2J", NodeRole.Follower, 1) { Version = 2, Host = "[/]\e[2J", Clock = new ClockReport("\e[31m", 1, 1, 1, 1) },
            Address,
            WatchedClocksTests.At(0)
        );
        LocalTime now = WatchedClocksTests.At(1);
        IReadOnlyList<WatchedClock> known = clocks.Look(now);
        string drawn = ClockTable.Render(known, now, 120, 24, false) + ClockTable.Render(known, now, 120, null, false) + ClockDetail.Render(known[0], now, 120, 40, false);
        Assert.DoesNotContain('\e', drawn);
        Assert.DoesNotContain('\u009b', drawn);
        Assert.Contains("[red]?2J", drawn, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', ClockColumns.Row(ClockLine.Of(known[0], now, DateTime.UnixEpoch)));
    }

    private static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}

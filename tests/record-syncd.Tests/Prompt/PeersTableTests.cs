using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class PeersTableTests
{
    private static readonly PeerRow[] Rows =
    [
        new("cam2", "Follower", "Recording", "192.168.1.12", 2_500_000_123, 12_300, 240_000, 400_000_000, "camera2.mp4"),
        new("cam1", "Leader", "Ready", "192.168.1.11", null, null, null, null, null, Self: true),
        new("old", "Follower", "Idle", "192.168.1.113", -7_200, 1_100_000, 3_400_000, 1_900_000_000, null, Version1: true),
        new("cam3", "Follower", "Ready", "10.0.0.3", null, null, null, 65_000_000_000, null, Lost: true),
    ];

    [Fact]
    public void It_has_a_row_for_each_node_with_this_one_first()
    {
        string[] rows = Cells(PeersTable.Render(Rows, 120));

        Assert.Equal("Node Role State Address Clock offset Round trip Last seen Records", rows[0]);
        Assert.Equal("cam1 (this node) Leader Ready 192.168.1.11 — — — —", rows[1]);
        Assert.Equal("cam2 Follower Recording 192.168.1.12 +2.500 s ± 12 µs 240 µs 0.4 s camera2.mp4", rows[2]);
        Assert.Equal("old v1 Follower Idle 192.168.1.113 -7.2 µs ± 1.1 ms 3.4 ms 1.9 s —", rows[3]);
        Assert.Equal("cam3 Follower Lost 10.0.0.3 — — 65 s —", rows[4]);
        Assert.Equal(5, rows.Length);
    }

    [Fact]
    public void A_clock_in_holdover_is_marked_with_its_age()
    {
        string table = PeersTable.Render([Rows[0] with { HoldoverNs = 73_000_000_000 }], 120);

        Assert.Contains("holdover 73 s", table);
        Assert.DoesNotContain("holdover", PeersTable.Render(Rows, 120));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(120)]
    public void It_fits_the_terminal_and_tears_no_figure_apart(int width)
    {
        string table = PeersTable.Render(Rows, width);

        Assert.All(table.Split('\n'), line => Assert.InRange(line.Length, 0, width));
        Assert.All((string[])["192.168.1.113", "+2.500 s", "± 12 µs", "-7.2 µs", "240 µs", "65 s", "Recording", "Lost"], part => Assert.Contains(part, table));
    }

    [Fact]
    public void Colours_come_only_when_asked_for()
    {
        Assert.DoesNotContain('\e', PeersTable.Render(Rows, 100));
        Assert.Contains('\e', PeersTable.Render(Rows, 100, colour: true));
    }

    [Fact]
    public void Nothing_from_the_network_is_markup_or_an_escape_sequence()
    {
        string table = PeersTable.Render([new("[red]\e[2J", "Leader", "Idle", "[/]", null, null, null, null, null)], 120);

        Assert.Contains("[red]?[2J", table);
        Assert.DoesNotContain('\e', table);
    }

    /// <summary>The table without its lines and spaces; wrapped cells are joined to the row above.</summary>
    private static string[] Cells(string table)
    {
        var rows = new List<string[]>();
        foreach (string line in table.Split('\n').Where(line => line.StartsWith('│')))
        {
            string[] cells = [.. line.Trim('│').Split('│').Select(cell => cell.Trim())];
            if (cells[1].Length > 0)
                rows.Add(cells);
            else
                rows[^1] = [.. rows[^1].Zip(cells, (above, below) => $"{above} {below}".Trim())];
        }
        return [.. rows.Select(cells => string.Join(' ', cells))];
    }
}

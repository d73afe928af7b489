using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary><c>record-syncd clock</c> beside real nodes: it sees them all, and none of them sees it.</summary>
[Collection(Processes.Name)]
public sealed class ClockViewTests
{
    [Fact]
    public void All_nodes_are_seen_then_a_leader_that_dies_and_the_holdover_of_the_others()
    {
        using WiredGroup group = new();
        RunningNode[] nodes = StartThree(group);
        WiredGroup.WaitForPeers(nodes[0], table => table.Count(line => line.Contains("Follower", StringComparison.Ordinal)) == 2);
        using RunningNode view = View(group, "--json");
        JsonElement second = WaitFor(view, "cam2", line => StateOf(line) == "synchronised");
        JsonElement third = WaitFor(view, "cam3", line => StateOf(line) == "synchronised");
        // the leader's clock is ahead by 1 s, the followers' are behind by 2 and ahead by 3
        Assert.InRange(second.GetProperty("offset_ns").GetInt64() / 1e9, 2.9, 3.1);
        Assert.InRange(third.GetProperty("offset_ns").GetInt64() / 1e9, -2.1, -1.9);
        Assert.InRange(second.GetProperty("error_ns").GetInt64(), 1, 10_000_000);
        Assert.True(second.GetProperty("dispersion_ns").GetInt64() >= 0);
        Assert.Equal("leader", WaitFor(view, "cam1", line => StateOf(line) == "leader").GetProperty("role").GetString());
        // asked four times a second: each line has figures of its own, which beacons alone, every two seconds, would not give
        HashSet<long> offsets = [];
        for (int i = 0; i < 7; i++)
            offsets.Add(WaitFor(view, "cam2", _ => true).GetProperty("offset_ns").GetInt64());
        Assert.InRange(offsets.Count, 6, 7);

        string peers = string.Join('\n', WiredGroup.Peers(nodes[0]));
        Assert.DoesNotContain("clock-view", peers, StringComparison.Ordinal);
        nodes[0].Kill();
        long age = WaitFor(view, "cam2", line => StateOf(line) == "holdover").GetProperty("age_ns").GetInt64();
        Assert.InRange(age, 5_000_000_000, 40_000_000_000);
        Assert.True(WaitFor(view, "cam2", line => StateOf(line) == "holdover").GetProperty("age_ns").GetInt64() > age);
        WaitFor(view, "cam1", line => line.GetProperty("lost").GetBoolean());
        view.Interrupt();
        Assert.Equal(0, view.WaitForExit());

        foreach (RunningNode follower in nodes[1..])
        {
            string table = string.Join('\n', WiredGroup.Peers(follower));
            Assert.DoesNotContain("clock-view", follower.Output, StringComparison.Ordinal);
            Assert.Equal(2, table.Split('\n').Count(line => line.StartsWith("│ cam", StringComparison.Ordinal) && !line.Contains("(this node)", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Once_shows_one_table_and_ends()
    {
        using WiredGroup group = new();
        StartThree(group);
        using RunningNode view = View(group, "--once");
        Assert.Equal(0, view.WaitForExit());
        string[] lines = view.StandardOutput.Split('\n');
        Assert.StartsWith("Node  State", lines[0], StringComparison.Ordinal);
        Assert.Equal(["cam1", "cam2", "cam3"], lines.Skip(1).Where(line => line.Length > 0).Select(line => line[..4]));
        Assert.DoesNotContain('\e', view.Output);

        using RunningNode one = View(group, "--once", "--json", "--node", "cam3");
        Assert.Equal(0, one.WaitForExit());
        Assert.Equal("cam3", JsonDocument.Parse(one.StandardOutput).RootElement.GetProperty("node").GetString());

        using RunningNode none = View(group, "--once", "--node", "cam9");
        Assert.Equal(69, none.WaitForExit());
        Assert.Contains("cam9 has not been heard", none.Output, StringComparison.Ordinal);
        Assert.Contains("there are cam1, cam2, cam3", none.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_there_is_said_with_what_to_do()
    {
        using WiredGroup group = new();
        using RunningNode once = View(group, "--once");
        Assert.Equal(69, once.WaitForExit());
        Assert.Contains("Are nodes running, with this --group?", once.Output, StringComparison.Ordinal);
        Assert.Equal("", once.StandardOutput);

        // one that stays says so too, and shows the node that comes
        using RunningNode view = View(group, "--json");
        view.WaitForLine("Waiting …");
        group.Start("leader", "cam1", WiredGroup.NoCamera);
        WaitFor(view, "cam1", line => StateOf(line) == "leader");
    }

    [Fact]
    public void Lines_for_people_come_once_a_second_for_each_node_and_end_with_their_reader()
    {
        using WiredGroup group = new();
        StartThree(group);
        string view = string.Join(' ', [.. RunningNode.Command.Select(word => $"'{word}'"), "clock", "--interface", "lo", "--group", $"{group.Group}"]);
        using var shell = RunningNode.StartProgram(null, null, "bash", "-c", $"set -o pipefail; {view} | head -8");
        Assert.Equal(0, shell.WaitForExit());
        string[] lines = shell.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(8, lines.Length);
        Assert.Equal(ClockColumns.Header, lines[0]);
        Assert.All(lines, line => Assert.Equal(9, line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length));
    }

    [Fact]
    public void A_listener_leaves_the_ports_of_nodes_to_nodes()
    {
        // a node's automatic name is made of its port: a viewer that was there first must not change it
        using MulticastLink listener = new(new LinkSettings(InterfaceChoice.Resolve("lo"), TestGroup.Next()) { FirstPort = 0 }, new LocalClock());
        Assert.NotInRange(listener.Self.Port, LinkSockets.FirstPort, 9_999);
        using MulticastLink node = new(new LinkSettings(InterfaceChoice.Resolve("lo"), TestGroup.Next()), new LocalClock());
        Assert.InRange(node.Self.Port, LinkSockets.FirstPort, 9_999);
    }

    [Fact]
    public void Terminal_shows_a_picture_and_is_given_back_as_it_was_found()
    {
        using WiredGroup group = new();
        StartThree(group);
        string view = string.Join(' ', [.. RunningNode.Command.Select(word => $"'{word}'"), "clock", "--interface", "lo", "--group", $"{group.Group}"]);
        using Terminal terminal = new($"trap : INT; {view}; echo ended with $?; stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(echo|icanon)' | tr '\\n' '+'; echo");
        terminal.WaitForText("3 nodes");
        terminal.WaitForText("Offset ↕ range");
        terminal.WaitForText("synchronised");
        terminal.Type("\u0003");
        terminal.WaitForLine("ended with 0");
        terminal.WaitForEnd();
        Assert.Contains("icanon+echo+", terminal.Screen());
    }

    private static RunningNode[] StartThree(WiredGroup group)
    {
        RunningNode[] nodes =
        [
            group.Start("leader", "cam1", [.. WiredGroup.NoCamera, "--simulated-clock", "offset=1,ppm=10"]),
            group.Start("follower", "cam2", [.. WiredGroup.NoCamera, "--simulated-clock", "offset=-2,ppm=-30"]),
            group.Start("follower", "cam3", [.. WiredGroup.NoCamera, "--simulated-clock", "offset=3,ppm=40"]),
        ];
        // one that is shown once listens for one round of beacons, not for the nodes' starting
        foreach (RunningNode node in nodes)
            node.WaitForLine("simulated clock");
        return nodes;
    }

    private static RunningNode View(WiredGroup group, params string[] options) => RunningNode.Start(["clock", "--interface", "lo", "--group", $"{group.Group}", .. options]);

    private static string? StateOf(JsonElement line) => line.TryGetProperty("state", out JsonElement state) ? state.GetString() : null;

    /// <summary>The next line of a node that fits.</summary>
    private static JsonElement WaitFor(RunningNode view, string node, Func<JsonElement, bool> fits)
    {
        string found = view.WaitForLine(line => line.StartsWith('{') && JsonDocument.Parse(line).RootElement is var one && one.GetProperty("node").GetString() == node && fits(one));
        return JsonDocument.Parse(found).RootElement;
    }
}

using System.Globalization;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary><c>--sync-log FILE</c> of real nodes: docs/clock.md, "The sync log".</summary>
[Collection(Processes.Name)]
public sealed class SyncLogTests
{
    private const string FollowersClock = "offset=-2.5,ppm=-40";

    [Fact]
    public void Leader_and_follower_log_ten_rows_a_second_and_agree_on_the_time()
    {
        using WiredGroup group = new();
        using ScratchFolder folder = new();
        RunningNode leader = group.Start("leader", "cam1", [.. WiredGroup.NoCamera, "--sync-log", folder["cam1.csv"]]);
        RunningNode follower = group.Start("follower", "cam2", [.. WiredGroup.NoCamera, "--simulated-clock", FollowersClock, "--sync-log", folder["cam2.csv"]]);
        WaitForRows(follower, folder["cam2.csv"], rows => rows.Count(row => row.State == "synchronised") >= 40);
        LeaderAloneTests.Leave(follower);
        LeaderAloneTests.Leave(leader);

        // it listens for a moment before it leads
        Row[] led = [.. Read(folder["cam1.csv"]).SkipWhile(row => row.Network is null)], followed = Read(folder["cam2.csv"]);
        // leader's network time is its own clock and a constant, which is its offset
        Assert.All(led, row => Assert.Equal(("leader", led[0].Offset, 0L, 0L), (row.State, row.Offset, row.RatePpb, row.ErrorNs)));
        foreach (Row[] log in new[] { led, followed })
        {
            Assert.All(log, row => Assert.Equal(row.Network - row.Local, row.Offset));
            for (int i = 1; i < log.Length; i++)
                Assert.True(log[i].Local > log[i - 1].Local);
            // a machine that is busy may miss rows, and be up to two ticks late with the first; none comes too many
            double seconds = (log[^1].Local - log[0].Local) / 1e9;
            Assert.InRange(log.Length, 2, seconds * 10 + 3);
            Assert.InRange(Median([.. log.Zip(log.Skip(1), (one, next) => (next.Local - one.Local) / 1e6)]), 50, 300);
        }
        SimulatedClock clock = SimulatedClock.Parse(FollowersClock);
        Row[] synchronised = [.. followed.Where(row => row.State == "synchronised")];
        int bounded = synchronised.Count(row => Math.Abs(row.Network!.Value - (clock.ToMonotonic(new LocalTime(row.Local)) + led[0].Offset!.Value)) <= row.ErrorNs);
        // how often exactly is what ./dev bench clock measures
        Assert.True(bounded >= synchronised.Length * 0.9, $"{bounded} of {synchronised.Length} rows are within their bound");
        Assert.All(synchronised, row => Assert.InRange(row.RatePpb!.Value, -200_000, 200_000));
        Assert.All(synchronised, row => Assert.True(row.Samples > 0));
    }

    [Fact]
    public void Row_of_a_node_without_a_leader_has_its_time_and_state_and_nothing_else()
    {
        using WiredGroup group = new();
        using ScratchFolder folder = new();
        RunningNode follower = group.Start("follower", "cam2", [.. WiredGroup.NoCamera, "--sync-log", folder["cam2.csv"]]);
        WaitForRows(follower, folder["cam2.csv"], rows => rows.Length >= 5);
        LeaderAloneTests.Leave(follower);
        Assert.All(File.ReadLines(folder["cam2.csv"]).Skip(1), line => Assert.Matches("^[0-9]+,,,,,,,unsynchronised,0$", line));
    }

    [Fact]
    public void Log_is_appended_to_with_one_header_and_a_row_that_was_cut_off_stays_alone()
    {
        using WiredGroup group = new();
        using ScratchFolder folder = new();
        string log = folder["cam1.csv"];
        Run();
        string first = File.ReadAllText(log);
        Assert.EndsWith("\n", first, StringComparison.Ordinal);
        // as a power cut leaves it
        File.AppendAllText(log, "12345,678");
        Run();

        string second = File.ReadAllText(log);
        Assert.StartsWith(first + "12345,678\n", second, StringComparison.Ordinal);
        string[] lines = second.TrimEnd('\n').Split('\n');
        Assert.Equal(SyncLog.Header, Assert.Single(lines, line => line.StartsWith("local_ns", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.Split(',').Length != 9);

        void Run()
        {
            int before = File.Exists(log) ? File.ReadAllLines(log).Length : 0;
            RunningNode leader = group.Start("leader", "cam1", [.. WiredGroup.NoCamera, "--sync-log", log]);
            WaitFor(leader, () => File.Exists(log) && File.ReadAllLines(log).Length >= before + 12);
            LeaderAloneTests.Leave(leader);
        }
    }

    [Fact]
    public void Log_that_cannot_be_opened_is_refused_with_what_to_do()
    {
        using ScratchFolder folder = new();
        Directory.CreateDirectory(folder["logs"]);
        Refused(folder["no/such/cam1.csv"], $"mkdir -p {folder["no/such"]}");
        Refused(folder["logs"], "is a folder. Give a file");
        Assert.Equal(["logs"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Log_on_a_read_only_disk_is_refused_with_what_to_do()
    {
        using ScratchFolder disk = ScratchFolder.SmallDisk("size=1m,ro");
        Refused(disk["cam1.csv"], "Choose another file for --sync-log");
    }

    [Fact]
    public void Two_nodes_cannot_share_a_log()
    {
        using WiredGroup group = new();
        using ScratchFolder folder = new();
        group.Start("leader", "cam1", [.. WiredGroup.NoCamera, "--sync-log", folder["cam.csv"]]).WaitForLine("leader, on lo");
        Refused(folder["cam.csv"], "another process");
    }

    [Fact]
    public async Task Disk_that_fills_up_is_told_once_and_the_take_goes_on()
    {
        using ScratchFolder disk = ScratchFolder.SmallDisk("size=1m");
        using NodeGroup group = new();
        string log = disk["cam1.csv"];
        RunningNode leader = group.StartReadyLeader("--output", "cam1.mp4", "--sync-log", log);
        await group.HeardReady("cam1");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        Fill(disk);
        string told = leader.WaitForLine("sync log");
        Assert.StartsWith("error: ", told, StringComparison.Ordinal);
        Assert.Contains("Make room on its disk", told, StringComparison.Ordinal);
        string full = File.ReadAllText(log);
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], RecordedTake.RowsOf(group["cam1.mp4"]) + 60);
        Assert.Equal(full, File.ReadAllText(log));

        File.Delete(disk["filler"]);
        Assert.Contains("rows are missing", leader.WaitForLine("is written again"), StringComparison.Ordinal);
        WaitForRows(leader, log, rows => rows.Length > full.Split('\n').Length + 10);
        leader.Type("stop 200");
        leader.WaitForLine("finished");
        LeaderAloneTests.Leave(leader);
        Assert.Equal(1, leader.Output.Split('\n').Count(line => line.Contains("error: the sync log", StringComparison.Ordinal)));
        RecordedTake.Read(group["cam1.mp4"]).AssertWhole();
        Assert.StartsWith(full, File.ReadAllText(log), StringComparison.Ordinal);
        Assert.All(Read(log).SkipWhile(row => row.Network is null), row => Assert.Equal("leader", row.State));
    }

    [Fact]
    public void Node_whose_log_has_no_room_leaves_in_good_order()
    {
        using ScratchFolder disk = ScratchFolder.SmallDisk("size=1m");
        using WiredGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", [.. WiredGroup.NoCamera, "--sync-log", disk["cam1.csv"]]);
        WaitForRows(leader, disk["cam1.csv"], rows => rows.Length >= 5);
        Fill(disk);
        leader.WaitForLine("error: the sync log");
        LeaderAloneTests.Leave(leader);
    }

    private static void Refused(string log, string remedy)
    {
        using var node = RunningNode.Start("--role", "leader", "--interface", "lo", "--group", $"{TestGroup.Next()}", "--camera", "none", "--sync-log", log);
        Assert.Equal(78, node.WaitForExit());
        Assert.Contains(remedy, node.Output, StringComparison.Ordinal);
        Assert.Contains(log, node.Output, StringComparison.Ordinal);
    }

    /// <summary>To the last byte, so that not a row more has room.</summary>
    private static void Fill(ScratchFolder disk)
    {
        using FileStream filler = new(disk["filler"], FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        byte[] page = new byte[4096];
        try
        {
            while (true)
                filler.Write(page);
        }
        catch (IOException)
        {
            // full
        }
    }

    private static void WaitForRows(RunningNode node, string path, Func<Row[], bool> fits) => WaitFor(node, () => File.Exists(path) && fits(Read(path)));

    private static void WaitFor(RunningNode node, Func<bool> seen)
    {
        long deadline = Environment.TickCount64 + (long)RunningNode.Patience.TotalMilliseconds;
        while (!seen())
        {
            if (node.HasExited || Environment.TickCount64 > deadline)
                node.Fail("the log never was as awaited");
            Thread.Sleep(50);
        }
    }

    private sealed record Row(long Local, long? Network, long? Offset, long? RatePpb, long? ErrorNs, string State, int Samples);

    private static Row[] Read(string path)
    {
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string text = reader.ReadToEnd();
        // a row that is being written is none yet
        string[] lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0)
            return [];
        Assert.Equal(SyncLog.Header, lines[0]);
        return [.. lines.Skip(1).Select(line => line.Split(',')).Select(Parse)];
    }

    private static Row Parse(string[] cells)
    {
        Assert.Equal(9, cells.Length);
        return new Row(Number(cells[0])!.Value, Number(cells[1]), Number(cells[2]), Number(cells[3]), Number(cells[6]), cells[7], (int)Number(cells[8])!.Value);
    }

    private static long? Number(string cell) => cell.Length == 0 ? null : long.Parse(cell, CultureInfo.InvariantCulture);

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}

using RecordSync.Laboratory;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class SidecarWriterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_row_is_there_after_closing()
    {
        using (var writer = new SidecarWriter(folder["x.frames.csv"]))
        {
            writer.Append(new SidecarRow(0, 0, 1_795_395_177_000_000_123, -42, SidecarFlags.None, 4711));
            writer.Append(new SidecarRow(1, 33_333_333, long.MinValue, long.MaxValue, SidecarFlags.Repeated | SidecarFlags.Late, 0));
            writer.Append(new SidecarRow(2, 66_666_666, 0, 0, SidecarFlags.Repeated | SidecarFlags.Late | SidecarFlags.Dropped, 1, 5_432_000_000_007));
            writer.Append(new SidecarRow(3, 100_000_000, null, 0, SidecarFlags.Missing | SidecarFlags.Dropped, 0));
            writer.Append(new SidecarRow(4, 133_333_333, 9, 1, SidecarFlags.Duplicate, 2, 8));
        }

        Assert.Equal(
            """
            index,pts_ns,capture_ns,residual_ns,flags,bytes,local_ns,corrected_ns
            0,0,1795395177000000123,-42,,4711,,
            1,33333333,-9223372036854775808,9223372036854775807,repeated|late,0,,
            2,66666666,0,0,repeated|late|dropped,1,5432000000007,
            3,100000000,,,missing|dropped,0,,
            4,133333333,9,1,duplicate,2,8,

            """,
            File.ReadAllText(folder["x.frames.csv"])
        );
    }

    [Fact]
    public void The_widest_rows_fit_the_buffer()
    {
        var widest = new SidecarRow(
            long.MinValue,
            long.MinValue,
            long.MinValue,
            long.MinValue,
            (SidecarFlags)63,
            long.MinValue,
            long.MinValue
        );
        using (var writer = new SidecarWriter(folder["x.frames.csv"]))
        {
            for (int i = 0; i < 5_000; i++)
                writer.Append(widest);
        }

        Assert.Equal(5_001, File.ReadLines(folder["x.frames.csv"]).Count());
    }

    [Fact]
    public void Rows_reach_the_file_while_the_take_runs()
    {
        using var writer = new SidecarWriter(folder["x.frames.csv"]);
        Assert.StartsWith(SidecarWriter.Header + "\n", File.ReadAllText(folder["x.frames.csv"]), StringComparison.Ordinal);

        writer.Append(new SidecarRow(0, 0, 7, 0, SidecarFlags.None, 1));

        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText(folder["x.frames.csv"]).EndsWith("\n0,0,7,0,,1,,\n", StringComparison.Ordinal), Patience));
    }

    [Fact]
    public void Rows_of_a_long_take_keep_their_order()
    {
        using (var writer = new SidecarWriter(folder["x.frames.csv"]))
        {
            for (int i = 0; i < 100_000; i++)
                writer.Append(new SidecarRow(i, i * 1000L, i, 0, SidecarFlags.None, i));
        }

        string[] lines = File.ReadAllLines(folder["x.frames.csv"]);
        Assert.Equal(100_001, lines.Length);
        for (int i = 0; i < 100_000; i++)
            Assert.Equal($"{i},{i * 1000L},{i},0,,{i},,", lines[i + 1]);
    }

    [Fact]
    public void Appending_allocates_nothing_once_the_buffer_has_its_size()
    {
        using var writer = new SidecarWriter(folder["x.frames.csv"]);
        writer.Append(default);

        long allocated = Allocations.Least(() =>
        {
            for (int i = 0; i < 200; i++)
                writer.Append(new SidecarRow(i, 0, 0, 0, SidecarFlags.None, 0));
        });

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_reported_and_nothing_is_thrown()
    {
        using var writer = new SidecarWriter(folder["missing/x.frames.csv"]);
        writer.Append(default);

        Assert.Contains("does not exist", writer.Error);
    }

    [Fact]
    public void A_full_disk_stops_the_sidecar_at_a_whole_row_and_is_reported()
    {
        using ScratchFolder disk = ScratchFolder.SmallDisk("size=1m");
        using (var writer = new SidecarWriter(disk["x.frames.csv"]))
        {
            // far more than fits, in portions as a take would make them
            for (int i = 0; i < 2_000_000 && writer.Error is null; i++)
            {
                writer.Append(new SidecarRow(i, i, i, 0, SidecarFlags.None, i));
                if (i % 1000 == 999)
                    Thread.Yield();
            }
            Assert.True(SpinWait.SpinUntil(() => writer.Error is not null, Patience));
            Assert.Contains("is full", writer.Error);
            writer.Append(default);
        }

        string text = File.ReadAllText(disk["x.frames.csv"]);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal(7, line.Count(c => c == ',')));
    }
}

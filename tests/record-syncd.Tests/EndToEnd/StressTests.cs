using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Too little processor: what could not be recorded is counted and has its index; what was, is where it belongs.</summary>
[Collection(Processes.Name)]
public sealed class StressTests
{
    [Fact]
    public async Task Three_nodes_start_on_the_same_grid_point_with_a_third_of_the_processor_stolen()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", 2));
        group.Start("follower", "cam2", Options("cam2", 13));
        group.Start("follower", "cam3", Options("cam3", 24));
        await group.HeardReady("cam2");
        await group.HeardReady("cam3");
        using (new ProcessorThief(share: 1.0 / 3))
        {
            await group.Heard("cam1", node => node.IsReady);
            leader.Type("start 2000");
            leader.WaitForLine("recording take");
            RecordedTake.WaitForFrames(leader, group["cam1.mp4"], 120);
            leader.Type("stop 700");
            leader.WaitForLine("finished");
        }
        await group.Heard("cam2", node => node.State == NodeState.Ready);
        await group.Heard("cam3", node => node.State == NodeState.Ready);

        RecordedTake[] takes = [.. Enumerable.Range(1, 3).Select(node => RecordedTake.Read(group[$"cam{node}.mp4"]))];
        Assert.All(takes, take => take.AssertWhole());
        Assert.All(takes, take => Assert.Equal(takes[0].Manifest.StartNs, take.Manifest.StartNs));
        Assert.All(takes, take => Assert.Equal(takes[0].Rows.Select(row => row.Index), take.Rows.Select(row => row.Index)));
        // and by the pixels: the first pictures of all files are within a period of one another
        long[] first = [.. takes.Select(take => VideoReader.Read(take.Video).Frames[0].Stamp!.Value.Unwrap(MonotonicClock.Now))];
        Assert.InRange(first.Max() - first.Min(), 0, FrameRate.Default.Period.Value);
    }

    [Fact]
    public void An_encoder_that_cannot_keep_up_drops_before_it_and_every_index_is_accounted_for()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4", "--size", "1920x1080", "--fps", "60", "--camera", "test:phase=2,jitter=50");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        // of 1080p60 two cores encode less than half in time: by then the queue has overflown
        RecordedTake.WaitForFrames(leader, group["cam.mp4"], 180);
        leader.Type("stop 100");
        leader.WaitForLine("finished", TimeSpan.FromSeconds(120));
        LeaderAloneTests.Leave(leader);

        RecordedTake take = RecordedTake.Read(group["cam.mp4"]);
        if (take.Manifest.Dropped == 0)
            Assert.Skip("this machine encodes 1080p60 in time");
        take.AssertWhole();
        Assert.Equal(Enumerable.Range(0, take.Rows.Count).Select(index => (long)index), take.Rows.Select(row => row.Index));
        Assert.Equal(take.Manifest.Dropped, take.Rows.Count(row => row.Flags.HasFlag(SidecarFlags.Dropped)));
        // what is dropped has its capture time all the same: the camera was never held up
        Assert.All(take.Rows, row => Assert.NotNull(row.Capture));
    }

    private static string[] Options(string name, int phase) => ["--output", $"{name}.mp4", "--camera", $"test:phase={phase},jitter=50,label={name}"];

    /// <summary>Busy for a share of every ten milliseconds on every processor.</summary>
    private sealed class ProcessorThief : IDisposable
    {
        private readonly List<Thread> threads = [];
        private volatile bool stop;

        public ProcessorThief(double share)
        {
            for (int i = 0; i < Environment.ProcessorCount; i++)
            {
                Thread thread = new(() => Steal(share)) { IsBackground = true };
                threads.Add(thread);
                thread.Start();
            }
        }

        public void Dispose()
        {
            stop = true;
            threads.ForEach(thread => thread.Join());
        }

        private void Steal(double share)
        {
            while (!stop)
            {
                long start = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 10 * share) { }
                Thread.Sleep(TimeSpan.FromMilliseconds(10 * (1 - share)));
            }
        }
    }
}

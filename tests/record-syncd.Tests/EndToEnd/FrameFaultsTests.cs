using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Cameras that misbehave as they are told: the recording must show exactly that.</summary>
[Collection(Processes.Name)]
public sealed class FrameFaultsTests
{
    private const string Faulty = "phase=2,ppm=15,jitter=50,drop=@10/15+22/30,dup=@17/20,stall=3.4+0.2,seed=7,label=cam1";

    [Fact]
    public void Every_injected_drop_is_a_repeated_point_and_every_double_is_left_out()
    {
        using NodeGroup group = new();
        RecordedTake take = Record(group, "repeat");
        take.AssertWhole();
        SensorTiming truth = TruthOf(take);
        IReadOnlyList<VerdictFrame> frames = VideoReader.Read(take.Video).Frames;
        int first = frames[0].Stamp!.Value.FrameNumber;
        int repeated = 0, doubled = 0;
        for (int k = 1; k < frames.Count; k++)
        {
            long number = first + k;
            bool lost = truth.Loses(number, FrameRate.Default);
            // a busy machine may lose more than it was told to; never less, and what it keeps is what it was
            if (lost)
                Assert.True(take.Rows[k].Flags.HasFlag(SidecarFlags.Repeated), $"frame {k} shows sensor frame {frames[k].Stamp?.FrameNumber}, {number} was lost");
            if (take.Rows[k].Flags.HasFlag(SidecarFlags.Repeated))
                Assert.Equal(frames[k - 1].Stamp, frames[k].Stamp);
            else
                Assert.Equal(number, frames[k].Stamp!.Value.FrameNumber);
            bool own = !take.Rows[k].Flags.HasFlag(SidecarFlags.Repeated) && k < frames.Count - 1;
            if (own)
                Assert.Equal(truth.Doubles(number, FrameRate.Default), take.Rows[k].Flags.HasFlag(SidecarFlags.Duplicate));
            (repeated, doubled) = (repeated + (lost ? 1 : 0), doubled + (own && truth.Doubles(number, FrameRate.Default) ? 1 : 0));
        }
        // the take was long enough to meet some of each
        Assert.True(repeated >= 8 && doubled >= 4, $"{repeated} lost, {doubled} doubled");
        Assert.InRange(take.Manifest.Duplicates, doubled, doubled + 1);
    }

    [Fact]
    public void With_on_drop_gap_the_file_has_a_gap_where_the_camera_had_none()
    {
        using NodeGroup group = new();
        RecordedTake take = Record(group, "gap");
        SensorTiming truth = TruthOf(take);
        IReadOnlyList<VerdictFrame> frames = VideoReader.Read(take.Video).Frames;
        int first = frames[0].Stamp!.Value.FrameNumber;

        Assert.Equal("gap", take.Manifest.Timing!.OnDrop);
        Assert.Equal(0, take.Rows.Count(row => row.Flags.HasFlag(SidecarFlags.Repeated)));
        take.AssertOnGrid(FrameRate.Default);
        VerdictSidecarRow[] missing = [.. take.Rows.Where(row => row.Flags.HasFlag(SidecarFlags.Missing))];
        Assert.True(missing.Length >= 8, $"{missing.Length} missing");
        Assert.All(missing, row => Assert.True(row.Flags.HasFlag(SidecarFlags.Dropped) && row.Capture is null));
        for (int k = 0; k < take.Rows.Count; k++)
        {
            Assert.Equal(k, take.Rows[k].Index);
            if (truth.Loses(first + k, FrameRate.Default))
                Assert.Contains(missing, row => row.Index == k);
        }
        Assert.Equal(take.Manifest.Frames + take.Manifest.Dropped, take.Rows.Count);
        // every frame that is there stands at its own time
        VerdictSidecarRow[] own = [.. take.Rows.Where(row => !row.Flags.HasFlag(SidecarFlags.Dropped))];
        Assert.Equal(own.Select(row => first + row.Index), frames.Select(frame => (long)frame.Stamp!.Value.FrameNumber));
    }

    [Fact]
    public async Task A_finished_take_has_both_times_of_every_frame_and_its_cameras_rate()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", "--output", "cam1.mp4", "--camera", "none");
        RunningNode follower = group.Start("follower", "cam2", "--output", "cam2.mp4", "--camera", "test:ppm=40,jitter=30", "--simulated-clock", "offset=1.5,ppm=-60");
        await group.HeardReady("cam2");
        leader.Type("start 500");
        RecordedTake.WaitForFrames(follower, group["cam2.mp4"], 170);
        leader.Type("stop 200");
        follower.WaitForLine("finished");
        RecordedTake take = RecordedTake.Read(group["cam2.mp4"]);

        take.AssertWhole();
        Assert.All(take.Rows, row => Assert.NotNull(row.Gated));
        ManifestTiming timing = take.Manifest.Timing!;
        Assert.NotNull(timing.LargestCorrectionNs);
        Assert.InRange(timing.SensorPpm!.Value, 40 - 12, 40 + 12);
        Assert.InRange(timing.SensorPpmError!.Value, 0, 12);
    }

    private static RecordedTake Record(NodeGroup group, string onDrop)
    {
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4", "--camera", $"test:{Faulty}", "--on-drop", onDrop);
        LeaderAloneTests.Record(leader, group["cam.mp4"], 150);
        LeaderAloneTests.Leave(leader);
        return RecordedTake.Read(group["cam.mp4"]);
    }

    private static SensorTiming TruthOf(RecordedTake take)
    {
        Assert.True(SensorTiming.TryParse(take.Manifest.SimulatedCamera!, FrameRate.Default, new Random(1), out SensorTiming truth, out string error), error);
        return truth;
    }
}

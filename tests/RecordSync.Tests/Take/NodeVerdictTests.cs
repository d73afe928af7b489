using Xunit;

namespace RecordSync.Tests;

/// <summary>A node's word on its own part of a take, and the take's word from those of its nodes.</summary>
public sealed class NodeVerdictTests
{
    private static readonly FrameGrid Grid = new(new NetworkTime(1_795_395_175_000_000_000), FrameRate.Default);

    [Fact]
    public void A_sound_take_passes_with_all_its_figures()
    {
        NodeVerdict verdict = Tally(150, index => (2_000_000 + index * 667, SidecarFlags.None));

        Assert.Equal((TakeGrade.Pass, 150L, 150L), (verdict.Word, verdict.Expected!.Value, verdict.Recorded));
        Assert.Empty(verdict.Reasons);
        Assert.Equal((0L, 149L, 2_000_000L, 2_099_383L), (verdict.FirstIndex!.Value, verdict.LastIndex!.Value, verdict.FirstResidualNs!.Value, verdict.LastResidualNs!.Value));
        Assert.Equal((2_099_383L, 149L), (verdict.WorstResidualNs!.Value, verdict.WorstIndex!.Value));
        // 667 ns a frame on 33.3 ms
        Assert.Equal(20_010, verdict.SensorPpb!.Value, 20d);
        Assert.Equal((0L, null), (verdict.LongestGap, verdict.LongestGapIndex));
    }

    [Fact]
    public void The_sensors_rate_is_found_through_lost_frames_and_slips_of_the_grid()
    {
        // +300 ppm: in 5000 frames the camera falls behind by one and a half periods, and is given a new point for it
        NodeTally tally = new(Grid);
        long index = -1;
        for (int n = 0; n < 5000; n++)
        {
            NetworkTime capture = new(Grid.Start.Nanoseconds + 9_000_000 + (long)(n * 33_333_333.333 * 1.0003));
            long point = Grid.Nearest(capture);
            for (index++; index < point; index++)
                tally.Add(index, capture.Nanoseconds, SidecarFlags.Repeated);
            bool lost = n is > 700 and < 720;
            tally.Add(point, capture.Nanoseconds, lost ? SidecarFlags.Repeated : SidecarFlags.None);
            index = point;
        }
        NodeVerdict verdict = tally.Close(Facts(index + 1));
        Assert.Equal(300_000, verdict.SensorPpb!.Value, 50d);
        Assert.Equal((19L, 701L), (verdict.LongestGap, verdict.LongestGapIndex!.Value));
    }

    [Theory]
    [InlineData(1, "WARN", "1 frame repeats the picture before, because the camera gave none at 10.")]
    [InlineData(3, "WARN", "3 frames repeat the picture before, because the camera gave none at 10–12.")]
    [InlineData(40, "FAIL", "40 frames repeat the picture before, because the camera gave none at 10–49: more than 10 %, the camera did not deliver its frame rate.")]
    public void Repeated_frames_are_counted_and_named(int count, string word, string sentence)
    {
        NodeVerdict verdict = Tally(150, index => (0, index >= 10 && index < 10 + count ? SidecarFlags.Repeated : SidecarFlags.None));
        Assert.Equal((word, (long)count), (VerdictField.NameOf(verdict.Word), verdict.Repeated));
        Assert.Equal([sentence], verdict.Reasons);
    }

    [Fact]
    public void Dropped_points_are_not_in_the_file()
    {
        NodeVerdict few = Tally(150, index => (0, index == 7 ? SidecarFlags.Dropped | SidecarFlags.Repeated : SidecarFlags.None));
        Assert.Equal((TakeGrade.Warn, 149L, 1L, 0L), (few.Word, few.Recorded, few.Dropped, few.Repeated));
        Assert.Equal(["1 grid point is missing from the file at 7, because encoder or disk were behind."], few.Reasons);
        NodeVerdict many = Tally(150, index => (0, index is > 6 and < 10 ? SidecarFlags.Dropped : SidecarFlags.None));
        Assert.Equal(TakeGrade.Fail, many.Word);
    }

    private const SidecarFlags Away = SidecarFlags.Away | SidecarFlags.Missing | SidecarFlags.Dropped;

    [Theory]
    [InlineData(90, 99, "WARN", "The camera was away at grid points 90–99 (10 frames, 0.333 s), part 2 begins at grid index 100 in cam2-part2.mp4: the cable is out.")]
    [InlineData(90, 134, "FAIL", "The camera was away at grid points 90–134 (45 frames, 1.5 s), part 2 begins at grid index 135 in cam2-part2.mp4: the cable is out.")]
    public void A_time_without_a_camera_is_counted_and_named_once(int from, int to, string word, string sentence)
    {
        TakeGap gap = TakeGap.Between(from, to + 1, FrameRate.Default, 2, "cam2-part2.mp4", "the cable is out");
        NodeVerdict verdict = Tally(150, index => (0, index >= from && index <= to ? Away : SidecarFlags.None), Facts(150) with { Gaps = [gap] });
        Assert.Equal((word, 150L, to - from + 1L, 150L - (to - from + 1)), (VerdictField.NameOf(verdict.Word), verdict.Expected!.Value, verdict.Dropped, verdict.Recorded));
        Assert.Equal((to - from + 1L, from), (verdict.LongestGap, verdict.LongestGapIndex!.Value));
        Assert.Equal([sentence], verdict.Reasons);
        // by the sidecar alone
        NodeVerdict without = Tally(150, index => (0, index >= from && index <= to ? Away : SidecarFlags.None));
        Assert.Equal(word, VerdictField.NameOf(without.Word));
        Assert.StartsWith($"The camera was away at grid points {from}–{to} (", Assert.Single(without.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void The_sensors_rate_is_that_of_the_longer_part_and_not_of_its_two_phases()
    {
        // 20 ppm, and 12 ms later in its period after half a second away
        NodeVerdict verdict = Tally(600, index => index is >= 200 and < 215 ? (0, Away) : (2_000_000 + index * 667 + (index < 200 ? 0 : 12_000_000), SidecarFlags.None));
        Assert.Equal(20_010, verdict.SensorPpb!.Value, 20d);
    }

    [Fact]
    public void A_camera_that_does_not_come_back_says_so()
    {
        TakeGap gap = TakeGap.Between(120, 150, FrameRate.Default, null, null, "the cable is out.");
        Assert.Equal("The camera was away at grid points 120–149 (30 frames, 1.0 s), and did not come back before the end: the cable is out.", gap.Sentence);
    }

    [Fact]
    public void A_node_that_joined_answers_for_the_points_from_there_on()
    {
        NodeTally tally = new(Grid);
        for (int index = 100; index < 150; index++)
            tally.Add(index, Grid.At(index).Nanoseconds, SidecarFlags.None);
        NodeVerdict verdict = tally.Close(Facts(150) with { JoinedIndex = 100 });
        Assert.Equal((TakeGrade.Warn, 50L, 100L, 100L), (verdict.Word, verdict.Recorded, verdict.JoinedIndex!.Value, verdict.FirstIndex!.Value));
        Assert.Equal(["It joined the take at grid index 100, 3.3 s after START."], verdict.Reasons);
        GroupVerdict take = GroupVerdict.Of("take-1", [Node("cam1", 0), verdict], [], []);
        Assert.Equal((TakeGrade.Warn, 100L, 0L), (take.Word, take.StartSkewFrames, take.StopSkewFrames));
        Assert.Contains("The files do not have the same number of frames, because points were left out, or came before a node joined (cam1 150, cam2 50): go by the frames' times, not by counting them.", take.Reasons);
        // and for no fewer
        NodeVerdict fewer = tally.Close(Facts(160) with { JoinedIndex = 100 });
        Assert.Contains("From grid index 100 to STOP are 60 grid points, but the recording has 50.", fewer.Reasons);
    }

    [Fact]
    public void A_recording_that_lacks_points_at_its_end_fails()
    {
        NodeTally tally = new(Grid);
        for (int index = 0; index < 140; index++)
            tally.Add(index, Grid.At(index).Nanoseconds, SidecarFlags.None);
        NodeVerdict verdict = tally.Close(Facts(150));
        Assert.Equal(TakeGrade.Fail, verdict.Word);
        Assert.Contains("From START to STOP are 150 grid points, but the recording has 140.", verdict.Reasons);
    }

    [Theory]
    [InlineData(40_000, "synchronised", "PASS")]
    [InlineData(3_000_000, "synchronised", "WARN")]
    [InlineData(40_000, "holdover", "WARN")]
    [InlineData(17_000_000, "synchronised", "FAIL")]
    public void The_clocks_bound_is_judged(long errorNs, string state, string word) =>
        Assert.Equal(word, VerdictField.NameOf(Tally(60, _ => (0, SidecarFlags.None), new NodeFacts("take-1", "cam2", 60, 0, errorNs, state, NodeVerdict.FreeRunning, 1, 0, null)).Word));

    [Fact]
    public void A_take_of_sound_nodes_passes_and_tells_its_skew()
    {
        GroupVerdict take = GroupVerdict.Of("take-1", [Node("cam1", 1_000_000), Node("cam2", 9_000_000), Node("cam3", 4_000_000)], [], []);

        Assert.Equal((TakeGrade.Pass, 0L, 8_000d, 8_000d), (take.Word, take.StartSkewFrames, take.StartSkewUs!.Value, take.StopSkewUs!.Value));
        Assert.Equal((8_000d, 8_000d, 8_000d, 8_000d), (take.Skew!.MedianUs, take.Skew.P99Us, take.Skew.WorstUs, take.Skew.WorstBoundUs));
        Assert.Equal(("cam1", "cam2", 80d), (take.Skew.Earliest, take.Skew.Latest, take.ClockErrorUs));
    }

    [Fact]
    public void Who_has_not_answered_is_named_and_fails_the_take()
    {
        GroupVerdict take = GroupVerdict.Of("take-1", [Node("cam1", 0), Node("cam2", 0)], ["cam3"], ["old"]);
        Assert.Equal((TakeGrade.Fail, "cam3"), (take.Word, Assert.Single(take.Missing)));
        Assert.Equal(["cam3 has not answered: nothing is known of its recording.", "old is a version-1 program and gives no verdict: look at its file."], take.Reasons);
    }

    [Fact]
    public void A_node_that_begins_later_shows_as_start_skew_in_frames()
    {
        NodeVerdict late = Tally(150, index => (1_000_000, index < 3 ? SidecarFlags.Repeated : SidecarFlags.None)) with { Node = "cam2" };
        GroupVerdict take = GroupVerdict.Of("take-1", [Node("cam1", 0), late], [], []);
        Assert.Equal((TakeGrade.Warn, 3L, 0L), (take.Word, take.StartSkewFrames, take.StopSkewFrames));
        Assert.Equal(101_000, take.StartSkewUs!.Value, 1d);
        Assert.Equal(["cam2: 3 frames repeat the picture before, because the camera gave none at 0–2."], take.Reasons);
    }

    [Fact]
    public void Different_frame_counts_and_skews_beyond_a_period_fail()
    {
        GroupVerdict counts = GroupVerdict.Of("take-1", [Node("cam1", 0), Tally(149, _ => (0, SidecarFlags.None)) with { Node = "cam2" }], [], []);
        Assert.Equal(TakeGrade.Fail, counts.Word);
        Assert.Contains("The nodes do not have the same number of frames: cam1 150, cam2 149.", counts.Reasons);
        GroupVerdict apart = GroupVerdict.Of("take-1", [Node("cam1", -17_000_000), Node("cam2", 17_000_000)], [], []);
        Assert.Equal(TakeGrade.Fail, apart.Word);
        Assert.Contains("Frame 0 of cam1 and of cam2 were captured 34.0 ms apart; the limit is one frame period, 33.3 ms.", apart.Reasons);
    }

    [Fact]
    public void Places_are_named_as_people_write_them()
    {
        Assert.Equal("", new IndexRuns().ToString());
        Assert.Equal("90, 120–124 and 300", IndexRuns.Of([90, 120, 121, 122, 123, 124, 300]).ToString());
        Assert.Equal((5L, 120L), IndexRuns.Of([90, 120, 121, 122, 123, 124, 300]).Longest);
        IndexRuns many = IndexRuns.Of(Enumerable.Range(0, 30).Select(i => i * 10L));
        Assert.Equal("0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110 and 18 more places", many.ToString());
        Assert.Equal((30, (1L, 0L)), (many.Count, many.Longest));
    }

    private static NodeVerdict Node(string name, long residual) => Tally(150, _ => (residual, SidecarFlags.None)) with { Node = name };

    private static NodeFacts Facts(long expected) => new("take-1", "cam2", expected, 0, 40_000, "synchronised", NodeVerdict.FreeRunning, 1, 0, null);

    private static NodeVerdict Tally(int frames, Func<int, (long ResidualNs, SidecarFlags Flags)> frame, NodeFacts? facts = null)
    {
        NodeTally tally = new(Grid);
        for (int index = 0; index < frames; index++)
        {
            (long residual, SidecarFlags flags) = frame(index);
            tally.Add(index, Grid.At(index).Nanoseconds + residual, flags);
        }
        return tally.Close(facts ?? Facts(frames));
    }
}

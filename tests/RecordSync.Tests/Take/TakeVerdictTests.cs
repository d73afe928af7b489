using CsCheck;
using Xunit;

namespace RecordSync.Tests;

public sealed class TakeVerdictTests
{
    private const long Period = 33_333_333;
    private const long Start = 5_000_000_000_000;
    private const long Epoch = 1_800_000_000_000_000_000;

    [Fact]
    public void Files_of_the_same_instants_pass()
    {
        TakeVerdict verdict = TakeVerdict.Judge([File("a", phase: 0), File("b", phase: 4_000_000), File("c", phase: 11_000_000)]);

        Assert.Equal(TakeGrade.Pass, verdict.Grade);
        Assert.Empty(verdict.Reasons);
        Assert.True(verdict.FrameCountsEqual && verdict.FrameTimesEqual);
        Assert.Equal(CaptureEvidence.Pixels, verdict.Evidence);
        Assert.NotNull(verdict.Spread);
        Assert.Equal(150, verdict.Spread.Indices);
        Assert.Equal(11_000_000, verdict.Spread.Max, 2000d);
        Assert.Equal(11_000_000, verdict.Spread.StartSkewNs, 2000d);
        Assert.NotNull(verdict.Sidecar);
        Assert.Equal(450, verdict.Sidecar.Frames);
        Assert.InRange(verdict.Sidecar.Max, 0, 1000);
    }

    [Fact]
    public void A_frame_removed_from_one_file_is_named()
    {
        VerdictFile broken = File("b");
        broken = broken with { Frames = [.. broken.Frames.Where((_, i) => i != 31)], Sidecar = null };
        TakeVerdict verdict = TakeVerdict.Judge([File("a"), broken, File("c")]);

        Assert.Equal(TakeGrade.Fail, verdict.Grade);
        Assert.False(verdict.FrameCountsEqual);
        Says(verdict, "a.mp4 150, b.mp4 149, c.mp4 150");
        Says(verdict, "b.mp4: no frame at grid point 31.");
        Says(verdict, "b.mp4: camera frame 1031 is missing between frames 30 and 31.");
        Says(verdict, "b.mp4 has its frame 31 at 1.067 s, a.mp4 at 1.033 s");
        Assert.Equal(1, verdict.Files[1].Missing);
        Assert.Equal(1, verdict.Files[1].Skipped);
        Assert.Equal(0, verdict.Files[0].Skipped + verdict.Files[2].Skipped);
        // the rest still lies on the grid
        Assert.InRange(verdict.Spread!.Max, 0, 1000);
    }

    [Fact]
    public void A_removed_frame_whose_gap_was_closed_moves_all_that_follow()
    {
        VerdictFile broken = File("b");
        broken = broken with { Frames = [.. broken.Frames.Where((_, i) => i != 31).Select((frame, i) => frame with { PtsNs = i * Period })], Sidecar = null };
        TakeVerdict verdict = TakeVerdict.Judge([File("a"), broken with { }, File("c")]);

        Assert.Equal(TakeGrade.Fail, verdict.Grade);
        Says(verdict, "camera frame 1031 is missing between frames 30 and 31");
        Assert.Equal(Period, verdict.Spread!.Max, 2000d);
    }

    [Fact]
    public void A_repeated_frame_is_a_warning_and_does_not_count_as_spread()
    {
        VerdictFile repeated = File("b", edit: (i, frame) => i == 40 ? (Frame(40, shown: 39), SidecarFlags.Repeated) : frame);
        TakeVerdict verdict = TakeVerdict.Judge([File("a"), repeated]);

        Assert.Equal(TakeGrade.Warn, verdict.Grade);
        Says(verdict, "b.mp4: frame 40 shows the same picture as frame 39 (camera frame 1039).");
        Says(verdict, "camera frame 1040 is missing between frames 40 and 41");
        Assert.Equal(1, verdict.Files[1].Duplicates);
        Assert.Equal(1, verdict.Files[1].Repeated);
        Assert.Equal(149, verdict.Spread!.Indices);
        Assert.InRange(verdict.Spread.Max, 0, 1000);
        Assert.Equal(299, verdict.Sidecar!.Frames);
    }

    [Fact]
    public void A_camera_that_delivers_half_the_frame_rate_fails()
    {
        VerdictFile slow = File("b", edit: (i, frame) => i % 2 == 1 ? (Frame(i, shown: i - 1), SidecarFlags.Repeated) : frame);
        TakeVerdict verdict = TakeVerdict.Judge([slow]);

        Assert.Equal(TakeGrade.Fail, verdict.Grade);
        Says(verdict, "75 of 150 frames are repetitions");
        Says(verdict, "and so on, 75 in all");
    }

    [Fact]
    public void A_file_that_shows_later_instants_is_named_with_its_shift()
    {
        TakeVerdict verdict = TakeVerdict.Judge([File("a"), File("b", phase: 2_000_000), File("c", firstShown: 2)]);

        Assert.Equal(TakeGrade.Fail, verdict.Grade);
        Says(verdict, "captured up to 66.7 ms apart");
        Says(verdict, "the limit is one frame period, 33.3 ms");
        Says(verdict, "c.mp4 shows later instants than the others by 6");
        Assert.DoesNotContain(verdict.Reasons, reason => reason.Text.StartsWith("a.mp4 shows", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(150_000, true)]
    [InlineData(900_000, false)]
    public void A_node_whose_clock_is_off_cannot_hide_in_the_common_line(long error, bool passes)
    {
        TakeVerdict verdict = TakeVerdict.Judge([File("a"), File("b"), File("c", clockError: error)]);

        Assert.Equal(passes ? TakeGrade.Pass : TakeGrade.Fail, verdict.Grade);
        Assert.Equal(error * 2 / 3, verdict.Files[2].SidecarOffsetNs!.Value, 1000d);
        if (!passes)
            Says(verdict, "Farthest off: c.mp4, by 600 µs");
    }

    [Fact]
    public void An_offset_and_a_rate_that_all_nodes_share_are_no_error() =>
        Gen.Select(Gen.Long[-1_000_000_000_000, 1_000_000_000_000], Gen.Double[-200, 200])
            .Sample(
                (offset, ppm) =>
                {
                    TakeVerdict verdict = TakeVerdict.Judge([File("a", clockError: offset, ppm: ppm), File("b", phase: 5_000_000, clockError: offset, ppm: ppm)]);
                    Assert.Equal(TakeGrade.Pass, verdict.Grade);
                    Assert.Equal(ppm, verdict.Sidecar!.RatePpm, 0.5);
                    Assert.InRange(verdict.Sidecar.Max, 0, 1500);
                },
                iter: 50
            );

    [Fact]
    public void Unreadable_codes_fail_only_above_one_percent()
    {
        Assert.Equal(TakeGrade.Pass, TakeVerdict.Judge([File("a", edit: (i, frame) => i == 7 ? (frame.Frame with { Stamp = null }, frame.Flags) : frame)]).Grade);
        TakeVerdict verdict = TakeVerdict.Judge([File("a", edit: (i, frame) => i is 7 or 8 ? (frame.Frame with { Stamp = null }, frame.Flags) : frame)]);
        Assert.Equal(TakeGrade.Fail, verdict.Grade);
        Says(verdict, "the pixel code of 2 of 150 frames cannot be read");
        Assert.Equal(0, verdict.Files[0].Skipped);
    }

    [Fact]
    public void Real_cameras_are_judged_by_their_sidecars()
    {
        VerdictFile Real(string name, long phase) => File(name, phase: phase, edit: (_, frame) => (frame.Frame with { Stamp = null }, frame.Flags));
        TakeVerdict near = TakeVerdict.Judge([Real("a", 0), Real("b", 20_000_000)]);
        TakeVerdict far = TakeVerdict.Judge([Real("a", 0), Real("b", 50_000_000)]);

        Assert.Equal((TakeGrade.Pass, CaptureEvidence.Sidecars), (near.Grade, near.Evidence));
        Assert.Equal(20_000_000, near.Spread!.Max, 1d);
        Assert.Null(near.Sidecar);
        Assert.Equal(TakeGrade.Fail, far.Grade);
    }

    [Fact]
    public void Without_pixel_codes_and_sidecars_the_verdict_says_what_it_could_not_judge()
    {
        VerdictFile Bare(string name) => File(name, edit: (_, frame) => (frame.Frame with { Stamp = null }, frame.Flags)) with { Sidecar = null };
        TakeVerdict verdict = TakeVerdict.Judge([Bare("a"), Bare("b")]);

        Assert.Equal((TakeGrade.Warn, CaptureEvidence.None), (verdict.Grade, verdict.Evidence));
        Says(verdict, "only the containers were compared");
    }

    [Fact]
    public void A_dropped_grid_point_that_the_sidecar_admits_is_a_warning()
    {
        VerdictFile Dropped(string name) =>
            File(name) is var file
                ? file with
                {
                    Frames = [.. file.Frames.Where((_, i) => i != 12)],
                    Sidecar = [.. file.Sidecar!.Select((row, i) => i == 12 ? row with { Flags = SidecarFlags.Dropped } : row)],
                }
                : file;
        TakeVerdict verdict = TakeVerdict.Judge([Dropped("a"), Dropped("b")]);

        Assert.Equal(TakeGrade.Warn, verdict.Grade);
        Says(verdict, "a.mp4: no frame at grid point 12.");
        Assert.Equal(1, verdict.Files[0].Dropped);
        Assert.InRange(verdict.Sidecar!.Max, 0, 1000);
    }

    [Fact]
    public void A_file_cut_off_by_a_power_failure_keeps_its_place_on_the_grid()
    {
        VerdictFile cut = File("b");
        cut = cut with { Frames = [.. cut.Frames.Take(140)] };
        TakeVerdict verdict = TakeVerdict.Judge([File("a"), cut]);

        Assert.Equal(TakeGrade.Fail, verdict.Grade);
        Says(verdict, "b.mp4: the sidecar lists 150 frames, the file has 140.");
        Assert.Equal(0, verdict.Files[1].Missing);
        Assert.Equal(140, verdict.Spread!.Indices);
        Assert.InRange(verdict.Sidecar!.Max, 0, 1000);
    }

    [Fact]
    public void The_frame_rate_is_found_where_no_manifest_tells_it()
    {
        foreach (string text in (string[])["24", "25", "30", "30000/1001", "60000/1001", "120"])
        {
            Assert.True(FrameRate.TryParse(text, out FrameRate rate));
            VerdictFile file = new("a.mp4", null, [.. Enumerable.Range(0, 300).Select(i => new VerdictFrame(rate.TimeOf(i).Value, null))], null);
            Assert.Equal(rate.Period, TakeVerdict.Judge([file]).Period);
        }
    }

    [Fact]
    public void Any_input_gets_a_verdict()
    {
        Gen<long> times = Gen.OneOf(Gen.Long[-10 * Period, 10 * Period], Gen.Long[-(1L << 60), 1L << 60]);
        Gen<PixelStamp?> stamps = Gen.Select(Gen.Bool, Gen.Long[0, PixelStamp.TimeModulus - 1], Gen.Int[0, PixelStamp.FrameModulus - 1], (has, time, frame) => has ? new PixelStamp(time, frame) : (PixelStamp?)null);
        Gen<VerdictFrame> frames = Gen.Select(times, stamps, (pts, stamp) => new VerdictFrame(pts, stamp));
        Gen<VerdictSidecarRow> rows = Gen.Select(times, times, times, Gen.Int[0, 63], (index, pts, capture, flags) => new VerdictSidecarRow(index, pts, new NetworkTime(capture), (SidecarFlags)flags));
        Gen.Select(frames.Array[0, 8], rows.Array[0, 8], Gen.Bool, (f, r, has) => new VerdictFile("x.mp4", null, f, has ? r : null))
            .Array[1, 4]
            .Sample(files => Assert.Equal(files.Length, TakeVerdict.Judge(files).Files.Count), iter: 3000);
    }

    [Fact]
    public void Lines_of_the_sidecar_are_read()
    {
        ReadsLine("7,233333331,1800000000000000005,-12,repeated|late,4711", 7, SidecarFlags.Repeated | SidecarFlags.Late);
        ReadsLine("7,233333331,1800000000000000005,-12,,4711\r", 7, SidecarFlags.None);
        ReadsLine("8,266666664,,,dropped,0", 8, SidecarFlags.Dropped);
        ReadsLine("9,300000000,5,0,some-new-word,1,2,3", 9, SidecarFlags.None);
        ReadsLine("8,266666664,,,missing|dropped,0,,", 8, SidecarFlags.Missing | SidecarFlags.Dropped);
    }

    /// <summary>A file whose camera was away from point 60 to 74 and counts its pictures from 0 since.</summary>
    private static VerdictFile Interrupted(TakeGap gap)
    {
        VerdictFile whole = File("b", phase: 3_000_000);
        bool IsAway(long index) => index is >= 60 and <= 74;
        return whole with
        {
            Frames = [.. whole.Frames.Where((_, i) => !IsAway(i)).Select((frame, i) => i < 60 ? frame : frame with { Stamp = PixelStamp.Of(Start + (i + 15) * Period + 3_000_000, i - 60) })],
            Sidecar = [.. whole.Sidecar!.Select(row => IsAway(row.Index) ? row with { Capture = null, Flags = SidecarFlags.Away | SidecarFlags.Missing | SidecarFlags.Dropped } : row)],
            Manifest = Manifest() with { Frames = 135, Dropped = 15, Gaps = [gap] },
        };
    }

    private static TakeManifest Manifest() =>
        new()
        {
            Take = "take-1",
            Node = "b",
            Role = "follower",
            Video = "b.mp4",
            Sidecar = "b.frames.csv",
            State = ManifestState.Finished,
            Fps = "30",
            Camera = "",
            Encoder = "",
            Container = "",
            StartNs = Epoch,
            Version = "",
            Host = "",
        };

    [Fact]
    public void A_gap_that_sidecar_and_manifest_tell_alike_is_a_warning_and_the_frames_behind_it_are_compared_by_index()
    {
        TakeVerdict verdict = TakeVerdict.Judge([File("a"), Interrupted(TakeGap.Between(60, 75, FrameRate.Default, 2, "b-part2.mp4", "cable"))]);
        Assert.Equal(TakeGrade.Warn, verdict.Grade);
        Says(verdict, "b.mp4: the camera was away at grid points 60–74 (15 frames, 0.5 s), part 2 begins at grid index 75 in b-part2.mp4: cable.");
        Assert.Equal((15, 0, 135), (verdict.Files[1].Missing, verdict.Files[1].Skipped, verdict.Spread!.Indices));
        // the pictures behind the gap belong to their points
        Assert.Equal(3_000_000, verdict.Spread.Max, 2000d);
        Assert.Equal(2, verdict.Reasons.Count);
    }

    [Fact]
    public void A_gap_that_the_manifest_puts_elsewhere_fails()
    {
        TakeVerdict verdict = TakeVerdict.Judge([File("a"), Interrupted(TakeGap.Between(60, 70, FrameRate.Default, 2, "b-part2.mp4", "cable"))]);
        Assert.Equal(TakeGrade.Fail, verdict.Grade);
        Says(verdict, "b.mp4: manifest and sidecar disagree: the camera was away at grid points 60–69 in the one, 60–74 in the other.");
    }

    [Theory]
    [InlineData(50, "WARN")]
    [InlineData(51, "FAIL")]
    public void A_file_that_was_joined_is_compared_by_grid_index(int told, string word)
    {
        VerdictFile whole = File("b", phase: 3_000_000);
        VerdictFile joined = whole with
        {
            Frames = [.. whole.Frames.Skip(50)],
            Sidecar = [.. whole.Sidecar!.Skip(50)],
            Manifest = Manifest() with { Frames = 100, JoinedIndex = told, JoinedSeconds = 1.667, StopNs = Epoch + 150 * Period },
        };
        TakeVerdict verdict = TakeVerdict.Judge([File("a"), joined]);
        Assert.Equal(word, VerdictField.NameOf(verdict.Grade));
        Assert.Equal((100, 3_000_000d), (verdict.Spread!.Indices, Math.Round(verdict.Spread.Max / 1e4) * 1e4));
        Says(verdict, $"b.mp4: it joined the take at grid index {told}, 1.7 s after START: it is compared by grid index, not by its place in the file.");
    }

    [Fact]
    public void The_corrected_time_of_a_finished_take_stands_for_the_one_at_capture()
    {
        Assert.True(VerdictSidecarRow.TryParse("7,233333331,1800000000000000005,-12,duplicate|corrected,4711,99,1800000000000150005\r", out VerdictSidecarRow row));
        Assert.Equal((1_800_000_000_000_150_005, 1_800_000_000_000_000_005), (row.Capture!.Value.Nanoseconds, row.Gated!.Value.Nanoseconds));
        Assert.Equal(SidecarFlags.Duplicate | SidecarFlags.Corrected, row.Flags);
        // while the take runs, and after a power cut, the last column is empty
        Assert.True(VerdictSidecarRow.TryParse("7,233333331,1800000000000000005,-12,,4711,99,", out row));
        Assert.Equal((1_800_000_000_000_000_005, null), (row.Capture!.Value.Nanoseconds, row.Gated));
    }

    [Theory]
    [InlineData("")]
    [InlineData("index,pts_ns,capture_ns,residual_ns,flags,bytes")]
    [InlineData("7,2333,18000")]
    [InlineData("7,x,1,2,,3")]
    [InlineData("7,1,1,2,99,3")]
    public void What_is_no_line_of_a_sidecar_is_refused(string line) => Assert.False(VerdictSidecarRow.TryParse(line, out _));

    private static void ReadsLine(string line, long index, SidecarFlags flags)
    {
        Assert.True(VerdictSidecarRow.TryParse(line, out VerdictSidecarRow row));
        Assert.Equal((index, flags), (row.Index, row.Flags));
        Assert.Equal(flags.HasFlag(SidecarFlags.Dropped), row.Capture is null);
    }

    private static void Says(TakeVerdict verdict, string text) => Assert.Contains(verdict.Reasons, reason => reason.Text.Contains(text, StringComparison.Ordinal));

    private static VerdictFrame Frame(int index, int shown, long phase = 0) =>
        new(index * Period, PixelStamp.Of(Start + shown * Period + phase, 1000 + shown));

    private static VerdictFile File(
        string name,
        long phase = 0,
        int firstShown = 0,
        long clockError = 0,
        double ppm = 0,
        Func<int, (VerdictFrame Frame, SidecarFlags Flags), (VerdictFrame, SidecarFlags)>? edit = null
    )
    {
        List<VerdictFrame> frames = [];
        List<VerdictSidecarRow> rows = [];
        for (int i = 0; i < 150; i++)
        {
            long sinceStart = (firstShown + i) * Period + phase;
            (VerdictFrame frame, SidecarFlags flags) = (Frame(i, firstShown + i, phase), SidecarFlags.None);
            if (edit is not null)
                (frame, flags) = edit(i, (frame, flags));
            frames.Add(frame);
            rows.Add(new VerdictSidecarRow(i, i * Period, new NetworkTime(Epoch + sinceStart + (long)(sinceStart * ppm * 1e-6) + clockError), flags));
        }
        return new VerdictFile(name + ".mp4", FrameRate.Default, frames, rows);
    }
}

using System.Text.Json;
using Xunit;
using static RecordSync.Daemon.Tests.CodedTake;

namespace RecordSync.Daemon.Tests;

public sealed class VerifyTests : IDisposable
{
    private readonly CodedTake take = new();

    public void Dispose() => take.Dispose();

    [Fact]
    public void Three_sound_files_pass_and_every_code_is_read_at_100_kbit_per_second()
    {
        take.Write("a.mp4");
        take.Write("b.mp4", phaseNs: 5_000_000);
        take.Write("c.mp4", phaseNs: 12_000_000, clockErrorNs: 90_000);
        TakeReport report = Assert.Single(Examine(out int exit, out _).Takes);

        Assert.Equal((0, "pass", "take-1"), (exit, report.Verdict, report.Take));
        Assert.All(report.Files, file => Assert.Equal((Frames, Frames, 320, 240), (file.Frames, file.CodesRead, file.Width, file.Height)));
        Assert.True(report.FrameCountsEqual && report.FrameTimesEqual);
        Assert.Equal("pixels", report.Evidence);
        Assert.Equal(12_000, report.Spread!.MaxUs, 2);
        Assert.Equal(12_000, report.StartSkewUs!.Value, 2);
        Assert.Equal(60, report.Files[2].SidecarOffsetUs!.Value, 2);
        Assert.Equal(3 * Frames, report.Sidecar!.Frames);
    }

    [Fact]
    public void A_frame_that_is_missing_is_named()
    {
        take.Write("a.mp4");
        take.Write("b.mp4", Perfect.Where(shot => shot.Slot != 17));
        TakeReport report = Assert.Single(Examine(out int exit, out string text).Takes);

        Assert.Equal(2, exit);
        Says(report, "a.mp4 45, b.mp4 44");
        Says(report, "b.mp4: no frame at grid point 17.");
        Says(report, "b.mp4: camera frame 1017 is missing between frames 16 and 17.");
        Assert.Equal((1, 1), (report.Files[1].Missing, report.Files[1].Skipped));
        Assert.Contains("FAIL", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_that_was_repeated_is_named()
    {
        take.Write("a.mp4");
        take.Write("b.mp4", Perfect.Select(shot => shot.Slot == 20 ? new Shot(20, 19, "repeated") : shot));
        TakeReport report = Assert.Single(Examine(out int exit, out _).Takes);

        Assert.Equal(1, exit);
        Says(report, "b.mp4: frame 20 shows the same picture as frame 19 (camera frame 1019).");
        Assert.Equal((1, 1), (report.Files[1].Duplicates, report.Files[1].Repeated));
        Assert.Equal(Frames - 1, report.Spread!.Indices);
    }

    [Fact]
    public void A_file_that_is_shifted_by_two_frames_is_named()
    {
        take.Write("a.mp4");
        take.Write("b.mp4");
        take.Write("c.mp4", Perfect.Select(shot => shot with { Picture = shot.Picture + 2 }));
        TakeReport report = Assert.Single(Examine(out int exit, out _).Takes);

        Assert.Equal(2, exit);
        Says(report, "captured up to 66.7 ms apart");
        Says(report, "c.mp4 shows later instants than the others by 66.7 ms (2.0 frames).");
        Assert.Equal(66_666, report.StopSkewUs!.Value, 3);
    }

    [Fact]
    public void A_node_whose_clock_is_a_millisecond_off_is_named()
    {
        take.Write("a.mp4");
        take.Write("b.mp4", clockErrorNs: 1_000_000);
        TakeReport report = Assert.Single(Examine(out int exit, out _).Takes);

        Assert.Equal(2, exit);
        Says(report, "500 µs (p99) off the pixels' true instants; the limit is 200 µs");
    }

    [Theory]
    [InlineData("cut.mp4", 322, 242, "x265enc bitrate=300 speed-preset=medium", "mp4mux")]
    [InlineData("wide.mkv", 854, 480, "x265enc bitrate=100 speed-preset=ultrafast tune=zerolatency", "matroskamux")]
    [InlineData("big.mov", 1280, 720, "x265enc bitrate=100 speed-preset=ultrafast tune=zerolatency", "qtmux")]
    public void Codes_and_times_are_read_from_every_container_with_and_without_reordered_frames(string name, int width, int height, string encoder, string mux)
    {
        take.Write(name, width: width, height: height, encoder: encoder, mux: mux);
        TakeReport report = Assert.Single(Examine(out int exit, out _).Takes);

        Assert.Empty(report.Reasons);
        Assert.Equal(0, exit);
        Assert.Equal((Frames, Frames, 0), (report.Files[0].Frames, report.Files[0].CodesRead, report.Files[0].Missing));
    }

    [Fact]
    public void Takes_in_one_folder_are_judged_each_on_its_own()
    {
        take.Write("a.mp4");
        take.Write("b.mp4");
        take.Write("a-2.mp4", take: "take-2");
        take.Write("b-2.mp4", Perfect.SkipLast(1), take: "take-2");
        VerifyReport report = Examine(out int exit, out _);

        Assert.Equal(2, exit);
        Assert.Equal([("take-2", "fail"), ("take-1", "pass")], report.Takes.OrderByDescending(t => t.Take).Select(t => (t.Take, t.Verdict)));
    }

    [Fact]
    public void Files_without_sidecar_and_manifest_are_judged_by_their_pixels()
    {
        take.Write("a.mp4", take: null, sidecar: false);
        take.Write("b.mp4", take: null, sidecar: false, phaseNs: 3_000_000);
        TakeReport report = Assert.Single(Examine(out int exit, out _).Takes);

        Assert.Equal((0, null, null), (exit, report.Take, report.Sidecar));
        Assert.Equal(3_000, report.Spread!.MaxUs, 2);
    }

    [Fact]
    public void What_is_no_video_is_said_and_exits_with_3()
    {
        File.WriteAllText(take.PathOf("a.mp4"), "this is not a video");
        File.WriteAllText(take.PathOf("b.mp4"), "");
        StringWriter error = new();
        int exit = VerifyCommand.Run([take.Folder, "/no/such/folder"], false, new StringWriter(), error);

        Assert.Equal(3, exit);
        Assert.Contains("b.mp4: the file is empty.", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("a.mp4: ", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("/no/such/folder: there is no such file or folder.", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_videos_exits_with_3() => Assert.Equal(3, VerifyCommand.Run([take.Folder], true, new StringWriter(), new StringWriter()));

    [Fact]
    public void The_json_has_the_documented_shape()
    {
        take.Write("a.mp4");
        take.Write("b.mp4");
        StringWriter output = new();
        Assert.Equal(0, VerifyCommand.Run([take.PathOf("a.mp4"), take.PathOf("b.mp4")], true, output, new StringWriter()));
        JsonElement root = JsonDocument.Parse(output.ToString()).RootElement;

        Assert.Equal("pass", root.GetProperty("verdict").GetString());
        JsonElement first = root.GetProperty("takes")[0];
        Assert.Equal(
            ["take", "verdict", "reasons", "frame_period_ns", "frame_counts_equal", "frame_times_equal", "evidence", "start_skew_us", "stop_skew_us", "spread", "sidecar", "files"],
            first.EnumerateObject().Select(property => property.Name)
        );
        Assert.Equal(["indices", "p50_us", "p99_us", "max_us", "worst_index"], first.GetProperty("spread").EnumerateObject().Select(property => property.Name));
        Assert.Equal("b", first.GetProperty("files")[1].GetProperty("node").GetString());
        Assert.Equal(33_333_333, first.GetProperty("frame_period_ns").GetInt64());
    }

    [Fact]
    public void The_table_fits_100_columns()
    {
        take.Write("20260314-151500_camera-left-of-stage.mp4");
        take.Write("20260314-151500_camera-right-of-stage.mp4");
        Examine(out _, out string text);

        Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd().Length <= 100, line));
        Assert.Contains("PASS", text, StringComparison.Ordinal);
        Assert.Contains("camera-left-of-stage ", text, StringComparison.Ordinal);
    }

    private VerifyReport Examine(out int exit, out string text)
    {
        VerifyReport report = VerifyReport.Examine([take.Folder]);
        StringWriter output = new();
        VerifyCommand.Print(report, output);
        (exit, text) = (report.ExitCode, output.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        return report;
    }

    private static void Says(TakeReport report, string text) => Assert.Contains(report.Reasons, reason => reason.Text.Contains(text, StringComparison.Ordinal));
}

using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The files of one take when its camera comes and goes.</summary>
public sealed class TakeVideoTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly EncoderSpec Software = EncoderTable.Find("x265enc")!;
    private static readonly FrameRate Rate = new(30, 1);
    private static readonly TakePlan Plan = new("id", "take-1", new NetworkTime(1_795_395_177_000_000_000), Rate, "cam1");
    private static readonly EncodeSettings Settings = new() { Rate = Rate, Bitrate = 500 };

    private readonly TestFolder folder = new();
    private readonly List<AccessUnit> units = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Camera_that_comes_back_with_another_size_gets_a_file_that_begins_with_its_first_picture()
    {
        using TakeVideo video = Open(Plan);
        Push(video, 0, 20, 320, 240);
        video.EndPart(20);
        video.Reopen(Files(Plan, 640, 360).OpenFile, 50);
        // planned from 50 on, but its first picture came later
        Push(video, 55, 40, 640, 360);
        EncodeOutcome outcome = video.Finish(); // waits for both
        Assert.Equal((true, 60L, null), (outcome.Complete, outcome.Frames, outcome.Error));
        Assert.Equal([("cam.mp4", 0L, 20L), ("cam-part2.mp4", 55L, 40L)], video.Segments.Select(file => (Path.GetFileName(file.Path), file.FirstIndex, file.Frames)));
        // in the order of the grid, with times from the start of the take
        Assert.Equal(Enumerable.Range(0, 20).Concat(Enumerable.Range(55, 40)).Select(k => Rate.TimeOf(k).Value), units.Select(unit => unit.Pts));
        MediaProbe part = MediaProbe.Read(folder.File("cam-part2.mp4"));
        Assert.Equal(Enumerable.Range(0, 40).Select(k => k * 1000L), part.Pts);
        // the first picture, and then the grid points at which all nodes have theirs: 60 and 90
        Assert.Equal([0, 5, 35], Enumerable.Range(0, 40).Where(k => part.KeyFrames[k]));
        Assert.Equal((640, 360), Size("cam-part2.mp4"));
        Assert.Equal((320, 240), Size("cam.mp4"));
        Assert.Contains(Labels(55).Timecode.ToString(), MediaProbe.Run("-v", "error", "-show_entries", "stream_tags=timecode:format_tags=timecode", "-of", "json", folder.File("cam-part2.mp4")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_was_opened_for_a_camera_that_gives_no_picture_goes_again()
    {
        using TakeVideo video = Open(Plan);
        Push(video, 0, 20, 320, 240);
        video.EndPart(20);
        video.Reopen(Files(Plan, 320, 240).OpenFile, 50);
        Assert.True(File.Exists(folder.File("cam-part2.mp4")));
        video.EndPart(20);
        video.Reopen(Files(Plan, 320, 240).OpenFile, 90);
        Assert.Equal(20, video.Finish().Frames);
        Assert.Equal(["cam.mp4"], video.Segments.Select(file => Path.GetFileName(file.Path)));
        Assert.False(File.Exists(folder.File("cam-part2.mp4")));
    }

    [Fact]
    public void Camera_that_was_lost_before_its_first_picture_begins_the_first_file_later()
    {
        using TakeVideo video = Open(Plan);
        video.EndPart(0);
        video.Reopen(Files(Plan, 640, 360).OpenFile, 10);
        Push(video, 12, 20, 640, 360);
        Assert.True(video.Finish().Complete);
        Assert.Equal([("cam.mp4", 12L, 20L)], video.Segments.Select(file => (Path.GetFileName(file.Path), file.FirstIndex, file.Frames)));
        Assert.Equal((640, 360), Size("cam.mp4"));
    }

    [Fact]
    public void File_that_cannot_be_opened_says_why_and_the_one_before_is_whole()
    {
        using TakeVideo video = Open(Plan);
        Push(video, 0, 20, 320, 240);
        video.EndPart(20);
        File.WriteAllText(folder.File("cam-part2.mp4"), "somebody else's");
        Assert.Contains("cam-part2.mp4", Assert.Throws<GstException>(() => video.Reopen(Files(Plan, 320, 240).OpenFile, 50)).Message, StringComparison.Ordinal);
        Assert.Equal((true, 20L), (video.Finish() is { Complete: var complete, Frames: var frames } ? (complete, frames) : default));
        Assert.Equal("somebody else's", File.ReadAllText(folder.File("cam-part2.mp4")));
    }

    [Fact]
    public void Sound_stops_with_the_pictures_and_begins_with_those_of_the_next_file()
    {
        const int SamplesPerFrame = 1600;
        using TakeVideo video = Open(Plan);
        Push(video, 0, 20, 320, 240);
        Assert.Equal((0, long.MaxValue), video.SoundSpan(0));
        video.EndPart(20);
        Assert.Equal((480, 20 * SamplesPerFrame), video.SoundSpan(480));
        Assert.Null(video.SoundSpan(20 * SamplesPerFrame));
        video.Reopen(Files(Plan, 320, 240).OpenFile, 50);
        // where the file begins is not known before its first picture
        Assert.Null(video.SoundSpan(20 * SamplesPerFrame));
        Push(video, 51, 10, 320, 240);
        Assert.Equal((51 * SamplesPerFrame, long.MaxValue), video.SoundSpan(20 * SamplesPerFrame));
        Assert.Equal((52 * SamplesPerFrame, long.MaxValue), video.SoundSpan(52 * SamplesPerFrame));
        video.Finish();
    }

    [Fact]
    public void File_of_a_node_that_joins_begins_with_its_first_picture()
    {
        TakePlan joined = Plan with { FirstIndex = 400 };
        using TakeVideo video = Open(joined);
        Assert.Null(video.SoundSpan(400 * 1600));
        Push(video, 403, 15, 320, 240);
        Assert.Equal((403 * 1600, long.MaxValue), video.SoundSpan(400 * 1600));
        Assert.True(video.Finish().Complete);
        Assert.Equal([("cam.mp4", 403L, 15L)], video.Segments.Select(file => (Path.GetFileName(file.Path), file.FirstIndex, file.Frames)));
        Assert.Equal(Rate.TimeOf(403).Value, units[0].Pts);
    }

    private static string Caps(int width, int height) => $"video/x-raw,format=I420,width={width},height={height},framerate=30/1,pixel-aspect-ratio=1/1,interlace-mode=progressive";

    private static FileLabels Labels(long first) => new("take-1", "cam1", "camera", "x265enc", Plan.Grid.At(first), Rate);

    private VideoFiles Files(TakePlan plan, int width, int height) =>
        new(Software, ContainerChoice.For("cam.mp4"), Settings, Caps(width, height), new OutputFiles(folder.File("cam.mp4"), folder.File("cam.frames.csv"), folder.File("cam.json"), null), plan, "cam1", "camera");

    private TakeVideo Open(TakePlan plan)
    {
        TakeVideo video = Files(plan, 320, 240).Open(Patience);
        video.Encoded += units.Add;
        return video;
    }

    private static void Push(TakeVideo video, int first, int count, int width, int height)
    {
        for (int k = first; k < first + count; k++)
        {
            byte[] picture = new byte[width * height * 3 / 2];
            picture.AsSpan().Fill((byte)(16 + k * 7 % 200));
            GstBuffer buffer = GstBuffer.From(picture);
            (buffer.Pts, buffer.Duration) = (Rate.TimeOf(k).Value, (Rate.TimeOf(k + 1) - Rate.TimeOf(k)).Value);
            Assert.Equal(GstFlow.Ok, video.Push(buffer));
        }
    }

    private (int Width, int Height) Size(string name)
    {
        DecodedVideo decoded = VideoReader.Read(folder.File(name));
        return (decoded.Width, decoded.Height);
    }
}

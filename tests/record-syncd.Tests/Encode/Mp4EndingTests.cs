using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/recording.md, "Files": what becomes of a fragmented file when its take is finished.</summary>
public class Mp4EndingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly EncoderSpec Software = EncoderTable.Find("x265enc")!;
    private static readonly FrameRate Ntsc = new(30_000, 1_001);

    // 2026-11-23 12:47:35.5 UTC
    private static readonly FileLabels Labels = new("take \"7\", Zürich", "cam1", "test 320x240", "x265enc", new NetworkTime(1_795_438_055_500_000_000), Ntsc);

    [Theory]
    [InlineData("take.mp4")]
    [InlineData("take.mov")]
    public void Finished_file_is_an_ordinary_one_with_its_index_in_front(string name)
    {
        Assert.SkipUnless(ContainerChoice.For(name).Mode == "first-moov", "this GStreamer has no such fragments");
        using TestFolder folder = new();
        string path = folder.File(name);
        EncodeOutcome outcome = Record(path, 75);
        Assert.Equal((true, null, null), (outcome.Complete, outcome.Error, outcome.Note));
        Assert.Equal(new FileInfo(path).Length, outcome.Bytes);
        Assert.Equal(["ftyp", "moov", "free", "mdat"], Boxes(path).Select(box => box.Type));
        Assert.Equal(75, MediaProbe.DecodedFrames(path));
        Assert.Equal(Enumerable.Range(0, 75).Select(k => k * 1001L), MediaProbe.Read(path).Pts);
        CutOffTests.AssertPlays(path);
        // a reader that shares no code with ffmpeg
        Assert.Equal(75, RecordedFile.FrameTimes("qtdemux", path).Count);
    }

    [Theory]
    [InlineData("take.mp4")]
    [InlineData("take.mov")]
    public void Other_programs_find_time_code_and_labels(string name)
    {
        Assert.SkipUnless(ContainerChoice.For(name).Mode == "first-moov", "this GStreamer has no such fragments");
        using TestFolder folder = new();
        string path = folder.File(name);
        Record(path, 30);
        JsonElement root = MediaProbe.Run("-v", "error", "-show_entries", "stream=codec_tag_string:stream_tags:format_tags", "-of", "json", path);
        JsonElement[] streams = [.. root.GetProperty("streams").EnumerateArray()];
        Assert.Equal(["hvc1", "tmcd"], streams.Select(stream => stream.GetProperty("codec_tag_string").GetString()));
        Assert.Equal(["12:47:35;17", "12:47:35;17"], streams.Select(stream => stream.GetProperty("tags").GetProperty("timecode").GetString()));
        Assert.StartsWith("2026-11-23T12:47:35", streams[0].GetProperty("tags").GetProperty("creation_time").GetString(), StringComparison.Ordinal);
        JsonElement tags = root.GetProperty("format").GetProperty("tags");
        Assert.Equal(Labels.Take, tags.GetProperty("title").GetString());
        Assert.Equal("cam1", tags.GetProperty("artist").GetString());
        Assert.Equal("x265enc", tags.GetProperty("encoder").GetString());
        JsonElement comment = JsonDocument.Parse(tags.GetProperty("comment").GetString()!).RootElement;
        Assert.Equal(1_795_438_055_500_000_000, comment.GetProperty("frame_0_ns").GetInt64());
        Assert.Equal(Labels.Take, comment.GetProperty("take").GetString());
        Assert.Equal("12:47:35;17", comment.GetProperty("timecode").GetString());
        Assert.Equal("test 320x240", comment.GetProperty("camera").GetString());
    }

    [Fact]
    public void Matroska_has_the_labels_too()
    {
        using TestFolder folder = new();
        string path = folder.File("take.mkv");
        Record(path, 30);
        JsonElement tags = MediaProbe.Run("-v", "error", "-show_entries", "format_tags", "-of", "json", path).GetProperty("format").GetProperty("tags");
        Dictionary<string, string> found = tags.EnumerateObject().ToDictionary(tag => tag.Name.ToLowerInvariant(), tag => tag.Value.GetString()!);
        Assert.Equal(("take--7---Z-rich", "cam1", "frame_0_ns:1795438055500000000"), (found["title"], found["artist"], found["comments"]));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void Power_cut_in_the_middle_of_the_ending_leaves_the_fragmented_file(double written)
    {
        using TestFolder folder = new();
        string path = folder.File("take.mp4");
        Record(path, 60);
        // all of the hole but its first eight bytes may have been written, or part of it, or nothing
        byte[] file = File.ReadAllBytes(path);
        var boxes = Boxes(path);
        Assert.Equal(["ftyp", "moov", "free", "mdat"], boxes.Select(box => box.Type));
        (int start, int end) = ((int)boxes[1].At, (int)boxes[3].At + 20);
        Mp4Box.Header(end - start, "free"u8).CopyTo(file, start);
        int kept = start + 8 + (int)((end - start - 8) * written);
        file.AsSpan(kept, end - kept).Clear();
        string cut = folder.File("cut.mp4");
        File.WriteAllBytes(cut, file);
        Assert.Equal(["ftyp", "free"], Boxes(cut).Take(2).Select(box => box.Type));
        Assert.Contains("moof", Boxes(cut).Select(box => box.Type));
        CutOffTests.AssertPlays(cut);
        // the last fragment, begun and not finished, is what the ending would have saved
        Assert.InRange(MediaProbe.DecodedFrames(cut), 54, 60);
    }

    [Fact]
    public void Take_that_outgrows_the_room_gets_its_index_at_the_end_and_says_so()
    {
        using TestFolder folder = new();
        string path = folder.File("take.mp4");
        EncodeOutcome outcome = Record(path, 4_600, new EncodeSettings { Rate = Ntsc, Bitrate = 100, Labels = Labels, LongestTake = default });
        Assert.True(outcome.Complete);
        Assert.Contains("at the end of the file", outcome.Note, StringComparison.Ordinal);
        Assert.Equal(["ftyp", "free", "mdat", "moov"], Boxes(path).Select(box => box.Type));
        Assert.Equal(4_600, MediaProbe.Read(path).Pts.Length);
        Assert.Equal(4_600, MediaProbe.DecodedFrames(path));
    }

    [Fact]
    public void Room_for_the_index_costs_no_space_on_the_disk()
    {
        using TestFolder folder = new();
        string path = folder.File("take.mp4");
        Record(path, 30);
        long room = Boxes(path).Single(box => box.Type == "free").Size;
        Assert.True(room > 1_000_000, $"{room} bytes");
        Assert.True(AllocatedBytes(path) < new FileInfo(path).Length - room / 2);
    }

    [Fact]
    public void Chunk_offsets_beyond_four_gigabytes_become_wide()
    {
        byte[] stco = Mp4Box.Make("stco"u8, [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 48, 0xFF, 0xFF, 0xFF, 0]);
        byte[] moov = Mp4Box.Make("moov"u8, Mp4Box.Make("trak"u8, Mp4Box.Make("mdia"u8, Mp4Box.Make("minf"u8, Mp4Box.Make("stbl"u8, stco)))));
        byte[] moved = Mp4Box.Moved(moov, 1000);
        int at = moved.AsSpan().IndexOf("co64"u8);
        Assert.True(at > 0);
        Assert.Equal(1048, BinaryPrimitives.ReadInt64BigEndian(moved.AsSpan(at + 12)));
        Assert.Equal(0xFFFFFF00L + 1000, BinaryPrimitives.ReadInt64BigEndian(moved.AsSpan(at + 20)));
        Assert.Equal(moved.Length, (int)BinaryPrimitives.ReadUInt32BigEndian(moved));
        Assert.Equal(moov.Length + 8, moved.Length);
    }

    private static EncodeOutcome Record(string path, int frames, EncodeSettings? settings = null)
    {
        settings ??= new EncodeSettings { Rate = Ntsc, Bitrate = 500, Labels = Labels };
        using var pipeline = new EncodePipeline(Software, settings, TestPictures.Caps(Ntsc), path);
        pipeline.Start();
        TestPictures.Push(pipeline, frames, Ntsc);
        return pipeline.Finish(Patience);
    }

    internal static List<(string Type, long At, long Size)> Boxes(string path)
    {
        List<(string, long, long)> boxes = [];
        using FileStream file = File.OpenRead(path);
        byte[] header = new byte[16];
        while (file.Position < file.Length)
        {
            long at = file.Position;
            file.ReadExactly(header, 0, 8);
            long size = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (size == 1)
            {
                file.ReadExactly(header, 8, 8);
                size = BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(8));
            }
            // 0: up to the end of the file
            size = size == 0 ? file.Length - at : size;
            Assert.InRange(size, 8, file.Length - at);
            boxes.Add((Encoding.ASCII.GetString(header, 4, 4), at, size));
            file.Position = at + size;
        }
        return boxes;
    }

    private static long AllocatedBytes(string path)
    {
        using var du = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("du", ["-B1", path]) { RedirectStandardOutput = true })!;
        return long.Parse(du.StandardOutput.ReadToEnd().Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}

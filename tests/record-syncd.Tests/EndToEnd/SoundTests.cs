using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>
/// --audio: docs/recording.md, "Sound". The simulated card hears a tick at each whole second of the machine's true clock, which the pixels of the pictures show too; what is
/// asserted is the sound as ffmpeg decodes it.
/// </summary>
[Collection(Processes.Name)]
public sealed class SoundTests
{
    private const int Rate = 48_000;

    /// <summary>The promise: a millisecond.</summary>
    private const double Limit = 0.001;

    [Fact]
    public async Task Every_node_has_the_same_sound_at_the_same_place_whatever_its_clock_and_its_card()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1", Options("cam1", "offset=1.5,ppm=40", "ppm=90"));
        RunningNode follower = group.Start("follower", "cam2", Options("cam2", "offset=-2.25,ppm=-60", "ppm=-120"));
        foreach (string name in (string[])["cam1", "cam2"])
            await group.HeardReady(name);
        leader.WaitForLineEver("sound ready");
        follower.WaitForLineEver("sound ready");
        await Record(group, [leader, follower], "cam1.mp4", 240);

        List<double[]> all = [];
        foreach (string name in (string[])["cam1", "cam2"])
        {
            RecordedTake take = RecordedTake.Read(group[name + ".mp4"]);
            take.AssertWhole();
            Sound sound = Sound.Of(group[name + ".mp4"]);
            Assert.Equal("aac", sound.Codec);
            Assert.InRange(sound.Start, -Limit, Limit);
            Assert.InRange(sound.Seconds - take.Manifest.Frames / 30.0, -Limit, 1024.0 / Rate + Limit);
            double[] ticks = [.. sound.Ticks];
            Assert.InRange(ticks.Length, (int)(take.Manifest.Frames / 30.0) - 1, 60);
            AssertInTime(take, ticks);
            all.Add(ticks);
            ManifestAudio audio = take.Manifest.Audio!;
            Assert.Equal(0, audio.SilentSamples);
            Assert.Equal(new SoundGrid(default, Rate).SampleOf(FrameRate.Default, take.Manifest.Frames + take.Manifest.Dropped), audio.Samples);
        }
        Assert.Equal(all[0].Length, all[1].Length);
        foreach ((double one, double other) in all[0].Zip(all[1]))
            Assert.InRange(one - other, -Limit, Limit);
        TakeReport report = group.VerifyGood(".");
        Assert.All(report.Files, file => Assert.InRange(file.Sound!.TickErrorUs!.Value, 0, SoundReport.TickLimitUs));
    }

    [Theory]
    [InlineData("cam.mov", "auto", "aac")]
    [InlineData("cam.mkv", "auto", "flac")]
    [InlineData("cam.mkv", "aac", "aac")]
    public void Every_container_has_its_sound_in_time(string name, string wish, string codec)
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", name, "--audio", "test:ppm=-80", "--audio-codec", wish);
        leader.WaitForLineEver("sound ready");
        LeaderAloneTests.Record(leader, group[name], 90);
        LeaderAloneTests.Leave(leader);

        RecordedTake take = RecordedTake.Read(group[name]);
        take.AssertWhole();
        Sound sound = Sound.Of(group[name]);
        Assert.Equal((codec, codec), (sound.Codec, take.Manifest.Audio!.Codec));
        Assert.InRange(sound.Start, -Limit, Limit);
        Assert.InRange(sound.Seconds - take.Manifest.Frames / 30.0, -Limit, 1024.0 / Rate + Limit);
        AssertInTime(take, sound.Ticks);
        Assert.NotEmpty(sound.Ticks);
    }

    [Fact]
    public void Cut_take_has_the_sound_of_each_file_in_that_file()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mkv", "--segment", "2s", "--audio", "test:ppm=70");
        leader.WaitForLineEver("sound ready");
        LeaderAloneTests.Record(leader, group["cam-0001.mkv"], 150);
        LeaderAloneTests.Leave(leader);

        TakeManifest manifest = ManifestFile.Read(group["cam.json"], out _)!;
        Assert.Equal(ManifestState.Finished, manifest.State);
        List<double> ticks = [];
        long samples = 0;
        foreach (ManifestSegment segment in manifest.Segments!)
        {
            Sound sound = Sound.Of(group[segment.Video]);
            Assert.InRange(sound.Start, -Limit, Limit);
            Assert.InRange(sound.Seconds - segment.Frames / 30.0, -Limit, Limit);
            ticks.AddRange(sound.Ticks.Select(tick => tick + segment.FirstIndex / 30.0));
            samples += sound.Samples.Length;
        }
        // not one sample is in two files or in none
        Assert.Equal(manifest.Audio!.Samples, samples);
        Assert.True(ticks.Count >= 4);
        AssertInTime(manifest, RecordedTake.ReadRows(group["cam.frames.csv"]), [.. manifest.Segments.Select(segment => (group[segment.Video], segment.FirstIndex))], ticks);
    }

    [Theory]
    [InlineData("cam.mp4")]
    [InlineData("cam.mkv")]
    public void Killed_node_leaves_its_sound_too_and_salvage_keeps_it(string name)
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", name, "--audio", "test");
        leader.WaitForLineEver("sound ready");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group[name], 120);
        leader.Kill();

        RecordedTake take = RecordedTake.Read(group[name]);
        CutOffTests.AssertPlays(group[name]);
        Sound left = Sound.Of(group[name]);
        Assert.InRange(left.Seconds - take.Times[^1], -0.5, 0.5);
        AssertInTime(take, left.Ticks);
        Assert.True(left.Ticks.Count >= 2);

        using var salvage = RunningNode.StartIn(group.Folder, null, "salvage", name);
        Assert.Equal(0, salvage.WaitForExit());
        RecordedTake salvaged = RecordedTake.Read(group[name]);
        Assert.Equal(ManifestState.Salvaged, salvaged.Manifest.State);
        Assert.Equal(take.File.Pts.Length, salvaged.File.Pts.Length);
        Sound kept = Sound.Of(group[name]);
        Assert.Equal(left.Codec, kept.Codec);
        Assert.Equal(left.Ticks.Count, kept.Ticks.Count);
        foreach ((double one, double other) in left.Ticks.Zip(kept.Ticks))
            Assert.Equal(one, other, 1e-4);
    }

    [Fact]
    public void Dead_card_costs_no_picture_and_is_named_everywhere()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4", "--audio", "test:stop=6");
        leader.WaitForLineEver("sound ready");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        leader.WaitForLine("the video is not affected");
        RecordedTake.WaitForFrames(leader, group["cam.mp4"], RecordedTake.RowsOf(group["cam.mp4"]) + 60);
        leader.Type("stop 200");
        leader.WaitForLine("finished");
        LeaderAloneTests.Leave(leader);

        RecordedTake take = RecordedTake.Read(group["cam.mp4"]);
        take.AssertWhole();
        Assert.Equal(0, take.Manifest.Dropped);
        ManifestAudio audio = take.Manifest.Audio!;
        Assert.InRange(audio.SilentSamples, Rate, audio.Samples);
        Assert.Equal(1, audio.Gaps);
        Assert.NotNull(audio.Fault);
        Assert.Equal(TakeGrade.Warn, take.Manifest.Verdict!.Word);
        Assert.Contains(take.Manifest.Verdict.Reasons, reason => reason.Contains("sound", StringComparison.Ordinal));
        Sound sound = Sound.Of(group["cam.mp4"]);
        Assert.InRange(sound.Seconds - take.Manifest.Frames / 30.0, -Limit, 1024.0 / Rate + Limit);
        TakeReport report = group.VerifyGood(".");
        Assert.Contains(report.Reasons, reason => reason.Text.Contains("sound", StringComparison.Ordinal));
    }

    [Fact]
    public void Samples_that_were_lost_are_silence_and_what_follows_is_in_time_again()
    {
        using NodeGroup group = new();
        // the loss is found half a second after its end: until then the sound is too early by it
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4", "--audio", "test:lose=6+0.3");
        leader.WaitForLineEver("sound ready");
        leader.Type("start 200");
        leader.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam.mp4"], 270);
        leader.Type("stop 200");
        leader.WaitForLine("finished");
        LeaderAloneTests.Leave(leader);

        RecordedTake take = RecordedTake.Read(group["cam.mp4"]);
        Sound sound = Sound.Of(group["cam.mp4"]);
        Assert.InRange(take.Manifest.Audio!.SilentSamples, Rate * 0.2, Rate * 0.9);
        Assert.True(sound.Ticks.Count >= 6);
        AssertInTime(take, [sound.Ticks[0], sound.Ticks[^2], sound.Ticks[^1]]);
    }

    [Fact]
    public void Card_whose_stamps_are_wrong_by_more_than_a_millisecond_is_found_by_verify()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mp4", "--audio", "test:offset=5");
        leader.WaitForLineEver("sound ready");
        LeaderAloneTests.Record(leader, group["cam.mp4"], 90);
        LeaderAloneTests.Leave(leader);
        VerifyReport report = group.Verify("cam.mp4");
        Assert.Contains(Assert.Single(report.Takes).Reasons, reason => reason.Text.Contains("sound and picture are", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("microphone", "is no source of sound")]
    [InlineData("test:ppm", "is not name=value")]
    [InlineData("pipeline", "needs a")]
    public void Wrong_source_is_refused_with_what_is_possible(string source, string why)
    {
        using var node = RunningNode.Start("--role", "leader", "--audio", source);
        Assert.NotEqual(0, node.WaitForExit());
        Assert.Contains(why, node.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_gstreamer_source_can_be_recorded()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader("--output", "cam.mkv", "--audio", "pipeline:audiotestsrc is-live=true freq=1000 samplesperbuffer=480 ! audio/x-raw,rate=44100,channels=1");
        leader.WaitForLineEver("sound ready");
        LeaderAloneTests.Record(leader, group["cam.mkv"], 60);
        LeaderAloneTests.Leave(leader);
        ManifestAudio audio = RecordedTake.Read(group["cam.mkv"]).Manifest.Audio!;
        Assert.Equal((1, Rate, 0L), (audio.Channels, audio.Rate, audio.SilentSamples));
        float[] samples = Sound.Of(group["cam.mkv"]).Samples;
        // 1 kHz: a zero crossing upwards every millisecond
        int crossings = samples.Zip(samples.Skip(1)).Count(pair => pair.First < 0 && pair.Second >= 0);
        Assert.InRange(crossings / (samples.Length / (double)Rate), 995, 1_005);
    }

    private static string[] Options(string id, string clock, string card) =>
        ["--output", $"{id}.mp4", "--simulated-clock", clock, "--audio", $"test:{card}"];

    private static async Task Record(NodeGroup group, RunningNode[] nodes, string video, int frames)
    {
        nodes[0].Type("start 600");
        foreach (RunningNode node in nodes)
            node.WaitForLine("recording take");
        RecordedTake.WaitForFrames(nodes[0], group[video], frames);
        nodes[0].Type("stop 400");
        foreach (RunningNode node in nodes)
            node.WaitForLine("finished");
        await group.Heard("cam1", node => node.IsReady);
        foreach (RunningNode node in nodes)
            LeaderAloneTests.Leave(node);
    }

    /// <summary>Each tick is at a whole second of the true clock, as the pixels of the frame before it tell that clock.</summary>
    private static void AssertInTime(RecordedTake take, IReadOnlyList<double> ticks) => AssertInTime(take.Manifest, take.Rows, [(take.Video, 0)], ticks);

    /// <param name="files">Of a take that is cut, each with the grid index of its first frame.</param>
    private static void AssertInTime(TakeManifest manifest, IReadOnlyList<VerdictSidecarRow> sidecar, IReadOnlyList<(string Video, long First)> files, IReadOnlyList<double> ticks)
    {
        // the frames' instants, network and true: their difference is the one of the whole take, to some microseconds
        Dictionary<long, VerdictSidecarRow> rows = sidecar.Where(row => row.Flags == SidecarFlags.None && row.Capture is not null).ToDictionary(row => row.Index);
        List<(double Seconds, long Difference)> known = [];
        foreach ((string path, long first) in files)
        {
            DecodedVideo video = VideoReader.Read(path);
            for (int k = 0; k < video.Frames.Count; k++)
            {
                if (video.Frames[k].Stamp is { } stamp && rows.TryGetValue(first + k, out VerdictSidecarRow row))
                    known.Add(((first + k) / 30.0, row.Capture!.Value.Nanoseconds - stamp.Microseconds * 1_000));
            }
        }
        Assert.NotEmpty(known);
        foreach (double tick in ticks)
        {
            long difference = known.MinBy(frame => Math.Abs(frame.Seconds - tick)).Difference;
            double seconds = (manifest.StartNs - difference) / 1e9 + tick;
            Assert.InRange(seconds - Math.Round(seconds), -Limit, Limit);
        }
    }

    /// <summary>A file's sound, as ffprobe and ffmpeg see it.</summary>
    private sealed record Sound(string Codec, double Start, float[] Samples)
    {
        public double Seconds => Samples.Length / (double)Rate;

        /// <summary>In the time of the file.</summary>
        public IReadOnlyList<double> Ticks => [.. TickSound.Find(Samples, Rate).Select(tick => Start + tick / Rate)];

        public static Sound Of(string path)
        {
            JsonElement stream = MediaProbe.Run("-v", "error", "-select_streams", "a:0", "-show_entries", "stream=codec_name,start_time", "-of", "json", path).GetProperty("streams")[0];
            using Process process = Process.Start(
                new ProcessStartInfo("ffmpeg", ["-v", "error", "-i", path, "-map", "a:0", "-ac", "1", "-ar", $"{Rate}", "-f", "f32le", "-"]) { RedirectStandardOutput = true, RedirectStandardError = true }
            )!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            using MemoryStream decoded = new();
            process.StandardOutput.BaseStream.CopyTo(decoded);
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.Result);
            byte[] bytes = decoded.ToArray();
            return new Sound(
                stream.GetProperty("codec_name").GetString()!,
                double.Parse(stream.GetProperty("start_time").GetString()!, System.Globalization.CultureInfo.InvariantCulture),
                MemoryMarshal.Cast<byte, float>(bytes.AsSpan(0, bytes.Length / 4 * 4)).ToArray()
            );
        }
    }
}

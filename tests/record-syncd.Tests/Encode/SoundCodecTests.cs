using System.Buffers.Binary;
using System.Runtime.InteropServices;
using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/recording.md, "Sound": what an encoder does to the time of its samples, and what a muxer does to silence.</summary>
public sealed class SoundCodecTests
{
    private const int Rate = SoundCodec.Rate;

    public static TheoryData<string> Encoders => [.. SoundCodec.All.Select(codec => codec.Factory)];

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Delay_of_an_encoder_is_what_its_table_says(string factory)
    {
        Assert.SkipUnless(GstRuntime.HasElement(factory), $"{factory} is not installed");
        SoundCodec codec = SoundCodec.All.Single(known => known.Factory == factory);
        float[] heard = [.. Enumerable.Range(0, 2 * Rate).Select(i => TickSound.At((3.25 + i / (double)Rate) * 1e9))];
        float[] decoded = RoundTrip(codec, heard);
        double before = TickSound.Find(heard, Rate)[0], after = TickSound.Find(decoded, Rate)[0];
        Assert.Equal(codec.Delay, after - before, 1.0);
        if (!codec.LosesTail)
            Assert.InRange(decoded.Length, heard.Length + codec.Delay, heard.Length + codec.Delay + Math.Max(1, codec.Block));
    }

    [Fact]
    public void Auto_is_what_the_container_takes_and_a_codec_that_it_does_not_take_is_refused_in_words()
    {
        ContainerChoice mkv = ContainerChoice.For("a.mkv"), mp4 = ContainerChoice.For("a.mp4");
        Assert.Equal("flac", SoundCodec.Choose(SoundCodecWish.Auto, mkv).Name);
        Assert.Equal("aac", SoundCodec.Choose(SoundCodecWish.Aac, mkv).Name);
        Assert.Equal("aac", SoundCodec.Choose(SoundCodecWish.Aac, mp4).Name);
        if (GstRuntime.Version >= new Version(1, 24))
            return;
        Assert.Equal("aac", SoundCodec.Choose(SoundCodecWish.Auto, mp4).Name);
        Assert.Contains("mp4mux does not take flac", Assert.Throws<GstException>(() => SoundCodec.Choose(SoundCodecWish.Flac, mp4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Size_that_a_fragment_leaves_out_is_put_where_its_duration_stood()
    {
        // 0x29: place, duration, flags; two runs, of which the second has no size
        byte[] header = [0, 0, 0, 0x29, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0xC0];
        byte[] told = [0, 0, 2, 1, 0, 0, 0, 1, 0, 0, 0, 16, 0, 0, 0, 6];
        byte[] untold = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 99];
        byte[] moof = Mp4Box.Make("moof"u8, Mp4Box.Make("traf"u8, Mp4Box.Make("tfhd"u8, header), Mp4Box.Make("trun"u8, told), Mp4Box.Make("trun"u8, untold)));
        byte[] whole = [.. moof];
        Mp4Fragment.Mend(moof);
        Assert.Equal(whole.Length, moof.Length);
        int tfhd = 16;
        Assert.Equal(0x31u, BinaryPrimitives.ReadUInt32BigEndian(moof.AsSpan(tfhd + 8)));
        Assert.Equal(6u, BinaryPrimitives.ReadUInt32BigEndian(moof.AsSpan(tfhd + 24)));
        Assert.Equal(whole[(tfhd + 28)..], moof[(tfhd + 28)..]);
        // a fragment that says all is left alone
        byte[] sound = Mp4Box.Make("moof"u8, Mp4Box.Make("traf"u8, Mp4Box.Make("tfhd"u8, header), Mp4Box.Make("trun"u8, told)));
        byte[] untouched = [.. sound];
        Mp4Fragment.Mend(sound);
        Assert.Equal(untouched, sound);
    }

    private static float[] RoundTrip(SoundCodec codec, float[] samples)
    {
        using GstPipeline pipeline = GstPipeline.Parse(
            $"appsrc name=in format=time ! {codec.Launch(1)} ! decodebin ! audioconvert ! audio/x-raw,format=F32LE,channels=1 ! appsink name=out sync=false"
        );
        using GstElement input = pipeline.Get("in"), output = pipeline.Get("out");
        using AppSource source = AppSource.From(input);
        using AppSink sink = AppSink.From(output);
        source.SetCaps($"audio/x-raw,format=F32LE,layout=interleaved,rate={Rate},channels=1");
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        for (int at = 0; at < samples.Length; at += Rate / 100)
        {
            GstBuffer buffer = GstBuffer.From(MemoryMarshal.AsBytes(samples.AsSpan(at, Rate / 100)));
            buffer.Pts = new SoundGrid(default, Rate).TimeOf(at).Value;
            buffer.Duration = 10_000_000;
            source.Push(buffer);
        }
        source.EndOfStream();
        List<float> decoded = [];
        while (sink.TryPull(TimeSpan.FromSeconds(10)) is { } sample)
        {
            using (sample)
            using (BufferMap map = sample.Buffer.MapRead())
                decoded.AddRange(MemoryMarshal.Cast<byte, float>(map.Span));
        }
        return [.. decoded];
    }
}

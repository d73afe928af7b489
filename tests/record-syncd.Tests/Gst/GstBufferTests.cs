using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RecordSync.Gst;
using Xunit;

namespace RecordSync.Daemon.Tests;

public class GstBufferTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Bytes_and_times_survive_the_round_trip()
    {
        using var buffer = GstBuffer.From([1, 2, 3, 4, 5]);
        Assert.Null(buffer.Pts);
        Assert.Null(buffer.Dts);
        Assert.Null(buffer.Duration);
        buffer.Pts = 0;
        buffer.Duration = 33_333_333;
        Assert.Equal((0L, 33_333_333L, 5L), (buffer.Pts, buffer.Duration, buffer.Size));
        buffer.Pts = null;
        Assert.Null(buffer.Pts);
        using (BufferMap map = buffer.MapWrite())
            map.Span[1] = 9;
        byte[] read = new byte[3];
        buffer.Read(read, 1);
        Assert.Equal([9, 3, 4], read);
        Assert.Throws<GstException>(() => buffer.Read(read, 4));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Retimed_buffer_shares_the_memory_and_leaves_the_original_alone(bool noShare)
    {
        using var original = GstBuffer.Allocate(4096);
        if (noShare)
            MarkNoShare(original);
        original.Pts = 111;
        original.Duration = 222;
        using GstBuffer retimed = original.Retimed(333, 444);

        Assert.Equal((111L, 222L), (original.Pts, original.Duration));
        Assert.Equal((333L, 444L), (retimed.Pts, retimed.Duration));
        Assert.True(SameMemory(original, retimed));
        // this is what gst_buffer_copy does with such memory, and why Retimed does not use it
        if (noShare)
            Assert.False(SameMemory(original, CopyOf(original)));
    }

    [Fact]
    public void Retimed_buffer_outlives_the_original()
    {
        GstBuffer original = GstBuffer.From([1, 2, 3]);
        using GstBuffer retimed = original.Retimed(5, 6);
        original.Dispose();
        using BufferMap map = retimed.MapRead();
        Assert.Equal([1, 2, 3], map.Span.ToArray());
    }

    [Fact]
    public void Retimed_buffer_keeps_the_video_meta_and_the_flags()
    {
        // 322 wide I420 has padded rows; a meta lost on the way would leave the strides to guesswork
        using var pipeline = GstPipeline.Parse("videotestsrc num-buffers=1 ! video/x-raw,format=I420,width=322,height=240 ! appsink name=out sync=false");
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        using GstElement sink = pipeline.Get("out");
        using AppSink output = AppSink.From(sink);
        using GstSample? sample = output.TryPull(Patience);
        Assert.NotNull(sample);
        Assert.Contains("width=(int)322", sample.Caps, StringComparison.Ordinal);
        using GstBuffer original = sample.Buffer.Ref();
        _ = gst_buffer_add_video_meta(original.Pointer, 0, 2, 322, 240);
        uint before = gst_buffer_get_n_meta(original.Pointer, gst_video_meta_api_get_type());
        using GstBuffer retimed = original.Retimed(1, 2);
        Assert.Equal(before, gst_buffer_get_n_meta(retimed.Pointer, gst_video_meta_api_get_type()));
        Assert.Equal(1u, gst_buffer_get_n_meta(retimed.Pointer, gst_parent_buffer_meta_api_get_type()));
        Assert.True(SameMemory(original, retimed));
    }

    [Fact]
    public void Buffer_that_was_pushed_cannot_be_used_again()
    {
        using var pipeline = GstPipeline.Parse("appsrc name=in ! fakesink");
        using AppSource input = AppSource.From(pipeline.Get("in"));
        GstBuffer buffer = GstBuffer.From([1]);
        input.Push(buffer);
        Assert.Throws<ObjectDisposedException>(() => buffer.Size);
        buffer.Dispose();
    }

    [Fact]
    public void Probe_sees_every_buffer_with_its_time()
    {
        using var pipeline = GstPipeline.Parse("videotestsrc num-buffers=25 ! video/x-raw,framerate=25/1 ! fakesink name=sink");
        using GstElement sink = pipeline.Get("sink");
        using GstPad pad = sink.StaticPad("sink");
        List<long?> times = [];
        using PadProbe probe = pad.AddBufferProbe(buffer =>
        {
            times.Add(buffer.Pts);
            return true;
        });
        Assert.Null(pad.CurrentCaps);
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        Assert.Equal(GstMessageKind.Eos, pipeline.Poll(Patience)?.Kind);
        Assert.Equal(Enumerable.Range(0, 25).Select(i => (long?)(i * 40_000_000L)), times);
        Assert.Contains("framerate=(fraction)25/1", pad.CurrentCaps, StringComparison.Ordinal);
        Assert.Null(probe.Fault);
    }

    [Fact]
    public void Probe_can_drop_buffers_and_its_exception_does_not_stop_the_stream()
    {
        using var pipeline = GstPipeline.Parse("videotestsrc num-buffers=10 ! identity name=gate ! appsink name=out sync=false");
        using GstElement gate = pipeline.Get("gate");
        using GstPad pad = gate.StaticPad("sink");
        int seen = 0;
        using PadProbe probe = pad.AddBufferProbe(_ => ++seen == 10 ? throw new InvalidOperationException("tenth") : seen % 2 == 0);
        using GstElement sink = pipeline.Get("out");
        using AppSink output = AppSink.From(sink);
        pipeline.SetState(GstState.Playing, TimeSpan.Zero);
        int passed = 0;
        while (output.TryPull(Patience) is { } sample)
        {
            sample.Dispose();
            passed++;
        }
        Assert.True(output.IsEos);
        Assert.Equal((10, 5), (seen, passed));
        Assert.Equal("tenth", probe.Fault?.Message);
    }

    [Fact]
    public void Probes_survive_garbage_collection_and_end_with_their_pad()
    {
        WeakReference kept = RunWithCollections(out int seen);
        Assert.Equal(300, seen);
        for (int i = 0; i < 10 && kept.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(kept.IsAlive);
    }

    [Fact]
    public void Frames_pushed_in_come_out_as_a_playable_file()
    {
        string path = Path.Combine(Path.GetTempPath(), $"gst-{Guid.NewGuid():N}.mp4");
        try
        {
            using (var pipeline = GstPipeline.Parse($"videotestsrc num-buffers=30 ! video/x-raw,width=320,height=240,framerate=30/1 ! x265enc log-level=none speed-preset=ultrafast tune=zerolatency ! h265parse ! mp4mux ! filesink location={path}"))
            {
                pipeline.SetState(GstState.Playing, TimeSpan.Zero);
                Assert.Equal(GstMessageKind.Eos, pipeline.Poll(Patience)?.Kind);
            }
            using var player = GstPipeline.Parse($"filesrc location={path} ! qtdemux ! h265parse ! appsink name=out sync=false");
            using GstElement sink = player.Get("out");
            using AppSink output = AppSink.From(sink);
            player.SetState(GstState.Playing, TimeSpan.Zero);
            int frames = 0;
            while (output.TryPull(Patience) is { } sample)
            {
                if (frames++ == 0)
                    Assert.False(sample.Buffer.IsDelta);
                sample.Dispose();
            }
            Assert.Equal(30, frames);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference RunWithCollections(out int seen)
    {
        var counter = new StrongBox<int>();
        using (var pipeline = GstPipeline.Parse("videotestsrc num-buffers=300 ! video/x-raw,width=16,height=16 ! fakesink name=sink"))
        {
            using GstElement sink = pipeline.Get("sink");
            using GstPad pad = sink.StaticPad("sink");
            _ = pad.AddBufferProbe(_ =>
            {
                counter.Value++;
                return true;
            });
            pipeline.SetState(GstState.Playing, TimeSpan.Zero);
            GstBusMessage? message;
            while ((message = pipeline.Poll(TimeSpan.FromMilliseconds(1))) is null)
                GC.Collect();
            Assert.Equal(GstMessageKind.Eos, message.Kind);
        }
        seen = counter.Value;
        return new WeakReference(counter);
    }

    private static bool SameMemory(GstBuffer a, GstBuffer b)
    {
        using BufferMap first = a.MapRead();
        using BufferMap second = b.MapRead();
        return Unsafe.AreSame(ref MemoryMarshal.GetReference(first.Span), ref MemoryMarshal.GetReference(second.Span));
    }

    private static GstBuffer CopyOf(GstBuffer buffer) => new(gst_mini_object_copy(buffer.Pointer));

    /// <summary>GST_MEMORY_FLAG_NO_SHARE in the flags of the first memory, as NVMM and some driver memories have it.</summary>
    private static void MarkNoShare(GstBuffer buffer)
    {
        nint memory = gst_buffer_peek_memory(buffer.Pointer, 0);
        Marshal.WriteInt32(memory, 16, Marshal.ReadInt32(memory, 16) | 1 << 4);
    }

    [DllImport("libgstreamer-1.0.so.0")]
    private static extern nint gst_mini_object_copy(nint instance);

    [DllImport("libgstreamer-1.0.so.0")]
    private static extern nint gst_buffer_peek_memory(nint buffer, uint index);

    [DllImport("libgstreamer-1.0.so.0")]
    private static extern uint gst_buffer_get_n_meta(nint buffer, nuint api);

    [DllImport("libgstreamer-1.0.so.0")]
    private static extern nuint gst_parent_buffer_meta_api_get_type();

    [DllImport("libgstvideo-1.0.so.0")]
    private static extern nuint gst_video_meta_api_get_type();

    [DllImport("libgstvideo-1.0.so.0")]
    private static extern nint gst_buffer_add_video_meta(nint buffer, int flags, int format, uint width, uint height);
}

using RecordSync.Gst;

namespace RecordSync.Daemon.Tests;

/// <summary>Pictures that change from frame to frame, so that an encoder has something to do.</summary>
internal static class TestPictures
{
    public static string Caps(FrameRate rate) =>
        $"video/x-raw,format=I420,width=320,height=240,framerate={rate.Numerator}/{rate.Denominator},pixel-aspect-ratio=1/1,interlace-mode=progressive";

    public static GstBuffer Make(int frame, FrameRate rate, bool noisy = false)
    {
        byte[] picture = new byte[320 * 240 * 3 / 2];
        if (noisy)
            new Random(frame).NextBytes(picture);
        else
            picture.AsSpan().Fill((byte)(16 + frame * 7 % 200));
        GstBuffer buffer = GstBuffer.From(picture);
        buffer.Pts = rate.TimeOf(frame).Value;
        buffer.Duration = (rate.TimeOf(frame + 1) - rate.TimeOf(frame)).Value;
        return buffer;
    }

    public static void Push(EncodePipeline pipeline, int count, FrameRate rate, bool noisy = false)
    {
        for (int k = 0; k < count; k++)
            pipeline.Push(Make(k, rate, noisy));
    }
}

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder() => Path = Directory.CreateTempSubdirectory("record-sync-").FullName;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

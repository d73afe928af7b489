using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>What ffprobe, a reader that shares no code with GStreamer, sees in a file.</summary>
internal sealed record MediaProbe(string Codec, string TimeBase, string FrameRate, long[] Pts, bool[] KeyFrames)
{
    public static MediaProbe Read(string path)
    {
        JsonElement root = Run("-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name,time_base,avg_frame_rate:packet=pts,flags", "-of", "json", path);
        JsonElement stream = root.GetProperty("streams")[0];
        JsonElement[] packets = [.. root.GetProperty("packets").EnumerateArray()];
        return new MediaProbe(
            stream.GetProperty("codec_name").GetString()!,
            stream.GetProperty("time_base").GetString()!,
            stream.GetProperty("avg_frame_rate").GetString()!,
            [.. packets.Select(packet => packet.GetProperty("pts").GetInt64())],
            [.. packets.Select(packet => packet.GetProperty("flags").GetString()!.StartsWith('K'))]
        );
    }

    /// <summary>How many pictures really decode.</summary>
    public static int DecodedFrames(string path)
    {
        JsonElement root = Run("-v", "error", "-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "json", path);
        return int.Parse(root.GetProperty("streams")[0].GetProperty("nb_read_frames").GetString()!, CultureInfo.InvariantCulture);
    }

    internal static JsonElement Run(params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("ffprobe", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.Result);
            return JsonDocument.Parse(output).RootElement;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("ffprobe is not installed");
            throw;
        }
    }
}

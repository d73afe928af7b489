using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace RecordSync.Bench;

/// <summary>
/// Processor time of a recording node against gst-launch-1.0 with the same source, encoder, settings, container and number of frames, in turns,
/// because the machine is shared. The node's own figure is taken from START to the closed file, and so includes grid, sidecar, clock and network.
/// </summary>
internal static partial class CpuBench
{
    private const int Runs = 5;
    private const int Frames = 300;
    private const string Source = "videotestsrc is-live=true pattern=ball";
    private const string Caps = "video/x-raw,format=I420,width=640,height=480,framerate=30/1";

    public static async Task Run()
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-bench").FullName;
        try
        {
            List<double> ratios = [], ours = [], plain = [];
            for (int run = 0; run < Runs; run++)
            {
                (double seconds, long frames) = await Node(Path.Combine(folder, $"node{run}.mp4"));
                double launch = GstLaunch(Path.Combine(folder, $"plain{run}.mp4"));
                ours.Add(seconds / frames * 1000);
                plain.Add(launch / Frames * 1000);
                ratios.Add(ours[^1] / plain[^1]);
                Console.WriteLine($"  run {run + 1}: node {ours[^1]:0.00} ms a frame ({frames} frames), gst-launch {plain[^1]:0.00} ms a frame, ratio {ratios[^1]:0.000}");
            }
            Console.WriteLine(
                $"recording 640x480 at 30 with x265: node {BenchGroup.Median(ours):0.00} ms of processor a frame, gst-launch {BenchGroup.Median(plain):0.00}; "
                    + $"median ratio {BenchGroup.Median(ratios):0.000} of {Runs} runs, {ratios.Min():0.000} to {ratios.Max():0.000} (limit 1.05)"
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(double Seconds, long Frames)> Node(string file)
    {
        using BenchNode node = new(
            "--role",
            "leader",
            "--interface",
            "lo",
            "--group",
            BenchGroup.Next().ToString(),
            "--camera",
            $"pipeline:{Source} ! {Caps}",
            "--size",
            "640x480",
            "--bitrate",
            "1500",
            "--encoder",
            "x265enc",
            "--output",
            file
        );
        await node.WaitFor("camera ready");
        node.Type("start 500");
        await node.WaitFor("recording take");
        double before = node.CpuSeconds;
        await Task.Delay(TimeSpan.FromSeconds(Frames / 30.0 - 0.5));
        node.Type("stop 500");
        string finished = await node.WaitFor("finished ");
        double seconds = node.CpuSeconds - before;
        string frames = finished.Split(": ")[^1].Split(' ')[0];
        return (seconds, long.Parse(frames, CultureInfo.InvariantCulture));
    }

    private static double GstLaunch(string file)
    {
        double before = ChildrenSeconds();
        string pipeline =
            $"{Source} num-buffers={Frames} ! {Caps} ! x265enc bitrate=1500 key-int-max=30 speed-preset=ultrafast tune=zerolatency "
            + $"option-string=scenecut=0:open-gop=0 ! h265parse ! mp4mux fragment-duration=200 fragment-mode=first-moov-then-finalise ! filesink buffer-mode=unbuffered location={file}";
        using Process process = Process.Start(new ProcessStartInfo("gst-launch-1.0", "-q " + pipeline) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException("gst-launch-1.0 failed");
        return ChildrenSeconds() - before;
    }

    /// <summary>Processor time of the children that have ended: exact, where /proc counts in hundredths.</summary>
    internal static double ChildrenSeconds()
    {
        Span<long> usage = stackalloc long[18];
        const int Children = -1;
        if (GetResourceUsage(Children, ref MemoryMarshal.GetReference(usage)) != 0)
            throw new InvalidOperationException("getrusage failed");
        return usage[0] + usage[1] / 1e6 + usage[2] + usage[3] / 1e6;
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, ref long usage);
}

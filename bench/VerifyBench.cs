using System.Diagnostics;
using System.Globalization;
using System.Text;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>Sidecars and manifests of eight hours at 30 frames a second, several nodes, through <c>verify --sidecars-only</c>: read, recomputed, compared, judged, with the page.</summary>
internal static class VerifyBench
{
    private const int Hours = 8;
    private const int Nodes = 3;
    private const long Start = 1_795_395_177_255_632_000;

    public static async Task Run()
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-bench").FullName;
        try
        {
            for (int node = 1; node <= Nodes; node++)
                Write(Path.Combine(folder, $"cam{node}"), node);
            string binary = Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY") ?? throw new InvalidOperationException("run me by ./dev bench");
            double before = CpuBench.ChildrenSeconds();
            long began = Stopwatch.GetTimestamp();
            using Process process = Process.Start(new ProcessStartInfo(binary, ["verify", "--sidecars-only", "--html", Path.Combine(folder, "page.html"), folder]) { RedirectStandardOutput = true })!;
            string said = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            long bytes = Directory.GetFiles(folder, "*.csv").Sum(file => new FileInfo(file).Length);
            Console.WriteLine(said);
            Console.WriteLine(
                $"verify of {Hours} h at 30 frames a second, {Nodes} nodes ({bytes / 1e6:0} MB of sidecars), without pixels: {seconds:0.0} s, {CpuBench.ChildrenSeconds() - before:0.0} s of processor (limit 10), exit code {process.ExitCode}"
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(string stem, int node)
    {
        FrameGrid grid = new(new NetworkTime(Start), FrameRate.Default);
        long frames = Hours * 3600L * 30;
        NodeTally tally = new(grid);
        Random random = new(node);
        using (StreamWriter sidecar = new(stem + ".frames.csv", false, new UTF8Encoding(false), 1 << 20) { NewLine = "\n" })
        {
            sidecar.WriteLine(SidecarWriter.Header);
            for (long index = 0; index < frames; index++)
            {
                long capture = grid.At(index).Nanoseconds + node * 3_000_000 + random.Next(-100_000, 100_000);
                bool repeated = index % 10_000 == 77;
                tally.Add(index, capture, repeated ? SidecarFlags.Repeated : SidecarFlags.None);
                sidecar.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{index},{grid.Pts(index).Value},{capture},{capture - grid.At(index).Nanoseconds},{(repeated ? "repeated" : "")},31234,{capture - 1_000_000_000_000},{capture}"));
            }
        }
        string name = Path.GetFileName(stem);
        NodeVerdict verdict = tally.Close(new NodeFacts("take-bench", name, frames, 0, 40_000, node == 1 ? "leader" : "synchronised", NodeVerdict.FreeRunning, 1, 0, null));
        TakeManifest manifest = new()
        {
            Take = "take-bench",
            Node = name,
            Role = "follower",
            Video = name + ".mp4",
            Sidecar = name + ".frames.csv",
            State = ManifestState.Finished,
            Fps = "30",
            Width = 1280,
            Height = 720,
            Camera = "bench",
            Encoder = "none",
            Container = "mp4",
            StartNs = Start,
            StopNs = grid.At(frames).Nanoseconds,
            Frames = frames,
            Repeated = verdict.Repeated,
            Version = "bench",
            Host = "bench",
            Verdict = verdict,
        };
        if (ManifestFile.Write(stem + ".json", manifest) is { } fault)
            throw new InvalidOperationException(fault);
    }
}

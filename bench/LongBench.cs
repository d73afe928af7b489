using System.Globalization;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>
/// A long take in real time at 120 fps, two nodes, clocks and sensors off by ±100 ppm in opposite directions: equal counts, residuals within half a period of the grid, no creep, sensors' rates found.
/// </summary>
internal static class LongBench
{
    public const int DefaultSeconds = 180;

    private const int Fps = 120;
    private const int SensorPpm = 100;

    public static async Task Run(int seconds)
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-long").FullName;
        try
        {
            string group = BenchGroup.Next().ToString();
            using (BenchNode leader = Start(folder, group, "leader", "cam1", -SensorPpm, "offset=1.5,ppm=100"))
            using (BenchNode follower = Start(folder, group, "follower", "cam2", SensorPpm, "offset=-2,ppm=-100"))
            {
                await follower.WaitFor("camera ready");
                await leader.WaitFor("camera ready");
                await follower.WaitFor("synchronised to");
                leader.Type("start 2000");
                await leader.WaitFor("recording take");
                await Task.Delay(TimeSpan.FromSeconds(seconds - 1));
                leader.Type("stop 1000");
                Console.WriteLine($"  {await leader.WaitFor("finished ")}");
                Console.WriteLine($"  {await follower.WaitFor("finished ")}");
            }
            Judge(folder, "cam1");
            Judge(folder, "cam2");
            Console.WriteLine($"verify ends with {VerifyCommand.Run([folder], json: false, Console.Out, Console.Error)}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static BenchNode Start(string folder, string group, string role, string id, int ppm, string clock) =>
        new(
            "--role",
            role,
            "--node-id",
            id,
            "--interface",
            "lo",
            "--group",
            group,
            "--camera",
            string.Create(CultureInfo.InvariantCulture, $"test:ppm={ppm},jitter=50,phase={(ppm > 0 ? 1 : 5)}"),
            "--simulated-clock",
            clock,
            "--size",
            "320x240",
            "--fps",
            $"{Fps}",
            "--bitrate",
            "500",
            "--output",
            Path.Combine(folder, $"{id}.mp4")
        );

    private static void Judge(string folder, string id)
    {
        string video = Path.Combine(folder, $"{id}.mp4");
        TakeManifest manifest = ManifestFile.Read(Path.ChangeExtension(video, ".json"), out string? fault) ?? throw new InvalidOperationException(fault);
        FrameGrid grid = new(new NetworkTime(manifest.StartNs), new FrameRate(Fps, 1));
        List<VerdictSidecarRow> own = [.. Rows(video).Where(row => row.Capture is not null && (row.Flags & (SidecarFlags.Repeated | SidecarFlags.Late)) == 0)];
        double worst = own.Max(row => Math.Abs((double)grid.Residual(row.Capture!.Value, row.Index).Value)) / grid.Rate.Period.Value;
        Console.WriteLine(
            $"{id}: {manifest.Frames} frames, {manifest.Repeated} repeated, {manifest.Duplicates} left out, {manifest.Dropped} dropped, {manifest.Timing!.Late} late; "
                + $"furthest from its grid point {worst:0.000} periods (limit 0.5 and jitter); sensor {manifest.Timing.SensorPpm:+0.000;-0.000} ± {manifest.Timing.SensorPpmError:0.000} ppm in network time"
        );
    }

    private static IEnumerable<VerdictSidecarRow> Rows(string video)
    {
        foreach (string line in File.ReadLines(Path.ChangeExtension(video, ".frames.csv")))
        {
            if (VerdictSidecarRow.TryParse(line, out VerdictSidecarRow row))
                yield return row;
        }
    }
}

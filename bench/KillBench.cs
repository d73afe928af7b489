using System.Diagnostics;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>
/// kill -9 at a random moment of a take, many times: does every file open in ffprobe and decode without repair, how much is lost, does the sidecar
/// match, and does salvage make an ordinary file of it. Two losses are told: what the file lacks of the frames that the sidecar says had left the encoder, which has a limit; and
/// from the instant of the kill to the exposure of the last picture in the file, which the simulated camera has drawn into it. The second contains what a
/// busy machine had not encoded yet, up to the two seconds that may wait for the encoder.
/// </summary>
internal static class KillBench
{
    private const double LongestLoss = 0.5;

    public static async Task<bool> Run(int kills)
    {
        Random random = new();
        List<double> losses = [], sidecars = [];
        int bad = 0;
        string[] endings = [".mp4", ".mp4", ".mov", ".mkv"];
        for (int kill = 1; kill <= kills; kill++)
        {
            string folder = Directory.CreateTempSubdirectory("record-syncd-bench").FullName;
            try
            {
                string video = Path.Combine(folder, "cam" + endings[kill % endings.Length]);
                double seconds = 1 + 4 * random.NextDouble();
                (double loss, double sidecar, string? fault) = await One(video, TimeSpan.FromSeconds(seconds));
                losses.Add(loss);
                sidecars.Add(sidecar);
                bad += fault is null ? 0 : 1;
                Console.WriteLine($"  {kill,3}: {Path.GetFileName(video)} killed after {seconds:0.00} s: lost {loss:0.000} s, sidecar {sidecar:+0.000;-0.000;0.000} s against the video, {fault ?? "good"}");
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        Console.WriteLine(
            $"{kills} times kill -9: {kills - bad} good; sidecar against video {sidecars.Min():+0.000;-0.000;0.000} to {sidecars.Max():+0.000;-0.000;0.000} s (limit {LongestLoss}); "
                + $"from the kill back to the last picture: median {BenchGroup.Median([.. losses]):0.000} s, worst {losses.Max():0.000} s, {losses.Count(loss => loss > LongestLoss)} above {LongestLoss} s"
        );
        return bad == 0;
    }

    private static async Task<(double Loss, double Sidecar, string? Fault)> One(string video, TimeSpan after)
    {
        long killed;
        using (
            BenchNode node = new(
                ["--role", "leader", "--interface", "lo", "--group", BenchGroup.Next().ToString(), "--camera", "test", "--size", "320x240", "--bitrate", "1500", "--output", video]
            )
        )
        {
            await node.WaitFor("camera ready");
            node.Type("start 200");
            await node.WaitFor("recording take");
            await Task.Delay(after);
            killed = node.Kill();
        }
        if (Complaint(video) is { } before)
            return (after.TotalSeconds, 0, before);
        DecodedVideo decoded = VideoReader.Read(video);
        double loss = Loss(decoded, killed);
        int rows = RowsOf(video);
        double sidecar = (rows - decoded.Frames.Count) / 30.0;
        string? fault =
            sidecar > LongestLoss ? $"more than {LongestLoss} s lost"
            : sidecar < -LongestLoss ? "the sidecar does not match"
            : Salvaged(video, decoded.Frames.Count);
        return (loss, sidecar, fault);
    }

    private static double Loss(DecodedVideo decoded, long killedNs)
    {
        long killed = killedNs / 1_000 & (PixelStamp.TimeModulus - 1);
        return decoded.Frames[^1].Stamp is { } last ? (killed - last.Microseconds) / 1e6 : double.PositiveInfinity;
    }

    /// <summary>What a player that repairs nothing has to say; a Matroska file that ends in the middle of a block says so, and is no worse for it.</summary>
    private static string? Complaint(string video)
    {
        (int probed, string words) = Tool("ffprobe", "-v", "error", "-show_format", video);
        if (probed != 0)
            return $"ffprobe: {words}";
        (int played, words) = Tool("ffmpeg", "-v", "error", "-xerror", "-i", video, "-f", "null", "-");
        bool cutShort = video.EndsWith(".mkv", StringComparison.Ordinal) && words.EndsWith("File ended prematurely", StringComparison.Ordinal) && !words.Contains('\n');
        return played == 0 && (words.Length == 0 || cutShort) ? null : $"ffmpeg: {words}";
    }

    private static string? Salvaged(string video, int frames)
    {
        SalvagedTake take = TakeSalvage.Run(Path.ChangeExtension(video, ".json"));
        if (take.Outcome != SalvageOutcome.Salvaged)
            return take.Text;
        if (Complaint(video) is { } complaint)
            return $"salvaged: {complaint}";
        if (Mp4Box.TopLevel(video) is { } boxes && (boxes.Contains("moof") || !boxes.Contains("moov")))
            return "salvaged: it is no ordinary MP4";
        int now = VideoReader.Read(video).Frames.Count, rows = RowsOf(video);
        return now == frames && rows == frames ? null : $"salvaged: {now} frames and {rows} rows of {frames}";
    }

    private static int RowsOf(string video) => File.ReadLines(Path.ChangeExtension(video, ".frames.csv")).Count(line => VerdictSidecarRow.TryParse(line, out VerdictSidecarRow row) && !row.Flags.HasFlag(SidecarFlags.Dropped));

    private static (int Code, string Words) Tool(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _ = process.StandardOutput.ReadToEndAsync();
        string words = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return (process.ExitCode, words);
    }
}

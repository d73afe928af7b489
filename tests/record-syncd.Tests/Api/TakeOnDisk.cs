using System.Globalization;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A take as nodes leave it behind: small, and with the files that they write.</summary>
internal static class TakeOnDisk
{
    public const long StartNs = 1_795_575_011_000_000_000;

    public static readonly FrameGrid Grid = new(new NetworkTime(StartNs), FrameRate.Default);

    /// <param name="residualUs">Of frame k.</param>
    public static NodeVerdict WriteNode(string folder, string take, string node, int frames, Func<int, double> residualUs, ManifestState state = ManifestState.Finished, byte[]? video = null)
    {
        Directory.CreateDirectory(folder);
        string stem = Path.Join(folder, node);
        File.WriteAllBytes(stem + ".mp4", video ?? new byte[1_000]);
        using (StreamWriter rows = new(stem + ".frames.csv"))
        {
            rows.WriteLine(VerdictSidecarRow.Header);
            for (int k = 0; k < frames; k++)
            {
                long residual = (long)(residualUs(k) * 1_000);
                rows.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{k},{Grid.Pts(k).Value},{Grid.At(k).Nanoseconds + residual},{residual},,100"));
            }
        }
        NodeVerdict verdict = SidecarFile.Tally(stem + ".frames.csv", Grid)!.Close(new NodeFacts(take, node, frames, 0, 1_000, "synchronised", NodeVerdict.FreeRunning, null, 0, null));
        Assert.Null(
            ManifestFile.Write(
                stem + ".json",
                new TakeManifest
                {
                    Take = take,
                    Node = node,
                    Role = "follower",
                    Video = node + ".mp4",
                    Sidecar = node + ".frames.csv",
                    State = state,
                    Fps = "30",
                    StartNs = StartNs,
                    StopNs = Grid.At(frames).Nanoseconds,
                    Frames = frames,
                    Camera = "test",
                    Encoder = "x265enc",
                    Container = "mp4",
                    Version = "2.0.0",
                    Host = "host",
                    Verdict = verdict,
                }
            )
        );
        return verdict;
    }

    public static void WriteVerdict(string folder, string take, IReadOnlyList<NodeVerdict> nodes, params string[] missing)
    {
        Directory.CreateDirectory(folder);
        Assert.True(OutputPath.TryParse(Path.Join(folder, "x.mp4"), out OutputPath? output, out string? fault), fault);
        Assert.NotNull(GroupVerdictFile.Write(output, "x", GroupVerdict.Of(take, nodes, missing, []), out fault));
    }
}

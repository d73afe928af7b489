using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>What a flood of requests at a node's page, and clients that never read, do to the recording of two nodes.</summary>
internal static class PageBench
{
    private const int Seconds = 15;
    private const int Connections = 16;
    private const int Stalled = 8;

    public static async Task Run()
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-page").FullName;
        try
        {
            string group = BenchGroup.Next().ToString();
            using BenchNode leader = Start(folder, group, "leader", "cam1"), follower = Start(folder, group, "follower", "cam2");
            Uri page = new((await follower.WaitFor("page: "))["page: ".Length..]);
            foreach (BenchNode node in new[] { leader, follower })
                await node.WaitFor("camera ready");
            await follower.WaitFor("synchronised to");
            await leader.WaitFor("cam2 has joined");
            await Task.Delay(3_000);
            await Take(folder, page, leader, "alone", flood: false);
            await Take(folder, page, leader, $"{Connections} connections ask for /api/v1/nodes without a pause, {Stalled} watch the picture or the events and never read", flood: true);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static BenchNode Start(string folder, string group, string role, string id) =>
        new("--role", role, "--node-id", id, "--interface", "lo", "--group", group, "--camera", "test", "--size", "640x480", "--fps", "30", "--bitrate", "1500", "--http", "127.0.0.1:0", "--output", Path.Combine(folder, "{take}", "{node}.mp4"));

    private static async Task Take(string folder, Uri page, BenchNode leader, string what, bool flood)
    {
        int before = Directory.GetDirectories(folder).Length;
        leader.Type("start 1000");
        while (Directory.GetDirectories(folder).Length == before)
            await Task.Delay(50);
        await Task.Delay(1_500);
        List<double> times = flood ? await Flood(page) : [];
        if (!flood)
            await Task.Delay(TimeSpan.FromSeconds(Seconds));
        leader.Type("stop 500");
        string take = Directory.GetDirectories(folder).OrderBy(Directory.GetCreationTimeUtc).Last(), record = Path.Combine(take, "take.json");
        while (!File.Exists(record) || GroupVerdictFile.Read(record) is null)
            await Task.Delay(100);
        GroupVerdict verdict = GroupVerdictFile.Read(record)!;
        string counts = string.Join("; ", verdict.Nodes.Select(node => $"{node.Node} {node.Recorded} frames, {node.Dropped} dropped, {node.Repeated} repeated"));
        Console.WriteLine($"two nodes record {Seconds} s, {what}: {counts}");
        if (times.Count == 0)
            return;
        times.Sort();
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"  {times.Count / (double)Seconds:0} requests a second answered; p50 {times[times.Count / 2]:0.00} ms, p99 {times[times.Count * 99 / 100]:0.00} ms, worst {times[^1]:0.0} ms")
        );
    }

    private static async Task<List<double>> Flood(Uri page)
    {
        List<TcpClient> stalled = [];
        try
        {
            for (int i = 0; i < Stalled; i++)
                stalled.Add(await Stall(page, i % 2 == 0 ? "/api/v1/nodes/cam2/preview.mjpeg" : "/api/v1/events"));
            using HttpClient client = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = Connections });
            Uri nodes = new(page, "/api/v1/nodes");
            long end = Stopwatch.GetTimestamp() + Seconds * Stopwatch.Frequency;
            List<double>[] each = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(() => Ask(client, nodes, end))));
            return [.. each.SelectMany(times => times)];
        }
        finally
        {
            foreach (TcpClient client in stalled)
                client.Dispose();
        }
    }

    private static async Task<List<double>> Ask(HttpClient client, Uri nodes, long end)
    {
        List<double> times = [];
        while (Stopwatch.GetTimestamp() < end)
        {
            long began = Stopwatch.GetTimestamp();
            _ = await client.GetByteArrayAsync(nodes);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        return times;
    }

    private static async Task<TcpClient> Stall(Uri page, string path)
    {
        TcpClient client = new() { ReceiveBufferSize = 4_096 };
        await client.ConnectAsync(page.Host, page.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {page.Authority}\r\n\r\n"));
        return client;
    }
}

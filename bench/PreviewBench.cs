using System.Globalization;

namespace RecordSync.Bench;

/// <summary>What it costs a node that somebody watches its camera.</summary>
internal static class PreviewBench
{
    private const int Seconds = 10;

    public static async Task Run()
    {
        foreach ((string size, bool records) in new[] { ("640x480", true), ("1280x720", false), ("1920x1080", false) })
            await Measure(size, records);
    }

    private static async Task Measure(string size, bool records)
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-preview").FullName;
        try
        {
            string group = BenchGroup.Next().ToString();
            using BenchNode node = new("--role", "leader", "--node-id", "cam1", "--interface", "lo", "--group", group, "--camera", "test", "--size", size, "--fps", "30", "--http", "127.0.0.1:0", "--output", Path.Combine(folder, "{take}.mp4"));
            string page = (await node.WaitFor("page: "))["page: ".Length..];
            await node.WaitFor("camera ready");
            await node.WaitFor("this node leads");
            if (records)
            {
                node.Type("start 500");
                await node.WaitFor("recording take");
            }
            List<double> costs = [];
            long pictures = 0, bytes = 0;
            using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
            // in turns, because the machine is not the same for long
            for (int turn = 0; turn < 3; turn++)
            {
                double alone = await Cost(node);
                using CancellationTokenSource enough = new();
                Task<(long Pictures, long Bytes)> watching = Watch(client, $"{page}api/v1/nodes/cam1/preview.mjpeg", enough.Token);
                // the pipeline of the pictures is made with the first
                await Task.Delay(1_000);
                costs.Add(await Cost(node) - alone);
                await enough.CancelAsync();
                (long seen, long read) = await watching;
                (pictures, bytes) = (pictures + seen, bytes + read);
                // and goes two seconds after the last viewer
                await Task.Delay(3_000);
            }
            double seconds = 3 * (Seconds + 1);
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"preview of {size}{(records ? ", while it records" : "")}: {BenchGroup.Median(costs):0.0} % of a core more (limit 5; {costs.Min():0.0} to {costs.Max():0.0}), {pictures / seconds:0.0} pictures a second, {bytes / seconds / 1000:0} kB/s")
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> Cost(BenchNode node)
    {
        double before = node.CpuSeconds;
        await Task.Delay(TimeSpan.FromSeconds(Seconds));
        return (node.CpuSeconds - before) / Seconds * 100;
    }

    private static async Task<(long Pictures, long Bytes)> Watch(HttpClient client, string address, CancellationToken enough)
    {
        long pictures = 0, bytes = 0;
        byte[] buffer = new byte[64 * 1024];
        try
        {
            await using Stream stream = await client.GetStreamAsync(new Uri(address), enough);
            while (await stream.ReadAsync(buffer, enough) is var read and > 0)
            {
                bytes += read;
                // each picture has a head of its own
                pictures += CountHeads(buffer.AsSpan(0, read));
            }
        }
        catch (OperationCanceledException)
        {
            // enough was seen
        }
        return (pictures, bytes);
    }

    private static int CountHeads(ReadOnlySpan<byte> part)
    {
        int count = 0;
        for (int at; (at = part.IndexOf("--picture"u8)) >= 0; part = part[(at + 1)..])
            count++;
        return count;
    }
}

using System.CommandLine;
using System.Globalization;

namespace RecordSync.Bench;

/// <summary>What a group costs its leader and its followers as it grows: real processes without cameras, a machine each, at rest and in a take.</summary>
internal static class ScaleBench
{
    private const int StartTogether = 5;

    public static Task<int> Run(string[] arguments)
    {
        Option<int[]> sizes = new("--nodes") { Description = "group sizes, leader included", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [2, 10, 25, 50] };
        Option<int> seconds = new("--seconds") { Description = "how long each is measured", DefaultValueFactory = _ => 20 };
        Option<string?> output = new("--output") { Description = "also write the tables to this Markdown file" };
        RootCommand command = new("Packets and processor time of a group as it grows") { sizes, seconds, output };
        command.SetAction(
            async (parsed, stop) =>
            {
                if (NetworkNamespaces.Obstacle() is { } obstacle)
                {
                    Console.Error.WriteLine($"{obstacle}: nothing was measured");
                    return 1;
                }
                Report report = new("./dev bench scale");
                List<string[]> rows = [];
                foreach (int size in parsed.GetValue(sizes)!)
                {
                    BenchCommand.Progress($"{size} nodes …");
                    rows.AddRange(await Measure(size, parsed.GetValue(seconds), stop));
                }
                BenchCommand.Progress("");
                report.Table(["nodes", "", "leader: packets sent/s", "received/s", "% of a core", "a follower: sent/s", "received/s", "% of a core"], rows);
                report.Write(parsed.GetValue(output));
                return 0;
            }
        );
        return BenchCommand.Invoke(command, arguments);
    }

    private static async Task<List<string[]>> Measure(int size, int seconds, CancellationToken stop)
    {
        string binary = Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY") ?? throw new InvalidOperationException("run me by ./dev bench");
        using NetworkNamespaces machines = NetworkNamespaces.Open(size);
        List<LabProcess> nodes = [];
        try
        {
            for (int i = 0; i < size; i++)
            {
                nodes.Add(new LabProcess(machines.Name(i), binary, ["--role", i == 0 ? "leader" : "auto", "--node-id", $"node{i:00}", "--interface", NetworkNamespaces.InterfaceName, "--camera", "none"]));
                // the processors of one machine do not start fifty machines at once
                if (i % StartTogether == StartTogether - 1 || i == size - 1)
                    foreach (LabProcess node in nodes.Skip(1))
                        await node.WaitFor("synchronised to", stop);
            }
            // until the first seconds' closer exchange is over
            await Task.Delay(TimeSpan.FromSeconds(10), stop);
            string[] resting = await Watch(size, "at rest", nodes, seconds, stop);
            nodes[0].Type("start 1000");
            await nodes[0].WaitFor("START acknowledged", stop);
            string[] taking = await Watch(size, "in a take", nodes, seconds, stop);
            nodes[0].Type("stop 500");
            await nodes[0].WaitFor("STOP acknowledged", stop);
            return [resting, taking];
        }
        finally
        {
            foreach (LabProcess node in nodes)
                node.Dispose();
        }
    }

    private static async Task<string[]> Watch(int size, string what, List<LabProcess> nodes, int seconds, CancellationToken stop)
    {
        Cost[] before = [.. nodes.Select(Cost.Of)];
        long began = RealTime.MonotonicNs();
        await Task.Delay(TimeSpan.FromSeconds(seconds), stop);
        double gone = (RealTime.MonotonicNs() - began) / 1e9;
        Cost[] spent = [.. nodes.Select((node, i) => Cost.Of(node).Since(before[i], gone))];
        Cost[] followers = spent[1..];
        return [$"{size}", what, .. spent[0].Cells, .. new Cost(followers.Average(f => f.Sent), followers.Average(f => f.Received), followers.Average(f => f.Processor)).Cells];
    }

    private readonly record struct Cost(double Sent, double Received, double Processor)
    {
        public static Cost Of(LabProcess node)
        {
            string[] fields = File.ReadLines($"/proc/{node.Id}/net/dev").Select(line => line.Trim()).Single(line => line.StartsWith(NetworkNamespaces.InterfaceName, StringComparison.Ordinal)).Split((char[])[' ', ':'], StringSplitOptions.RemoveEmptyEntries);
            return new Cost(long.Parse(fields[10], CultureInfo.InvariantCulture), long.Parse(fields[2], CultureInfo.InvariantCulture), node.CpuSeconds);
        }

        public Cost Since(Cost before, double seconds) => new((Sent - before.Sent) / seconds, (Received - before.Received) / seconds, (Processor - before.Processor) / seconds * 100);

        public string[] Cells => [Sent.ToString("0.0", CultureInfo.InvariantCulture), Received.ToString("0.0", CultureInfo.InvariantCulture), Processor.ToString("0.00", CultureInfo.InvariantCulture)];
    }
}

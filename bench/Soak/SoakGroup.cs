using System.Text.RegularExpressions;

namespace RecordSync.Bench;

/// <summary>Five machines with a node each, on one switch; one of the cables loses packets all the time.</summary>
internal sealed partial class SoakGroup : IDisposable
{
    public const int Nodes = 5;

    /// <summary>The first so many are killed now and then.</summary>
    public const int Mortal = 3;

    public const int LosesCamera = 2;

    private const string LossyLink = "delay=200,jitter=uniform:300,loss=0.05,duplicate=0.02,reorder=0.02";
    public const int LossyNode = 3;

    private static readonly string[] Roles = ["leader", "auto", "auto", "follower", "follower"];

    private readonly string root = Directory.CreateTempSubdirectory("record-syncd-soak").FullName;
    private readonly NetworkNamespaces machines = NetworkNamespaces.Open(Nodes);
    private readonly SoakNode[] nodes;
    private RelayProcess? relay;

    public SoakGroup(Random random)
    {
        Endpoint group = BenchGroup.Next();
        nodes = new SoakNode[Nodes];
        for (int i = 0; i < Nodes; i++)
            nodes[i] = new SoakNode(root, machines.Name(i), $"cam{i + 1}", Roles[i], group, FormattableString.Invariant($"offset={random.Next(-5, 6)}.5,ppm={random.Next(-50, 51)},wander=0.1"));
    }

    public IReadOnlyList<SoakNode> All => nodes;

    public SoakNode this[int node] => nodes[node];

    public IEnumerable<SoakNode> Up => nodes.Where(node => node.IsUp);

    /// <summary>Whoever said so last; null: nobody who lives.</summary>
    public SoakNode? Leader => Up.Where(node => node.LedSince > 0).MaxBy(node => node.LedSince);

    public int LeaderChanges => nodes.Sum(node => node.SaidEver.Count(line => line.StartsWith("this node leads", StringComparison.Ordinal)));

    public async Task Begin(CancellationToken stop)
    {
        relay = await RelayProcess.Start(machines, LossyNode, LossyLink, LossyLink, stop);
        foreach (SoakNode node in nodes)
            node.Start("test");
    }

    public void SetCable(int node, bool pluggedIn) => machines.SetCable(node, pluggedIn);

    public void Mark()
    {
        foreach (SoakNode node in Up)
            node.Mark = node.Process!.Lines.Length;
    }

    public bool Said(params string[] words) => Up.Any(node => node.Said.Any(line => words.Any(word => line.Contains(word, StringComparison.Ordinal))));

    /// <summary>The take that this node has begun since the mark.</summary>
    public static string? TakeOf(SoakNode node) => node.Said.Select(line => Recording().Match(line)).FirstOrDefault(match => match.Success)?.Groups[1].Value;

    /// <summary>Polls until it holds.</summary>
    /// <returns>False when it has not, for so long.</returns>
    public static async Task<bool> Until(Func<bool> holds, double seconds, CancellationToken stop)
    {
        long until = Environment.TickCount64 + (long)(seconds * 1_000);
        while (!holds())
        {
            if (Environment.TickCount64 > until)
                return false;
            await Task.Delay(50, stop);
        }
        return true;
    }

    public void Dispose()
    {
        foreach (SoakNode? node in nodes)
            node?.Dispose();
        relay?.Dispose();
        machines.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [GeneratedRegex(@"^recording take (\S+) to ")]
    private static partial Regex Recording();
}

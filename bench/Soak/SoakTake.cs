namespace RecordSync.Bench;

/// <summary>What is done to a node in a take.</summary>
internal enum Misfortune
{
    /// <summary>kill -9, whoever leads.</summary>
    Kill,

    /// <summary>kill -9 for the leader.</summary>
    KillLeader,

    /// <summary>"quit" at the leader.</summary>
    LeaderQuits,

    /// <summary>Its cable is pulled, and plugged in again.</summary>
    Cut,

    /// <summary>Its disk fills up to what is to be left free, or to the last byte.</summary>
    FullDisk,

    /// <summary>Its camera is away for some seconds.</summary>
    LostCamera,
}

/// <param name="At">After the recording has begun, s.</param>
/// <param name="For">How long, s: until the cable is plugged in, or the process started again (then it may be before STOP, or after).</param>
internal sealed record PlannedMisfortune(Misfortune Kind, int Node, double At, double For);

/// <summary>A take of the soak: what was planned, and what became of it.</summary>
internal sealed class SoakTake(int number, double seconds, IReadOnlyList<PlannedMisfortune> planned)
{
    public int Number => number;

    public double Seconds => seconds;

    public IReadOnlyList<PlannedMisfortune> Planned => planned;

    /// <summary>Null before anybody has begun to record it.</summary>
    public string? Name { get; set; }

    /// <summary>Who said that they record it.</summary>
    public HashSet<string> Recorders { get; } = [];

    public HashSet<string> Killed { get; } = [];

    public HashSet<string> Left { get; } = [];

    public HashSet<string> Cut { get; } = [];

    public HashSet<string> Full { get; } = [];

    /// <summary>In it from START to STOP, and nothing was done to its machine but that its network may have been bad.</summary>
    public bool IsWhole(string node) => Recorders.Contains(node) && !Killed.Contains(node) && !Left.Contains(node) && !Full.Contains(node);

    public List<string> Anomalies { get; } = [];

    public TakeGrade? Grade { get; set; }

    /// <summary>Lengths and faults of one take, from the soak's own random numbers.</summary>
    public static SoakTake Draw(int number, Random random)
    {
        double seconds = 3 + random.NextDouble() * 17;
        List<PlannedMisfortune> planned = [];
        int count = random.Next(10) switch
        {
            < 2 => 0,
            < 7 => 1,
            < 9 => 2,
            _ => 3,
        };
        for (int i = 0; i < count; i++)
        {
            Misfortune kind = (Misfortune)random.Next(Enum.GetValues<Misfortune>().Length);
            double at = 0.5 + random.NextDouble() * Math.Max(0.5, seconds - 3), length = 1 + random.NextDouble() * 5;
            // cam4 and cam5 live through the whole soak: only so long do memory, handles and threads tell something
            int node = kind is Misfortune.Cut or Misfortune.FullDisk ? random.Next(SoakGroup.Nodes) : random.Next(SoakGroup.Mortal);
            if (kind == Misfortune.Cut && node == SoakGroup.LossyNode)
                node = SoakGroup.Nodes - 1;
            if (kind == Misfortune.LostCamera)
            {
                // it breaks off so long after the node's start, of which readiness and countdown take some
                (node, at) = (SoakGroup.LosesCamera, 8 + random.NextDouble() * 4);
                seconds = Math.Max(seconds, 14);
            }
            // one thing at a time for each machine
            if (planned.All(other => other.Node != node))
                planned.Add(new PlannedMisfortune(kind, node, Math.Min(at, seconds - 1), length));
        }
        return new SoakTake(number, seconds, [.. planned.OrderBy(misfortune => misfortune.At)]);
    }

    public override string ToString() => $"take {number}, {seconds:0.0} s{string.Concat(planned.Select(misfortune => $", {misfortune.Kind} cam{misfortune.Node + 1} at {misfortune.At:0.0} s for {misfortune.For:0.0} s"))}";
}

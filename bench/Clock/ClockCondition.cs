namespace RecordSync.Bench;

/// <summary>What the link and the machine are like, and what the issue wants there.</summary>
/// <param name="ToNode">The relay's wire towards the follower; null where there is no relay.</param>
/// <param name="TargetP99">µs.</param>
/// <param name="TargetRatio">To the best peer's p99.</param>
internal sealed record ClockCondition(string Name, string Words, string? ToNode, string? FromNode, double? TargetP99 = null, double? TargetRatio = null)
{
    /// <summary>A busy loop on every core.</summary>
    public bool Hogs { get; init; }

    /// <summary>The follower records while it is measured.</summary>
    public bool Encoding { get; init; }

    public static IReadOnlyList<ClockCondition> All { get; } =
        [
            new("clean", "a switch in the kernel", null, null, 0.8, 0.15),
            new("loaded", "clean, a busy loop on every core", null, null, 1.5, 0.2) { Hogs = true },
            new("encoding", "clean, the follower records 480p30 with x265", null, null, 1.5, 0.2) { Encoding = true },
            Both("lan", "200 µs ± 50 µs uniform each way", "delay=150,jitter=uniform:100", 3, 0.25),
            Both("wifi", "2 ms, sigma 1 ms, gamma tail, 2 % loss each way", "delay=1293,jitter=gamma:1000,loss=0.02", 10, 0.1),
            new("asymmetric", "200 µs each way, and 1 ms more from the leader to the follower only", "delay=1200", "delay=200"),
            Both("rough", "300 to 500 µs, 10 % loss, 5 % duplicates, 10 % held back 5 ms, each way", "delay=300,jitter=uniform:200,loss=0.1,duplicate=0.05,reorder=0.1"),
        ];

    /// <summary>Measured only when named.</summary>
    public static IReadOnlyList<ClockCondition> Others { get; } =
        [
            Both("relay", "a relay that adds nothing", ""),
            Both("wifi-lognormal", "as wifi, with a log-normal tail: few packets near the minimum", "delay=1237,jitter=lognormal:1000,loss=0.02"),
        ];

    /// <summary>A wire of the caller's own.</summary>
    /// <exception cref="FormatException">It cannot be.</exception>
    public static ClockCondition Custom(string wire) => Both("custom", $"{WireSettings.Parse(wire)} each way", wire);

    /// <exception cref="ArgumentException">There is no such condition.</exception>
    public static ClockCondition Named(string name) =>
        All.Concat(Others).FirstOrDefault(condition => condition.Name == name)
        ?? throw new ArgumentException($"There is no condition \"{name}\": known are {string.Join(", ", All.Concat(Others).Select(condition => condition.Name))}.");

    private static ClockCondition Both(string name, string words, string wire, double? p99 = null, double? ratio = null) => new(name, words, wire, wire, p99, ratio);
}

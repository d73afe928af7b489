namespace RecordSync.Bench;

/// <param name="Extras">Which of <see cref="AllExtras"/>.</param>
/// <param name="SettleSeconds">From the start of our nodes to the first sample that counts.</param>
/// <param name="WarmUpSeconds">How long the peers run before our nodes start.</param>
/// <param name="Repeat">Runs of each condition; every other one has the opposite drift.</param>
internal sealed record ClockOptions(
    IReadOnlyList<ClockCondition> Conditions,
    IReadOnlyList<string> Extras,
    bool Peers,
    int Seconds,
    int SettleSeconds,
    int WarmUpSeconds,
    int Repeat,
    decimal Ppm,
    decimal Wander,
    string? Out,
    string? Csv
)
{
    public static IReadOnlyList<string> AllExtras { get; } = ["holdover", "start", "cost"];
}

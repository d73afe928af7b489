namespace RecordSync;

/// <summary>How many queries a node answers: so many in any second, whoever asks, so that a flood of them costs it and the network little (docs/protocol.md §3.1).</summary>
internal sealed class QueryAllowance
{
    public const int PerSecond = 20;

    private static readonly Nanos Second = Nanos.FromSeconds(1);

    // the instants of the last so many answers; the oldest is overwritten by the next
    private readonly LocalTime?[] answered = new LocalTime?[PerSecond];
    private int oldest;

    /// <returns>False when this one must go unanswered.</returns>
    public bool TryTake(LocalTime now)
    {
        if (answered[oldest] is { } then && now - then < Second)
            return false;
        answered[oldest] = now;
        oldest = (oldest + 1) % PerSecond;
        return true;
    }
}

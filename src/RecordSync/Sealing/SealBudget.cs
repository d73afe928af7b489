namespace RecordSync;

/// <summary>So many a second, and as many at once: what strangers may cost.</summary>
internal sealed class SealBudget(int perSecond)
{
    private long spentUntilNs = long.MinValue / 2;

    public bool TryTake(LocalTime now)
    {
        // each takes its part of a second; a whole second may be taken in advance
        long from = Math.Max(spentUntilNs, now.Nanoseconds - 1_000_000_000);
        if (from + 1_000_000_000 / perSecond > now.Nanoseconds)
            return false;
        spentUntilNs = from + 1_000_000_000 / perSecond;
        return true;
    }
}

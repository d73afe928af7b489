namespace RecordSync.Laboratory;

/// <summary>What a piece of work allocates on its own thread.</summary>
internal static class Allocations
{
    private const int Times = 5;

    /// <summary>
    /// The least bytes of several runs. The runtime's counter also moves, by up to the 8 KiB of an allocation context, when a
    /// background collection takes the thread's context away: about one such collection in sixteen does. What the work itself
    /// allocates is in every run.
    /// </summary>
    public static long Least(Action work)
    {
        long least = long.MaxValue;
        for (int time = 0; time < Times && least > 0; time++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}

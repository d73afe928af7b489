namespace RecordSync.Daemon;

/// <summary>The node of a further camera whose first process has gone without a word: recording does not depend on it.</summary>
internal static class Orphan
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Leaves the group as soon as no take runs. Blocks until then.</summary>
    public static void Leave(NodeLoop loop, Action<NoticeLevel, string> tell)
    {
        try
        {
            if (InTake(loop))
                tell(NoticeLevel.Warning, "the process that started this one has gone: the take is recorded to its end, and then this node leaves");
            while (InTake(loop))
                Thread.Sleep(Pause);
        }
        catch (OperationCanceledException)
        {
            // it has left meanwhile
        }
        loop.Post(new NodeInput.LeaveRequested("the process that started this one has gone"));
    }

    private static bool InTake(NodeLoop loop) => loop.Ask((node, now) => NodeSnapshot.Of(node, now).Take is not null).GetAwaiter().GetResult();
}

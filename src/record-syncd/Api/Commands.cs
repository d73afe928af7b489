namespace RecordSync.Daemon;

/// <summary>What came of a START or a STOP.</summary>
/// <param name="Sentence">As the prompt would have told it.</param>
internal sealed record CommandOutcome(bool Refused, string Sentence, string? Take, long? TargetUs, IReadOnlyList<ApiNodeOutcome> Nodes);

/// <summary>Gives a node an operator's wish, the same as the prompt does, and waits for what comes of it.</summary>
internal sealed class Commands(NodeLoop loop, GroupView group, NoticeLog notices)
{
    /// <summary>A forwarded wish is given up by the node itself after 5 s, and a START is agreed upon half its delay before it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>ms; a START that goes on without somebody warns before it starts.</summary>
    private const int AfterWarning = 400;

    /// <summary>
    /// Until the node tells an outcome of its own, it is read off what it tells people and what becomes of its take.
    /// </summary>
    public async Task<CommandOutcome> Run(NodeInput wish, CancellationToken cancelled)
    {
        bool starts = wish is NodeInput.OperatorStart;
        long before = notices.LastId;
        string? running = (await group.Recent()).Group.Take?.Name;
        long? warnedAt = null;
        loop.Post(wish);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        patience.CancelAfter(Patience);
        try
        {
            while (true)
            {
                GroupView.Rendered now = await group.Recent();
                if (now.Group.Take is { } take && (starts ? take.Name != running : take.Phase == "stopping"))
                    return new CommandOutcome(false, now.Group.Sentence, take.Name, starts ? take.StartUs : take.StopUs, OutcomesOf(now.Group));
                if (!starts && running is not null && now.Group.Take is null)
                    return new CommandOutcome(false, now.Group.Sentence, running, null, OutcomesOf(now.Group));
                if (notices.After(before).FirstOrDefault(notice => notice.Level is "warning" or "error") is { } refusal && Environment.TickCount64 - (warnedAt ??= Environment.TickCount64) >= AfterWarning)
                    return new CommandOutcome(true, refusal.Text, null, null, []);
                await Task.Delay(Look, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            return new CommandOutcome(true, "the group has not answered: look at the events, and try again", null, null, []);
        }
    }

    private static List<ApiNodeOutcome> OutcomesOf(ApiGroup group) =>
        [.. group.Nodes.Where(node => node.Camera != GroupReadiness.NoCamera).Select(node => new ApiNodeOutcome(node.Id, node.VersionOne ? "best-effort" : node.Lost ? "silent" : "acknowledged", node.Reason))];
}

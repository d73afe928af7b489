namespace RecordSync;

/// <summary>
/// How much a node tells its operator: of each reason so many lines at once, as many as a group may have nodes that come and go together, and then one a second. Whoever sends a
/// flood of datagrams makes nobody's log grow faster than that. What was left out is counted in the next line of that reason.
/// </summary>
internal sealed class NoticeAllowance
{
    public const int AtOnce = 32;

    private static readonly Nanos Refill = Nanos.FromSeconds(1);

    // as many as there are places in the code that tell something
    private readonly Dictionary<NoticeReason, Spent> reasons = [];

    private sealed class Spent
    {
        /// <summary>When the whole allowance is there again.</summary>
        public LocalTime FullAt { get; set; }

        public long LeftOut { get; set; }
    }

    /// <summary>Takes out what is too much.</summary>
    public void Apply(List<NodeAction> actions, LocalTime now)
    {
        int kept = 0;
        for (int i = 0; i < actions.Count; i++)
        {
            NodeAction action = actions[i];
            if (action is NodeAction.Tell tell)
            {
                if (Allowed(tell, now) is not { } allowed)
                    continue;
                action = allowed;
            }
            actions[kept++] = action;
        }
        actions.RemoveRange(kept, actions.Count - kept);
    }

    private NodeAction.Tell? Allowed(NodeAction.Tell tell, LocalTime now)
    {
        if (!reasons.TryGetValue(tell.Reason, out Spent? spent))
            reasons[tell.Reason] = spent = new Spent { FullAt = now };
        if (spent.FullAt - now > Refill * (AtOnce - 1))
        {
            spent.LeftOut++;
            return null;
        }
        spent.FullAt = (spent.FullAt > now ? spent.FullAt : now) + Refill;
        if (spent.LeftOut == 0)
            return tell;
        string text = $"{tell.Text} (and {spent.LeftOut} more like this, left out before)";
        spent.LeftOut = 0;
        return tell with { Text = text };
    }
}

/// <summary>The place in the code that tells something.</summary>
internal readonly record struct NoticeReason(string Member, int Line);

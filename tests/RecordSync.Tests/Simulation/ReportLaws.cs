namespace RecordSync.Tests;

/// <summary>
/// No partial start goes unreported: when a node that was to record a take does not, and others do, then somebody who leads names it, in a warning or an error
/// or in the verdict that is shown. The issuer, while it stays in office, does so until shortly after it has stopped to repeat the START (10 s past its target), or
/// with the verdict of a take that was stopped before; a successor, with the verdict.
/// </summary>
internal sealed class ReportLaws(SimulatedGroup group)
{
    private const string Law = "no partial start is unreported";
    private const long Patience = 13_000_000_000;
    private const long VerdictPatience = 15_000_000_000;

    private readonly List<SimulatedTake> takes = [];

    public void Watch(SimulatedTake take)
    {
        takes.Add(take);
        group.At(take.StartsAt + Patience, () => Check(take));
    }

    public void Told(SimulatedNode node, string text)
    {
        if (takes.Count == 0)
            return;
        foreach (SimulatedTake take in takes)
        {
            if (!node.Node.Leads && node != take.Issuer)
                continue;
            foreach (string name in take.Expected)
            {
                if (text.Contains(name, StringComparison.Ordinal))
                    take.Named.Add(name);
            }
        }
    }

    public void Judged(SimulatedNode node, GroupVerdict verdict)
    {
        foreach (SimulatedTake take in takes.Where(take => take.Name == verdict.Take))
            take.Named.UnionWith(verdict.Missing.Concat(verdict.Nodes.Where(part => part.Word == TakeGrade.Fail).Select(part => part.Node)));
        _ = node;
    }

    /// <summary>When the run ends: also of takes whose issuer did not stay.</summary>
    public void CheckAll()
    {
        foreach (SimulatedTake take in takes)
            Check(take);
    }

    private void Check(SimulatedTake take)
    {
        // the one who could know has gone, or has given its office away: it is with its successor's verdict that it must be said
        bool stayed = !take.Issuer.Gone && take.Issuer.Node.Leads && take.Issuer.Node.Term == take.Term && take.Issuer.StalledUntil < group.Now - Patience;
        if (!stayed || take.Recorders.Count == 0)
            return;
        if (take.StoppedAt is { } stopped && group.Now < stopped + VerdictPatience)
        {
            group.At(stopped + VerdictPatience, () => Check(take));
            return;
        }
        foreach (string name in take.Expected)
        {
            if (!take.Recorders.Contains(name) && !take.Named.Contains(name))
                throw new BrokenLawException(Law, $"{name} was to record {take.Name}, did not, and {take.Issuer.Settings.NodeId} has not said so");
        }
    }
}

namespace RecordSync.Tests;

/// <summary>A law that does not hold in this run.</summary>
internal sealed class BrokenLawException(string law, string what) : Exception($"{law}: {what}")
{
    public string Law { get; } = law;
}

/// <summary>
/// What must hold at every event of every run. The laws look at what a node asks for (its actions), not at what it thinks, so a node that disobeys is caught
/// by what it does.
/// </summary>
internal sealed class ClusterLaws
{
    private readonly OfficeLaws offices = new();
    private readonly TimeLaws times = new();
    private readonly TakeLaws takes;
    private readonly ReportLaws reports;

    public ClusterLaws(SimulatedGroup group)
    {
        reports = new ReportLaws(group);
        takes = new TakeLaws(group, reports);
    }

    public void Started(SimulatedNode node) => takes.Started(node);

    /// <summary>Before the actions are done.</summary>
    public void Stepped(SimulatedNode node, NodeInput input, List<NodeAction> actions)
    {
        foreach (NodeAction action in actions)
        {
            switch (action)
            {
                case NodeAction.Send { Message: Discovery beacon }:
                    offices.Beacon(node, beacon);
                    break;
                case NodeAction.Send { Message: RecordingCommand { Request: false } command } send:
                    offices.Command(node, command);
                    takes.Command(node, input, command, send.To);
                    break;
                case NodeAction.StartTake start:
                    takes.Starts(node, start.Plan);
                    break;
                case NodeAction.StopTake stop:
                    takes.Stops(node, input, stop.At);
                    break;
                case NodeAction.PublishClock clock:
                    times.Published(node, clock, actions);
                    break;
                case NodeAction.PublishVerdict { Show: true } verdict:
                    reports.Judged(node, verdict.Verdict);
                    break;
            }
        }
        // who is missing may be told before the START is sent
        foreach (NodeAction action in actions)
        {
            if (action is NodeAction.Tell { Level: NoticeLevel.Warning or NoticeLevel.Error } tell)
                reports.Told(node, tell.Text);
        }
        times.Stepped(node);
        takes.Stepped(node, input);
    }

    /// <summary>A recorder has written its first frame.</summary>
    /// <param name="late">The take's first grid point had passed when the node was ready.</param>
    public void Began(SimulatedNode node, TakePlan plan, bool late) => takes.Began(node, plan, late);

    public void Ended(SimulatedNode node) => takes.Ended(node);

    /// <summary>A recorder is told to record a take.</summary>
    /// <param name="has">What the camera was last set to; null: as the node was started.</param>
    /// <param name="opening">It is being set just now.</param>
    public static void Configured(SimulatedNode node, TakePlan plan, TakeSettings? has, bool opening)
    {
        if (opening || has != plan.Settings)
            throw new BrokenLawException(
                "a camera is as its take asks",
                $"{node.Settings.NodeId} records {plan.Name}, which asks for {plan.Settings?.InWords ?? "nothing"}, with {(opening ? "a camera that is being opened" : has?.InWords ?? "its own settings")}"
            );
    }

    public void CheckReports() => reports.CheckAll();

    /// <summary>Everyone who is there follows the one who leads, in the same term.</summary>
    public static string? WhyNotOne(IReadOnlyCollection<SimulatedNode> alive)
    {
        if (!alive.Any(node => node.Settings.CanLead))
            return null;
        SimulatedNode[] leaders = [.. alive.Where(node => node.Node.Leads)];
        if (leaders.Length != 1)
            return $"{leaders.Length} nodes lead: {string.Join(", ", leaders.Select(node => node.Settings.NodeId))}";
        SimulatedNode leader = leaders[0];
        foreach (SimulatedNode node in alive.Where(node => node != leader))
        {
            if (node.Node.Clock.Leader is not { Lost: false } followed || followed.NodeId != leader.Settings.NodeId)
                return $"{node.Settings.NodeId} follows {node.Node.Clock.Leader?.NodeId ?? "nobody"}, and {leader.Settings.NodeId} leads";
            if (node.Node.Term != leader.Node.Term)
                return $"{node.Settings.NodeId} knows of {node.Node.Term.Value:x}, and {leader.Settings.NodeId} leads in {leader.Node.Term.Value:x}";
            if (leader.Node.Peers.Find(node.Settings.NodeId) is not { Lost: false })
                return $"{leader.Settings.NodeId} leads and does not know {node.Settings.NodeId}";
        }
        return null;
    }
}

/// <summary>One leader in a term (docs/protocol.md §6).</summary>
internal sealed class OfficeLaws
{
    private readonly Dictionary<long, SimulatedNode> holders = [];

    public void Beacon(SimulatedNode node, Discovery beacon)
    {
        if (beacon is not { Role: NodeRole.Leader, Term: { } term, Leaving: false })
            return;
        if (holders.TryAdd(term, node) || holders[term] == node)
            return;
        throw new BrokenLawException("one leader in a term", $"{node.Settings.NodeId} and {holders[term].Settings.NodeId} both lead in {term:x}");
    }

    /// <summary>START and STOP come from whoever holds the term they carry.</summary>
    public void Command(SimulatedNode node, RecordingCommand command)
    {
        if (command.Withdraw || command.Term is not { } term)
            return;
        if (holders.TryGetValue(term, out SimulatedNode? holder) && holder != node)
            throw new BrokenLawException("one leader in a term", $"{node.Settings.NodeId} commands in {term:x}, the term of {holder.Settings.NodeId}");
    }
}

/// <summary>
/// Network time never runs back within one time scale, and is continuous. Two exceptions, both outside takes: the first samples of a new time scale, and a step
/// that the node tells of (NetworkClock.Follow: an error beyond 1 ms would take seconds to slew).
/// </summary>
internal sealed class TimeLaws
{
    private const long RoundingNs = 10;

    private readonly Dictionary<SimulatedNode, (string? Scale, bool Settled)> known = [];

    public void Published(SimulatedNode node, NodeAction.PublishClock published, List<NodeAction> actions)
    {
        (string? scale, bool settled) = known.GetValueOrDefault(node);
        bool sameScale = scale == node.Node.Clock.Timescale;
        if (sameScale && settled && node.Clock is { } before && published.Mapping is { } after)
        {
            long jump = (after.At(node.LocalNow) - before.At(node.LocalNow)).Value;
            bool inTake = node.Node.Take.Phase != TakePhase.None;
            bool told = actions.Any(action => action is NodeAction.Tell { Level: NoticeLevel.Warning, Text: var text } && text.Contains("stepped", StringComparison.Ordinal));
            if (Math.Abs(jump) > RoundingNs && (inTake || !told))
                throw new BrokenLawException(
                    jump < 0 ? "network time does not run back" : "network time does not jump",
                    $"{node.Settings.NodeId} moved its network time by {jump / 1e6:0.000000} ms {(inTake ? "in a take" : "and told nobody")}"
                );
        }
        settled = (sameScale && settled) || published.Estimate is not { Samples: < 2 * NetworkClock.EnoughSamples };
        known[node] = (node.Node.Clock.Timescale, settled && published.Mapping is not null);
    }

    public void Stepped(SimulatedNode node)
    {
        if (known.TryGetValue(node, out (string? Scale, bool Settled) state) && state.Scale != node.Node.Clock.Timescale)
            known[node] = (node.Node.Clock.Timescale, false);
    }
}

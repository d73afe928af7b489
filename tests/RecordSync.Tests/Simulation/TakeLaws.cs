namespace RecordSync.Tests;

/// <summary>A START that was given.</summary>
internal sealed class SimulatedTake(RecordingCommand command, SimulatedNode issuer, long issuedAt, long startsAt, IReadOnlyCollection<string> expected)
{
    public RecordingCommand Command { get; } = command;

    public string Id { get; } = command.Id!;

    public string Name { get; } = command.Take!;

    public SimulatedNode Issuer { get; } = issuer;

    public Term Term { get; } = new(command.Term ?? 0);

    public long IssuedAt { get; } = issuedAt;

    /// <summary>True time of its first grid point, by the issuer's clock.</summary>
    public long StartsAt { get; } = startsAt;

    /// <summary>When a STOP of it was last given.</summary>
    public long? StoppedAt { get; set; }

    /// <summary>Who was to record it.</summary>
    public IReadOnlyCollection<string> Expected { get; } = expected;

    public HashSet<string> Recorders { get; } = [];

    /// <summary>Whom those who led have named since as missing, refusing, lost or failed.</summary>
    public HashSet<string> Named { get; } = [];

    public string? Scale { get; set; }

    /// <summary>When each began, in true time, and how far its clock could be wrong.</summary>
    public List<(string Node, long At, long ErrorNs)> Beginnings { get; } = [];
}

/// <summary>START and STOP (docs/protocol.md §5): once, by those who agreed, in one time scale, at one instant, and ended for a reason.</summary>
internal sealed class TakeLaws(SimulatedGroup group, ReportLaws reports)
{
    private const string Once = "a command is executed once";
    private const string Withdrawn = "a withdrawn START is recorded by nobody";
    private const string Reasons = "a recording stops for one of four reasons";
    private const string OneScale = "two time scales are not mixed in a take";

    /// <summary>By so much a node may err about when it was started.</summary>
    private const long StartSlackNs = 20_000_000;

    /// <summary>A node listens for a second, or longer if it gets no processor.</summary>
    private const long LongestHold = 6_000_000_000;

    private readonly Dictionary<string, SimulatedTake> takes = [];
    private readonly HashSet<string> withdrawn = [];
    private readonly Dictionary<string, HashSet<string>> asked = [];
    private readonly HashSet<string> stops = [];
    private readonly HashSet<(SimulatedNode, string)> executed = [];
    private readonly Dictionary<SimulatedNode, long> startedAt = [];
    private readonly Dictionary<SimulatedNode, SimulatedTake> active = [];
    private readonly HashSet<SimulatedNode> typed = [];
    private readonly Dictionary<Endpoint, string> names = [];

    public void Started(SimulatedNode node) => (startedAt[node], names[node.Address]) = (group.Now, node.Settings.NodeId);

    public void Command(SimulatedNode node, NodeInput input, RecordingCommand command, Endpoint? to)
    {
        string id = command.Id!;
        if (command.Withdraw)
        {
            withdrawn.Add(id);
            if (takes.TryGetValue(id, out SimulatedTake? given))
                throw new BrokenLawException(Withdrawn, $"{node.Settings.NodeId} withdraws {given.Name}, which was given already");
        }
        else if (command.Prepare)
        {
            if (!asked.TryGetValue(id, out HashSet<string>? names))
                asked[id] = names = [];
            names.Add(this.names[to!.Value]);
        }
        else if (command.Command == CommandKind.Start)
            Given(node, command);
        else if (stops.Add(id))
            StopGiven(node, input, command);
    }

    private void Given(SimulatedNode node, RecordingCommand command)
    {
        if (takes.ContainsKey(command.Id!))
            return;
        if (withdrawn.Contains(command.Id!))
            throw new BrokenLawException(Withdrawn, $"{node.Settings.NodeId} gives {command.Take}, which it has withdrawn");
        IEnumerable<string> expected = asked.TryGetValue(command.Id!, out HashSet<string>? agreed)
            ? agreed
            : node.Node.Peers.All.Where(peer => peer is { Role: NodeRole.Follower, Records: not "no camera" }).Select(peer => peer.NodeId);
        long startsAt = node.Clock is { } clock ? node.TrueTimeOf(clock.LocalAt(command.Target)) : group.Now;
        SimulatedTake take = new(command, node, group.Now, startsAt, [.. expected]);
        takes.Add(take.Id, take);
        reports.Watch(take);
    }

    private void StopGiven(SimulatedNode node, NodeInput input, RecordingCommand command)
    {
        bool wished = IsTheOperators(input) || WasHeld(node) || node.Node.Take.Phase == TakePhase.Stopping;
        if (!wished)
            throw new BrokenLawException(Reasons, $"{node.Settings.NodeId} gives a STOP that nobody asked for, at {input.GetType().Name}");
        foreach (SimulatedTake take in takes.Values)
        {
            if (command.Take is null || command.Take == take.Name)
                take.StoppedAt = group.Now + Math.Max(0, (command.Target - (node.Clock?.At(node.LocalNow) ?? command.Target)).Value);
        }
    }

    public void Starts(SimulatedNode node, TakePlan plan)
    {
        string name = node.Settings.NodeId;
        if (withdrawn.Contains(plan.Id))
            throw new BrokenLawException(Withdrawn, $"{name} records {plan.Name}");
        if (!takes.TryGetValue(plan.Id, out SimulatedTake? take))
            throw new BrokenLawException(Withdrawn, $"{name} records {plan.Name}, and nobody has given that START");
        if (!executed.Add((node, plan.Id)))
            throw new BrokenLawException(Once, $"{name} starts {plan.Name} a second time");
        if (active.TryGetValue(node, out SimulatedTake? other))
            throw new BrokenLawException(Once, $"{name} starts {plan.Name} and is still recording {other.Name}");
        if (!node.Settings.JoinTakes && startedAt[node] > take.StartsAt + StartSlackNs)
            throw new BrokenLawException(Once, $"{name} was started after {plan.Name} had begun, was not told to join, and records it");
        string? scale = node.Node.Clock.Timescale;
        take.Scale ??= scale;
        if (take.Scale != scale)
            throw new BrokenLawException(OneScale, $"{name} records {plan.Name} in {scale}, others in {take.Scale}");
        active[node] = take;
        take.Recorders.Add(name);
    }

    public void Stops(SimulatedNode node, NodeInput input, NetworkTime at)
    {
        string name = node.Settings.NodeId;
        if (IsTheOperators(input) || WasHeld(node))
            return;
        if (input is not NodeInput.PacketReceived { Message: RecordingCommand { Command: CommandKind.Stop, Withdraw: false } stop })
            throw new BrokenLawException(Reasons, $"{name} stops at {input.GetType().Name}");
        if (!stops.Contains(stop.Id!))
            throw new BrokenLawException(Reasons, $"{name} obeys a STOP that nobody gave");
        if (active.TryGetValue(node, out SimulatedTake? take) && stop.Take is { } named && named != take.Name)
            throw new BrokenLawException(Reasons, $"{name} records {take.Name} and is stopped by a STOP of {named}");
        if (!executed.Add((node, stop.Id!)))
            throw new BrokenLawException(Once, $"{name} obeys STOP {stop.Id} a second time");
        if (take is not null && stop.Timescale == take.Scale && at != stop.Target)
            throw new BrokenLawException(Reasons, $"{name} stops {(at - stop.Target).Milliseconds:0.0} ms from the STOP's target");
    }

    public void Stepped(SimulatedNode node, NodeInput input)
    {
        if (input is NodeInput.OperatorStop)
            typed.Add(node);
        if (active.TryGetValue(node, out SimulatedTake? take) && node.Node.Clock.Timescale != take.Scale)
            throw new BrokenLawException(OneScale, $"{node.Settings.NodeId} records {take.Name} and goes over from {take.Scale} to {node.Node.Clock.Timescale}");
    }

    public void Began(SimulatedNode node, TakePlan plan, bool late)
    {
        if (late || !takes.TryGetValue(plan.Id, out SimulatedTake? take) || node.Clock is not { } clock)
            return;
        long error = clock.ErrorAt(node.LocalNow);
        foreach ((string other, long at, long otherError) in take.Beginnings)
        {
            long apart = Math.Abs(group.Now - at);
            if (apart > error + otherError + 2_000)
                throw new BrokenLawException("a take begins at one instant", $"{node.Settings.NodeId} and {other} began {plan.Name} {apart / 1e3:0.0} µs apart, and their bounds are {error / 1e3:0.0} and {otherError / 1e3:0.0} µs");
        }
        take.Beginnings.Add((node.Settings.NodeId, group.Now, error));
    }

    public void Ended(SimulatedNode node) => active.Remove(node);

    /// <summary>What is typed in the moment before a new node knows who leads is done when it does.</summary>
    private bool WasHeld(SimulatedNode node) => typed.Contains(node) && group.Now - startedAt[node] <= LongestHold;

    private static bool IsTheOperators(NodeInput input) =>
        input is NodeInput.OperatorStop or NodeInput.LeaveRequested or NodeInput.PacketReceived { Message: RecordingCommand { Command: CommandKind.Stop, Request: true } };
}
